// SPDX-License-Identifier: Apache-2.0
// What is held in memory of one collection to answer queries: row numbers of its ids and the
// columns that queries have asked for, built by a scan at first use and kept up to date after.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/status.h"
#include "store/docs/column.h"
#include "store/docs/docs.h"
#include "store/docs/eval.h"
#include "store/docs/reader.h"
#include "store/docs/rows.h"

namespace furrow::docs {

/// Thread-safe. Never calls out while it holds its lock, but for DerivedFields::Read.
class Table {
 public:
  explicit Table(const Reader& reader) : reader_(reader) {}

  struct Selection {
    std::vector<std::string> ids;
    int64_t total = 0;
  };
  Result<Selection> Select(const Filter& filter, const std::vector<OrderBy>& order, int64_t offset,
                           int64_t limit);
  Result<std::vector<json::Value>> Distinct(const Filter& filter, const std::string& path);
  Status Scan(const Filter& filter, const std::vector<std::string>& paths,
              const Store::Visit& visit);
  Status Warm(const std::vector<std::string>& paths);

  /// A committed change; `doc` is null for a deletion. After the engine has it.
  struct Change {
    std::string_view id;
    DocPtr doc;
  };
  void Apply(const std::vector<Change>& changes);
  void Touch(std::string_view id);

  struct Holding {
    std::string path;
    size_t bytes = 0;
    uint64_t last_used = 0;
  };
  std::vector<Holding> holdings() const;
  struct Size {
    size_t bytes = 0, rows = 0, columns = 0;
  };
  Size size() const;
  void Drop(const std::string& path);

 private:
  struct Held {
    Column column;
    bool derived = false;
    std::atomic<uint64_t> last_used{0};
  };
  using Columns = std::map<std::string, std::shared_ptr<Held>, std::less<>>;

  // Readers and writers in turn: a stream of queries cannot keep a commit waiting.
  std::shared_lock<std::shared_mutex> LockShared() const;
  std::unique_lock<std::shared_mutex> LockUnique() const;

  /// Calls `use` under the shared lock with the rows that match and, with `scored`, their scores.
  using Use = std::function<void(const View&, const Bits&, const std::unordered_map<Row, double>&)>;
  Status WithMatches(const Filter& filter, const std::set<std::string>& further_paths, bool scored,
                     const Use& use);
  Status Ensure(const std::set<std::string>& paths);
  Status Build(const std::vector<std::string>& paths);
  Status ScanInto(const std::vector<std::string>& paths, Columns& fresh, RowIndex* fresh_rows);
  void ReadDerived(const std::vector<std::string>& paths, Columns& fresh,
                   const std::function<Row(std::string_view)>& row_of, const RowIndex* fresh_rows);
  Status SetFromStore(const std::string& id, Row row, const Columns& columns);
  void SetRow(Row row, std::string_view id, const json::Value& doc, const Columns& columns);
  Status RefreshTouched();
  Status Refresh(const std::unordered_set<std::string>& touched, const Columns& derived);
  bool Owned(std::string_view path) const;
  /// False for what derived members alone make.
  bool MayBeStored(std::string_view path) const;
  Row FindRow(std::string_view id) const;

  const Reader& reader_;

  mutable std::mutex turn_;
  mutable std::shared_mutex mutex_;
  RowIndex rows_;                          // guarded by mutex_
  bool rows_ready_ = false;                // guarded by mutex_
  Columns columns_;                        // guarded by mutex_
  bool building_ = false;                  // guarded by mutex_
  std::unordered_set<std::string> dirty_;  // guarded by mutex_; changed since the build began
  bool touches_lost_ = false;              // guarded by mutex_; what is derived is to be built anew
  bool refreshing_ = false;                // guarded by mutex_
  std::unordered_set<std::string> committed_;  // guarded by mutex_; since the refresh began

  std::mutex build_mutex_;  // one build at a time; before mutex_

  std::atomic<bool> wants_touches_{false};
  std::mutex refresh_mutex_;  // before touch_mutex_ and mutex_
  std::mutex touch_mutex_;
  std::unordered_set<std::string> touched_;  // guarded by touch_mutex_
  bool touched_too_many_ = false;            // guarded by touch_mutex_
};

}  // namespace furrow::docs
