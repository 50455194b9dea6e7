// SPDX-License-Identifier: Apache-2.0
// One value of every stored form as version 1 wrote it, kept in tests/golden/store: whatever is
// changed here later must still read these. With FURROW_WRITE_GOLDEN=1 the files are written anew,
// which is right only for a form that is new.
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>

#include <gtest/gtest.h>

#include "base/id.h"
#include "store/events/block.h"
#include "store/events/bytes.h"
#include "store/events/chunk.h"
#include "store/events/int_column.h"
#include "store/events/merge.h"
#include "store/events/owner.h"
#include "store/events/record.h"
#include "store/events/seal.h"
#include "store/events/value_column.h"
#include "store/events/values.h"

namespace furrow::events {
namespace {

const std::string kFolder = std::string(FURROW_SOURCE_DIR) + "/tests/golden/store/";
const std::string kOwner("\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16);

// The file's bytes (hexadecimal, any line breaks); `now` is what this program writes.
std::string Golden(const std::string& name, const std::string& now) {
  const std::string path = kFolder + name + ".hex";
  if (std::getenv("FURROW_WRITE_GOLDEN") != nullptr) {
    std::ofstream out(path);
    const std::string hex = Hex(now);
    for (size_t at = 0; at < hex.size(); at += 96) out << hex.substr(at, 96) << '\n';
  }
  std::ifstream in(path);
  EXPECT_TRUE(in.good()) << path;
  std::string bytes, line;
  while (std::getline(in, line)) {
    for (size_t i = 0; i + 1 < line.size(); i += 2) {
      bytes.push_back(static_cast<char>(std::stoi(line.substr(i, 2), nullptr, 16)));
    }
  }
  return bytes;
}

// Points that bring every predictor and kind of value into play, the same for ever.
Columns GoldenPoints(ValueKind kind, size_t n) {
  uint64_t state = 88172645463325252ull;
  auto next = [&] {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
  };
  Columns c;
  for (size_t i = 0; i < n; ++i) {
    const double unit = static_cast<double>(next() >> 40) / 16777216.0;
    double v = 1 + unit;
    if (kind == ValueKind::kFloat32) v = static_cast<float>(v);
    if (kind == ValueKind::kDecimal) v = std::floor(v * 1000) / 1000;
    if (kind == ValueKind::kDecimalFloat32) v = static_cast<float>(std::floor(v * 1000) / 1000);
    if (kind == ValueKind::kTextFloat32) {
      char text[32];
      *std::to_chars(text, text + sizeof text, static_cast<float>(v)).ptr = '\0';
      v = std::strtod(text, nullptr);
    }
    if (kind == ValueKind::kFloat64) v = unit / 3;
    c.Add(static_cast<int64_t>(i * (i % 64 == 0 ? 3 : 2)) + static_cast<int64_t>(i) * 5,
          1'700'000'000'000 + static_cast<int64_t>(100 * i + next() % 5), v, i < n / 3 ? 0 : 1);
  }
  return c;
}

void ExpectPoints(const Columns& got, const std::vector<std::string>& workers,
                  const Columns& want) {
  EXPECT_EQ(got.iter, want.iter);
  EXPECT_EQ(got.time_ms, want.time_ms);
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(std::bit_cast<uint64_t>(got.value[i]), std::bit_cast<uint64_t>(want.value[i])) << i;
  }
  const auto by = got.Workers(), wanted = want.Workers();
  for (size_t i = 0; i < by.size(); ++i) ASSERT_EQ(workers[by[i]], wanted[i] == 0 ? "one" : "two");
}

TEST(Golden, Blocks) {
  const std::pair<const char*, ValueKind> kinds[] = {
      {"event_block_float64", ValueKind::kFloat64},
      {"event_block_float32", ValueKind::kFloat32},
      {"event_block_decimal", ValueKind::kDecimal},
      {"event_block_decimal_float32", ValueKind::kDecimalFloat32},
      {"event_block_text_float32", ValueKind::kTextFloat32}};
  for (const auto& [name, kind] : kinds) {
    SCOPED_TRACE(name);
    Columns want = GoldenPoints(kind, 300);
    want.Normalise();
    if (kind == ValueKind::kDecimal) {
      want.value[7] = std::numeric_limits<double>::quiet_NaN();
      want.value[70] = -0.0;
    }
    const std::string bytes = Golden(name, EncodeBlock(want, 0, want.size(), {"one", "two"}));
    const auto block = Block::Open(bytes);
    ASSERT_TRUE(block.ok()) << block.status().ToString();
    Columns got;
    std::vector<std::string> workers;
    ASSERT_TRUE(ReadInto(*block, got, workers).ok());
    ExpectPoints(got, workers, want);
    EXPECT_EQ(block->head().count, want.size());
    EXPECT_EQ(block->head().last, want.value.back());
    EXPECT_EQ(block->Pyramid()->size(), kind == ValueKind::kDecimal ? 0u : 5u);
  }
}

TEST(Golden, IntegerColumns) {
  const char* const names[] = {"floor", "delta", "delta2", "line", "mean"};
  for (int predictor = 0; predictor < 5; ++predictor) {
    SCOPED_TRACE(names[predictor]);
    uint64_t state = 88172645463325252ull;
    std::vector<int64_t> want;
    int64_t walk = 0;
    for (int64_t i = 0; i < 400; ++i) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      const auto noise = static_cast<int64_t>(state % 17);
      switch (predictor) {
        case 0:
          walk = -3 + noise % 2;
          break;
        case 1:
          walk += 1000 + noise;
          break;
        case 2:
          walk = i * i * 50 + noise / 16;
          break;
        case 3:  // noise beside the line does not add up along it
          walk = 1'700'000 + 7'351 * i + static_cast<int64_t>(state >> 54);
          break;
        case 4: {  // noise about a level that wanders
          const double level = 6'000 * std::sin(static_cast<double>(i) / 90);
          walk = static_cast<int64_t>(level) + static_cast<int64_t>(state >> 50 & 4095) +
                 static_cast<int64_t>(state >> 30 & 4095) +
                 static_cast<int64_t>(state >> 10 & 4095);
          break;
        }
      }
      want.push_back(walk);
    }
    std::string now;
    EncodeInts(want, now);
    ASSERT_EQ(static_cast<uint8_t>(now[0]) >> 4, predictor);
    const std::string bytes = Golden(std::string("event_ints_") + names[predictor], now);
    ASSERT_EQ(static_cast<uint8_t>(bytes[0]) >> 4, predictor);
    std::vector<int64_t> got(want.size());
    Reader in(bytes);
    ASSERT_TRUE(DecodeInts(in, got));
    EXPECT_TRUE(in.done());
    EXPECT_EQ(got, want);
  }
}

TEST(Golden, Chunk) {
  std::map<uint32_t, Columns> series;
  series[0] = GoldenPoints(ValueKind::kFloat32, 20);
  series[3] = GoldenPoints(ValueKind::kFloat32, 30);
  const auto bytes = Golden("event_chunk", EncodeChunks(series, {"one", "two"})[0]);
  const auto chunk = Chunk::Open(bytes);
  ASSERT_TRUE(chunk.ok()) << chunk.status().ToString();
  std::map<uint32_t, Columns> got;
  std::vector<std::string> workers;
  ASSERT_TRUE(chunk->ReadAll(got, workers).ok());
  ASSERT_EQ(got.size(), 2u);
  ExpectPoints(got[0], workers, series[0]);
  ExpectPoints(got[3], workers, series[3]);
}

Record GoldenRecord() {
  Record record;
  record.accepted = 1'780'000'000'123'456;
  OwnerEvents& owner = record.owners.emplace_back();
  owner.owner = kOwner;
  owner.epoch = 77;
  owner.worker = "host:gpu0";
  owner.lines = 3;
  owner.series = {{"loss", "train", "epoch", false}, {":monitor:gpu", "gpu_0", "", true}};
  owner.points = {{0, 10, 1'780'000'000'000, 0.1},
                  {1, -5, 1'780'000'000'100, 0.5},
                  {0, 11, 1'780'000'000'200, 42},
                  {1, kSingleValueIter, 1'780'000'000'000, -0.0}};
  owner.rich = {{RichType::kPlot, "confusion", 9}, {RichType::kImage, "", kSingleValueIter}};
  return record;
}

TEST(Golden, LogRecords) {
  const Record want = GoldenRecord();
  const std::string bytes = Golden("event_record", EncodeRecord(want));
  const auto record = DecodeRecord(bytes);
  ASSERT_TRUE(record.ok()) << record.status().ToString();
  EXPECT_EQ(record->kind, RecordKind::kEvents);
  EXPECT_EQ(record->accepted, want.accepted);
  ASSERT_EQ(record->owners.size(), 1u);
  const OwnerEvents &got = record->owners[0], &expected = want.owners[0];
  EXPECT_EQ(got.owner, kOwner);
  EXPECT_EQ(got.epoch, 77u);
  EXPECT_EQ(got.worker, "host:gpu0");
  EXPECT_EQ(got.lines, 3u);
  ASSERT_EQ(got.series.size(), 2u);
  EXPECT_EQ(got.series[0].x_axis_label, "epoch");
  EXPECT_TRUE(got.series[1].monitor);
  ASSERT_EQ(got.points.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(got.points[i].series, expected.points[i].series);
    EXPECT_EQ(got.points[i].iter, expected.points[i].iter);
    EXPECT_EQ(got.points[i].time_ms, expected.points[i].time_ms);
    EXPECT_EQ(std::bit_cast<uint64_t>(got.points[i].value),
              std::bit_cast<uint64_t>(expected.points[i].value));
  }
  ASSERT_EQ(got.rich.size(), 2u);
  EXPECT_EQ(got.rich[0].iter_max, 9);
  EXPECT_EQ(got.rich[1].type, RichType::kImage);

  Record reset;
  reset.kind = RecordKind::kReset;
  reset.owners.emplace_back().owner = kOwner;
  const std::string reset_bytes = Golden("event_record_reset", EncodeRecord(reset));
  EXPECT_EQ(DecodeRecord(reset_bytes)->kind, RecordKind::kReset);
  Record lines;
  lines.kind = RecordKind::kLinesDeleted;
  lines.owners.emplace_back().owner = kOwner;
  lines.owners[0].lines = 12;
  const std::string lines_bytes = Golden("event_record_lines_deleted", EncodeRecord(lines));
  EXPECT_EQ(DecodeRecord(lines_bytes)->owners[0].lines, 12u);
}

TEST(Golden, OwnerRecord) {
  OwnerState want(kOwner, 77);
  const Record record = GoldenRecord();
  want.Apply(record.owners[0], 1234, record.accepted);
  const std::string now =
      OwnerState::Encode(want.EncodeStats(), {2, 5, 99}, {{7, {8000, 12}}, {0, {}}});
  const std::string bytes = Golden("event_owner", now);
  OwnerState got(kOwner, 77);
  const auto loaded = got.Load(bytes);
  ASSERT_TRUE(loaded.ok()) << loaded.status().ToString();
  EXPECT_TRUE(*loaded);
  EXPECT_EQ(got.last_sequence(), 1234u);
  EXPECT_EQ(got.lines(), 3u);
  EXPECT_EQ(got.chunks.first, 2u);
  EXPECT_EQ(got.chunks.next, 5u);
  EXPECT_EQ(got.chunks.points, 99u);
  EXPECT_EQ(got.series()[0].blocks.next, 7u);
  EXPECT_EQ(got.series()[0].blocks.open, (std::vector<uint16_t>{8000, 12}));
  EXPECT_TRUE(got.series()[1].single);
  const auto a = got.Snapshot(), b = want.Snapshot();
  EXPECT_EQ(a->last_iteration, 11);
  EXPECT_EQ(a->last_event, b->last_event);
  ASSERT_EQ(a->kinds.size(), 4u);
  EXPECT_EQ(a->kinds[0].metric, "confusion");
  ASSERT_EQ(a->series.size(), 2u);
  EXPECT_EQ(a->series[0].x_axis_label, "epoch");
  EXPECT_EQ(a->series[0].value, 42);
  EXPECT_EQ(a->series[0].first, 0.1);
  EXPECT_EQ(a->series[0].min, 0.1);
  EXPECT_EQ(a->series[0].sum, 42.1);
  EXPECT_EQ(a->series[0].count, 2);
  EXPECT_EQ(a->series[1].iter, -5);
  // A record of another epoch says nothing.
  OwnerState later(kOwner, 78);
  EXPECT_FALSE(*later.Load(bytes));
  EXPECT_TRUE(later.Empty());
}

TEST(Golden, SmallValues) {
  const LogLine line{0, "info", "host:gpu0", "epoch 1 of 10\nloss 0.5"};
  const std::string line_bytes = Golden("event_line", EncodeLine(line));
  const auto got_line = DecodeLine(line_bytes);
  ASSERT_TRUE(got_line.ok());
  EXPECT_EQ(got_line->level, "info");
  EXPECT_EQ(got_line->worker, "host:gpu0");
  EXPECT_EQ(got_line->text, line.text);
  const Rich rich{RichType::kPlot, "m", "v", "k", 1, 1'700'000'000'000, "{\"plot_str\":\"{}\"}"};
  const auto got_rich = DecodeRich(Golden("event_rich", EncodeRich(rich)));
  ASSERT_TRUE(got_rich.ok());
  EXPECT_EQ(got_rich->time_ms, rich.time_ms);
  EXPECT_EQ(got_rich->json, rich.json);
  const auto number = DecodeNumber(Golden("event_number", EncodeNumber(1'780'000'000'123'456)));
  ASSERT_TRUE(number.ok());
  EXPECT_EQ(*number, 1'780'000'000'123'456u);
}

TEST(Golden, WhatALaterVersionWroteIsRefusedNotMisread) {
  std::string value = EncodeNumber(5);
  value.resize(value.size() - 4);
  value[0] = 2;
  Seal(value);
  EXPECT_EQ(DecodeNumber(value).status().code(), Code::kCorruption);
}

}  // namespace
}  // namespace furrow::events
