// SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "edge/record/block_codec.h"
#include "edge/record/byte_ring.h"
#include "edge/record/pixels.h"

namespace furrow::edge {
namespace {

std::string_view Bytes(const std::vector<Detection>& found) {
  return {reinterpret_cast<const char*>(found.data()), found.size() * sizeof(Detection)};
}

TEST(BlockCodec, ExtremesComeBack) {
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  constexpr int32_t kLow = std::numeric_limits<int32_t>::min();
  constexpr int32_t kHigh = std::numeric_limits<int32_t>::max();
  const std::vector<Detection> found = {{kLow, kHigh, kHigh, kLow, kLow, PlantKind::kCrop},
                                        {1, 2, 3, 4, 5, PlantKind::kWeed}};
  RawDetections head{-1, kLow, kHigh, 2, std::numeric_limits<uint64_t>::max(), kLeast, kMost};
  SprayedRecord sprayed{kHigh,  true,  kMost,  kLeast, kMost, kLeast, kMost,     kLeast,
                        kLeast, kMost, kLeast, kMost,  kMost, kLeast, UINT32_MAX};
  for (const Nanos base : {kLeast, int64_t{0}, kMost}) {
    BlockEncoder block;
    block.Begin(base);
    std::vector<Record> expected;
    for (const int64_t t : {kLeast, int64_t{7}, kMost}) {
      block.Add(RawRecord(TickRecord{t}), {});
      expected.emplace_back(TickRecord{t});
      const PoseRecord pose{t, Less(0, t), t, Less(1, t), UINT32_MAX, Less(2, t)};
      block.Add(RawRecord(pose), {});
      expected.emplace_back(pose);
      const CommandRecord command{t < 0 ? kLow : kHigh, t > 0, Less(3, t)};
      block.Add(RawRecord(command), {});
      expected.emplace_back(command);
      block.Add(RawRecord(head), Bytes(found));
      expected.emplace_back(DetectionsRecord{-1, head.sequence, kLeast, kMost, kLow, kHigh, found});
      block.Add(RawRecord(sprayed), {});
      expected.emplace_back(sprayed);
    }
    block.Add(RawRecord(RecordKind::kNote), "a note");
    expected.emplace_back(NoteRecord{"a note"});
    block.Add(RawRecord(RecordKind::kBoom), "abc");
    expected.emplace_back(
        BoomRecord{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"});
    block.Add(RawRecord(GapRecord{GapRecord::kDisk, 3, 1}), {});
    expected.emplace_back(GapRecord{GapRecord::kDisk, 3, 1});
    const UnseenRecord unseen{3, true, 7'000'000, 7'250'000, -1'500'000, 1'500'000};
    block.Add(RawRecord(unseen), {});
    expected.emplace_back(unseen);
    block.Add(RawRecord(MasterRecord{true}), {});
    expected.emplace_back(MasterRecord{true});
    ModelRecord model{3, uint64_t{1} << 40, 7, {}, {}};
    model.bundle.fill(0xAB);
    model.model.fill(0x12);
    block.Add(RawRecord(model), {});
    expected.emplace_back(model);
    block.Add(RawRecord(EndRecord{9, 3, 1}), {});
    expected.emplace_back(EndRecord{9, 3, 1});

    BlockDecoder decoder(block.body(), base);
    for (const Record& record : expected) {
      ASSERT_FALSE(decoder.empty());
      const auto next = decoder.Next();
      ASSERT_TRUE(next.ok()) << next.status().ToString();
      EXPECT_EQ(*next, record);
    }
    EXPECT_TRUE(decoder.empty());
  }
}

TEST(BlockCodec, EvenTicksTakeOneByte) {
  BlockEncoder block;
  block.Begin(kSecond);
  for (int i = 0; i < 100; ++i) block.Add(RawRecord(TickRecord{kSecond + i * kMillisecond}), {});
  EXPECT_EQ(block.body().size(), 100u);
}

TEST(BlockCodec, NothingGrowsOverItsBound) {
  const std::vector<Detection> found(50, Detection{INT32_MIN, INT32_MAX, 0, 0, INT32_MIN});
  BlockEncoder block;
  block.Begin(INT64_MIN);
  const RawDetections head{-1, -1, -1, 50, UINT64_MAX, INT64_MIN, INT64_MAX};
  block.Add(RawRecord(head), Bytes(found));
  EXPECT_LE(block.body().size(), EncodedMax(RecordKind::kDetections, Bytes(found).size()));
}

TEST(BlockCodec, CutRecordsAreErrors) {
  BlockEncoder block;
  block.Begin(0);
  const std::vector<Detection> found(2);
  block.Add(RawRecord(RawDetections{1, 640, 480, 2, 9, 100, 200}), Bytes(found));
  for (size_t size = 1; size < block.body().size(); ++size) {
    BlockDecoder decoder(std::string_view(block.body()).substr(0, size), 0);
    EXPECT_FALSE(decoder.Next().ok()) << size;
    EXPECT_TRUE(decoder.empty());
  }
}

std::string Noise(size_t size, unsigned spread, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  unsigned level = 90;
  for (char& byte : bytes) {
    level += random() % (2 * spread + 1) - spread;
    byte = static_cast<char>(level);
  }
  return bytes;
}

TEST(Pixels, EveryImageComesBack) {
  struct Case {
    PixelFormat format;
    int width, height;
  };
  for (const Case& c : {Case{PixelFormat::kRgb8, 1, 1}, Case{PixelFormat::kBayerRggb8, 1, 1},
                        Case{PixelFormat::kRgb8, 37, 5}, Case{PixelFormat::kBayerRggb8, 33, 7},
                        Case{PixelFormat::kBayerRggb8, 2, 40}}) {
    const size_t size = PixelBytes(c.format, c.width, c.height);
    for (const unsigned spread : {0u, 1u, 4u, 40u, 127u}) {
      const std::string pixels = Noise(size, spread, spread);
      std::string packed;
      PackPixels(c.format, c.width, c.height, pixels, packed);
      std::vector<uint8_t> back;
      ASSERT_TRUE(UnpackPixels(c.format, c.width, c.height, packed, back));
      EXPECT_TRUE(std::equal(pixels.begin(), pixels.end(), back.begin(), back.end(),
                             [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; }));
      // Neither less nor more than this is such an image.
      EXPECT_FALSE(UnpackPixels(c.format, c.width, c.height, packed + '\0', back));
      packed.pop_back();
      EXPECT_FALSE(UnpackPixels(c.format, c.width, c.height, packed, back));
    }
  }
}

TEST(Pixels, SmoothImagesShrink) {
  const std::string pixels = Noise(320 * 200, 2, 1);
  std::string packed;
  PackPixels(PixelFormat::kBayerRggb8, 320, 200, pixels, packed);
  EXPECT_LT(packed.size(), pixels.size() * 6 / 10);
}

TEST(ByteRing, KeepsOrderAndNeverTakesMoreThanItHas) {
  ByteRing ring(256);
  std::mt19937 random(1);
  uint8_t next_in = 0, next_out = 0;
  size_t held = 0;
  for (int i = 0; i < 10'000; ++i) {
    const size_t size = random() % 60;
    if (std::byte* place = ring.Reserve(size)) {
      std::memset(place, next_in++, size);
      ring.Publish();
      ++held;
    }
    EXPECT_LE(ring.used(), ring.capacity());
    while (random() % 2 == 0) {
      const auto front = ring.Front();
      if (front.data() == nullptr) {
        EXPECT_EQ(held, 0u);
        break;
      }
      for (const std::byte byte : front) ASSERT_EQ(std::to_integer<int>(byte), next_out);
      ++next_out;
      --held;
      ring.Release();
    }
  }
  EXPECT_EQ(ring.Reserve(129), nullptr);
}

TEST(ByteRing, PassesBetweenTwoThreads) {
  ByteRing ring(1024);
  constexpr uint64_t kCount = 200'000;
  std::thread producer([&] {
    for (uint64_t i = 0; i < kCount;) {
      std::byte* const place = ring.Reserve(8 + i % 40);
      if (place == nullptr) {
        std::this_thread::yield();
        continue;
      }
      std::memcpy(place, &i, sizeof i);
      ring.Publish();
      ++i;
    }
  });
  for (uint64_t i = 0; i < kCount;) {
    const auto front = ring.Front();
    if (front.data() == nullptr) {
      std::this_thread::yield();
      continue;
    }
    uint64_t value = 0;
    std::memcpy(&value, front.data(), sizeof value);
    if (value != i || front.size() != 8 + i % 40) {
      ADD_FAILURE() << "wrong string at " << i;
      break;
    }
    ring.Release();
    ++i;
  }
  producer.join();
}

}  // namespace
}  // namespace furrow::edge
