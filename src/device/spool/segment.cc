// SPDX-License-Identifier: Apache-2.0
#include "device/spool/segment.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "base/crc32c.h"

namespace furrow::device {
namespace {

constexpr std::string_view kMagic{"FRWSPOL\0", 8};
constexpr uint32_t kVersion = 1;
constexpr size_t kDigits = 20;
constexpr std::string_view kEnding = ".fsp";

template <typename T>
void Put(std::string& out, T value) {
  for (size_t i = 0; i < sizeof value; ++i) {
    out.push_back(static_cast<char>(static_cast<uint64_t>(value) >> (8 * i) & 0xFF));
  }
}

template <typename T>
T Get(std::string_view bytes, size_t at) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[at + i])) << (8 * i);
  }
  return static_cast<T>(value);
}

uint32_t RecordCrc(uint64_t number, std::string_view text) {
  std::string head;
  Put(head, number);
  return Crc32c(Crc32c(0, head.data(), head.size()), text.data(), text.size());
}

}  // namespace

const char* StreamName(Stream stream) {
  constexpr const char* kNames[kStreams] = {"alarms", "sprays", "metrics", "images"};
  return kNames[static_cast<size_t>(stream)];
}

std::string EncodeSpoolHeader(Stream stream, uint64_t first) {
  std::string out(kMagic);
  Put(out, kVersion);
  Put(out, static_cast<uint32_t>(stream));
  Put(out, first);
  Put(out, uint32_t{0});
  Put(out, Crc32c(0, out.data(), out.size()));
  return out;
}

std::string EncodeSpoolRecord(uint64_t number, std::string_view text) {
  std::string out;
  Put(out, static_cast<uint32_t>(text.size()));
  Put(out, RecordCrc(number, text));
  out += text;
  return out;
}

std::optional<SpoolSegment> ReadSpoolSegment(std::string_view bytes) {
  if (bytes.size() < kSpoolHeaderBytes || bytes.substr(0, 8) != kMagic) return std::nullopt;
  const auto stream = Get<uint32_t>(bytes, 12);
  if (Get<uint32_t>(bytes, 8) != kVersion || stream >= kStreams ||
      Get<uint32_t>(bytes, 28) != Crc32c(0, bytes.data(), 28)) {
    return std::nullopt;
  }
  SpoolSegment segment;
  segment.stream = static_cast<Stream>(stream);
  segment.first = Get<uint64_t>(bytes, 16);
  constexpr size_t kHead = 8;
  bytes.remove_prefix(kSpoolHeaderBytes);
  while (bytes.size() >= kHead) {
    const size_t length = Get<uint32_t>(bytes, 0);
    if (length > kSpoolRecordMax || length > bytes.size() - kHead) break;
    const std::string_view text = bytes.substr(kHead, length);
    const uint64_t number = segment.first + segment.records.size();
    if (Get<uint32_t>(bytes, 4) != RecordCrc(number, text)) break;
    segment.records.emplace_back(text);
    bytes.remove_prefix(kHead + length);
  }
  segment.torn = !bytes.empty();
  return segment;
}

std::string SpoolSegmentName(uint64_t first) { return fmt::format("{:020}{}", first, kEnding); }

std::optional<uint64_t> SpoolSegmentFirst(std::string_view name) {
  if (name.size() != kDigits + kEnding.size() || !name.ends_with(kEnding)) return std::nullopt;
  uint64_t first = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, first);
  if (error != std::errc() || end != name.data() + kDigits) return std::nullopt;
  return first;
}

}  // namespace furrow::device
