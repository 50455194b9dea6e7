// SPDX-License-Identifier: Apache-2.0
// Damage on the disk, a full disk, and a kill in the middle of a fold: found, never served, and
// nobody else is harmed.
#include <cmath>
#include <fstream>

#include <gtest/gtest.h>

#include "store/events/block.h"
#include "store/events/keys.h"
#include "store/events/test_store.h"

namespace furrow::events {
namespace {

using store::Family;

const std::string kRun = "00112233445566778899aabbccddeeff";
const std::string kOther = "ffeeddccbbaa99887766554433221100";

PointList Line(int64_t from, int64_t to) {
  PointList points;
  for (int64_t i = from; i < to; ++i) points.emplace_back(i, static_cast<double>(i) * 0.5);
  return points;
}

class EventsDamageTest : public ::testing::Test {
 protected:
  // Flips one bit in the value of the `index`-th key of the family.
  void Flip(Family family, size_t index, size_t bit) {
    store::Cursor cursor = s_.engine().Scan(family, "");
    cursor.Seek("");
    for (size_t i = 0; i < index && cursor.valid(); ++i) cursor.Next();
    ASSERT_TRUE(cursor.valid());
    std::string value(cursor.value());
    bit %= value.size() * 8;
    value[bit / 8] = static_cast<char>(value[bit / 8] ^ (1 << (bit % 8)));
    store::Batch batch;
    batch.Put(family, cursor.key(), value);
    ASSERT_TRUE(s_.engine().Write(std::move(batch)).ok());
  }
  Code CurveCode(const std::string& owner, std::string_view metric) {
    return s_.store().Curve(owner, metric, "v").status().code();
  }

  TestStore s_;
};

TEST_F(EventsDamageTest, ADamagedBlockIsNeverServedAndNeverLostTrackOf) {
  s_.Scalars(kRun, "a", "v", Line(0, 4000));
  s_.Scalars(kRun, "b", "v", Line(0, 4000));
  ASSERT_TRUE(s_.store().Fold().ok());
  ASSERT_EQ(s_.CountKeys(Family::kSeries), 2u);
  Flip(Family::kSeries, 0, 12'345);
  EXPECT_EQ(CurveCode(kRun, "a"), Code::kCorruption);
  EXPECT_EQ(s_.store().Pyramid(kRun, "a", "v", 0, 100, 10).status().code(), Code::kCorruption);
  EXPECT_EQ(s_.store().Scalars(kRun, "a", "v", std::nullopt, 5, false).status().code(),
            Code::kCorruption);
  EXPECT_EQ(s_.Curve(kRun, "b", "v"), Line(0, 4000));
  EXPECT_EQ(s_.store().Stats(kRun)->series[0].count, 4000);
  // Later folds leave it where it is and go on behind it.
  for (int round = 0; round < 12; ++round) {
    s_.Scalars(kRun, "a", "v", Line(4000 + 1000 * round, 5000 + 1000 * round));
    s_.Scalars(kRun, "b", "v", Line(4000 + 1000 * round, 5000 + 1000 * round));
    ASSERT_TRUE(s_.store().Fold().ok());
  }
  EXPECT_EQ(CurveCode(kRun, "a"), Code::kCorruption);
  EXPECT_EQ(s_.Curve(kRun, "b", "v"), Line(0, 16'000));
  s_.Reopen();
  EXPECT_EQ(CurveCode(kRun, "a"), Code::kCorruption);
  // Mended, all is there.
  Flip(Family::kSeries, 0, 12'345);
  EXPECT_EQ(s_.Curve(kRun, "a", "v"), Line(0, 16'000));
}

TEST_F(EventsDamageTest, ADamagedChunkStaysAndTheRunGoesOn) {
  s_.Scalars(kRun, "a", "v", Line(0, 10));
  ASSERT_TRUE(s_.store().Fold().ok());
  Flip(Family::kSeries, 0, 77);
  EXPECT_EQ(CurveCode(kRun, "a"), Code::kCorruption);
  s_.Scalars(kRun, "a", "v", Line(10, 10'000));
  s_.Scalars(kOther, "a", "v", Line(0, 10'000));
  ASSERT_TRUE(s_.store().Fold().ok());
  EXPECT_EQ(CurveCode(kRun, "a"), Code::kCorruption);
  EXPECT_EQ(s_.Curve(kOther, "a", "v"), Line(0, 10'000));
  // It lies behind the other chunk of its owner's: first by number.
  Flip(Family::kSeries, 0, 77);
  EXPECT_EQ(s_.Curve(kRun, "a", "v"), Line(0, 10'000));
}

// What it holds is in memory, and folded: only the space it takes is at stake.
TEST_F(EventsDamageTest, ALogThatRotsWhileTheServerRunsIsFoldedAndLeft) {
  for (int64_t i = 0; i < 500; ++i) s_.Scalars(kRun, "a", "v", Line(i * 10, i * 10 + 10));
  s_.engine().Compact(Family::kEventLog);
  size_t damaged = 0;
  for (const store::TableFile& table : s_.engine().tables()) {
    if (table.family != Family::kEventLog) continue;
    std::fstream file(table.path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(table.bytes / 2));
    file << std::string(64, '\xff');
    ++damaged;
  }
  ASSERT_EQ(damaged, 1u);
  EXPECT_TRUE(s_.store().Fold().ok());
  EXPECT_EQ(s_.store().usage().unfolded_bytes, 0u);
  s_.Scalars(kRun, "a", "v", Line(5000, 5010));
  s_.Kill();
  EXPECT_EQ(s_.Curve(kRun, "a", "v"), Line(0, 5010));
  EXPECT_EQ(s_.CountKeys(Family::kEventLog), 1u);
}

TEST_F(EventsDamageTest, ADamagedOwnerRecordHoldsUpNobodyElse) {
  s_.Scalars(kRun, "a", "v", Line(0, 10));
  s_.Scalars(kOther, "a", "v", Line(0, 10));
  ASSERT_TRUE(s_.store().Fold().ok());
  s_.Scalars(kRun, "a", "v", Line(10, 20));
  s_.Scalars(kOther, "a", "v", Line(10, 20));
  s_.Kill();
  Flip(Family::kOwners, 0, 99);
  EXPECT_EQ(CurveCode(kRun, "a"), Code::kCorruption);
  EXPECT_EQ(s_.store().Stats(kRun), nullptr);
  EXPECT_EQ(s_.store().CheckStats(kRun).code(), Code::kCorruption);
  EXPECT_TRUE(s_.store().CheckStats(kOther).ok());
  OwnerBatch batch;
  batch.owner = kRun;
  batch.scalars = {{"a", "v", 99, 99, 1.0, ""}};
  EXPECT_EQ(s_.store().Append({batch}, {}).status().code(), Code::kCorruption);
  EXPECT_EQ(s_.store().Fold().code(), Code::kCorruption);
  // The other's records have left the log, its own wait.
  EXPECT_EQ(s_.CountKeys(Family::kEventLog), 1u);
  EXPECT_EQ(s_.Curve(kOther, "a", "v"), Line(0, 20));
  s_.Scalars(kOther, "a", "v", Line(20, 30));
  EXPECT_EQ(s_.store().Fold().code(), Code::kCorruption);
  EXPECT_EQ(s_.CountKeys(Family::kEventLog), 1u);
  s_.Kill();
  EXPECT_EQ(s_.Curve(kOther, "a", "v"), Line(0, 30));
  Flip(Family::kOwners, 0, 99);
  EXPECT_EQ(s_.Curve(kRun, "a", "v"), Line(0, 20));
  EXPECT_TRUE(s_.store().Fold().ok());
  EXPECT_EQ(s_.CountKeys(Family::kEventLog), 0u);
}

TEST_F(EventsDamageTest, ADamagedOwnerCanBeDeleted) {
  s_.Scalars(kRun, "a", "v", Line(0, 10));
  ASSERT_TRUE(s_.store().Fold().ok());
  s_.Scalars(kRun, "a", "v", Line(10, 20));
  s_.Kill();
  Flip(Family::kOwners, 0, 99);
  EXPECT_EQ(CurveCode(kRun, "a"), Code::kCorruption);
  s_.Delete(kRun);
  EXPECT_EQ(s_.store().Stats(kRun), nullptr);
  EXPECT_TRUE(s_.store().Fold().ok());
  s_.Scalars(kRun, "a", "v", Line(5, 6));
  EXPECT_EQ(s_.Curve(kRun, "a", "v"), Line(5, 6));
  s_.Kill();
  EXPECT_EQ(s_.Curve(kRun, "a", "v"), Line(5, 6));
}

TEST_F(EventsDamageTest, ADamagedLogRecordStopsTheStart) {
  s_.Scalars(kRun, "a", "v", Line(0, 10));
  s_.Scalars(kRun, "a", "v", Line(10, 20));
  Flip(Family::kEventLog, 1, 50);
  const auto opened = Store::Open(s_.engine(), s_.clock(), s_.options());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), Code::kCorruption);
  Flip(Family::kEventLog, 1, 50);
}

TEST_F(EventsDamageTest, DamagedLinesAndPlotsAreNotServed) {
  s_.Logs(kRun, {{1, "info", "w", "first"}, {2, "info", "w", "second"}});
  s_.Rich(kRun, RichType::kPlot, "p", "v", 1, "{}");
  Flip(Family::kLogs, 1, 33);
  Flip(Family::kRich, 0, 33);
  EXPECT_EQ(s_.store().Logs(kRun, std::nullopt, true, 1, false)->size(), 1u);
  EXPECT_EQ(s_.store().Logs(kRun, std::nullopt, true, 5, false).status().code(), Code::kCorruption);
  EXPECT_EQ(s_.store().RichEvents(kRun, RichType::kPlot, "p", "v", std::nullopt, 5).status().code(),
            Code::kCorruption);
}

TEST_F(EventsDamageTest, AFoldThatFailsAtAnyWriteLosesNothing) {
  for (int writes = 0; writes < 6; ++writes) {
    std::vector<std::string> owners;
    for (char c : {'0', '1', '2', '3', '4', '5'}) {
      owners.push_back(std::string(30, 'b') + static_cast<char>('0' + writes) + c);
      s_.Scalars(owners.back(), "a", "v", Line(0, 1000));
      s_.Scalars(owners.back(), "b", "v", {{kSingleValueIter, 7}, {3, 9}});
    }
    s_.Delete(owners[0]);
    s_.FoldUntil(writes);
    auto check = [&] {
      EXPECT_EQ(s_.store().Stats(owners[0]), nullptr);
      for (size_t i = 1; i < owners.size(); ++i) {
        ASSERT_EQ(s_.Curve(owners[i], "a", "v"), Line(0, 1000)) << writes;
        ASSERT_EQ(s_.Curve(owners[i], "b", "v"), (PointList{{3, 9}}));
        const auto stats = s_.store().Stats(owners[i]);
        ASSERT_EQ(stats->series[0].count, 1000);
        ASSERT_EQ(stats->series[1].count, 2);
      }
    };
    check();
    if (writes % 2 == 0) s_.Kill();
    check();
    for (size_t i = 1; i < owners.size(); ++i) s_.Scalars(owners[i], "a", "v", {{0, 0}});
    s_.FoldUntil(writes + 1);
    s_.Kill();
    for (size_t i = 1; i < owners.size(); ++i) {
      ASSERT_EQ(s_.store().Stats(owners[i])->series[0].count, 1001) << writes;
    }
    ASSERT_TRUE(s_.store().Fold().ok());
    EXPECT_EQ(s_.CountKeys(Family::kEventLog), 0u);
    for (size_t i = 1; i < owners.size(); ++i) {
      ASSERT_EQ(s_.store().Stats(owners[i])->series[0].count, 1001) << writes;
    }
  }
}

}  // namespace
}  // namespace furrow::events
