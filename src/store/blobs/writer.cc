// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include <openssl/evp.h>

#include "base/crc32c.h"
#include "base/id.h"
#include "store/blobs/blobs.h"

namespace furrow::blobs {
namespace {

// Starting the write-out early keeps the fsync at the end of a large upload short.
constexpr uint64_t kPushBytes = 8 << 20;

}  // namespace

class Writer::Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new()) {
    if (context_ == nullptr || EVP_DigestInit_ex(context_, EVP_sha256(), nullptr) != 1) {
      EVP_MD_CTX_free(context_);
      throw std::bad_alloc();
    }
  }
  ~Digest() { EVP_MD_CTX_free(context_); }
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  void Add(std::string_view bytes) { EVP_DigestUpdate(context_, bytes.data(), bytes.size()); }
  void Finish(unsigned char* out) { EVP_DigestFinal_ex(context_, out, nullptr); }

 private:
  EVP_MD_CTX* context_;
};

Writer::Writer(Store& store, Path path, std::string temporary, Descriptor file)
    : store_(store),
      path_(std::move(path)),
      temporary_(std::move(temporary)),
      file_(std::move(file)),
      digest_(std::make_unique<Digest>()) {}

Writer::~Writer() {
  if (!temporary_.empty()) ::unlinkat(store_.temporary_.get(), temporary_.c_str(), 0);
}

Status Writer::WriteAll(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file_.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus("writing a file", errno);
    bytes.remove_prefix(static_cast<size_t>(n));
    written_ += static_cast<uint64_t>(n);
  }
  return {};
}

Status Writer::Append(std::string_view chunk) {
  if (chunk.size() > store_.options_.size_max - trailer_.size) {
    return Status(Code::kTooLarge, "the file is too large");
  }
  FURROW_TRY(WriteAll(chunk));
  digest_->Add(chunk);
  while (!chunk.empty()) {
    const uint64_t in_block = trailer_.size % kBlockBytes;
    const size_t take = std::min<uint64_t>(chunk.size(), kBlockBytes - in_block);
    block_crc_ = Crc32c(block_crc_, chunk.data(), take);
    trailer_.size += take;
    chunk.remove_prefix(take);
    if (trailer_.size % kBlockBytes == 0) {
      AppendU32(table_, BlockSum(block_crc_, trailer_.size / kBlockBytes - 1));
      block_crc_ = 0;
    }
  }
  if (written_ - pushed_ >= kPushBytes) {
    ::sync_file_range(file_.get(), static_cast<off64_t>(pushed_),
                      static_cast<off64_t>(written_ - pushed_), SYNC_FILE_RANGE_WRITE);
    pushed_ = written_;
    FURROW_TRY(store_.HasRoom());
  }
  return {};
}

Status Writer::Seal() {
  if (trailer_.size % kBlockBytes != 0) {
    AppendU32(table_, BlockSum(block_crc_, trailer_.size / kBlockBytes));
  }
  digest_->Finish(trailer_.sha256.data());
  digest_.reset();
  trailer_.stored = store_.clock_.Now();
  FURROW_TRY(WriteAll(table_));
  FURROW_TRY(WriteAll(EncodeTrailer(trailer_)));
  // A failed sync may have dropped the pages, so it is never tried again: this upload is lost.
  if (::fsync(file_.get()) != 0) return ErrnoStatus("syncing a file", errno);
  file_.Close();
  table_ = {};
  sealed_ = true;
  return {};
}

Result<Info> Writer::Commit() {
  if (!sealed_) FURROW_TRY(Seal());
  FURROW_TRY(store_.Publish(temporary_, path_));
  temporary_.clear();
  return Info{trailer_.size,
              Hex({reinterpret_cast<const char*>(trailer_.sha256.data()), trailer_.sha256.size()}),
              trailer_.stored};
}

}  // namespace furrow::blobs
