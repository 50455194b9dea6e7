// SPDX-License-Identifier: Apache-2.0
#include "store/kv/log_check.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "store/kv/log_records.h"

namespace furrow::store {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBatchHead = 12;  // first sequence, number of changes

struct Range {
  uint64_t first, count;
};

Result<std::optional<uint64_t>> ReadLog(const std::string& path,
                                        const std::function<void(Range)>& record) {
  return ReadLogRecords(path, kBatchHead, [&](std::string_view head) {
    record({Little<uint64_t>(head.data()), Little<uint32_t>(head.data() + 8)});
  });
}

std::optional<uint64_t> LogNumber(const fs::path& path) {
  const std::string stem = path.stem().string();
  if (path.extension() != ".log" || stem.empty() || stem.size() > 18 ||
      stem.find_first_not_of("0123456789") != std::string::npos) {
    return std::nullopt;
  }
  return std::stoull(stem);
}

}  // namespace

uint64_t NewestLog(const std::string& dir) {
  uint64_t newest = 0;
  std::error_code error;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
    newest = std::max(newest, LogNumber(it->path()).value_or(0));
  }
  return newest;
}

Result<LogEnd> CheckLogs(const std::string& dir, uint64_t first_log, const Answered& answered) {
  std::vector<std::pair<uint64_t, fs::path>> logs;
  std::error_code error;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
    const auto number = LogNumber(it->path());
    if (number && *number >= first_log) logs.emplace_back(*number, it->path());
  }
  if (error) return Status(Code::kIoError, dir + ": " + error.message());
  std::sort(logs.begin(), logs.end());

  LogEnd end;
  uint64_t cut_in = 0;
  for (const auto& [number, path] : logs) {
    bool follows_damage = false;
    FURROW_ASSIGN(const std::optional<uint64_t> bad, ReadLog(path.string(), [&](Range range) {
                    // An opening that cut a torn log begins the next one with an empty record; when
                    // it was killed before it was done, both are found.
                    if (range.count == 0) return;
                    follows_damage = follows_damage || end.cut;
                    if (!end.cut) end.last = range.first + range.count - 1;
                  }));
    if (follows_damage) {
      return Status(Code::kCorruption,
                    "the log is damaged: " + end.where + ", before writes that were answered");
    }
    if (bad && !end.cut) {
      end.cut = true;
      cut_in = number;
      end.where = path.filename().string() + " at byte " + std::to_string(*bad);
    }
  }
  if (end.cut && end.last < answered.sequence && cut_in <= answered.log) {
    return Status(Code::kCorruption,
                  "the log is damaged: " + end.where + ", where answered writes were stored");
  }
  return end;
}

}  // namespace furrow::store
