// SPDX-License-Identifier: Apache-2.0
#include "edge/live/health.h"

#include <gtest/gtest.h>

#include "edge/boom/standard.h"

namespace furrow::edge {
namespace {

TEST(SpanHistogram, TellsQuantilesToAnEighth) {
  SpanHistogram spans;
  for (Nanos span = 1; span <= 100'000; ++span) spans.Add(span);
  EXPECT_EQ(spans.count(), 100'000u);
  EXPECT_NEAR(static_cast<double>(spans.At(0.5)), 50'000, 50'000 / 8);
  EXPECT_NEAR(static_cast<double>(spans.At(0.99)), 99'000, 99'000 / 8);
  EXPECT_EQ(spans.most(), 100'000);
  EXPECT_EQ(spans.least(), 1);
}

TEST(SpanHistogram, KnowsBothSidesOfZeroInOrder) {
  SpanHistogram spans;
  EXPECT_EQ(spans.At(0.5), 0);
  for (const Nanos span : {-4'000'000, -1, 0, 1, 4'000'000}) spans.Add(span);
  EXPECT_NEAR(static_cast<double>(spans.At(0.1)), -4e6, 4e6 / 8);
  EXPECT_EQ(spans.At(0.4), -1);
  EXPECT_EQ(spans.At(0.6), 0);
  EXPECT_EQ(spans.At(0.8), 1);
  EXPECT_NEAR(static_cast<double>(spans.At(1)), 4e6, 4e6 / 8);
  spans.Add(INT64_MAX);
  spans.Add(INT64_MIN + 1);
  EXPECT_EQ(spans.count(), 7u);
}

TEST(Health, TheSafeSpeedFollowsFromWhatFramesTake) {
  const Boom boom = StandardBoom(1);
  Health health(1);
  EXPECT_EQ(FastestSafeSpeed(boom, health), 0);
  for (int i = 0; i < 1000; ++i) health.cameras[0].decided_after.Add(50 * kMillisecond);
  // 0.53 m ahead less 0.07 m, in 50 ms, a bin's width more or less, and 51 ms of valve and fall.
  EXPECT_NEAR(FromMillionths(FastestSafeSpeed(boom, health)), 0.4625 / 0.101, 0.3);
}

TEST(Health, IsPrometheusText) {
  const Boom boom = StandardBoom(2);
  Health health(2);
  health.weeds.Set(7);
  health.cameras[1].state = CameraState::kBlack;
  health.slack.Add(-2 * kMillisecond);
  const std::string text = HealthText(boom, health);
  EXPECT_NE(text.find("# TYPE furrow_edge_weeds_total counter\nfurrow_edge_weeds_total 7\n"),
            std::string::npos);
  EXPECT_NE(text.find("furrow_edge_camera_state{camera=\"camera 1\",state=\"black\"} 1\n"),
            std::string::npos);
  EXPECT_NE(text.find("furrow_edge_camera_state{camera=\"camera 0\",state=\"waiting\"} 1\n"),
            std::string::npos);
  EXPECT_NE(text.find("furrow_edge_slack_seconds{quantile=\"0\"} -0.002\n"), std::string::npos);
  EXPECT_NE(text.find("furrow_edge_slack_seconds_count 1\n"), std::string::npos);
}

}  // namespace
}  // namespace furrow::edge
