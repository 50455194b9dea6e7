// SPDX-License-Identifier: Apache-2.0
// What is taken from a log that grows: every record once, and the same seconds however it is read.
#include <random>

#include <gtest/gtest.h>

#include "device/agent/log_tail.h"
#include "device/agent/spray_book.h"
#include "edge/boom/standard.h"
#include "edge/record/record_fixture.h"
#include "json/text.h"

namespace furrow::device {
namespace {

using edge::kMillisecond;
using edge::kSecond;

edge::LogOptions ByHand() {
  edge::LogOptions options;
  options.thread = false;
  options.segment_bytes = 20'000;
  return options;
}

TEST(LogTail, GivesEveryRecordOnceAsItComes) {
  edge::TemporaryFolder top;
  edge::LogEncoder encoder(4 << 20);
  auto log = edge::LogFile::Open(top / "log", ByHand(), {&encoder});
  ASSERT_TRUE(log.ok());
  LogTail tail(top / "log");
  std::vector<edge::Record> read;
  const auto take = [&](const edge::Record& record) { read.push_back(record); };
  std::mt19937 random(4);
  for (int64_t ms = 0; ms < 20'000; ++ms) {
    edge::RecordMillisecond(encoder, ms);
    if (random() % 50 == 0) (*log)->Drain();
    if (random() % 200 == 0) (*log)->Flush();
    if (random() % 100 == 0) ASSERT_TRUE(tail.Read(random() % 3000, take).ok());
  }
  ASSERT_TRUE((*log)->Close().ok());
  while (*tail.Read(5000, take)) {
  }
  EXPECT_TRUE(tail.closed());
  EXPECT_GT(tail.segment(), 2u);
  EXPECT_EQ(tail.damaged(), 0u);
  EXPECT_EQ(read, edge::ReadLog(top / "log").records);
}

TEST(LogTail, DamageIsPassedOver) {
  edge::TemporaryFolder top;
  edge::LogEncoder encoder(4 << 20);
  auto log = edge::LogFile::Open(top / "log", ByHand(), {&encoder});
  for (int64_t ms = 0; ms < 20'000; ++ms) {
    edge::RecordMillisecond(encoder, ms);
    if (ms % 50 == 0) (*log)->Drain();
  }
  ASSERT_TRUE((*log)->Close().ok());
  std::string bytes = edge::Slurp(top / "log/000001.fel");
  bytes[200] ^= 1;                  // in a body
  bytes[bytes.size() / 2] ^= 0x55;  // perhaps in a head
  edge::Spill(top / "log/000001.fel", bytes);
  LogTail tail(top / "log");
  size_t ticks = 0;
  EXPECT_TRUE(tail.Read(1 << 30,
                        [&](const edge::Record& record) {
                          ticks += std::holds_alternative<edge::TickRecord>(record);
                        })
                  .ok());
  EXPECT_TRUE(tail.closed());
  EXPECT_GE(tail.damaged(), 1u);
  EXPECT_GT(ticks, 8000u);
  EXPECT_LT(ticks, 20'000u);
}

/// Ten seconds at 2 m/s; `nozzles` open for 50 ms each, `times` in a second.
std::vector<edge::Record> Drive(int nozzles, int times) {
  const edge::Boom boom = edge::StandardBoom(12);
  std::vector<edge::Record> all{edge::BoomRecord{edge::BoomText(boom), ""}};
  edge::ModelRecord model{0, 0, 7, {}, {}};
  model.bundle.fill(0xAB);
  all.emplace_back(model);
  for (int64_t ms = 0; ms < 10'000; ++ms) {
    const edge::Nanos now = kSecond + ms * kMillisecond;
    if (ms % 10 == 0) all.emplace_back(edge::PoseRecord{now, 2000 * ms, 2'000'000, 0});
    all.emplace_back(edge::TickRecord{now});
    const int64_t in_turn = ms % (1000 / times);
    if (ms > 200 && ms < 9000 && (in_turn == 0 || in_turn == 50)) {
      for (int nozzle = 0; nozzle < nozzles; ++nozzle) {
        all.emplace_back(edge::CommandRecord{nozzle, in_turn == 0, now});
      }
    }
  }
  return all;
}

std::vector<SpraySecond> Read(const std::vector<edge::Record>& records, size_t portion) {
  SprayBook book("000001");
  std::vector<SpraySecond> seconds;
  const auto take = [&] {
    for (SpraySecond& one : book.Seconds()) seconds.push_back(std::move(one));
  };
  for (size_t i = 0; i < records.size(); ++i) {
    book.Take(records[i]);
    if (i % portion == 0) take();
  }
  book.Finish();
  take();
  return seconds;
}

TEST(SprayBook, TellsEverySecondOnceAndTheSame) {
  const auto records = Drive(3, 4);
  const std::vector<SpraySecond> whole = Read(records, 1'000'000);
  ASSERT_EQ(whole.size(), 9u);
  int64_t count = 0;
  for (const size_t portion : {size_t{1}, size_t{7}, size_t{1000}}) {
    const std::vector<SpraySecond> again = Read(records, portion);
    ASSERT_EQ(again.size(), whole.size());
    for (size_t i = 0; i < whole.size(); ++i) {
      EXPECT_EQ(again[i].second, whole[i].second);
      EXPECT_EQ(again[i].text, whole[i].text);
      if (i > 0) EXPECT_GT(whole[i].second, whole[i - 1].second);
    }
  }
  for (const SpraySecond& one : whole) {
    const auto said = json::Parse(one.text);
    ASSERT_TRUE(said.ok());
    count += said->At("count").AsInt();
    EXPECT_EQ(said->At("windows").array().size(), static_cast<size_t>(said->At("count").AsInt()));
    EXPECT_EQ(said->At("version").AsInt(), 7);
    EXPECT_TRUE(said->At("bundle").AsString().starts_with("abababab"));
    const json::Value& window = said->At("windows").array()[0];
    EXPECT_NEAR(window.array()[3].AsDouble() - window.array()[1].AsDouble(), 0.1, 0.02);
  }
  EXPECT_EQ(count, 3 * 35) << "openings from 0.25 s to 8.75 s";
}

TEST(SprayBook, ManyWindowsBecomeSumsOfSections) {
  const std::vector<SpraySecond> seconds = Read(Drive(100, 4), 1);
  ASSERT_GT(seconds.size(), 5u);
  const auto said = json::Parse(seconds[3].text);
  EXPECT_TRUE(said->At("windows").IsNull());
  EXPECT_EQ(said->At("sections").array().size(), 13u);
  EXPECT_EQ(said->At("count").AsInt(), 400);
  double sum = 0;
  for (const json::Value& one : said->At("sections").array()) sum += one.At("ml").AsDouble();
  EXPECT_NEAR(sum, said->At("ml").AsDouble(), 1e-6);
  EXPECT_LT(seconds[3].text.size(), 4000u);
}

}  // namespace
}  // namespace furrow::device
