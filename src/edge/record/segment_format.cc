// SPDX-License-Identifier: Apache-2.0
#include "edge/record/segment_format.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/crc32c.h"

namespace furrow::edge {
namespace {

template <typename T>
void Append(std::string& out, T value) {
  for (size_t i = 0; i < sizeof value; ++i) {
    out.push_back(static_cast<char>(static_cast<uint64_t>(value) >> (8 * i)));
  }
}

template <typename T>
T Load(std::string_view bytes, size_t at) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[at + i])) << (8 * i);
  }
  return static_cast<T>(value);
}

constexpr size_t kSealAt = 28;
static_assert(kSealAt + 4 == kSegmentHeaderBytes && kSealAt + 4 == kBlockHeaderBytes);

void Seal(std::string& header) { Append<uint32_t>(header, Crc32c(0, header.data(), kSealAt)); }
bool SealHolds(std::string_view bytes) {
  return Load<uint32_t>(bytes, kSealAt) == Crc32c(0, bytes.data(), kSealAt);
}

}  // namespace

std::string EncodeSegmentHeader(const SegmentHeader& header) {
  std::string bytes(kSegmentMagic);
  Append<uint8_t>(bytes, header.version);
  bytes.append(3, '\0');
  Append<uint32_t>(bytes, header.number);
  Append<uint64_t>(bytes, header.log_id);
  Append<uint32_t>(bytes, 0);
  Seal(bytes);
  return bytes;
}

std::optional<SegmentHeader> DecodeSegmentHeader(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderBytes || !bytes.starts_with(kSegmentMagic) ||
      !SealHolds(bytes)) {
    return std::nullopt;
  }
  return SegmentHeader{Load<uint8_t>(bytes, 8), Load<uint32_t>(bytes, 12),
                       Load<uint64_t>(bytes, 16)};
}

std::string EncodeBlockHeader(uint64_t sequence, Nanos base, std::string_view body) {
  std::string bytes(kBlockMagic);
  Append<uint32_t>(bytes, static_cast<uint32_t>(body.size()));
  Append<uint64_t>(bytes, sequence);
  Append<int64_t>(bytes, base);
  Append<uint32_t>(bytes, Crc32c(0, body.data(), body.size()));
  Seal(bytes);
  return bytes;
}

std::optional<BlockHeader> DecodeBlockHeader(std::string_view bytes) {
  if (bytes.size() < kBlockHeaderBytes || !bytes.starts_with(kBlockMagic) || !SealHolds(bytes)) {
    return std::nullopt;
  }
  const BlockHeader header{Load<uint32_t>(bytes, 4), Load<uint64_t>(bytes, 8),
                           Load<int64_t>(bytes, 16), Load<uint32_t>(bytes, 24)};
  if (header.length > kBlockBytesMax) return std::nullopt;
  return header;
}

std::string SegmentName(uint32_t number) { return fmt::format("{:06}.fel", number); }

std::optional<uint32_t> SegmentNumber(std::string_view name) {
  constexpr std::string_view kEnding = ".fel";
  if (!name.ends_with(kEnding)) return std::nullopt;
  name.remove_suffix(kEnding.size());
  constexpr size_t kDigitsMin = 6, kDigitsMax = 9;
  if (name.size() < kDigitsMin || name.size() > kDigitsMax ||
      (name.size() > kDigitsMin && name[0] == '0')) {
    return std::nullopt;
  }
  uint32_t number = 0;
  for (const char c : name) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<uint32_t>(c - '0');
  }
  return number;
}

}  // namespace furrow::edge
