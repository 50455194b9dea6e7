// SPDX-License-Identifier: Apache-2.0
// Lets RocksDB replay of its logs what may be replayed, and stops it before it replays past damage.
#pragma once

#include <map>
#include <optional>
#include <string>

#include <rocksdb/wal_filter.h>

#include "store/kv/log_check.h"

namespace furrow::store {

/// For one attempt at opening. Asked first with which log to begin; looks at all logs then, and
/// makes the attempt fail if they do not end as they should. The end once accepted, the next
/// attempt replays up to it.
class LogGuard final : public rocksdb::WalFilter {
 public:
  LogGuard(std::string dir, const Answered& answered) : dir_(std::move(dir)), answered_(answered) {}
  /// Of the next attempt: replays what lies before the cut that was found.
  void AcceptCut() { accepted_ = true; }
  /// Of the last attempt; OK when there were no logs.
  Status status() const { return status_; }
  const LogEnd& end() const { return end_; }
  uint64_t durable() const { return answered_.sequence; }

  const char* Name() const override { return "furrow.LogGuard"; }
  void ColumnFamilyLogNumberMap(const std::map<uint32_t, uint64_t>& first_logs,
                                const std::map<std::string, uint32_t>&) override;
  WalProcessingOption LogRecordFound(unsigned long long log_number, const std::string& file,
                                     const rocksdb::WriteBatch& batch, rocksdb::WriteBatch*,
                                     bool* batch_changed) override;

 private:
  const std::string dir_;
  const Answered answered_;
  bool accepted_ = false;
  Status status_;
  LogEnd end_;
};

}  // namespace furrow::store
