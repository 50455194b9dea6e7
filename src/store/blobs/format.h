// SPDX-License-Identifier: Apache-2.0
// The bytes of a blob file: content, a checksum per block, a trailer. docs/formats/blobs.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/time.h"

namespace furrow::blobs {

inline constexpr uint64_t kBlockBytes = 256 * 1024;
inline constexpr size_t kTrailerBytes = 64;

struct Trailer {
  uint64_t size = 0;  ///< of the content
  Micros stored = 0;  ///< wall time the upload was complete
  std::array<unsigned char, 32> sha256{};
};

std::string EncodeTrailer(const Trailer& trailer);
/// `bytes` are the last kTrailerBytes of a file of `file_size`. Errors: kCorruption.
Result<Trailer> DecodeTrailer(std::string_view bytes, uint64_t file_size);

inline uint64_t BlockCount(uint64_t size) { return (size + kBlockBytes - 1) / kBlockBytes; }

/// What the table holds for a block: its CRC-32C mixed with its number, so that a block in
/// another's place does not pass.
inline uint32_t BlockSum(uint32_t crc, uint64_t block) {
  return crc + static_cast<uint32_t>(block) * 0x9E3779B1u;
}

void AppendU32(std::string& out, uint32_t value);  // little endian
uint32_t ReadU32(const char* bytes);

}  // namespace furrow::blobs
