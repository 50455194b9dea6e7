// SPDX-License-Identifier: Apache-2.0
#include "store/docs/docs.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_set>

#include "store/docs/cache.h"
#include "store/docs/codec.h"
#include "store/docs/filter.h"
#include "store/docs/order.h"
#include "store/docs/reader.h"
#include "store/docs/table.h"

namespace furrow::docs {
namespace {

// Up to this many ids in a filter are looked up one by one, without any column.
constexpr size_t kIdsLookedUpMax = 2048;
// A document may go between the choice of a page and its reading; the page is then chosen again.
constexpr int kPageTriesMax = 4;
// Every commit keeps every column of its collection up to date: their number is bounded too.
constexpr size_t kColumnsMax = 256;

Status NotFound(const std::string& collection, std::string_view id) {
  return {Code::kNotFound, "no " + collection + " " + std::string(id)};
}

// The ids a filter is limited to, when it says so at its top.
const std::vector<std::string>* LimitingIds(const Filter& filter) {
  const auto ids = [](const Filter& f) -> const std::vector<std::string>* {
    if (f.op != Filter::Op::kLeaf || f.leaf->path() != kIdPath) return nullptr;
    const auto* texts = f.leaf->only_texts();
    return texts && texts->size() <= kIdsLookedUpMax ? texts : nullptr;
  };
  if (filter.op != Filter::Op::kAnd) return ids(filter);
  for (const Filter& child : filter.children) {
    if (const auto* found = ids(child)) return found;
  }
  return nullptr;
}

// A document with what it sorts by.
struct Candidate {
  std::string_view id;  // one of the filter's own: a short text of ours would move with us
  DocPtr doc;
  std::vector<Scalar> keys;  // views into doc and id
};

void Sort(std::vector<Candidate>& candidates, const Filter& filter,
          const std::vector<OrderBy>& order) {
  Found found;
  for (Candidate& c : candidates) {
    for (const OrderBy& by : order) {
      if (by.text_score) {
        c.keys.push_back({.tag = Tag::kDouble, .real = TextScore(filter, c.id, *c.doc)});
        continue;
      }
      ExtractField(c.id, *c.doc, by.path, found);
      c.keys.push_back(ForOrder(found, by.descending));
    }
  }
  std::sort(candidates.begin(), candidates.end(), [&](const Candidate& a, const Candidate& b) {
    for (size_t i = 0; i < order.size(); ++i) {
      const bool a_missing = a.keys[i].tag == Tag::kMissing;
      const bool b_missing = b.keys[i].tag == Tag::kMissing;
      if (a_missing != b_missing) return b_missing;
      if (a_missing) continue;
      const int c = CompareScalars(a.keys[i], b.keys[i], order[i].numeric_text);
      if (c != 0) return order[i].descending ? c > 0 : c < 0;
    }
    return a.id < b.id;
  });
}

}  // namespace

void DerivedFields::Read(std::string_view id, std::span<const std::string> paths,
                         std::span<json::Value> values) const {
  json::Value doc = json::Object();
  for (size_t i = 0; i < paths.size(); ++i) {
    if (!values[i].IsNull()) doc.MakePath(paths[i]) = std::move(values[i]);
  }
  Merge(id, doc);
  for (size_t i = 0; i < paths.size(); ++i) {
    const json::Value* found = doc.FindPath(paths[i]);
    values[i] = found ? *found : json::Value();
  }
}

class Store::Impl {
 public:
  class Txn;
  Impl(store::Engine& engine, std::vector<Collection> collections, const StoreOptions& options)
      : engine_(engine),
        options_(options),
        cache_(options.cache_bytes),
        collections_(std::move(collections)) {
    for (size_t i = 0; i < collections_.size(); ++i) {
      readers_.push_back(
          std::make_unique<Reader>(engine_, cache_, static_cast<CollectionId>(i), collections_[i]));
      tables_.push_back(std::make_unique<Table>(*readers_.back()));
    }
  }

  const Reader& reader(CollectionId c) const { return *readers_.at(static_cast<size_t>(c)); }
  Table& table(CollectionId c) const { return *tables_.at(static_cast<size_t>(c)); }

  Status Transact(const std::function<Status(Transaction&)>& body);
  Result<DocPtr> Get(CollectionId collection, std::string_view id) const;
  Result<SharedPage> Find(CollectionId collection, const Plan& plan) const;
  Result<Table::Selection> Select(CollectionId collection, const Filter& filter,
                                  const Plan& plan) const;
  Result<std::vector<Candidate>> LookUp(CollectionId collection, const Filter& filter,
                                        const std::vector<std::string>& ids) const;
  std::vector<std::string> TakeWritten(CollectionId collection);
  /// Drops columns, those unused for longest first, until all fit the bound.
  void TrimColumns() const;
  Usage usage() const;

 private:
  store::Engine& engine_;
  const StoreOptions options_;
  mutable Cache cache_;
  const std::vector<Collection> collections_;
  std::vector<std::unique_ptr<Reader>> readers_;
  std::vector<std::unique_ptr<Table>> tables_;
  std::mutex writer_;
  std::mutex written_mutex_;
  std::map<CollectionId, std::unordered_set<std::string>> written_;  // guarded by written_mutex_
};

class Store::Impl::Txn final : public Transaction {
 public:
  explicit Txn(Impl& store) : store_(store) {}

  Result<json::Value> Get(CollectionId collection, std::string_view id) override {
    if (const auto it = changes_.find(Key(collection, id)); it != changes_.end()) {
      if (!it->second) return NotFound(store_.reader(collection).name(), id);
      return *it->second;
    }
    FURROW_ASSIGN(const DocPtr stored, store_.reader(collection).Stored(id));
    if (!stored) return NotFound(store_.reader(collection).name(), id);
    return *stored;
  }

  bool Exists(CollectionId collection, std::string_view id) override {
    if (const auto it = changes_.find(Key(collection, id)); it != changes_.end()) {
      return it->second.has_value();
    }
    const Result<DocPtr> stored = store_.reader(collection).Stored(id);
    return !stored.ok() || *stored;
  }

  Status Put(CollectionId collection, std::string_view id, json::Value doc) override {
    const Reader& reader = store_.reader(collection);
    if (id.empty() || id.size() > kIdBytesMax) {
      return {Code::kInvalidArgument, "an id has 1 to " + std::to_string(kIdBytesMax) + " bytes"};
    }
    if (!doc.IsObject()) return {Code::kInternal, reader.name() + ": a document is an object"};
    if (const DerivedFields* derived = reader.derived()) {
      std::vector<std::string> owned;
      for (const json::Member& m : doc.object()) {
        if (derived->Replaces(m.key)) owned.push_back(m.key);
      }
      for (const std::string& key : owned) doc.object().Erase(key);
    }
    changes_[Key(collection, id)] = std::move(doc);
    return {};
  }

  Status Delete(CollectionId collection, std::string_view id) override {
    if (!Exists(collection, id)) return NotFound(store_.reader(collection).name(), id);
    changes_[Key(collection, id)] = std::nullopt;
    return {};
  }

  Result<std::vector<std::string>> Find(CollectionId collection, const Plan& plan) override {
    FURROW_ASSIGN(const Filter filter, CompileFilter(plan.where));
    FURROW_ASSIGN(Table::Selection selection, store_.Select(collection, filter, plan));
    return std::move(selection.ids);
  }

  store::Batch& batch() override { return batch_; }

  void WriteBy(std::function<Status(store::Batch&&)> write) override { write_ = std::move(write); }

  void AfterWrite(std::function<void()> then) override { after_.push_back(std::move(then)); }

  Status Commit() {
    if (changes_.empty() && batch_.empty() && !write_) {
      RunAfter();
      return {};
    }
    for (const auto& [key, doc] : changes_) {
      const std::string stored_key = DocumentKey(key.first, key.second);
      if (doc) {
        batch_.Put(store::Family::kDocs, stored_key, EncodeDocument(*doc));
      } else {
        batch_.Delete(store::Family::kDocs, stored_key);
      }
    }
    FURROW_TRY(Write());
    // The engine has it: from here on nothing may fail.
    std::map<CollectionId, std::vector<Table::Change>> by_table;
    for (auto& [key, doc] : changes_) {
      DocPtr stored = doc ? std::make_shared<const json::Value>(std::move(*doc)) : nullptr;
      store_.cache_.Replace(DocumentKey(key.first, key.second), stored);
      by_table[key.first].push_back({key.second, std::move(stored)});
    }
    for (const auto& [collection, changes] : by_table) store_.table(collection).Apply(changes);
    {
      std::lock_guard lock(store_.written_mutex_);
      for (auto& [collection, noted] : store_.written_) {
        const auto changes = by_table.find(collection);
        if (changes == by_table.end()) continue;
        for (const Table::Change& change : changes->second) noted.emplace(change.id);
      }
    }
    RunAfter();
    return {};
  }

 private:
  Status Write() {
    if (write_) return write_(std::move(batch_));
    return store_.engine_.Write(std::move(batch_)).status();
  }
  void RunAfter() {
    for (const auto& then : after_) then();
  }
  static std::pair<CollectionId, std::string> Key(CollectionId collection, std::string_view id) {
    return {collection, std::string(id)};
  }

  Impl& store_;
  std::map<std::pair<CollectionId, std::string>, std::optional<json::Value>> changes_;
  store::Batch batch_;
  std::function<Status(store::Batch&&)> write_;
  std::vector<std::function<void()>> after_;
};

std::vector<std::string> Store::Impl::TakeWritten(CollectionId collection) {
  std::unordered_set<std::string> taken;
  {
    std::lock_guard lock(written_mutex_);
    taken.swap(written_[collection]);
  }
  return {taken.begin(), taken.end()};
}

Status Store::Impl::Transact(const std::function<Status(Transaction&)>& body) {
  std::lock_guard lock(writer_);
  Txn txn(*this);
  FURROW_TRY(body(txn));
  return txn.Commit();
}

Result<DocPtr> Store::Impl::Get(CollectionId collection, std::string_view id) const {
  FURROW_ASSIGN(DocPtr doc, reader(collection).Merged(id));
  if (!doc) return NotFound(reader(collection).name(), id);
  return doc;
}

Result<std::vector<Candidate>> Store::Impl::LookUp(CollectionId collection, const Filter& filter,
                                                   const std::vector<std::string>& ids) const {
  std::vector<Candidate> candidates;
  for (const std::string& id : ids) {
    FURROW_ASSIGN(DocPtr doc, reader(collection).Merged(id));
    if (doc && Matches(filter, id, *doc)) candidates.push_back({id, std::move(doc), {}});
  }
  return candidates;
}

Result<Table::Selection> Store::Impl::Select(CollectionId collection, const Filter& filter,
                                             const Plan& plan) const {
  if (const auto* ids = LimitingIds(filter)) {
    FURROW_ASSIGN(std::vector<Candidate> candidates, LookUp(collection, filter, *ids));
    Sort(candidates, filter, plan.order);
    Table::Selection selection;
    selection.total = static_cast<int64_t>(candidates.size());
    const int64_t from = std::clamp<int64_t>(plan.offset, 0, selection.total);
    const int64_t left = selection.total - from;
    const int64_t to = from + (plan.limit < 0 ? left : std::min(plan.limit, left));
    for (int64_t i = from; i < to; ++i) {
      selection.ids.emplace_back(candidates[static_cast<size_t>(i)].id);
    }
    return selection;
  }
  Result<Table::Selection> selection =
      table(collection).Select(filter, plan.order, plan.offset, plan.limit);
  TrimColumns();
  return selection;
}

Result<SharedPage> Store::Impl::Find(CollectionId collection, const Plan& plan) const {
  FURROW_ASSIGN(const Filter filter, CompileFilter(plan.where));
  SharedPage page;
  for (int attempt = 0; attempt < kPageTriesMax; ++attempt) {
    FURROW_ASSIGN(Table::Selection selection, Select(collection, filter, plan));
    page = {};
    if (plan.want_total) page.total = selection.total;
    for (std::string& id : selection.ids) {
      FURROW_ASSIGN(DocPtr doc, reader(collection).Merged(id));
      if (!doc) continue;
      page.docs.push_back(std::move(doc));
      page.ids.push_back(std::move(id));
    }
    if (page.docs.size() == selection.ids.size()) break;
  }
  return page;
}

void Store::Impl::TrimColumns() const {
  struct Entry {
    Table* table;
    Table::Holding holding;
  };
  size_t total = 0, rows = 0, columns = 0;
  for (const auto& table : tables_) {
    const Table::Size size = table->size();
    total += size.bytes;
    rows += size.rows;
    columns += size.columns;
  }
  const size_t bytes_max =
      std::max(options_.column_bytes_max, rows * options_.column_bytes_per_document);
  if (total <= bytes_max && columns <= kColumnsMax) return;
  std::vector<Entry> entries;
  for (const auto& table : tables_) {
    for (Table::Holding& h : table->holdings()) entries.push_back({table.get(), std::move(h)});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.holding.last_used < b.holding.last_used;
  });
  for (const Entry& e : entries) {
    if (total <= bytes_max && columns <= kColumnsMax) break;
    e.table->Drop(e.holding.path);
    total -= std::min(total, e.holding.bytes);
    --columns;
  }
}

Store::Usage Store::Impl::usage() const {
  Usage usage{.cache_bytes = cache_.bytes()};
  for (const auto& table : tables_) {
    const Table::Size size = table->size();
    usage.column_bytes += size.bytes;
    usage.columns += size.columns;
  }
  return usage;
}

Store::Store(store::Engine& engine, std::vector<Collection> collections, StoreOptions options)
    : impl_(std::make_unique<Impl>(engine, std::move(collections), options)) {}

Store::~Store() = default;

Status Store::Transact(const std::function<Status(Transaction&)>& body) {
  return impl_->Transact(body);
}

Result<json::Value> Store::Get(CollectionId collection, std::string_view id) const {
  FURROW_ASSIGN(const DocPtr doc, impl_->Get(collection, id));
  return *doc;
}

Result<DocPtr> Store::GetShared(CollectionId collection, std::string_view id) const {
  return impl_->Get(collection, id);
}

Result<DocPtr> Store::GetStored(CollectionId collection, std::string_view id) const {
  FURROW_ASSIGN(DocPtr doc, impl_->reader(collection).Stored(id));
  if (!doc) return NotFound(impl_->reader(collection).name(), id);
  return doc;
}

bool Store::Exists(CollectionId collection, std::string_view id) const {
  const Result<DocPtr> doc = impl_->reader(collection).Stored(id);
  return !doc.ok() || *doc;
}

Result<SharedPage> Store::FindShared(CollectionId collection, const Plan& plan) const {
  return impl_->Find(collection, plan);
}

Result<Page> Store::Find(CollectionId collection, const Plan& plan) const {
  FURROW_ASSIGN(const SharedPage shared, impl_->Find(collection, plan));
  Page page;
  page.total = shared.total;
  page.docs.reserve(shared.docs.size());
  for (const DocPtr& doc : shared.docs) page.docs.push_back(*doc);
  return page;
}

Result<std::vector<std::string>> Store::FindIds(CollectionId collection, const Plan& plan) const {
  FURROW_ASSIGN(const Filter filter, CompileFilter(plan.where));
  FURROW_ASSIGN(Table::Selection selection, impl_->Select(collection, filter, plan));
  return std::move(selection.ids);
}

Result<int64_t> Store::Count(CollectionId collection, const Predicate& where) const {
  FURROW_ASSIGN(const Filter filter, CompileFilter(where));
  FURROW_ASSIGN(const Table::Selection selection,
                impl_->Select(collection, filter, Plan{.limit = 0}));
  return selection.total;
}

Result<std::vector<json::Value>> Store::Distinct(CollectionId collection, std::string_view path,
                                                 const Predicate& where) const {
  FURROW_ASSIGN(const Filter filter, CompileFilter(where));
  Result<std::vector<json::Value>> values =
      impl_->table(collection).Distinct(filter, std::string(path));
  impl_->TrimColumns();
  return values;
}

Status Store::Scan(CollectionId collection, const std::vector<std::string>& paths,
                   const Predicate& where, const Visit& visit) const {
  FURROW_ASSIGN(const Filter filter, CompileFilter(where));
  Status status = impl_->table(collection).Scan(filter, paths, visit);
  impl_->TrimColumns();
  return status;
}

Status Store::ForEach(
    CollectionId collection,
    const std::function<bool(std::string_view id, const json::Value&)>& visit) const {
  const Reader& reader = impl_->reader(collection);
  store::Cursor cursor = reader.engine().Scan(store::Family::kDocs, CollectionPrefix(collection),
                                              store::Engine::Reading::kOnce);
  for (cursor.Seek(""); cursor.valid(); cursor.Next()) {
    const std::string_view id = IdOfKey(cursor.key());
    Result<json::Value> doc = DecodeDocument(cursor.value());
    if (!doc.ok()) return doc.status().With(reader.name() + " " + std::string(id));
    if (reader.derived()) reader.derived()->Merge(id, *doc);
    if (!visit(id, *doc)) return {};
  }
  return cursor.status();
}

void Store::Touch(CollectionId collection, std::string_view id) {
  const Reader& reader = impl_->reader(collection);
  reader.cache().DropMerged(DocumentKey(collection, id));
  impl_->table(collection).Touch(id);
}

std::vector<std::string> Store::TakeWritten(CollectionId collection) {
  return impl_->TakeWritten(collection);
}

Status Store::Warm(CollectionId collection, const std::vector<std::string>& paths) const {
  Status status = impl_->table(collection).Warm(paths);
  impl_->TrimColumns();
  return status;
}

Store::Usage Store::usage() const { return impl_->usage(); }

}  // namespace furrow::docs
