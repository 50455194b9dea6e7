// SPDX-License-Identifier: Apache-2.0
#include "store/kv/reclaim.h"

#include <algorithm>
#include <chrono>

namespace furrow::store {
namespace {

// Deletions come in flocks: what is asked for together is rewritten once.
constexpr auto kGather = std::chrono::seconds(1);
// Of one family; more are taken for one long range.
constexpr size_t kRangesMax = 256;

}  // namespace

Reclaimer::Reclaimer(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& handles)
    : db_(db), handles_(handles) {}

Reclaimer::~Reclaimer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Reclaimer::Ask(Family family, std::string_view from, std::string_view to) {
  const std::lock_guard lock(mutex_);
  if (stop_) return;
  Ranges& ranges = asked_[static_cast<size_t>(family)];
  std::string& end = ranges[std::string(from)];
  end = std::max(end, std::string(to));
  if (ranges.size() > kRangesMax) {
    const std::string first = ranges.begin()->first;
    std::string last;
    for (const auto& [begin, there] : ranges) last = std::max(last, there);
    ranges = {{first, last}};
  }
  any_ = true;
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
  wake_.notify_all();
}

void Reclaimer::Run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    wake_.wait(lock, [this] { return any_ || stop_; });
    if (wake_.wait_for(lock, kGather, [this] { return stop_.load(); })) return;
    auto asked = std::move(asked_);
    asked_ = {};
    any_ = false;
    lock.unlock();
    for (size_t family = 0; family < asked.size(); ++family) {
      for (const auto& [from, to] : asked[family]) {
        rocksdb::CompactRangeOptions options;
        options.exclusive_manual_compaction = false;
        options.allow_write_stall = false;
        options.max_subcompactions = 1;
        options.canceled = &stop_;
        const rocksdb::Slice begin(from), end(to);
        // Of a failure nothing is lost but the space; RocksDB reports it to those who write.
        const rocksdb::Status done = db_.CompactRange(options, handles_[family], &begin, &end);
        done.PermitUncheckedError();
      }
    }
    lock.lock();
  }
}

}  // namespace furrow::store
