// SPDX-License-Identifier: Apache-2.0
#include "store/kv/log_records.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/crc32c.h"

namespace furrow::store {
namespace {

constexpr size_t kBlock = 32768;
constexpr size_t kHeader = 7;  // masked CRC-32C of type and data, length, type
enum Fragment : unsigned char { kFull = 1, kFirst, kMiddle, kLast };

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

}  // namespace

Result<std::optional<uint64_t>> ReadLogRecords(
    const std::string& path, size_t head_bytes,
    const std::function<void(std::string_view)>& record) {
  const File file(path);
  if (!file.valid()) return Status(Code::kIoError, path + ": " + std::strerror(errno));
  std::vector<char> block(kBlock);
  // What of its head a record has brought whose last fragment has not come yet: its first may
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
      open->append(head + kHeader, std::min(length, head_bytes - open->size()));
      if (type == kFull || type == kLast) {
        if (open->size() < head_bytes) return std::optional<uint64_t>(began);
        record(*open);
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

}  // namespace furrow::store
