// SPDX-License-Identifier: Apache-2.0
// Checks a stored file while somebody reads it from front to back, so that copying and checking
// take one pass.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/sha256.h"
#include "base/status.h"
#include "store/blobs/format.h"

namespace furrow::blobs {

/// The trailer of an open file of `file_size` bytes. Errors: kCorruption, kIoError.
Result<Trailer> ReadTrailer(int fd, uint64_t file_size);

/// Not thread-safe.
class Verifier {
 public:
  explicit Verifier(const Trailer& trailer) : trailer_(trailer) {}
  /// The file's next bytes, content, table and trailer alike.
  void Add(std::string_view bytes);
  /// After all bytes: OK, or kCorruption when a block or the whole is not what was uploaded.
  Status Finish();

 private:
  void AddContent(std::string_view bytes);

  const Trailer trailer_;
  uint64_t at_ = 0;
  uint32_t block_crc_ = 0;
  std::string sums_;   ///< of the blocks read
  std::string table_;  ///< as it stands in the file
  Sha256 digest_;
};

/// Reads and checks a whole file. Errors: kCorruption, kIoError.
Status CheckFile(int fd, uint64_t file_size);

}  // namespace furrow::blobs
