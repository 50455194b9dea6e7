// SPDX-License-Identifier: Apache-2.0
// The headers of segments and blocks. docs/formats/edge-log.md has the tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "edge/boom/units.h"

namespace furrow::edge {

constexpr size_t kSegmentHeaderBytes = 32;
constexpr size_t kBlockHeaderBytes = 32;
constexpr size_t kBlockBytesMax = 64u << 20;  // of a body
constexpr uint8_t kLogVersion = 2;
constexpr std::string_view kSegmentMagic{"FRWEDGE\0", 8};
constexpr std::string_view kBlockMagic = "FELB";

struct SegmentHeader {
  uint8_t version = kLogVersion;
  uint32_t number = 0;
  uint64_t log_id = 0;
};
std::string EncodeSegmentHeader(const SegmentHeader& header);
/// nullopt when the first 32 of `bytes` are none, or fail their checksum.
std::optional<SegmentHeader> DecodeSegmentHeader(std::string_view bytes);

struct BlockHeader {
  uint32_t length = 0;
  uint64_t sequence = 0;
  Nanos base = 0;
  uint32_t body_crc = 0;
};
/// The header of `body`; its length and checksum are filled in.
std::string EncodeBlockHeader(uint64_t sequence, Nanos base, std::string_view body);
/// nullopt when the first 32 of `bytes` are none, fail their checksum or promise too long a body.
std::optional<BlockHeader> DecodeBlockHeader(std::string_view bytes);

/// "000001.fel"
std::string SegmentName(uint32_t number);
/// The number that a file's name says; nullopt for any other name.
std::optional<uint32_t> SegmentNumber(std::string_view name);

}  // namespace furrow::edge
