// SPDX-License-Identifier: Apache-2.0
#include "store/events/keys.h"

#include "store/events/replays.h"

namespace furrow::events {
namespace {

constexpr uint64_t kSign = 1ull << 63;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::optional<OwnerKey> ToOwnerKey(std::string_view owner) {
  if (owner.size() != 32) return std::nullopt;
  OwnerKey key(16, '\0');
  for (size_t i = 0; i < 16; ++i) {
    const int high = HexDigit(owner[2 * i]), low = HexDigit(owner[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    key[i] = static_cast<char>(high << 4 | low);
  }
  return key;
}

void PutBigEndian64(std::string& out, uint64_t v) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(v >> shift));
}
void PutBigEndian32(std::string& out, uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(v >> shift));
}
uint64_t BigEndian64(std::string_view bytes) {
  uint64_t v = 0;
  for (size_t i = 0; i < 8; ++i) v = v << 8 | static_cast<uint8_t>(bytes[i]);
  return v;
}
uint32_t BigEndian32(std::string_view bytes) {
  uint32_t v = 0;
  for (size_t i = 0; i < 4; ++i) v = v << 8 | static_cast<uint8_t>(bytes[i]);
  return v;
}
void PutOrdered(std::string& out, int64_t v) {
  PutBigEndian64(out, static_cast<uint64_t>(v) ^ kSign);
}
int64_t Ordered(std::string_view bytes) { return static_cast<int64_t>(BigEndian64(bytes) ^ kSign); }

void PutEscaped(std::string& out, std::string_view s) {
  for (char c : s) {
    out.push_back(c);
    if (c == '\0') out.push_back('\xff');
  }
  out.append(2, '\0');
}

bool TakeEscaped(std::string_view& in, std::string& out) {
  out.clear();
  for (size_t i = 0; i + 1 < in.size(); ++i) {
    if (in[i] != '\0') {
      out.push_back(in[i]);
    } else if (in[i + 1] == '\0') {
      in.remove_prefix(i + 2);
      return true;
    } else {
      out.push_back('\0');
      ++i;
    }
  }
  return false;
}

std::string OwnerPrefix(std::string_view owner_key, uint64_t epoch) {
  std::string key(owner_key);
  key.push_back(epoch == 0 ? 0 : 1);
  if (epoch != 0) PutBigEndian64(key, epoch);
  return key;
}

std::string LogRecordKey(uint64_t sequence) {
  std::string key;
  PutBigEndian64(key, sequence);
  return key;
}

std::string BlockKey(std::string_view prefix, uint32_t series, uint32_t block) {
  std::string key(prefix);
  PutBigEndian32(key, series);
  PutBigEndian32(key, block);
  return key;
}

std::string LineKey(std::string_view prefix, int64_t time_ms, uint64_t sequence) {
  std::string key(prefix);
  PutOrdered(key, time_ms);
  PutBigEndian64(key, sequence);
  return key;
}

std::optional<LineKeyParts> ParseLineKey(std::string_view prefix, std::string_view key) {
  if (key.size() != prefix.size() + 16) return std::nullopt;
  key.remove_prefix(prefix.size());
  return LineKeyParts{Ordered(key), BigEndian64(key.substr(8))};
}

std::string RichTypePrefix(std::string_view prefix, RichType type) {
  std::string key(prefix);
  key.push_back(static_cast<char>(type));
  return key;
}
std::string RichMetricPrefix(std::string_view prefix, RichType type, std::string_view metric) {
  std::string key = RichTypePrefix(prefix, type);
  PutEscaped(key, metric);
  return key;
}
std::string RichSeriesPrefix(std::string_view prefix, RichType type, std::string_view metric,
                             std::string_view variant) {
  std::string key = RichMetricPrefix(prefix, type, metric);
  PutEscaped(key, variant);
  return key;
}
std::string RichKey(std::string_view series_prefix, int64_t iter, std::string_view key) {
  std::string out(series_prefix);
  PutOrdered(out, iter);
  out.append(key);
  return out;
}

std::optional<RichKeyParts> ParseRichKey(std::string_view type_prefix, std::string_view key) {
  if (!key.starts_with(type_prefix)) return std::nullopt;
  std::string_view rest = key.substr(type_prefix.size());
  RichKeyParts parts;
  if (!TakeEscaped(rest, parts.metric) || !TakeEscaped(rest, parts.variant)) return std::nullopt;
  if (rest.size() < 8) return std::nullopt;
  parts.series_bytes = key.size() - rest.size();
  parts.iter = Ordered(rest);
  parts.key = rest.substr(8);
  return parts;
}

uint32_t ReplaySlice(Micros now) { return static_cast<uint32_t>(now / kReplayMicros); }
std::string ReplayKey(uint32_t slice, std::string_view key) {
  std::string out;
  PutBigEndian32(out, slice);
  out.append(key);
  return out;
}

std::string OwnerMarkKey(std::string_view owner_key) { return std::string(owner_key) + 'e'; }
std::string OwnerRecordKey(std::string_view owner_key) { return std::string(owner_key) + 's'; }

}  // namespace furrow::events
