// SPDX-License-Identifier: Apache-2.0
// What is taken from a log that grows: every record once, and the same seconds however it is read.
#include <random>

#include <gtest/gtest.h>

#include "device/agent/log_tail.h"
#include "device/agent/spray_book.h"
#include "edge/boom/sine.h"
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

std::vector<SpraySecond> Read(const std::vector<edge::Record>& records, size_t portion,
                              const FieldPlace& place = {}) {
  SprayBook book("000001", place);
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

TEST(SprayBook, ThePathIsToldOnceAndWhole) {
  double last = -1;
  size_t points = 0;
  for (const SpraySecond& one : Read(Drive(3, 4), 7)) {
    const auto said = json::Parse(one.text);
    for (const json::Value& point : said->At("path").array()) {
      EXPECT_GT(point.array()[0].AsDouble(), last);
      EXPECT_LT(point.array()[0].AsDouble() - last, 1.01) << "a point about every half metre";
      last = point.array()[0].AsDouble();
      ++points;
    }
  }
  EXPECT_GT(last, 17);
  EXPECT_GT(points, 30u);
  EXPECT_LT(points, 45u);
}

TEST(SprayBook, ALongWayWithoutADropIsToldByFewPoints) {
  std::vector<edge::Record> records = Drive(3, 4);
  for (int64_t s = 0; s < 2000; ++s) {
    records.emplace_back(edge::PoseRecord{(12 + s) * kSecond, (20 + s) * edge::kMetre, 1'000'000});
  }
  records.emplace_back(edge::CommandRecord{0, true, 2013 * kSecond});
  records.emplace_back(edge::PoseRecord{2014 * kSecond, 2022 * edge::kMetre, 1'000'000});
  records.emplace_back(edge::CommandRecord{0, false, 2014 * kSecond});
  records.emplace_back(edge::PoseRecord{2016 * kSecond, 2024 * edge::kMetre, 1'000'000});
  const std::vector<SpraySecond> seconds = Read(records, 11);
  const auto said = json::Parse(seconds.back().text);
  const json::Array& path = said->At("path").array();
  EXPECT_GT(path.size(), 20u);
  EXPECT_LE(path.size(), 101u);
  EXPECT_LT(path.front().array()[0].AsDouble(), 100);
  EXPECT_GT(path.back().array()[0].AsDouble(), 2000);
}

TEST(SprayBook, TellsWhereTheFieldLies) {
  FieldPlace place;
  place.start = {1000, 500};
  place.heading = edge::kPi / 2;
  const auto here = json::Parse(Read(Drive(3, 4), 1)[3].text);
  const auto there = json::Parse(Read(Drive(3, 4), 1, place)[3].text);
  const json::Array& a = here->At("windows").array()[0].array();
  const json::Array& b = there->At("windows").array()[0].array();
  EXPECT_NEAR(b[1].AsDouble(), 1000 - a[2].AsDouble(), 0.002);
  EXPECT_NEAR(b[2].AsDouble(), 500 + a[1].AsDouble(), 0.002);
  EXPECT_NEAR(there->At("path").array()[0].array()[0].AsDouble(), 1000, 0.002);
}

TEST(SprayBook, ShareIsThatOfTheNetworkThatJudgesNow) {
  // All nozzles are open for 50 ms of each 250.
  const int nozzles = static_cast<int>(edge::StandardBoom(12).nozzles.size());
  const FieldPlace place;
  SprayBook book("000001", place);
  std::vector<edge::Record> records = Drive(nozzles, 4);
  records.insert(records.begin() + 1, edge::MasterRecord{true});
  for (const edge::Record& record : records) book.Take(record);
  const auto share = book.Share();
  ASSERT_TRUE(share);
  EXPECT_NEAR(share->share, 0.2, 0.03);
  EXPECT_TRUE(share->bundle.starts_with("abab"));
  edge::ModelRecord other{0, 0, 8, {}, {}};
  other.bundle.fill(0xCD);
  book.Take(other);
  EXPECT_FALSE(book.Share()) << "it has judged nothing yet";

  SprayBook off("000001", place);
  for (const edge::Record& record : Drive(nozzles, 4)) off.Take(record);
  EXPECT_FALSE(off.Share()) << "the switch was off";
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
