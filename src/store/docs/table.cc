// SPDX-License-Identifier: Apache-2.0
#include "store/docs/table.h"

#include <algorithm>
#include <array>

#include "json/text.h"
#include "store/docs/derived_row.h"
#include "store/docs/order.h"

namespace furrow::docs {
namespace {

constexpr int kRoundsMax = 8;
constexpr int kRoundsUnlocked = 3;
constexpr size_t kTouchedMax = 16384;

uint64_t NextUse() {
  static std::atomic<uint64_t> uses{0};
  return ++uses;
}

bool HasScore(const std::vector<OrderBy>& order) {
  return std::any_of(order.begin(), order.end(), [](const OrderBy& by) { return by.text_score; });
}

}  // namespace

std::shared_lock<std::shared_mutex> Table::LockShared() const {
  std::lock_guard turn(turn_);
  return std::shared_lock(mutex_);
}

std::unique_lock<std::shared_mutex> Table::LockUnique() const {
  std::lock_guard turn(turn_);
  return std::unique_lock(mutex_);
}

bool Table::Owned(std::string_view path) const {
  return reader_.derived() && reader_.derived()->Owns(path);
}

bool Table::MayBeStored(std::string_view path) const {
  return !Owned(path) || !reader_.derived()->Replaces(path.substr(0, path.find('.')));
}

Row Table::FindRow(std::string_view id) const {
  const auto lock = LockShared();
  return rows_.Find(id);
}

Status Table::WithMatches(const Filter& filter, const std::set<std::string>& further_paths,
                          bool scored, const Use& use) {
  std::set<std::string> paths = further_paths;
  CollectPaths(filter, paths);
  const bool any_derived =
      std::any_of(paths.begin(), paths.end(), [&](const std::string& p) { return Owned(p); });

  struct Resolved {
    bool matches = false;
    double score = 0;
  };
  std::unordered_map<std::string, Resolved> resolved;
  const auto resolve = [&](const std::string& id) -> Status {
    FURROW_ASSIGN(const DocPtr doc, reader_.Merged(id));
    Resolved r;
    if (doc) r = {Matches(filter, id, *doc), scored ? TextScore(filter, id, *doc) : 0};
    resolved[id] = r;
    return {};
  };

  for (int round = 0; round < kRoundsMax; ++round) {
    FURROW_TRY(Ensure(paths));
    if (any_derived) FURROW_TRY(RefreshTouched());
    auto lock = LockShared();
    View view{rows_, {}};
    for (const std::string& path : paths) {
      const auto it = columns_.find(path);
      if (it == columns_.end()) break;
      it->second->last_used = NextUse();
      view.columns[path] = &it->second->column;
    }
    if (view.columns.size() != paths.size()) continue;  // dropped since

    Verdict v = Evaluate(filter, rows_.live(), view);
    std::unordered_map<Row, double> scores;
    Bits ask = v.maybe;
    if (scored) {
      Bits possible = v.yes;
      possible |= v.maybe;
      scores = TextScores(filter, possible, view, ask);
    }
    // Documents are read with the lock let go; what a change made unknown meanwhile is read in the
    // next round, and in the end, if changes never cease, under the lock.
    std::vector<std::string> unresolved;
    ask.Each([&](Row row) {
      std::string id = rows_.Id(row);
      if (!resolved.count(id)) unresolved.push_back(std::move(id));
    });
    if (!unresolved.empty()) {
      const bool unlocked = round < kRoundsUnlocked;
      if (unlocked) lock.unlock();
      for (const std::string& id : unresolved) FURROW_TRY(resolve(id));
      if (unlocked) continue;
    }
    ask.Each([&](Row row) {
      const Resolved& r = resolved[rows_.Id(row)];
      if (r.matches && v.maybe.Has(row)) v.yes.Set(row);
      if (scored) scores[row] = r.score;
    });
    use(view, v.yes, scores);
    return {};
  }
  return Status(Code::kResourceExhausted,
                "the columns of " + reader_.name() + " do not fit into the memory given to them");
}

Result<Table::Selection> Table::Select(const Filter& filter, const std::vector<OrderBy>& order,
                                       int64_t offset, int64_t limit) {
  std::set<std::string> paths;
  for (const OrderBy& by : order) {
    if (!by.text_score && by.path != kIdPath) paths.insert(by.path);
  }
  Selection selection;
  FURROW_TRY(WithMatches(
      filter, paths, HasScore(order),
      [&](const View& view, const Bits& rows, const std::unordered_map<Row, double>& scores) {
        selection.total = static_cast<int64_t>(rows.Count());
        if (limit == 0) return;
        for (const Row row : SortedPage(rows, order, offset, limit, view, scores)) {
          selection.ids.push_back(view.rows.Id(row));
        }
      }));
  return selection;
}

Result<std::vector<json::Value>> Table::Distinct(const Filter& filter, const std::string& path) {
  std::vector<json::Value> values;
  std::set<std::string> seen;
  const auto add = [&](const Scalar& s) {
    if (s.tag == Tag::kMissing || s.tag == Tag::kOther || s.tag == Tag::kLong) return;
    json::Value value = ToValue(s);
    if (seen.insert(json::Write(value)).second) values.push_back(std::move(value));
  };
  std::vector<std::string> long_ids;
  std::set<std::string> paths;
  if (path != kIdPath) paths.insert(path);
  FURROW_TRY(
      WithMatches(filter, paths, false,
                  [&](const View& view, const Bits& rows, const std::unordered_map<Row, double>&) {
                    if (path == kIdPath) {
                      rows.Each([&](Row row) { values.emplace_back(view.rows.Id(row)); });
                      return;
                    }
                    const Column& column = view.column(path);
                    std::vector<bool> text_seen(column.texts().size());
                    Found found;
                    rows.Each([&](Row row) {
                      switch (column.tag(row)) {
                        case Tag::kText: {
                          const uint32_t number = column.TextNumber(row);
                          if (text_seen[number]) return;
                          text_seen[number] = true;
                          return add(column.Read(row));
                        }
                        case Tag::kLong:
                        case Tag::kLongList:
                          long_ids.push_back(view.rows.Id(row));
                          return;
                        default:
                          column.Read(row, found);
                          for (const Scalar& s : found.scalars) add(s);
                      }
                    });
                  }));
  Found found;
  for (const std::string& id : long_ids) {
    FURROW_ASSIGN(const DocPtr doc, reader_.Merged(id));
    if (!doc) continue;
    Extract(*doc, path, found);
    for (const Scalar& s : found.scalars) add(s);
  }
  std::sort(values.begin(), values.end(), [](const json::Value& a, const json::Value& b) {
    const Scalar x = ForOrder(ToScalar(a)), y = ForOrder(ToScalar(b));
    if (x.tag == Tag::kMissing || y.tag == Tag::kMissing) {
      return y.tag == Tag::kMissing && x.tag != Tag::kMissing;
    }
    return CompareScalars(x, y, false) < 0;
  });
  return values;
}

Status Table::Scan(const Filter& filter, const std::vector<std::string>& paths,
                   const Store::Visit& visit) {
  std::vector<Found> values(paths.size());
  return WithMatches(
      filter, {paths.begin(), paths.end()}, false,
      [&](const View& view, const Bits& rows, const std::unordered_map<Row, double>&) {
        std::vector<const Column*> columns;
        for (const std::string& path : paths) columns.push_back(&view.column(path));
        std::array<char, 32> buffer;
        rows.Each([&](Row row) {
          for (size_t i = 0; i < columns.size(); ++i) columns[i]->Read(row, values[i]);
          visit(view.rows.Id(row, buffer), values);
        });
      });
}

Status Table::Warm(const std::vector<std::string>& paths) {
  std::set<std::string> wanted(paths.begin(), paths.end());
  wanted.erase(std::string(kIdPath));
  return Ensure(wanted);
}

void Table::SetRow(Row row, std::string_view id, const json::Value& doc, const Columns& columns) {
  Found found;
  DerivedRow derived(reader_.derived());
  for (const auto& [path, held] : columns) {
    Extract(doc, path, found);
    if (held->derived) {
      derived.Add(path, held->column, found);
    } else {
      held->column.Set(row, found);
    }
  }
  derived.Set(id, row);
}

void Table::Apply(const std::vector<Change>& changes) {
  const auto lock = LockUnique();
  if (!rows_ready_ && !building_) return;
  for (const Change& change : changes) {
    if (building_) dirty_.emplace(change.id);
    if (refreshing_) committed_.emplace(change.id);
    if (!rows_ready_) continue;
    if (!change.doc) {
      rows_.Remove(change.id);
      continue;
    }
    SetRow(rows_.Add(change.id), change.id, *change.doc, columns_);
  }
  for (auto it = columns_.begin(); it != columns_.end();) {
    it = it->second->column.stale(rows_.size()) ? columns_.erase(it) : std::next(it);
  }
}

void Table::Touch(std::string_view id) {
  if (!wants_touches_) return;
  std::lock_guard lock(touch_mutex_);
  if (touched_.size() >= kTouchedMax) {
    // Cheaper to build the columns anew, if anybody asks for them again.
    touched_too_many_ = true;
    return;
  }
  touched_.emplace(id);
}

Status Table::RefreshTouched() {
  // Held until the columns are right: a query that finds nothing touched may rely on it.
  std::lock_guard refreshing(refresh_mutex_);
  std::unordered_set<std::string> touched;
  bool too_many = false;
  {
    std::lock_guard lock(touch_mutex_);
    touched.swap(touched_);
    too_many = std::exchange(touched_too_many_, false);
  }
  if (touched.empty() && !too_many) return {};
  const auto drop_derived = [&] {
    std::erase_if(columns_, [](const auto& entry) { return entry.second->derived; });
    touches_lost_ = building_;
  };
  Columns derived;
  {
    const auto lock = LockUnique();
    if (too_many) {
      drop_derived();
      return {};
    }
    for (const auto& [path, held] : columns_) {
      if (held->derived) derived[path] = held;
    }
    // A build may have passed them by already.
    if (building_) dirty_.insert(touched.begin(), touched.end());
    refreshing_ = true;
    committed_.clear();
  }
  Status status = Refresh(touched, derived);
  const auto lock = LockUnique();
  refreshing_ = false;
  if (!status.ok()) drop_derived();
  return status;
}

// All is read before the lock is taken: queries and commits go on meanwhile.
Status Table::Refresh(const std::unordered_set<std::string>& touched, const Columns& derived) {
  std::vector<std::string> paths;
  std::vector<Column*> columns;
  bool stored = false;
  for (const auto& [path, held] : derived) {
    paths.push_back(path);
    columns.push_back(&held->column);
    stored = stored || MayBeStored(path);
  }
  Found found;
  std::vector<std::pair<const std::string*, std::vector<json::Value>>> fresh;
  for (const std::string& id : touched) {
    // Most are of another collection.
    if (paths.empty() || FindRow(id) == kNoRow) continue;
    std::vector<json::Value> values(paths.size());
    if (stored) {
      FURROW_ASSIGN(const DocPtr doc, reader_.Stored(id));
      if (!doc) continue;
      for (size_t i = 0; i < paths.size(); ++i) {
        Extract(*doc, paths[i], found);
        if (!found.list && !found.scalars.empty()) values[i] = ToValue(found.scalars.front());
      }
    }
    reader_.derived()->Read(id, paths, values);
    fresh.emplace_back(&id, std::move(values));
  }
  const auto lock = LockUnique();
  for (const auto& [id, values] : fresh) {
    const Row row = rows_.Find(*id);
    // What was committed meanwhile is in the columns already, with what was derived then.
    if (row == kNoRow || committed_.contains(*id)) continue;
    for (size_t i = 0; i < paths.size(); ++i) {
      Extract(values[i], "", found);
      columns[i]->Set(row, found);
    }
  }
  return {};
}

std::vector<Table::Holding> Table::holdings() const {
  const auto lock = LockShared();
  std::vector<Holding> all;
  for (const auto& [path, held] : columns_) {
    all.push_back({path, held->column.bytes(), held->last_used});
  }
  return all;
}

Table::Size Table::size() const {
  const auto lock = LockShared();
  Size size{.bytes = rows_.bytes(), .rows = rows_.size(), .columns = columns_.size()};
  for (const auto& [path, held] : columns_) size.bytes += path.size() + held->column.bytes();
  return size;
}

void Table::Drop(const std::string& path) {
  const auto lock = LockUnique();
  columns_.erase(path);
}

}  // namespace furrow::docs
