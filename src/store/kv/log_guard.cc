// SPDX-License-Identifier: Apache-2.0
#include "store/kv/log_guard.h"

#include <algorithm>

#include <rocksdb/write_batch.h>

namespace furrow::store {

void LogGuard::ColumnFamilyLogNumberMap(const std::map<uint32_t, uint64_t>& first_logs,
                                        const std::map<std::string, uint32_t>&) {
  uint64_t first = first_logs.empty() ? 0 : UINT64_MAX;
  for (const auto& [family, number] : first_logs) first = std::min(first, number);
  Result<LogEnd> end = CheckLogs(dir_, first, answered_);
  status_ = end.status();
  end_ = end.ok() ? *end : LogEnd();
}

rocksdb::WalFilter::WalProcessingOption LogGuard::LogRecordFound(unsigned long long,
                                                                 const std::string&,
                                                                 const rocksdb::WriteBatch& batch,
                                                                 rocksdb::WriteBatch*,
                                                                 bool* batch_changed) {
  *batch_changed = false;
  if (!status_.ok() || (end_.cut && !accepted_)) return WalProcessingOption::kCorruptedRecord;
  if (!end_.cut) return WalProcessingOption::kContinueProcessing;
  uint64_t first = 0;
  for (size_t i = 8; i-- > 0;) first = first << 8 | static_cast<unsigned char>(batch.Data()[i]);
  return first <= end_.last ? WalProcessingOption::kContinueProcessing
                            : WalProcessingOption::kStopReplay;
}

}  // namespace furrow::store
