// SPDX-License-Identifier: Apache-2.0
#include "store/blobs/format.h"

#include <random>

#include <gtest/gtest.h>

#include "base/crc32c.h"

namespace furrow::blobs {
namespace {

TEST(Crc32c, KnownAnswers) {
  // RFC 3720, B.4.
  const std::string zeros(32, '\0'), ones(32, '\xff');
  EXPECT_EQ(Crc32c(0, zeros.data(), 32), 0x8A9136AAu);
  EXPECT_EQ(Crc32c(0, ones.data(), 32), 0x62A8AB43u);
  EXPECT_EQ(Crc32c(0, "123456789", 9), 0xE3069283u);
  EXPECT_EQ(Crc32cPortable(0, zeros.data(), 32), 0x8A9136AAu);
  EXPECT_EQ(Crc32cPortable(0, "123456789", 9), 0xE3069283u);
  EXPECT_EQ(Crc32c(0, "", 0), 0u);
}

TEST(Crc32c, HardwareAndTablesAgreeAtAnyCutAndAlignment) {
  std::mt19937 random(7);
  std::string data(4096, '\0');
  for (char& c : data) c = static_cast<char>(random());
  for (int i = 0; i < 500; ++i) {
    const size_t begin = random() % 64, size = random() % 4000, cut = size ? random() % size : 0;
    const char* p = data.data() + begin;
    const uint32_t whole = Crc32c(0, p, size);
    EXPECT_EQ(whole, Crc32cPortable(0, p, size));
    EXPECT_EQ(whole, Crc32c(Crc32c(0, p, cut), p + cut, size - cut));
    EXPECT_EQ(whole, Crc32cPortable(Crc32cPortable(0, p, cut), p + cut, size - cut));
  }
}

TEST(Trailer, RoundTrip) {
  Trailer in;
  in.size = 3 * kBlockBytes + 5;
  in.stored = 1'700'000'000'123'456;
  for (size_t i = 0; i < in.sha256.size(); ++i) in.sha256[i] = static_cast<unsigned char>(i * 7);
  const std::string bytes = EncodeTrailer(in);
  ASSERT_EQ(bytes.size(), kTrailerBytes);
  const auto out = DecodeTrailer(bytes, in.size + 4 * 4 + kTrailerBytes);
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->size, in.size);
  EXPECT_EQ(out->stored, in.stored);
  EXPECT_EQ(out->sha256, in.sha256);
  for (const uint64_t wrong : {uint64_t{0}, in.size, in.size + 4 * 4 + kTrailerBytes - 1,
                               in.size + 4 * 4 + kTrailerBytes + 1, ~uint64_t{0}}) {
    EXPECT_EQ(DecodeTrailer(bytes, wrong).status().code(), Code::kCorruption) << wrong;
  }
}

TEST(Trailer, EveryBitIsCovered) {
  Trailer in;
  in.size = 100;
  const std::string good = EncodeTrailer(in);
  const uint64_t file = 100 + 4 + kTrailerBytes;
  ASSERT_TRUE(DecodeTrailer(good, file).ok());
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(DecodeTrailer(bad, file).status().code(), Code::kCorruption) << bit;
  }
  EXPECT_FALSE(DecodeTrailer(good.substr(1), file).ok());
}

// The bytes written by the first version, for good: docs/formats/blobs.md.
TEST(Trailer, GoldenBytes) {
  Trailer in;
  in.size = 5;
  in.stored = 1'700'000'000'000'000;
  in.sha256.fill(0xAB);
  const std::string bytes = EncodeTrailer(in);
  std::string hex;
  for (const char c : bytes) {
    char two[3];
    snprintf(two, sizeof(two), "%02x", static_cast<unsigned char>(c));
    hex += two;
  }
  EXPECT_EQ(hex.substr(0, 48), "0112000000000000050000000000000000401e18240a0600");
  std::string digest;
  for (int i = 0; i < 32; ++i) digest += "ab";
  EXPECT_EQ(hex.substr(48, 64), digest);
  EXPECT_EQ(hex.substr(120), "46525742");
}

}  // namespace
}  // namespace furrow::blobs
