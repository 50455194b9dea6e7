// SPDX-License-Identifier: Apache-2.0
// Building columns while commits go on: the scan sees one moment of the collection, and ids that
// change from then on are noted and read again at the end.
#include <algorithm>

#include "store/docs/codec.h"
#include "store/docs/dom.h"
#include "store/docs/table.h"

namespace furrow::docs {
namespace {

// Rounds in which noted changes are read without the lock before it is taken for the rest.
constexpr int kCatchUpRounds = 4;
constexpr size_t kCatchUpFew = 16;

}  // namespace

Status Table::Ensure(const std::set<std::string>& paths) {
  const auto missing = [&] {
    const auto lock = LockShared();
    std::vector<std::string> out;
    for (const std::string& path : paths) {
      if (!columns_.count(path)) out.push_back(path);
    }
    return std::pair(out, rows_ready_);
  };
  if (const auto [columns, ready] = missing(); columns.empty() && ready) return {};
  std::lock_guard building(build_mutex_);
  const auto [columns, ready] = missing();
  if (columns.empty() && ready) return {};
  return Build(columns);
}

Status Table::ScanInto(const std::vector<std::string>& paths, Columns& fresh,
                       RowIndex* fresh_rows) {
  const auto row_of = [&](std::string_view id) {
    return fresh_rows ? fresh_rows->Find(id) : FindRow(id);
  };
  std::vector<std::string> stored, derived;
  for (const std::string& path : paths) {
    if (fresh.find(path)->second->derived) derived.push_back(path);
    if (MayBeStored(path)) stored.push_back(path);
  }
  if (!stored.empty() || fresh_rows) {
    DomReader reader;
    Found found;
    store::Cursor cursor = reader_.engine().Scan(
        store::Family::kDocs, CollectionPrefix(reader_.id()), store::Engine::Reading::kOnce);
    for (cursor.Seek(""); cursor.valid(); cursor.Next()) {
      const std::string_view id = IdOfKey(cursor.key());
      const Row row = fresh_rows ? fresh_rows->Add(id) : FindRow(id);
      if (row == kNoRow || stored.empty()) continue;
      if (Status s = reader.Open(cursor.value()); !s.ok()) {
        return s.With(reader_.name() + " " + std::string(id));
      }
      for (const std::string& path : stored) {
        reader.Extract(path, found);
        fresh.find(path)->second->column.Set(row, found);
      }
    }
    FURROW_TRY(cursor.status());
  }
  if (!derived.empty()) ReadDerived(derived, fresh, row_of, fresh_rows);
  return {};
}

// The columns hold what is stored, and get what is derived from it.
void Table::ReadDerived(const std::vector<std::string>& paths, Columns& fresh,
                        const std::function<Row(std::string_view)>& row_of,
                        const RowIndex* fresh_rows) {
  std::vector<Column*> columns;
  for (const std::string& path : paths) columns.push_back(&fresh.find(path)->second->column);
  const auto read = [&](std::string_view id, std::span<json::Value> values) {
    const Row row = row_of(id);
    if (row == kNoRow) return false;
    for (size_t i = 0; i < columns.size(); ++i) {
      const Scalar s = columns[i]->Read(row);
      values[i] = s.tag == Tag::kList || s.tag == Tag::kLongList ? json::Value() : ToValue(s);
    }
    return true;
  };
  Found found;
  const auto take = [&](std::string_view id, std::span<json::Value> values) {
    const Row row = row_of(id);
    if (row == kNoRow) return;
    for (size_t i = 0; i < columns.size(); ++i) {
      Extract(values[i], "", found);
      columns[i]->Set(row, found);
    }
  };
  if (reader_.derived()->ReadAll(paths, read, take)) return;
  std::vector<std::string> ids;
  {
    std::shared_lock<std::shared_mutex> lock;
    if (!fresh_rows) lock = LockShared();
    const RowIndex& rows = fresh_rows ? *fresh_rows : rows_;
    rows.live().Each([&](Row row) { ids.push_back(rows.Id(row)); });
  }
  std::vector<json::Value> values(paths.size());
  for (const std::string& id : ids) {
    if (!read(id, values)) continue;
    reader_.derived()->Read(id, paths, values);
    take(id, values);
  }
}

Status Table::SetFromStore(const std::string& id, Row row, const Columns& columns) {
  FURROW_ASSIGN(const DocPtr doc, reader_.Stored(id));
  if (doc) SetRow(row, id, *doc, columns);
  return {};
}

// Under build_mutex_.
Status Table::Build(const std::vector<std::string>& paths) {
  Columns fresh;
  for (const std::string& path : paths) {
    auto held = std::make_shared<Held>();
    held->derived = Owned(path);
    // Before anything derived is read: a change after that is noted.
    if (held->derived) wants_touches_ = true;
    fresh[path] = std::move(held);
  }
  bool with_rows = false;
  {
    const auto lock = LockUnique();
    building_ = true;
    touches_lost_ = false;
    dirty_.clear();
    with_rows = !rows_ready_;
  }
  RowIndex fresh_rows;
  Status status = ScanInto(paths, fresh, with_rows ? &fresh_rows : nullptr);

  const auto catch_up = [&](const std::string& id, RowIndex* own) -> Status {
    if (with_rows) {
      FURROW_ASSIGN(const DocPtr doc, reader_.Stored(id));
      if (!doc) {
        own->Remove(id);
        return {};
      }
      SetRow(own->Add(id), id, *doc, fresh);
      return {};
    }
    const Row row = own ? own->Find(id) : FindRow(id);
    return row == kNoRow ? Status() : SetFromStore(id, row, fresh);
  };
  for (int round = 0; status.ok() && round < kCatchUpRounds; ++round) {
    std::unordered_set<std::string> dirty;
    {
      const auto lock = LockUnique();
      if (dirty_.size() <= kCatchUpFew) break;
      dirty.swap(dirty_);
    }
    for (const std::string& id : dirty) {
      if (status = catch_up(id, with_rows ? &fresh_rows : nullptr); !status.ok()) break;
    }
  }

  const auto lock = LockUnique();
  for (const std::string& id : dirty_) {
    if (!status.ok()) break;
    status = catch_up(id, with_rows ? &fresh_rows : &rows_);
  }
  building_ = false;
  dirty_.clear();
  if (!status.ok()) return status;
  if (with_rows) {
    rows_ = std::move(fresh_rows);
    rows_ready_ = true;
  }
  for (auto& [path, held] : fresh) {
    // Whoever asked for it finds it missing and asks again.
    if (!held->derived || !touches_lost_) columns_[path] = std::move(held);
  }
  return {};
}

}  // namespace furrow::docs
