// SPDX-License-Identifier: Apache-2.0
#include "store/blobs/format.h"

#include <cstring>

#include "base/crc32c.h"

namespace furrow::blobs {
namespace {

constexpr uint8_t kVersion = 1;
constexpr uint8_t kBlockBits = 18;
static_assert(1ull << kBlockBits == kBlockBytes);
constexpr std::string_view kMagic = "FRWB";
constexpr size_t kCrcAt = 56;

void AppendU64(std::string& out, uint64_t value) {
  AppendU32(out, static_cast<uint32_t>(value));
  AppendU32(out, static_cast<uint32_t>(value >> 32));
}

uint64_t ReadU64(const char* bytes) {
  return ReadU32(bytes) | static_cast<uint64_t>(ReadU32(bytes + 4)) << 32;
}

}  // namespace

void AppendU32(std::string& out, uint32_t value) {
  for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

uint32_t ReadU32(const char* bytes) {
  uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string EncodeTrailer(const Trailer& trailer) {
  std::string out;
  out += static_cast<char>(kVersion);
  out += static_cast<char>(kBlockBits);
  out.append(6, '\0');
  AppendU64(out, trailer.size);
  AppendU64(out, static_cast<uint64_t>(trailer.stored));
  out.append(reinterpret_cast<const char*>(trailer.sha256.data()), trailer.sha256.size());
  AppendU32(out, Crc32c(0, out.data(), out.size()));
  out += kMagic;
  return out;
}

Result<Trailer> DecodeTrailer(std::string_view bytes, uint64_t file_size) {
  const Status damaged(Code::kCorruption, "the stored file is damaged");
  if (bytes.size() != kTrailerBytes || bytes.substr(60) != kMagic) return damaged;
  if (ReadU32(bytes.data() + kCrcAt) != Crc32c(0, bytes.data(), kCrcAt)) return damaged;
  if (bytes[0] != kVersion || bytes[1] != kBlockBits) {
    return Status(Code::kCorruption, "the stored file was written by a newer version");
  }
  Trailer trailer;
  trailer.size = ReadU64(bytes.data() + 8);
  trailer.stored = static_cast<Micros>(ReadU64(bytes.data() + 16));
  std::memcpy(trailer.sha256.data(), bytes.data() + 24, trailer.sha256.size());
  // The first test keeps the sum below from overflowing.
  if (trailer.size > file_size ||
      trailer.size + 4 * BlockCount(trailer.size) + kTrailerBytes != file_size) {
    return damaged;
  }
  return trailer;
}

}  // namespace furrow::blobs
