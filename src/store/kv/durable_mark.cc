// SPDX-License-Identifier: Apache-2.0
#include "store/kv/durable_mark.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "base/crc32c.h"

namespace furrow::store {
namespace {

constexpr char kName[] = "/durable";
constexpr char kMagic[] = {'F', 'R', 'W', 'D'};
// Sequence, magic, CRC-32C of both, all little endian; behind them the log, and the CRC-32C of all
// before it. A version that did not say the log wrote the first part alone.
constexpr size_t kFirstBytes = 16, kBytes = 28;

template <typename T>
void PutLittle(char* to, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) to[i] = static_cast<char>(value >> (8 * i));
}

uint64_t GetLittle(const char* from) {
  uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(from[i]);
  return value;
}

// The CRC-32C of `size` bytes stands behind them.
bool SumFits(const char* bytes, size_t size) {
  char sum[4];
  PutLittle(sum, Crc32c(0, bytes, size));
  return std::memcmp(bytes + size, sum, sizeof(sum)) == 0;
}

}  // namespace

DurableMark::~DurableMark() {
  if (fd_ >= 0) ::close(fd_);
}

Answered DurableMark::Read(const std::string& dir) {
  const int fd = ::open((dir + kName).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  char bytes[kBytes];
  const ssize_t n = ::pread(fd, bytes, kBytes, 0);
  ::close(fd);
  if (n < static_cast<ssize_t>(kFirstBytes)) return {};
  if (std::memcmp(bytes + 8, kMagic, 4) != 0 || !SumFits(bytes, 12)) return {};
  const uint64_t sequence = GetLittle(bytes);
  if (n < static_cast<ssize_t>(kBytes) || !SumFits(bytes, 24)) return {sequence, UINT64_MAX};
  return {sequence, GetLittle(bytes + 16)};
}

void DurableMark::Open(const std::string& dir) {
  fd_ = ::open((dir + kName).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

void DurableMark::Set(Answered answered) {
  if (fd_ < 0) return;
  char bytes[kBytes];
  PutLittle(bytes, answered.sequence);
  std::memcpy(bytes + 8, kMagic, 4);
  PutLittle(bytes + 12, Crc32c(0, bytes, 12));
  PutLittle(bytes + 16, answered.log);
  PutLittle(bytes + 24, Crc32c(0, bytes, 24));
  // In one sector: it is there whole or as before.
  (void)!::pwrite(fd_, bytes, kBytes, 0);
}

}  // namespace furrow::store
