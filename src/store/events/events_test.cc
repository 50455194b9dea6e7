// SPDX-License-Identifier: Apache-2.0
#include "store/events/events.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <gtest/gtest.h>

#include "store/events/test_store.h"

namespace furrow::events {
namespace {

using store::Family;

const std::string kRun = "00112233445566778899aabbccddeeff";
const std::string kOther = "ffeeddccbbaa99887766554433221100";

class EventsTest : public ::testing::Test {
 protected:
  TestStore s_;
};

TEST_F(EventsTest, PointsAreVisibleAtOnceAfterAFoldAndAfterAKill) {
  s_.Scalars(kRun, "loss", "train", {{0, 1.0}, {1, 0.5}, {2, 0.25}});
  auto check = [&] {
    const auto curve = s_.store().Curve(kRun, "loss", "train");
    ASSERT_TRUE(curve.ok()) << curve.status().ToString();
    EXPECT_EQ(curve->iter, (std::vector<int64_t>{0, 1, 2}));
    EXPECT_EQ(curve->value, (std::vector<double>{1.0, 0.5, 0.25}));
    const auto stats = s_.store().Stats(kRun);
    ASSERT_NE(stats, nullptr);
    ASSERT_EQ(stats->series.size(), 1u);
    EXPECT_EQ(stats->series[0].value, 0.25);
    EXPECT_EQ(stats->series[0].min, 0.25);
    EXPECT_EQ(stats->series[0].max, 1.0);
    EXPECT_EQ(stats->series[0].sum, 1.75);
    EXPECT_EQ(stats->series[0].count, 3);
    EXPECT_EQ(stats->last_iteration, 2);
    EXPECT_GT(stats->last_event, 0);
    ASSERT_EQ(stats->kinds.size(), 1u);
    EXPECT_EQ(stats->kinds[0].metric, "loss");
    EXPECT_EQ(stats->kinds[0].kind, kScalarKind);
  };
  check();
  s_.Kill();
  check();
  ASSERT_TRUE(s_.store().Fold().ok());
  check();
  EXPECT_EQ(s_.CountKeys(Family::kEventLog), 0u);
  EXPECT_EQ(s_.CountKeys(Family::kSeries), 1u);
  s_.Kill();
  check();
  s_.Reopen();
  check();
}

TEST_F(EventsTest, TheLastAcceptedOfAnIterationWinsAcrossBlocksAndTail) {
  s_.Scalars(kRun, "loss", "v", {{0, 1}, {1, 2}, {2, 3}});
  ASSERT_TRUE(s_.store().Fold().ok());
  s_.Scalars(kRun, "loss", "v", {{1, 20}, {3, 4}, {3, 40}});
  EXPECT_EQ(s_.Curve(kRun, "loss", "v"), (PointList{{0, 1}, {1, 20}, {2, 3}, {3, 40}}));
  ASSERT_TRUE(s_.store().Fold().ok());
  EXPECT_EQ(s_.Curve(kRun, "loss", "v"), (PointList{{0, 1}, {1, 20}, {2, 3}, {3, 40}}));
  EXPECT_EQ(s_.store().Stats(kRun)->series[0].count, 6);
}

TEST_F(EventsTest, IterationsMayGoBackAfterAResume) {
  PointList first, expected;
  for (int i = 0; i < 9000; ++i) first.emplace_back(i, i);
  s_.Scalars(kRun, "m", "v", first);
  ASSERT_TRUE(s_.store().Fold().ok());
  PointList again;
  for (int i = 5000; i < 12000; ++i) again.emplace_back(i, -i);
  s_.Scalars(kRun, "m", "v", again);
  for (int i = 0; i < 12000; ++i) expected.emplace_back(i, i < 5000 ? i : -i);
  EXPECT_EQ(s_.Curve(kRun, "m", "v"), expected);
  ASSERT_TRUE(s_.store().Fold().ok());
  EXPECT_EQ(s_.Curve(kRun, "m", "v"), expected);
  EXPECT_EQ(s_.store().Stats(kRun)->last_iteration, 11999);
  s_.Scalars(kRun, "m", "v", {{3, 0}});
  EXPECT_EQ(s_.store().Stats(kRun)->last_iteration, 11999);
  EXPECT_EQ(s_.store().Stats(kRun)->series[0].iter, 11999);
}

TEST_F(EventsTest, MonitorsAndSingleValuesDoNotMoveTheLastIteration) {
  s_.Scalars(kRun, ":monitor:gpu", "v", {{100, 1}});
  EXPECT_EQ(s_.store().Stats(kRun)->last_iteration, std::nullopt);
  s_.Scalars(kRun, "loss", "v", {{-7, 1}});
  EXPECT_EQ(s_.store().Stats(kRun)->last_iteration, -7);
  s_.Scalars(kRun, "loss", "v", {{kSingleValueIter, 1}});
  s_.Kill();
  EXPECT_EQ(s_.store().Stats(kRun)->last_iteration, -7);
  s_.Rich(kRun, RichType::kPlot, ":monitor:gpu", "v", 5, "{}");
  EXPECT_EQ(s_.store().Stats(kRun)->last_iteration, -7);
  s_.Rich(kRun, RichType::kPlot, "p", "v", 5, "{}");
  s_.Kill();
  EXPECT_EQ(s_.store().Stats(kRun)->last_iteration, 5);
}

TEST_F(EventsTest, SingleValuesAreOutsideEveryCurve) {
  s_.Scalars(kRun, "accuracy", "final", {{kSingleValueIter, 0.9}, {kSingleValueIter, 0.95}});
  s_.Scalars(kRun, "loss", "v", {{1, 2}, {kSingleValueIter, 7}});
  for (int round = 0; round < 3; ++round) {
    const auto singles = s_.store().SingleValues(kRun);
    ASSERT_TRUE(singles.ok());
    ASSERT_EQ(singles->size(), 2u);
    EXPECT_EQ((*singles)[0].metric, "accuracy");
    EXPECT_EQ((*singles)[0].value, 0.95);
    EXPECT_EQ((*singles)[1].value, 7);
    EXPECT_EQ(s_.Curve(kRun, "loss", "v"), (PointList{{1, 2}}));
    EXPECT_TRUE(s_.Curve(kRun, "accuracy", "final").empty());
    ASSERT_EQ(s_.store().Series(kRun)->size(), 1u);
    EXPECT_EQ(s_.store().Series(kRun)->at(0).metric, "loss");
    const auto stats = s_.store().Stats(kRun);
    EXPECT_EQ(stats->series[0].value, 0.95);
    EXPECT_EQ(stats->series[0].count, 2);
    EXPECT_EQ(stats->series[1].value, 2);  // iteration 1 is after the single value's
    if (round == 0) s_.Kill();
    if (round == 1) s_.Reopen();
  }
}

TEST_F(EventsTest, NumbersThatAreNoneAreKeptAndPassedOverInExtremes) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  s_.Scalars(kRun, "m", "v", {{0, nan}, {1, 5}, {2, -inf}, {3, nan}});
  for (int round = 0; round < 3; ++round) {
    const auto stats = s_.store().Stats(kRun);
    EXPECT_TRUE(std::isnan(stats->series[0].value));
    EXPECT_TRUE(std::isnan(stats->series[0].first));
    EXPECT_EQ(stats->series[0].min, -inf);
    EXPECT_EQ(stats->series[0].min_iter, 2);
    EXPECT_EQ(stats->series[0].max, 5);
    EXPECT_EQ(stats->series[0].count, 4);
    const auto curve = s_.store().Curve(kRun, "m", "v");
    ASSERT_EQ(curve->size(), 4u);
    EXPECT_TRUE(std::isnan(curve->value[3]));
    if (round == 0) s_.Kill();
    if (round == 1) s_.Reopen();
  }
}

TEST_F(EventsTest, ValueIsTheLastByIterationThenTime) {
  s_.Append(kRun, "w", {{"m", "v", 5, 1000, 1.0, ""}});
  s_.Append(kRun, "w", {{"m", "v", 5, 900, 2.0, ""}});
  EXPECT_EQ(s_.store().Stats(kRun)->series[0].value, 1.0);
  s_.Append(kRun, "w", {{"m", "v", 5, 1000, 3.0, ""}});
  EXPECT_EQ(s_.store().Stats(kRun)->series[0].value, 3.0);
  s_.Append(kRun, "w", {{"m", "v", 4, 2000, 4.0, ""}});
  EXPECT_EQ(s_.store().Stats(kRun)->series[0].value, 3.0);
  EXPECT_EQ(s_.store().Stats(kRun)->series[0].first, 1.0);
}

TEST_F(EventsTest, WorkersAndLabelsStayWithTheirPoints) {
  s_.Append(kRun, "one", {{"m", "v", 0, 0, 1.0, "epoch"}, {"m", "v", 1, 0, 1.0, ""}});
  s_.Append(kRun, "two", {{"m", "v", 2, 0, 1.0, ""}});
  ASSERT_TRUE(s_.store().Fold().ok());
  s_.Append(kRun, "three", {{"m", "v", 1, 0, 9.0, ""}});
  for (int round = 0; round < 2; ++round) {
    const auto all = s_.store().Scalars(kRun, "m", "v", std::nullopt, 100, false);
    ASSERT_TRUE(all.ok());
    ASSERT_EQ(all->size(), 3u);
    EXPECT_EQ((*all)[0].worker, "one");
    EXPECT_EQ((*all)[1].worker, "three");
    EXPECT_EQ((*all)[1].value, 9.0);
    EXPECT_EQ((*all)[2].worker, "two");
    EXPECT_EQ(s_.store().Series(kRun)->at(0).x_axis_label, "epoch");
    ASSERT_TRUE(s_.store().Fold().ok());
  }
}

TEST_F(EventsTest, ScalarsPageForwardsAndBackOverBlocks) {
  PointList points;
  for (int i = 0; i < 30000; ++i) points.emplace_back(2 * i, i);
  s_.Scalars(kRun, "m", "v", points);
  ASSERT_TRUE(s_.store().Fold().ok());
  s_.Scalars(kRun, "m", "v", {{60001, -1}, {7, -2}});
  points.insert(points.begin() + 4, {7, -2});
  points.emplace_back(60001, -1);
  for (const bool descending : {false, true}) {
    PointList seen;
    std::optional<int64_t> after;
    for (;;) {
      const auto page = s_.store().Scalars(kRun, "m", "v", after, 7000, descending);
      ASSERT_TRUE(page.ok());
      if (page->empty()) break;
      ASSERT_LE(page->size(), 7000u);
      for (const auto& p : *page) seen.emplace_back(p.iter, p.value);
      after = page->back().iter;
    }
    if (descending) std::reverse(seen.begin(), seen.end());
    EXPECT_EQ(seen, points);
  }
  EXPECT_TRUE(
      s_.store().Scalars(kRun, "m", "v", std::numeric_limits<int64_t>::max(), 5, false)->empty());
  EXPECT_TRUE(s_.store().Scalars(kRun, "none", "v", std::nullopt, 5, false)->empty());
}

TEST_F(EventsTest, BucketsNeverAverageAPeakAway) {
  PointList points;
  for (int i = 0; i < 100'000; ++i) points.emplace_back(i, i == 54'321 ? 1e9 : i % 10);
  s_.Scalars(kRun, "m", "v", points);
  for (int round = 0; round < 2; ++round) {
    for (const auto& [low, high] : {std::pair<int64_t, int64_t>{0, 99'999},
                                    {10, 90'001},
                                    {54'000, 54'999},
                                    {-5, 1'000'000}}) {
      const auto buckets = s_.store().Pyramid(kRun, "m", "v", low, high, 50);
      ASSERT_TRUE(buckets.ok());
      EXPECT_LE(buckets->size(), 50u);
      int64_t count = 0, last = low - 1;
      double max = 0;
      for (const Bucket& b : *buckets) {
        EXPECT_GT(b.iter_first, last);
        last = b.iter_last;
        count += b.count;
        max = std::max(max, b.max);
        const auto from = points.begin() + b.iter_first, to = points.begin() + b.iter_last + 1;
        const auto by_value = [](const auto& x, const auto& y) { return x.second < y.second; };
        EXPECT_EQ(b.min, std::min_element(from, to, by_value)->second);
        EXPECT_EQ(b.max, std::max_element(from, to, by_value)->second);
      }
      EXPECT_EQ(count, std::min<int64_t>(high, 99'999) - std::max<int64_t>(low, 0) + 1);
      EXPECT_EQ(max, 1e9);
    }
    ASSERT_TRUE(s_.store().Fold().ok());
  }
}

TEST_F(EventsTest, LogLinesKeepTheirOrderAndNeverSplitAMillisecond) {
  std::vector<LogLine> lines = {{10, "info", "w", "a"},
                                {20, "info", "w", "b"},
                                {20, "error", "w", "c"},
                                {20, "info", "w", "c"},
                                {30, "info", "w", "d"}};
  s_.Logs(kRun, lines);
  s_.Logs(kRun, {{5, "info", "w2", "early"}, {20, "info", "w", "later"}});
  auto texts = [&](std::optional<int64_t> from, bool forwards, size_t limit, bool whole) {
    std::string all;
    const auto found = s_.store().Logs(kRun, from, forwards, limit, whole);
    EXPECT_TRUE(found.ok());
    for (const auto& line : *found) all += line.text + " ";
    return all;
  };
  EXPECT_EQ(texts(std::nullopt, true, 100, false), "early a b c c later d ");
  EXPECT_EQ(texts(std::nullopt, false, 100, false), "d later c c b a early ");
  EXPECT_EQ(texts(20, true, 2, false), "b c ");
  EXPECT_EQ(texts(20, true, 2, true), "b c c later ");
  EXPECT_EQ(texts(20, false, 1, true), "later c c b ");
  EXPECT_EQ(texts(15, false, 1, false), "a ");
  EXPECT_EQ(*s_.store().LogCount(kRun), 7u);
  s_.Kill();
  EXPECT_EQ(*s_.store().LogCount(kRun), 7u);
  EXPECT_EQ(texts(std::nullopt, true, 100, false), "early a b c c later d ");
  EXPECT_EQ(*s_.store().DeleteLogs(kRun, 20), 2u);
  EXPECT_EQ(*s_.store().LogCount(kRun), 5u);
  s_.Kill();
  EXPECT_EQ(*s_.store().LogCount(kRun), 5u);
  EXPECT_EQ(texts(std::nullopt, true, 100, false), "b c c later d ");
  s_.Reopen();
  EXPECT_EQ(*s_.store().DeleteLogs(kRun, std::nullopt), 5u);
  EXPECT_EQ(texts(std::nullopt, true, 100, false), "");
  EXPECT_EQ(*s_.store().LogCount(kRun), 0u);
}

TEST_F(EventsTest, RichEventsLastWinsNewestFirst) {
  for (int iter = 0; iter < 5; ++iter) {
    for (const char* variant : {"a", "b"}) {
      s_.Rich(kRun, RichType::kPlot, "p", variant, iter, std::string("old") + variant);
      s_.Rich(kRun, RichType::kPlot, "p", variant, iter, variant + std::to_string(iter));
    }
  }
  s_.Rich(kRun, RichType::kPlot, "p", "a", 9, "a9");
  s_.Rich(kRun, RichType::kPlot, "pq", "a", 3, "other metric");
  s_.Rich(kRun, RichType::kImage, "p", "a", 4, "image", "url-1");
  s_.Rich(kRun, RichType::kImage, "p", "a", 4, "image2", "url-2");
  auto json = [&](RichType type, std::optional<std::string_view> variant,
                  std::optional<int64_t> from, size_t iterations, bool oldest_first = false) {
    std::string all;
    const auto found =
        s_.store().RichEvents(kRun, type, "p", variant, from, iterations, oldest_first);
    EXPECT_TRUE(found.ok());
    for (const auto& e : *found) all += e.json + " ";
    return all;
  };
  EXPECT_EQ(json(RichType::kPlot, "a", std::nullopt, 2), "a9 a4 ");
  EXPECT_EQ(json(RichType::kPlot, std::nullopt, std::nullopt, 2), "a9 a4 b4 ");
  EXPECT_EQ(json(RichType::kPlot, std::nullopt, 3, 1), "a3 b3 ");
  EXPECT_EQ(json(RichType::kPlot, "b", -1, 1), "");
  EXPECT_EQ(json(RichType::kImage, "a", std::nullopt, 1), "image image2 ");
  EXPECT_EQ(json(RichType::kPlot, "a", std::nullopt, 2, true), "a0 a1 ");
  EXPECT_EQ(json(RichType::kPlot, std::nullopt, 4, 2, true), "a4 b4 a9 ");
  EXPECT_EQ(json(RichType::kPlot, "b", 5, 1, true), "");
  EXPECT_EQ(*s_.store().RichCount(kRun, RichType::kPlot, 100), 12u);
  EXPECT_EQ(*s_.store().RichCount(kRun, RichType::kPlot, 5), 5u);
  EXPECT_EQ(*s_.store().RichCount(kRun, RichType::kImage, 100), 2u);
  EXPECT_EQ(*s_.store().RichCount(kRun, RichType::kVector, 100), 0u);
  const auto index = s_.store().RichIndex(kRun, RichType::kPlot);
  ASSERT_TRUE(index.ok());
  ASSERT_EQ(index->size(), 3u);
  EXPECT_EQ((*index)[0].variant, "a");
  EXPECT_EQ((*index)[0].iter_min, 0);
  EXPECT_EQ((*index)[0].iter_max, 9);
  EXPECT_EQ((*index)[1].variant, "b");
  EXPECT_EQ((*index)[1].iter_max, 4);
  EXPECT_EQ((*index)[2].metric, "pq");
  EXPECT_EQ(s_.store().Stats(kRun)->kinds.size(), 3u);
}

TEST_F(EventsTest, ADeletedRunIsGoneAndMayBeginAnew) {
  s_.Scalars(kRun, "m", "v", {{0, 1}, {1, 2}});
  s_.Logs(kRun, {{1, "info", "w", "old"}});
  s_.Rich(kRun, RichType::kPlot, "p", "v", 0, "old");
  ASSERT_TRUE(s_.store().Fold().ok());
  s_.Scalars(kRun, "m", "v", {{2, 3}});
  s_.Scalars(kOther, "m", "v", {{0, 9}});
  s_.Delete(kRun);
  auto gone = [&] {
    EXPECT_EQ(s_.store().Stats(kRun), nullptr);
    EXPECT_TRUE(s_.Curve(kRun, "m", "v").empty());
    EXPECT_TRUE(s_.store().Logs(kRun, std::nullopt, true, 9, false)->empty());
    EXPECT_TRUE(s_.store().RichIndex(kRun, RichType::kPlot)->empty());
    EXPECT_EQ(*s_.store().LogCount(kRun), 0u);
    EXPECT_EQ(s_.Curve(kOther, "m", "v"), (PointList{{0, 9}}));
  };
  gone();
  s_.Kill();
  gone();
  ASSERT_TRUE(s_.store().Fold().ok());
  gone();
  // Nothing is left of it but what the other run has.
  EXPECT_EQ(s_.CountKeys(Family::kSeries), 1u);
  EXPECT_EQ(s_.CountKeys(Family::kLogs), 0u);
  EXPECT_EQ(s_.CountKeys(Family::kRich), 0u);
  EXPECT_EQ(s_.CountKeys(Family::kOwners), 1u);
  EXPECT_EQ(s_.CountKeys(Family::kEventLog), 0u);
  s_.Scalars(kRun, "m", "v", {{7, 7}});
  EXPECT_EQ(s_.Curve(kRun, "m", "v"), (PointList{{7, 7}}));
  s_.Kill();
  EXPECT_EQ(s_.Curve(kRun, "m", "v"), (PointList{{7, 7}}));
}

TEST_F(EventsTest, WhatComesAfterADeletionStaysThroughAKill) {
  s_.Scalars(kRun, "m", "v", {{0, 1}});
  s_.Logs(kRun, {{1, "info", "w", "old"}});
  s_.Delete(kRun);
  s_.Scalars(kRun, "m", "v", {{5, 5}});
  s_.Logs(kRun, {{1, "info", "w", "new"}});
  for (int round = 0; round < 4; ++round) {
    EXPECT_EQ(s_.Curve(kRun, "m", "v"), (PointList{{5, 5}})) << round;
    EXPECT_EQ(s_.store().Stats(kRun)->series[0].count, 1);
    EXPECT_EQ(s_.store().Stats(kRun)->last_iteration, 5);
    const auto lines = s_.store().Logs(kRun, std::nullopt, true, 9, false);
    ASSERT_EQ(lines->size(), 1u);
    EXPECT_EQ((*lines)[0].text, "new");
    if (round == 0) s_.Kill();
    if (round == 1) {
      EXPECT_TRUE(s_.store().Fold().ok());
    }
    if (round == 2) s_.Reopen();
  }
  EXPECT_EQ(s_.CountKeys(Family::kLogs), 1u);
}

TEST_F(EventsTest, ADeletionThatWasNotWrittenChangesNothing) {
  s_.Scalars(kRun, "m", "v", {{0, 1}});
  {
    store::Batch dropped;
    s_.store().Delete(kRun, dropped);
  }
  s_.store().Forget(kRun);
  EXPECT_EQ(s_.Curve(kRun, "m", "v"), (PointList{{0, 1}}));
  s_.Kill();
  EXPECT_EQ(s_.Curve(kRun, "m", "v"), (PointList{{0, 1}}));
}

TEST_F(EventsTest, ADeletionIsCompletedWhenAKillCameBeforeForget) {
  s_.Scalars(kRun, "m", "v", {{0, 1}});
  s_.Logs(kRun, {{1, "info", "w", "old"}});
  store::Batch batch;
  s_.store().Delete(kRun, batch);
  ASSERT_TRUE(s_.engine().Write(std::move(batch)).ok());
  s_.Kill();
  EXPECT_EQ(s_.store().Stats(kRun), nullptr);
  ASSERT_TRUE(s_.store().Fold().ok());
  EXPECT_EQ(s_.CountKeys(Family::kLogs), 0u);
  EXPECT_EQ(s_.CountKeys(Family::kOwners), 0u);
}

TEST_F(EventsTest, ARepeatedBatchIsAppliedOnce) {
  AppendOptions options;
  options.replay_key = "0123456789abcdef";
  auto send = [&] {
    OwnerBatch batch;
    batch.owner = kRun;
    batch.scalars = {{"m", "v", 0, 0, 1.0, ""}};
    batch.logs = {{1, "info", "w", "line"}, {1, "info", "w", "line"}};
    auto applied = s_.store().Append({batch}, options);
    EXPECT_TRUE(applied.ok());
    return *applied;
  };
  EXPECT_TRUE(send());
  EXPECT_FALSE(send());
  EXPECT_EQ(*s_.store().LogCount(kRun), 2u);
  s_.Kill();
  EXPECT_FALSE(send());
  EXPECT_EQ(s_.store().Stats(kRun)->series[0].count, 1);
  s_.clock().Advance(std::chrono::seconds(599));
  s_.Kill();
  EXPECT_FALSE(send());
  s_.clock().Advance(std::chrono::seconds(200));
  EXPECT_TRUE(send());
  EXPECT_EQ(*s_.store().LogCount(kRun), 4u);
  options.replay_key = "another batch 01";
  EXPECT_TRUE(send());
  options.replay_key.clear();
  EXPECT_TRUE(send());
  EXPECT_TRUE(send());
}

TEST_F(EventsTest, ARequestForSeveralOwnersIsOneRecord) {
  OwnerBatch a, b;
  a.owner = kRun;
  a.scalars = {{"m", "v", 0, 0, 1.0, ""}};
  b.owner = kOther;
  b.scalars = {{"m", "v", 0, 0, 2.0, ""}};
  b.logs = {{1, "info", "w", "x"}};
  ASSERT_TRUE(s_.store().Append({a, b, a}, {}).ok());
  EXPECT_EQ(s_.CountKeys(Family::kEventLog), 1u);
  s_.Kill();
  EXPECT_EQ(s_.Curve(kOther, "m", "v"), (PointList{{0, 2}}));
  EXPECT_EQ(s_.store().Stats(kRun)->series[0].count, 2);
  EXPECT_EQ(*s_.store().LogCount(kOther), 1u);
}

TEST_F(EventsTest, RefusesOwnersThatAreNoIds) {
  OwnerBatch batch;
  batch.owner = "../../etc";
  batch.scalars = {{"m", "v", 0, 0, 1.0, ""}};
  const auto appended = s_.store().Append({batch}, {});
  ASSERT_FALSE(appended.ok());
  EXPECT_EQ(appended.status().code(), Code::kInvalidArgument);
  EXPECT_EQ(s_.store().Stats("../../etc"), nullptr);
}

TEST_F(EventsTest, ListenersHearOfEveryChange) {
  std::vector<std::string> heard;
  s_.store().OnStatsChanged([&](std::string_view owner) { heard.emplace_back(owner); });
  s_.Scalars(kRun, "m", "v", {{0, 1}});
  s_.Delete(kRun);
  EXPECT_EQ(heard, (std::vector<std::string>{kRun, kRun}));
}

TEST_F(EventsTest, TellsWhoReportedSinceItWasAsked) {
  s_.Scalars(kRun, "m", "v", {{0, 1}});
  EXPECT_TRUE(s_.store().TakeReported().empty());
  s_.Scalars(kOther, "m", "v", {{0, 2}});
  s_.Scalars(kOther, "m", "v", {{1, 2}});
  EXPECT_EQ(s_.store().TakeReported(), std::vector<std::string>{kOther});
  EXPECT_TRUE(s_.store().TakeReported().empty());
}

TEST_F(EventsTest, StatsOfEveryOwnerFromStorageAndLog) {
  s_.Scalars(kRun, "m", "v", {{0, 1}});
  ASSERT_TRUE(s_.store().Fold().ok());
  s_.Scalars(kRun, "m", "v", {{1, 5}});
  s_.Scalars(kOther, "m", "v", {{0, 2}});
  s_.Kill();
  std::map<std::string, double> seen;
  ASSERT_TRUE(s_.store()
                  .ForEachStats([&](const std::string& owner, const OwnerStats& stats) {
                    seen[owner] = stats.series[0].value;
                    return true;
                  })
                  .ok());
  EXPECT_EQ(seen, (std::map<std::string, double>{{kRun, 5}, {kOther, 2}}));
}

TEST_F(EventsTest, SeriesBeyondTheBoundKeepTheirPointsWithoutStatistics) {
  std::vector<std::string> names;
  std::vector<Scalar> scalars;
  for (size_t i = 0; i < kSeriesMax + 10; ++i) names.push_back("v" + std::to_string(i));
  for (const auto& name : names) scalars.push_back({"m", name, 0, 0, 1.0, ""});
  s_.Append(kRun, "w", scalars);
  EXPECT_EQ(s_.store().Stats(kRun)->series.size(), kSeriesMax);
  EXPECT_EQ(s_.Curve(kRun, "m", names.back()), (PointList{{0, 1}}));
  s_.Reopen();
  EXPECT_EQ(s_.store().Stats(kRun)->series.size(), kSeriesMax);
  EXPECT_EQ(s_.Curve(kRun, "m", names.back()), (PointList{{0, 1}}));
  EXPECT_EQ(s_.store().Series(kRun)->size(), kSeriesMax + 10);
}

TEST_F(EventsTest, OverloadIsRefusedNotStored) {
  Options options = s_.options();
  options.unfolded_bytes_max = 1000;
  s_.Reopen(options);
  Status last;
  for (int i = 0; i < 1000 && last.ok(); ++i) {
    OwnerBatch batch;
    batch.owner = kRun;
    batch.scalars = {{"m", "v", i, i, 0.1 * i, ""}};
    last = s_.store().Append({batch}, {}).status();
  }
  EXPECT_EQ(last.code(), Code::kResourceExhausted);
  EXPECT_LT(s_.store().usage().unfolded_bytes, 4200u);
  ASSERT_TRUE(s_.store().Fold().ok());
  EXPECT_EQ(s_.store().usage().unfolded_bytes, 0u);
  s_.Scalars(kRun, "m", "v", {{5000, 1}});
}

}  // namespace
}  // namespace furrow::events
