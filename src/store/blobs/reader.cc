// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>

#include <openssl/evp.h>

#include "base/crc32c.h"
#include "base/id.h"
#include "store/blobs/blobs.h"

namespace furrow::blobs {
namespace {

// Fewer bytes than asked for mean that the file lost its end.
Status ReadAt(int fd, char* to, size_t size, uint64_t offset) {
  while (size > 0) {
    const ssize_t n = ::pread(fd, to, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus("reading a file", errno);
    if (n == 0) return Status(Code::kCorruption, "the stored file is damaged");
    to += n;
    offset += static_cast<uint64_t>(n);
    size -= static_cast<size_t>(n);
  }
  return {};
}

}  // namespace

Reader::Reader(Descriptor file, const Trailer& trailer)
    : fd_(new int(file.Release()), [](const int* fd) {
        ::close(*fd);
        delete fd;
      }) {
  info_.size = trailer.size;
  info_.stored = trailer.stored;
  info_.sha256 = Hex({reinterpret_cast<const char*>(trailer.sha256.data()), trailer.sha256.size()});
}

Status Reader::ReadBlock(uint64_t block, char* buffer) const {
  const uint64_t begin = block * kBlockBytes;
  const size_t size = std::min(kBlockBytes, info_.size - begin);
  FURROW_TRY(ReadAt(*fd_, buffer, size, begin));
  char sum[4];
  FURROW_TRY(ReadAt(*fd_, sum, sizeof(sum), info_.size + 4 * block));
  if (ReadU32(sum) != BlockSum(Crc32c(0, buffer, size), block)) {
    return Status(Code::kCorruption, "the stored file is damaged");
  }
  return {};
}

Status Reader::Check(uint64_t offset, uint64_t length) const {
  if (length == 0) return {};
  const auto buffer = std::make_unique<char[]>(std::min(kBlockBytes, info_.size));
  const uint64_t last = (offset + length - 1) / kBlockBytes;
  for (uint64_t block = offset / kBlockBytes; block <= last; ++block) {
    FURROW_TRY(ReadBlock(block, buffer.get()));
  }
  return {};
}

Status Reader::Read(uint64_t offset, uint64_t length, std::string& out) const {
  if (offset > info_.size || length > info_.size - offset) {
    return Status(Code::kInvalidArgument, "beyond the end of the file");
  }
  if (length == 0) return {};
  const auto buffer = std::make_unique<char[]>(std::min(kBlockBytes, info_.size));
  const uint64_t end = offset + length;
  while (offset < end) {
    const uint64_t block = offset / kBlockBytes;
    FURROW_TRY(ReadBlock(block, buffer.get()));
    const uint64_t from = offset - block * kBlockBytes;
    const uint64_t take = std::min(end - offset, kBlockBytes - from);
    out.append(buffer.get() + from, take);
    offset += take;
  }
  return {};
}

Status Reader::CheckWhole() const {
  const auto buffer = std::make_unique<char[]>(std::min(kBlockBytes, info_.size + 1));
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> digest(EVP_MD_CTX_new(),
                                                                  EVP_MD_CTX_free);
  if (digest == nullptr || EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) != 1) {
    return Status(Code::kUnavailable, "out of memory");
  }
  for (uint64_t block = 0; block < BlockCount(info_.size); ++block) {
    FURROW_TRY(ReadBlock(block, buffer.get()));
    EVP_DigestUpdate(digest.get(), buffer.get(),
                     std::min(kBlockBytes, info_.size - block * kBlockBytes));
  }
  char sha256[32];
  EVP_DigestFinal_ex(digest.get(), reinterpret_cast<unsigned char*>(sha256), nullptr);
  if (Hex({sha256, sizeof(sha256)}) != info_.sha256) {
    return Status(Code::kCorruption, "the stored file is damaged");
  }
  return {};
}

}  // namespace furrow::blobs
