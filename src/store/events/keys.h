// SPDX-License-Identifier: Apache-2.0
// The keys of the event store's families: docs/formats/events.md, "Keys". Byte order is the order
// a reader wants.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/events/events.h"

namespace furrow::events {

/// 16 raw bytes of 32 lowercase hexadecimal digits.
using OwnerKey = std::string;

/// nullopt unless `owner` is 32 of 0-9 a-f.
std::optional<OwnerKey> ToOwnerKey(std::string_view owner);

/// Big-endian, so that byte order is numeric order.
void PutBigEndian64(std::string& out, uint64_t v);
void PutBigEndian32(std::string& out, uint32_t v);
uint64_t BigEndian64(std::string_view bytes);
uint32_t BigEndian32(std::string_view bytes);
/// As above with the sign turned over: negative numbers come first.
void PutOrdered(std::string& out, int64_t v);
int64_t Ordered(std::string_view bytes);

/// A string that sorts like itself and ends by itself: 00 becomes 00 FF, and 00 00 closes it.
void PutEscaped(std::string& out, std::string_view s);
/// Takes one such string off the front of `in`. False when it is not closed.
bool TakeEscaped(std::string_view& in, std::string& out);

/// What every key of an owner starts with. The epoch is 0, or the sequence of the owner's last
/// deletion: what was written under an older one is invisible and waits to be cleaned away.
std::string OwnerPrefix(std::string_view owner_key, uint64_t epoch);

std::string LogRecordKey(uint64_t sequence);
/// In the place of a series number: the owner's chunks.
inline constexpr uint32_t kChunkSeries = UINT32_MAX;
std::string BlockKey(std::string_view prefix, uint32_t series, uint32_t block);
std::string LineKey(std::string_view prefix, int64_t time_ms, uint64_t sequence);
struct LineKeyParts {
  int64_t time_ms;
  uint64_t sequence;
};
std::optional<LineKeyParts> ParseLineKey(std::string_view prefix, std::string_view key);

std::string RichTypePrefix(std::string_view prefix, RichType type);
std::string RichMetricPrefix(std::string_view prefix, RichType type, std::string_view metric);
std::string RichSeriesPrefix(std::string_view prefix, RichType type, std::string_view metric,
                             std::string_view variant);
std::string RichKey(std::string_view series_prefix, int64_t iter, std::string_view key);
struct RichKeyParts {
  std::string metric, variant, key;
  int64_t iter;
  size_t series_bytes;
};
/// `type_prefix` is RichTypePrefix; series_bytes is the length of the key's RichSeriesPrefix.
std::optional<RichKeyParts> ParseRichKey(std::string_view type_prefix, std::string_view key);

/// In Family::kMeta: the sequence below which every log record is folded.
inline constexpr char kWatermarkKey[] = "events.watermark";

/// Applied batches are remembered by the ten minutes they came in, so that old ones go as a range.
uint32_t ReplaySlice(Micros now);
std::string ReplayKey(uint32_t slice, std::string_view key);

std::string OwnerMarkKey(std::string_view owner_key);
std::string OwnerRecordKey(std::string_view owner_key);

}  // namespace furrow::events
