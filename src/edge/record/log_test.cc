// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "edge/record/record_fixture.h"
#include "edge/record/segment_format.h"

namespace furrow::edge {
namespace {

LogOptions ByHand() {
  LogOptions options;
  options.thread = false;
  options.log_id = 42;
  options.reserve_bytes = 4096;
  return options;
}

/// A small log of several blocks, a frame among them; closed unless told otherwise.
std::string SmallLog(const std::string& folder, int ms = 450, bool close = true) {
  LogEncoder encoder(1 << 20);
  auto log = LogFile::Open(folder, ByHand(), {&encoder});
  EXPECT_TRUE(log.ok()) << log.status().ToString();
  encoder.Boom("name = \"b\"\n");
  const std::array<uint8_t, 12> pixels{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  FrameView frame{pixels.data(), 2, 2, 6, PixelFormat::kRgb8, 0, 7, 5 * kSecond, 100'000};
  for (int i = 0; i < ms; ++i) {
    RecordMillisecond(encoder, i);
    if (i == 120) {
      frame.captured = 5 * kSecond + 119 * kMillisecond;
      const std::array<Detection, 1> found{Detection{1, 2, 3, 4, 5, PlantKind::kWeed}};
      encoder.Frame(frame);
      encoder.Detections(frame, 5 * kSecond + 120 * kMillisecond, found);
    }
  }
  encoder.Note("done");
  if (close) {
    EXPECT_TRUE((*log)->Close().ok());
  } else {
    (*log)->Flush();
  }
  return Slurp(folder + "/000001.fel");
}

TEST(Log, EverythingComesBackInOrder) {
  TemporaryFolder top;
  SmallLog(top / "log");
  const Content content = ReadLog(top / "log");
  EXPECT_TRUE(content.damage.empty()) << content.damage[0];
  EXPECT_FALSE(content.torn);
  EXPECT_TRUE(content.closed);
  ASSERT_EQ(content.Of<TickRecord>().size(), 450u);
  EXPECT_EQ(content.Of<PoseRecord>().size(), 45u);
  EXPECT_EQ(content.Of<CommandRecord>().size(), 18u);
  EXPECT_EQ(content.Of<BoomRecord>().at(0).toml, "name = \"b\"\n");
  EXPECT_EQ(content.Of<FrameRecord>().at(0).pixels.at(11), 12);
  EXPECT_EQ(content.Of<DetectionsRecord>().at(0).found.at(0).kind, PlantKind::kWeed);
  EXPECT_EQ(content.Of<NoteRecord>().at(0).text, "done");
  EXPECT_EQ(content.Of<EndRecord>().at(0).records, content.records.size() - 1);
  EXPECT_EQ(content.Of<EndRecord>().at(0).lost, 0u);
  for (size_t i = 0; i < 450; ++i) {
    EXPECT_EQ(content.Of<TickRecord>()[i].now,
              5 * kSecond + static_cast<int64_t>(i) * kMillisecond);
  }
  EXPECT_EQ(content.Of<PoseRecord>()[44],
            (PoseRecord{5'440'000'000, 2'640'000, 6'000'000, 1000, 0}));
}

TEST(Log, PixelsMayBeLeftOutAndNothingElseIs) {
  TemporaryFolder top;
  SmallLog(top / "log");
  const Content whole = ReadLog(top / "log");
  auto log = LogReader::Open(top / "log");
  log->LeaveOutPixels();
  Record record;
  for (Record expected : whole.records) {
    ASSERT_TRUE(*log->Next(record));
    if (auto* frame = std::get_if<FrameRecord>(&expected)) frame->pixels.clear();
    EXPECT_EQ(record, expected);
  }
  EXPECT_FALSE(*log->Next(record));
}

TEST(Log, BlocksAreClosedAfterATenthOfASecond) {
  TemporaryFolder top;
  const std::string bytes = SmallLog(top / "log");
  SegmentReader reader(bytes, true);
  std::vector<Nanos> bases;
  while (reader.Next() == SegmentReader::Step::kBlock) bases.push_back(reader.block().base);
  const auto at = [](int ms) { return 5 * kSecond + ms * kMillisecond; };
  EXPECT_EQ(bases, (std::vector<Nanos>{0, at(0), at(100), at(120), at(120), at(220), at(320),
                                       at(420), at(449)}));
}

TEST(Log, TheSameRecordsGiveTheSameBytes) {
  TemporaryFolder top;
  EXPECT_EQ(SmallLog(top / "a"), SmallLog(top / "b"));
}

TEST(Log, AFolderIsWrittenOnce) {
  TemporaryFolder top;
  SmallLog(top / "log");
  LogEncoder encoder(4096);
  const auto again = LogFile::Open(top / "log", ByHand(), {&encoder});
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.status().code(), Code::kAlreadyExists);
}

TEST(Log, TornAtEveryByteOfTheLastBlock) {
  TemporaryFolder top;
  const std::string bytes = SmallLog(top / "log", 450, false);
  const Content whole = ReadLog(top / "log");
  uint64_t last = 0;
  SegmentReader reader(bytes, true);
  while (reader.Next() == SegmentReader::Step::kBlock) last = reader.block().offset;
  Spill(top / "log/000001.fel", bytes.substr(0, last));
  const Content without = ReadLog(top / "log");
  EXPECT_FALSE(without.torn);
  ASSERT_LT(without.records.size(), whole.records.size());
  for (uint64_t size = last + 1; size < bytes.size(); ++size) {
    for (const bool zeros : {false, true}) {
      std::string torn = bytes.substr(0, size);
      // A file may have its length before it has its content.
      if (zeros) torn.resize(torn.size() + 4096);
      Spill(top / "log/000001.fel", torn);
      const Content content = ReadLog(top / "log");
      if (zeros && size >= last + kBlockHeaderBytes) {
        // Zeros within the body: the block may end before they do, which is no longer torn.
        EXPECT_TRUE(content.torn || content.damage.size() == 1) << size;
      } else if (!zeros) {
        EXPECT_TRUE(content.damage.empty()) << size << content.damage[0];
        ASSERT_TRUE(content.torn) << size;
        EXPECT_EQ(content.torn->offset, last);
        EXPECT_EQ(content.torn->bytes, size - last);
      }
      EXPECT_EQ(content.records, without.records) << size;
      EXPECT_FALSE(content.closed);
    }
  }
}

TEST(Log, EveryFlippedBitIsSeen) {
  TemporaryFolder top;
  const std::string bytes = SmallLog(top / "log", 150);
  const Content whole = ReadLog(top / "log");
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const int flip : {1 << at % 8, 0xff}) {
      std::string flipped = bytes;
      flipped[at] = static_cast<char>(flipped[at] ^ flip);
      Spill(top / "log/000001.fel", flipped);
      const Content content = ReadLog(top / "log");
      ASSERT_EQ(content.damage.size(), 1u) << at;
      EXPECT_NE(content.damage[0].find("000001.fel: at byte "), std::string::npos);
      // At most one block is lost, and nothing is made up.
      EXPECT_LE(content.records.size(), whole.records.size());
      EXPECT_GE(content.records.size() + 125, whole.records.size()) << at;
    }
  }
}

TEST(Log, DamageNamesFileAndOffsetAndReadingGoesOn) {
  TemporaryFolder top;
  std::string bytes = SmallLog(top / "log");
  SegmentReader reader(bytes, true);
  std::vector<uint64_t> offsets;
  while (reader.Next() == SegmentReader::Step::kBlock) offsets.push_back(reader.block().offset);
  const size_t all = ReadLog(top / "log").records.size();
  bytes[offsets[2] + 40] ^= 0x10;
  Spill(top / "log/000001.fel", bytes);
  auto log = LogReader::Open(top / "log");
  Record record;
  size_t count = 0;
  while (true) {
    const auto more = log->Next(record);
    if (!more.ok()) {
      EXPECT_EQ(more.status().code(), Code::kCorruption);
      EXPECT_EQ(more.status().message(), (top / "log/000001.fel") + ": at byte " +
                                             std::to_string(offsets[2]) +
                                             ": the checksum of a block does not hold");
      // Not before it is asked to.
      EXPECT_FALSE(log->Next(record).ok());
      EXPECT_TRUE(log->Resume());
      continue;
    }
    if (!*more) break;
    ++count;
  }
  EXPECT_LT(count, all);
  EXPECT_GT(count, all * 2 / 3);
  EXPECT_TRUE(log->closed());
}

TEST(Log, SegmentsFollowEachOther) {
  TemporaryFolder top;
  LogEncoder encoder(1 << 20);
  LogOptions options = ByHand();
  options.segment_bytes = 2000;
  auto log = LogFile::Open(top / "log", options, {&encoder});
  ASSERT_TRUE(log.ok());
  for (int i = 0; i < 5000; ++i) {
    RecordMillisecond(encoder, i);
    if (i % 1000 == 0) (*log)->Drain();
  }
  ASSERT_TRUE((*log)->Close().ok());
  const LogCounters counters = (*log)->counters();
  EXPECT_GE(counters.segments, 4u);
  EXPECT_EQ(counters.ring_lost, 0u);
  EXPECT_EQ(counters.synced_until, counters.written_until);
  const Content whole = ReadLog(top / "log");
  EXPECT_TRUE(whole.damage.empty());
  EXPECT_EQ(whole.Of<TickRecord>().size(), 5000u);
  EXPECT_LE(std::filesystem::file_size(top / "log/000001.fel"), 2000u);
  // One segment alone can be read.
  const Content second = ReadLog(top / "log/000002.fel");
  EXPECT_TRUE(second.damage.empty());
  EXPECT_FALSE(second.Of<TickRecord>().empty());
  // The first ones may be taken away, one in the middle not.
  std::filesystem::remove(top / "log/000001.fel");
  EXPECT_TRUE(ReadLog(top / "log").damage.empty());
  std::filesystem::remove(top / "log/000003.fel");
  const Content holed = ReadLog(top / "log");
  ASSERT_EQ(holed.damage.size(), 1u);
  EXPECT_EQ(holed.damage[0],
            (top / "log/000004.fel") + ": at byte 0: 000003.fel is missing before this file");
  EXPECT_TRUE(holed.closed);
}

TEST(Log, SegmentsOfTwoLogsAreNotOne) {
  TemporaryFolder top;
  SmallLog(top / "log");
  LogEncoder encoder(1 << 20);
  LogOptions options = ByHand();
  options.log_id = 43;
  auto other = LogFile::Open(top / "other", options, {&encoder});
  ASSERT_TRUE((*other)->Close().ok());
  // Renamed: its header still says 1.
  std::filesystem::copy(top / "other/000001.fel", top / "log/000002.fel");
  const Content content = ReadLog(top / "log");
  ASSERT_EQ(content.damage.size(), 2u);
  EXPECT_NE(content.damage[0].find("this is segment 1"), std::string::npos);
}

TEST(Log, TheFirstVersionIsReadAsEver) {
  TemporaryFolder top;
  std::string bytes = SmallLog(top / "log", 10);
  const auto now = DecodeSegmentHeader(bytes);
  ASSERT_TRUE(now);
  const std::string header = EncodeSegmentHeader({1, now->number, now->log_id});
  bytes.replace(0, header.size(), header);
  Spill(top / "log/000001.fel", bytes);
  const Content content = ReadLog(top / "log");
  EXPECT_TRUE(content.damage.empty());
  EXPECT_EQ(content.Of<TickRecord>().size(), 10u);
}

TEST(Log, AnotherVersionIsRefused) {
  TemporaryFolder top;
  std::string bytes = SmallLog(top / "log", 10);
  const std::string header = EncodeSegmentHeader({kLogVersion + 1, 1, 42});
  bytes.replace(0, header.size(), header);
  Spill(top / "log/000001.fel", bytes);
  auto log = LogReader::Open(top / "log");
  Record record;
  const auto more = log->Next(record);
  ASSERT_FALSE(more.ok());
  EXPECT_EQ(more.status().code(), Code::kFailedPrecondition);
  EXPECT_FALSE(log->Resume());
}

TEST(Log, AFullRingDropsWholeRecordsAndSaysSo) {
  TemporaryFolder top;
  LogEncoder encoder(8192);
  auto log = LogFile::Open(top / "log", ByHand(), {&encoder});
  int taken = 0;
  for (int i = 0; i < 200; ++i) taken += encoder.Tick(i * kMillisecond) ? 1 : 0;
  EXPECT_LT(taken, 200);
  EXPECT_EQ(encoder.dropped(), 200u - static_cast<unsigned>(taken));
  (*log)->Drain();
  EXPECT_TRUE(encoder.Tick(200 * kMillisecond));
  // Larger than the ring will ever hold; told at the end.
  EXPECT_FALSE(encoder.Note(std::string(8192, 'x')));
  ASSERT_TRUE((*log)->Close().ok());
  const Content content = ReadLog(top / "log");
  const auto gaps = content.Of<GapRecord>();
  ASSERT_EQ(gaps.size(), 2u);
  EXPECT_EQ(gaps[0], (GapRecord{GapRecord::kRing, 200u - static_cast<unsigned>(taken), 0}));
  EXPECT_EQ(gaps[1], (GapRecord{GapRecord::kRing, 1, 0}));
  EXPECT_EQ(content.Of<TickRecord>().size(), static_cast<size_t>(taken) + 1);
  EXPECT_EQ(content.Of<TickRecord>().back().now, 200 * kMillisecond);
  EXPECT_EQ(content.Of<EndRecord>().at(0).lost, 200u - static_cast<unsigned>(taken) + 1);
}

TEST(Log, AThreadWritesWhatTwoEncodersRecord) {
  TemporaryFolder top;
  LogEncoder decisions(4 << 20), frames(1 << 20);
  LogOptions options;
  options.reserve_bytes = 1 << 20;
  auto log = LogFile::Open(top / "log", options, {&decisions, &frames});
  ASSERT_TRUE(log.ok());
  std::thread camera([&] {
    const std::vector<uint8_t> pixels(64 * 48, 9);
    for (uint64_t i = 0; i < 20; ++i) {
      FrameView frame{pixels.data(), 64, 48, 64, PixelFormat::kBayerRggb8, 0, i, 0, 0};
      frame.captured = 5 * kSecond;
      frames.Frame(frame);
    }
  });
  for (int i = 0; i < 2000; ++i) RecordMillisecond(decisions, i);
  camera.join();
  ASSERT_TRUE((*log)->Close().ok());
  const Content content = ReadLog(top / "log");
  EXPECT_TRUE(content.damage.empty());
  EXPECT_TRUE(content.closed);
  EXPECT_EQ(content.Of<TickRecord>().size(), 2000u);
  EXPECT_EQ(content.Of<FrameRecord>().size(), 20u);
  EXPECT_TRUE(content.Of<GapRecord>().empty());
}

TEST(LogReader, ARecordThatNoMachineWritesIsDamageAndReadingGoesOnBehindItsBlock) {
  TemporaryFolder top;
  LogEncoder encoder(1 << 16);
  LogOptions options;
  options.thread = false;
  auto log = LogFile::Open(top / "log", options, {&encoder});
  ASSERT_TRUE(log.ok());
  const Nanos at = 5 * kSecond;
  encoder.Tick(at);
  encoder.Pose({.t = at, .v = 101 * kMetre});
  encoder.Tick(at + kMillisecond);
  (*log)->Flush();
  encoder.Tick(at + 2 * kMillisecond);
  EXPECT_TRUE((*log)->Close().ok());
  const Content content = ReadLog(top / "log");
  ASSERT_EQ(content.damage.size(), 1u);
  EXPECT_NE(content.damage[0].find("000001.fel: at byte 32: a record"), std::string::npos);
  const auto ticks = content.Of<TickRecord>();
  ASSERT_EQ(ticks.size(), 2u);
  EXPECT_EQ(ticks[0].now, at);
  EXPECT_EQ(ticks[1].now, at + 2 * kMillisecond);
}

TEST(LogReader, SaysWhatItCannotOpen) {
  TemporaryFolder top;
  EXPECT_EQ(LogReader::Open(top / "nothing").status().code(), Code::kNotFound);
  std::filesystem::create_directory(top / "empty");
  EXPECT_EQ(LogReader::Open(top / "empty").status().code(), Code::kNotFound);
  Spill(top / "file", "something else, long enough to hold a header of a segment");
  const Content content = ReadLog(top / "file");
  ASSERT_EQ(content.damage.size(), 1u);
  EXPECT_EQ(content.damage[0], (top / "file") + ": at byte 0: this is no header of a segment");
}

}  // namespace
}  // namespace furrow::edge
