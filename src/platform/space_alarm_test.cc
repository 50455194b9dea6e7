// SPDX-License-Identifier: Apache-2.0
#include "platform/space_alarm.h"

#include <vector>

#include <gtest/gtest.h>

namespace furrow::platform {
namespace {

using Level = SpaceAlarm::Level;

class SpaceAlarmTest : public ::testing::Test {
 protected:
  void See(uint64_t free) { alarm_.Look({100'000, free}); }
  Status writable_;
  std::vector<Level> said_;
  std::string last_;
  SpaceAlarm alarm_{"/data", 1'000, [this] { return writable_; },
                    [this](Level level, const std::string& text) {
                      said_.push_back(level);
                      last_ = text;
                    }};
};

TEST_F(SpaceAlarmTest, SaysEachChangeOnce) {
  See(50'000);
  See(1'000);
  EXPECT_TRUE(said_.empty());
  See(999);
  See(500);
  See(999);
  EXPECT_EQ(said_, (std::vector{Level::kLow}));
  EXPECT_NE(last_.find("999 B of 100.0 kB free"), std::string::npos) << last_;
  See(1'100);  // not clearly more
  EXPECT_STREQ(alarm_.name(), "low");
  See(1'251);
  EXPECT_EQ(said_, (std::vector{Level::kLow, Level::kGood}));
}

TEST_F(SpaceAlarmTest, RefusedWritesAreAtTheTop) {
  writable_ = Status(Code::kUnavailable, "the disk is full");
  See(50'000);
  EXPECT_EQ(said_, (std::vector{Level::kFull}));
  EXPECT_NE(last_.find("the disk is full"), std::string::npos);
  writable_ = {};
  See(999);
  See(50'000);
  EXPECT_EQ(said_, (std::vector{Level::kFull, Level::kLow, Level::kGood}));
}

TEST_F(SpaceAlarmTest, OnASmallDiskATenthIsLow) {
  SpaceAlarm alarm(
      "/data", 1'000'000, [] { return Status(); }, [](Level, const std::string&) {});
  alarm.Look({100'000, 10'001});
  EXPECT_EQ(alarm.level(), Level::kGood);
  alarm.Look({100'000, 9'999});
  EXPECT_EQ(alarm.level(), Level::kLow);
}

TEST(SpaceAlarm, AsksARealDisk) {
  const auto disk = SpaceAlarm::Ask("/");
  EXPECT_GT(disk.total, 0u);
  EXPECT_LE(disk.free, disk.total);
}

}  // namespace
}  // namespace furrow::platform
