// SPDX-License-Identifier: Apache-2.0
#include "http/body.h"

#include <string>

#include <gtest/gtest.h>

namespace furrow::http {
namespace {

using Step = ChunkDecoder::Step;

struct Decoded {
  Step step = Step::kNeedMore;
  std::string data;
  std::string rest;
};

/// Feeds `input` in pieces of `piece` bytes and takes at most `max` at a time.
Decoded Decode(std::string_view input, size_t piece = SIZE_MAX, size_t max = SIZE_MAX) {
  ChunkDecoder decoder;
  Decoded out;
  while (!input.empty() && out.step == Step::kNeedMore) {
    std::string_view part = input.substr(0, piece);
    const size_t size = part.size();
    for (;;) {
      std::string_view data;
      out.step = decoder.Next(part, data, max);
      if (out.step != Step::kData) break;
      EXPECT_FALSE(data.empty());
      EXPECT_LE(data.size(), max);
      out.data += data;
    }
    input.remove_prefix(size - part.size());
  }
  out.rest = input;
  return out;
}

TEST(Chunks, DecodeTheSameHoweverTheyArrive) {
  const std::string input =
      "5\r\nhello\r\n00A;name=\"va;l\"\r\n, world...\r\n1 \r\n!\r\n0;x\r\nTrailer: a\r\nB: "
      "c\r\n\r\nGET";
  for (size_t piece = 1; piece <= input.size(); ++piece) {
    for (const size_t max : {size_t{1}, size_t{3}, SIZE_MAX}) {
      const Decoded out = Decode(input, piece, max);
      EXPECT_EQ(out.step, Step::kDone) << piece;
      EXPECT_EQ(out.data, "hello, world...!") << piece;
      EXPECT_EQ(out.rest, "GET") << piece;
    }
  }
}

TEST(Chunks, RefuseWhatIsMalformed) {
  for (const char* bad :
       {"\r\n", "g\r\n", "-1\r\n", "+1\r\n", " 1\r\n", "0x1\r\n", ";\r\n", "1\nx", "1\r\nxy",
        "1\r\nx\n", "1\r\nx\rz", "1\r\r", "5\r\nhello0\r\n", "10000000000000000\r\n",
        "fffffffffffffffff\r\n", "1;a\nb\r\nx", "0\r\nA: b\nC", "0\r\n\rX", "1;\x01\r\n"})
    EXPECT_EQ(Decode(bad).step, Step::kBad) << bad;
}

TEST(Chunks, TakeTerabytesAndRefuseWhatNobodySends) {
  ChunkDecoder decoder;
  std::string_view input = "fffffffffff\r\nabc";
  std::string_view data;
  EXPECT_EQ(decoder.Next(input, data), Step::kData);
  EXPECT_EQ(data, "abc");
  for (const char* size : {"100000000000", "ffffffffffffffff", "10000000000000000"}) {
    ChunkDecoder too_large;
    input = size;
    EXPECT_EQ(too_large.Next(input, data), Step::kBad) << size;
  }
}

TEST(Chunks, StayBadAndStayDone) {
  ChunkDecoder decoder;
  std::string_view input = "x";
  std::string_view data;
  EXPECT_EQ(decoder.Next(input, data), Step::kBad);
  input = "0\r\n\r\n";
  EXPECT_EQ(decoder.Next(input, data), Step::kBad);
  ChunkDecoder done;
  EXPECT_EQ(done.Next(input, data), Step::kDone);
  input = "next";
  EXPECT_EQ(done.Next(input, data), Step::kDone);
  EXPECT_EQ(input, "next");
}

TEST(Chunks, TinyOnesCostTheirSender) {
  std::string tiny;
  for (int i = 0; i < 200000; ++i) tiny += "1\r\nx\r\n";
  EXPECT_EQ(Decode(tiny).step, Step::kBad);
  std::string lines;
  for (int i = 0; i < 200000; ++i) lines += "8\r\na line..\r\n";
  EXPECT_EQ(Decode(lines).step, Step::kNeedMore);
}

TEST(Chunks, ExtensionsLeadingZerosAndTrailersAreBounded) {
  EXPECT_EQ(Decode("1;" + std::string(1 << 20, 'e')).step, Step::kBad);
  EXPECT_EQ(Decode(std::string(1 << 20, '0')).step, Step::kBad);
  EXPECT_EQ(Decode("0\r\n" + std::string(10000, 't')).step, Step::kBad);
  std::string trailers = "0\r\n";
  for (int i = 0; i < 2000; ++i) trailers += "A: b\r\n";
  EXPECT_EQ(Decode(trailers).step, Step::kBad);
}

TEST(BodyFramer, TakesExactlyTheLength) {
  BodyFramer framer = BodyFramer::Length(5);
  std::string_view input = "abc";
  std::string_view data;
  EXPECT_EQ(framer.Next(input, data, 2), Step::kData);
  EXPECT_EQ(data, "ab");
  EXPECT_EQ(framer.Next(input, data), Step::kData);
  EXPECT_EQ(data, "c");
  EXPECT_EQ(framer.Next(input, data), Step::kNeedMore);
  input = "defgh";
  EXPECT_EQ(framer.Next(input, data), Step::kData);
  EXPECT_EQ(data, "de");
  EXPECT_EQ(framer.Next(input, data), Step::kDone);
  EXPECT_EQ(input, "fgh");
  BodyFramer none = BodyFramer::Length(0);
  EXPECT_EQ(none.Next(input, data), Step::kDone);
}

}  // namespace
}  // namespace furrow::http
