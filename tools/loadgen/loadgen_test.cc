// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "event_work.h"
#include "fill_work.h"
#include "histogram.h"

namespace furrow::loadgen {
namespace {

const Target kTarget{.port = 8008, .token = "t", .worker = "w"};
const std::string kTask = "0123456789abcdef0123456789abcdef";

std::string_view BodyOf(std::string_view request) {
  return request.substr(request.find("\r\n\r\n") + 4);
}

size_t LengthOf(std::string_view request) {
  const size_t at = request.find("Content-Length:") + 15;
  return std::stoull(std::string(request.substr(at, request.find("\r\n", at) - at)));
}

std::vector<std::string> LinesOf(std::string_view body) {
  std::vector<std::string> lines;
  while (!body.empty()) {
    const size_t end = std::min(body.find('\n'), body.size());
    lines.emplace_back(body.substr(0, end));
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  return lines;
}

std::string Member(const std::string& line, const std::string& name) {
  const size_t at = line.find("\"" + name + "\": ") + name.size() + 4;
  return line.substr(at, line.find_first_of(",}", at) - at);
}

TEST(Histogram, QuantilesAreWithinABucketOfTheTruth) {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> draw(13, 2);
  Histogram histogram;
  std::vector<uint64_t> all;
  for (int i = 0; i < 20'000; ++i) {
    all.push_back(static_cast<uint64_t>(draw(random)));
    histogram.Add(all.back());
  }
  std::sort(all.begin(), all.end());
  for (const double q : {0.0, 0.5, 0.99, 0.999, 1.0}) {
    const auto at = std::min(all.size() - 1, static_cast<size_t>(q * 20'000));
    const auto truth = static_cast<double>(all[at]);
    EXPECT_NEAR(static_cast<double>(histogram.Quantile(q)), truth, truth / 64 + 1) << q;
  }
  EXPECT_EQ(histogram.max(), all.back());
  uint64_t counted = 0;
  for (const auto& [end, count] : histogram.Buckets()) counted += count;
  EXPECT_EQ(counted, 20'000u);
  EXPECT_EQ(Histogram().Quantile(0.5), 0u);
}

TEST(EventWork, SendsTheMembersOfTheSdkInItsOrder) {
  EventWork work(kTarget, {.tasks = {kTask}, .events = 20, .series = 10});
  const std::string request(work.Next(0));
  EXPECT_TRUE(request.starts_with("GET /v2.23/events.add_batch HTTP/1.1\r\n"));
  EXPECT_EQ(LengthOf(request), BodyOf(request).size());
  const auto lines = LinesOf(BodyOf(request));
  ASSERT_EQ(lines.size(), 20u);
  EXPECT_EQ(lines[13].size() + 1, work.line_bytes());
  std::string shape = lines[13];
  std::replace_if(
      shape.begin(), shape.end(), [](char c) { return c >= '0' && c <= '9'; }, '0');
  EXPECT_EQ(shape,
            R"({"timestamp": 0000000000000, "type": "training_stats_scalar", )"
            R"("task": "0000000000abcdef0000000000abcdef", "iter": 00000000, "metric": "loss", )"
            R"("variant": "train 0", "value": 0.000000, "allow_locked": false, )"
            R"("model_event": false, "method": "get"})");
}

TEST(EventWork, NeverRepeatsAnIterationOfASeries) {
  EventWork work(kTarget, {.tasks = {kTask, std::string(32, 'f')}, .events = 100, .series = 10});
  std::set<std::string> seen;
  for (int i = 0; i < 50; ++i) {
    for (const std::string& line : LinesOf(BodyOf(work.Next(0)))) {
      EXPECT_TRUE(seen.insert(Member(line, "task") + Member(line, "variant") + Member(line, "iter"))
                      .second);
    }
  }
  EXPECT_EQ(work.Done(0, {.status = 200, .body = R"({"added":100,"errors":0})"}), 100);
  EXPECT_LT(work.Done(0, {.status = 200, .body = R"({"added":99,"errors":1})"}), 0);
}

std::vector<std::string> FillAll(ValueForm form) {
  FillWork work(
      kTarget,
      {.runs = {{kTask, 1, 250}, {std::string(32, 'e'), 10, 30}}, .form = form, .events = 100});
  std::vector<std::string> all;
  while (true) {
    const std::string request(work.Next(0));
    if (request.empty()) return all;
    EXPECT_EQ(LengthOf(request), BodyOf(request).size());
    for (std::string& line : LinesOf(BodyOf(request))) all.push_back(std::move(line));
  }
}

TEST(FillWork, WritesEveryPointOnceAndTheSameEachTime) {
  const auto lines = FillAll(ValueForm::kFloat32);
  ASSERT_EQ(lines.size(), 250u + 300u);
  EXPECT_EQ(lines, FillAll(ValueForm::kFloat32));
  for (int i = 0; i < 250; ++i) EXPECT_EQ(Member(lines[i], "iter"), std::to_string(i));
  for (const std::string& line : lines) {
    const double value = std::stod(Member(line, "value"));
    EXPECT_EQ(value, static_cast<double>(static_cast<float>(value))) << line;
    EXPECT_GT(value, 1.5);
    EXPECT_LT(value, 3.1);
  }
}

TEST(FillWork, RoundsToFourDecimals) {
  for (const std::string& line : FillAll(ValueForm::kFourDecimals)) {
    const std::string value = Member(line, "value");
    EXPECT_LE(value.size() - value.find('.'), 5u) << value;
  }
}

}  // namespace
}  // namespace furrow::loadgen
