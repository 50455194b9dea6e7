// SPDX-License-Identifier: Apache-2.0
#include "store/kv/log_check.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "base/crc32c.h"

namespace furrow::store {
namespace {

namespace fs = std::filesystem;

// The engine's log format: blocks of 32 KiB, records split over them into fragments.
constexpr size_t kBlock = 32768;
constexpr size_t kHeader = 7;      // masked CRC-32C of type and data, length, type
constexpr size_t kBatchHead = 12;  // first sequence, number of changes
enum Fragment : unsigned char { kFull = 1, kFirst, kMiddle, kLast };

template <typename T>
T Little(const char* p) {
  T value = 0;
  for (size_t i = sizeof(T); i-- > 0;) {
    value = static_cast<T>(value << 8 | static_cast<unsigned char>(p[i]));
  }
  return value;
}

uint32_t Masked(uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8u; }

class File {
 public:
  explicit File(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  // As many bytes as there are, at most one block; nullopt on an error.
  std::optional<size_t> ReadBlock(char* to, uint64_t at) const {
    size_t have = 0;
    while (have < kBlock) {
      const ssize_t n = ::pread(fd_, to + have, kBlock - have, static_cast<off_t>(at + have));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return std::nullopt;
      if (n == 0) break;
      have += static_cast<size_t>(n);
    }
    return have;
  }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

struct Range {
  uint64_t first, count;
};

// Calls `record` for each whole record. The position of the first byte that cannot be read, or
// nullopt when the log ends where a record does.
Result<std::optional<uint64_t>> ReadLog(const std::string& path,
                                        const std::function<void(Range)>& record) {
  const File file(path);
  if (!file.valid()) return Status(Code::kIoError, path + ": " + std::strerror(errno));
  std::vector<char> block(kBlock);
  // What of a batch's head a record has brought whose last fragment has not come yet: its first may
  // be as short as nothing, where a block had room for no more.
  std::optional<std::string> open;
  uint64_t began = 0;
  for (uint64_t base = 0;; base += kBlock) {
    const std::optional<size_t> size = file.ReadBlock(block.data(), base);
    if (!size) return Status(Code::kIoError, path + ": " + std::strerror(errno));
    size_t at = 0;
    for (; at + kHeader <= *size;) {
      const char* const head = block.data() + at;
      const size_t length = Little<uint16_t>(head + 4);
      const auto type = static_cast<unsigned char>(head[6]);
      const uint64_t position = base + at;
      const bool fits = at + kHeader + length <= *size;
      const bool begins = type == kFull || type == kFirst;
      if (!fits || type < kFull || type > kLast || begins == open.has_value() ||
          Little<uint32_t>(head) != Masked(Crc32c(0, head + 6, length + 1))) {
        return std::optional<uint64_t>(open ? began : position);
      }
      if (begins) {
        open.emplace();
        began = position;
      }
      open->append(head + kHeader, std::min(length, kBatchHead - open->size()));
      if (type == kFull || type == kLast) {
        if (open->size() < kBatchHead) return std::optional<uint64_t>(began);
        record({Little<uint64_t>(open->data()), Little<uint32_t>(open->data() + 8)});
        open.reset();
      }
      at += kHeader + length;
    }
    // A whole block ends with a filler too short for a header; the log's end has none.
    if (*size < kBlock) {
      if (open) return std::optional<uint64_t>(began);
      if (at != *size) return std::optional<uint64_t>(base + at);
      return std::optional<uint64_t>();
    }
  }
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
