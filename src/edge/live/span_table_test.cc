// SPDX-License-Identifier: Apache-2.0
#include "edge/live/span_table.h"

#include <sstream>

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

TEST(SpanTable, HasAllCamerasSpansByQuantile) {
  Health health(2);
  for (int i = 1; i <= 1000; ++i) {
    health.cameras[static_cast<size_t>(i % 2)].found_after.Add(i * kMillisecond / 100);
    health.woken_after.Add(i * 10);
  }
  std::istringstream text(SpanTable(health));
  std::string line, before;
  std::getline(text, line);
  EXPECT_NE(line.find("# spans counted: received_after_s 0 "), std::string::npos) << line;
  EXPECT_NE(line.find(" found_after_s 1000 "), std::string::npos) << line;
  std::getline(text, line);
  EXPECT_EQ(line,
            "quantile,received_after_s,detected_in_s,found_after_s,decided_after_s,wake_late_s,"
            "tick_s");
  std::getline(text, line);
  EXPECT_EQ(line, "0,0,0,1e-05,0,1e-08,0");
  double share_before = 0, span_before = 0;
  while (std::getline(text, line)) {
    double share = 0, received = 0, detected = 0, found = 0;
    ASSERT_EQ(std::sscanf(line.c_str(), "%lf,%lf,%lf,%lf", &share, &received, &detected, &found),
              4);
    EXPECT_GT(share, share_before);
    EXPECT_GE(found, span_before);
    EXPECT_NEAR(found, share * 0.01, 0.01 / 8);
    share_before = share, span_before = found;
    before = line;
  }
  EXPECT_EQ(before, "1,0,0,0.01,0,1e-05,0");
}

}  // namespace
}  // namespace furrow::edge
