// SPDX-License-Identifier: Apache-2.0
#include "store/events/survey.h"

#include <gtest/gtest.h>

#include "store/events/keys.h"
#include "store/events/test_store.h"

namespace furrow::events {
namespace {

using store::Family;

const std::string kRun = "00112233445566778899aabbccddeeff";
const std::string kOther = "ffeeddccbbaa99887766554433221100";

class SurveyTest : public ::testing::Test {
 protected:
  void Fill() {
    PointList points;
    for (int i = 0; i < 4000; ++i) points.emplace_back(i, i * 0.5);
    s_.Scalars(kRun, "loss", "train", points);
    s_.Scalars(kRun, "loss", "test", points);
    s_.Scalars(kOther, "loss", "train", {{1, 1.0}, {2, 2.0}});
    s_.Logs(kRun, {{1, "info", "w", "hello"}, {2, "info", "w", "there"}});
    s_.Rich(kOther, RichType::kPlot, "roc", "auc", 3, R"({"a":1})");
  }
  Survey Take(bool deep = true) {
    damage_.clear();
    return TakeSurvey(s_.engine(), {}, deep, [&](const Damage& d) { damage_.push_back(d); });
  }
  // Flips a bit in the middle of the value of the `index`-th key of the family.
  void Flip(Family family, size_t index) {
    store::Cursor cursor = s_.engine().Scan(family, "");
    cursor.Seek("");
    for (size_t i = 0; i < index && cursor.valid(); ++i) cursor.Next();
    ASSERT_TRUE(cursor.valid());
    std::string value(cursor.value());
    value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 8);
    store::Batch batch;
    batch.Put(family, cursor.key(), value);
    ASSERT_TRUE(s_.engine().Write(std::move(batch)).ok());
  }

  TestStore s_;
  std::vector<Damage> damage_;
};

TEST_F(SurveyTest, CountsWhatIsThereFoldedOrNot) {
  Fill();
  for (const bool folded : {false, true}) {
    if (folded) {
      ASSERT_TRUE(s_.store().Fold().ok());
    }
    for (const bool deep : {false, true}) {
      const Survey survey = Take(deep);
      EXPECT_TRUE(damage_.empty());
      ASSERT_EQ(survey.owners.size(), 2u);
      EXPECT_EQ(survey.owners.at(kRun).points, 8000u);
      EXPECT_EQ(survey.owners.at(kRun).lines, 2u);
      EXPECT_EQ(survey.owners.at(kRun).rich, 0u);
      EXPECT_EQ(survey.owners.at(kOther).points, 2u);
      EXPECT_EQ(survey.owners.at(kOther).rich, 1u);
      EXPECT_GT(survey.owners.at(kOther).rich_bytes, 7u);
      EXPECT_EQ(survey.total.points, 8002u);
      EXPECT_GT(survey.owners.at(kRun).bytes(), survey.owners.at(kOther).bytes());
      EXPECT_EQ(survey.log_records == 0, folded);
      EXPECT_EQ(survey.blocks > 0, folded);
    }
  }
}

TEST_F(SurveyTest, DeletedEventsAreNobodys) {
  Fill();
  ASSERT_TRUE(s_.store().Fold().ok());
  s_.Delete(kRun);
  const Survey survey = Take();
  EXPECT_TRUE(damage_.empty());
  EXPECT_EQ(survey.owners.count(kRun), 0u);
  EXPECT_GT(survey.deleted_bytes, 0u);
  EXPECT_EQ(survey.total.points, 2u);
}

TEST_F(SurveyTest, NamesEachKindOfDamage) {
  Fill();
  ASSERT_TRUE(s_.store().Fold().ok());
  Flip(Family::kSeries, 0);
  Take();
  ASSERT_EQ(damage_.size(), 1u);
  EXPECT_EQ(damage_[0].owner, kRun);
  EXPECT_EQ(damage_[0].metric, "loss");
  EXPECT_EQ(damage_[0].variant, "train");
  EXPECT_EQ(damage_[0].status.code(), Code::kCorruption);
  Flip(Family::kLogs, 1);
  Take();
  ASSERT_EQ(damage_.size(), 2u);
  EXPECT_EQ(damage_[1].what, "log line");
  Flip(Family::kRich, 0);
  Take();
  ASSERT_EQ(damage_.size(), 3u);
  EXPECT_EQ(damage_[2].owner, kOther);
  EXPECT_EQ(damage_[2].what, "plot");
  EXPECT_EQ(damage_[2].metric, "roc");
  EXPECT_EQ(damage_[2].variant, "auc");
  Flip(Family::kOwners, 0);
  Take();
  EXPECT_EQ(damage_.front().what, "statistics");
  EXPECT_EQ(damage_.front().owner, kRun);
}

TEST_F(SurveyTest, ADamagedRequestInTheLogIsFound) {
  Fill();
  Flip(Family::kEventLog, 0);
  Take();
  ASSERT_EQ(damage_.size(), 1u);
  EXPECT_EQ(damage_[0].owner, "");
}

}  // namespace
}  // namespace furrow::events
