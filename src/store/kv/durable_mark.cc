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
constexpr size_t kBytes = 16;  // sequence, magic, CRC-32C of both; little endian

template <typename T>
void PutLittle(char* to, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) to[i] = static_cast<char>(value >> (8 * i));
}

}  // namespace

DurableMark::~DurableMark() {
  if (fd_ >= 0) ::close(fd_);
}

uint64_t DurableMark::Read(const std::string& dir) {
  const int fd = ::open((dir + kName).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  char bytes[kBytes];
  const ssize_t n = ::pread(fd, bytes, kBytes, 0);
  ::close(fd);
  if (n != static_cast<ssize_t>(kBytes)) return 0;
  char sum[4];
  PutLittle(sum, Crc32c(0, bytes, 12));
  if (std::memcmp(bytes + 8, kMagic, 4) != 0 || std::memcmp(bytes + 12, sum, 4) != 0) return 0;
  uint64_t sequence = 0;
  for (int i = 7; i >= 0; --i) sequence = sequence << 8 | static_cast<unsigned char>(bytes[i]);
  return sequence;
}

void DurableMark::Open(const std::string& dir) {
  fd_ = ::open((dir + kName).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

void DurableMark::Set(uint64_t sequence) {
  if (fd_ < 0) return;
  char bytes[kBytes];
  PutLittle(bytes, sequence);
  std::memcpy(bytes + 8, kMagic, 4);
  PutLittle(bytes + 12, Crc32c(0, bytes, 12));
  // In one sector: it is there whole or as before.
  (void)!::pwrite(fd_, bytes, kBytes, 0);
}

}  // namespace furrow::store
