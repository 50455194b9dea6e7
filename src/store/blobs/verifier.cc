// SPDX-License-Identifier: Apache-2.0
#include "store/blobs/verifier.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/crc32c.h"
#include "base/id.h"
#include "store/blobs/descriptor.h"

namespace furrow::blobs {
namespace {

Status Damaged() { return Status(Code::kCorruption, "the stored file is damaged"); }

}  // namespace

Result<Trailer> ReadTrailer(int fd, uint64_t file_size) {
  char bytes[kTrailerBytes];
  if (file_size < sizeof(bytes)) return Damaged();
  const ssize_t n =
      ::pread(fd, bytes, sizeof(bytes), static_cast<off_t>(file_size - sizeof(bytes)));
  if (n < 0) return ErrnoStatus("reading a file", errno);
  if (n != static_cast<ssize_t>(sizeof(bytes))) return Damaged();
  return DecodeTrailer({bytes, sizeof(bytes)}, file_size);
}

void Verifier::AddContent(std::string_view bytes) {
  digest_.Add(bytes);
  while (!bytes.empty()) {
    const uint64_t left = std::min(kBlockBytes - at_ % kBlockBytes, trailer_.size - at_);
    const size_t take = std::min<uint64_t>(bytes.size(), left);
    block_crc_ = Crc32c(block_crc_, bytes.data(), take);
    at_ += take;
    bytes.remove_prefix(take);
    if (take == left) {
      AppendU32(sums_, BlockSum(block_crc_, (at_ - 1) / kBlockBytes));
      block_crc_ = 0;
    }
  }
}

void Verifier::Add(std::string_view bytes) {
  if (at_ < trailer_.size) {
    const size_t content = std::min<uint64_t>(bytes.size(), trailer_.size - at_);
    AddContent(bytes.substr(0, content));
    bytes.remove_prefix(content);
  }
  const uint64_t table_end = trailer_.size + 4 * BlockCount(trailer_.size);
  if (at_ < table_end) {
    const size_t take = std::min<uint64_t>(bytes.size(), table_end - at_);
    table_ += bytes.substr(0, take);
    at_ += take;
    bytes.remove_prefix(take);
  }
  at_ += bytes.size();
}

Status Verifier::Finish() {
  const uint64_t whole = trailer_.size + 4 * BlockCount(trailer_.size) + kTrailerBytes;
  const std::string_view expected(reinterpret_cast<const char*>(trailer_.sha256.data()),
                                  trailer_.sha256.size());
  if (at_ != whole || sums_ != table_ || digest_.Hex() != Hex(expected)) return Damaged();
  return {};
}

Status CheckFile(int fd, uint64_t file_size) {
  FURROW_ASSIGN(const Trailer trailer, ReadTrailer(fd, file_size));
  Verifier verifier(trailer);
  std::string buffer(kBlockBytes, '\0');
  for (uint64_t at = 0; at < file_size;) {
    const ssize_t n = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus("reading a file", errno);
    if (n == 0) return Damaged();
    verifier.Add({buffer.data(), static_cast<size_t>(n)});
    at += static_cast<uint64_t>(n);
  }
  return verifier.Finish();
}

}  // namespace furrow::blobs
