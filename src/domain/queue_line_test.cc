// SPDX-License-Identifier: Apache-2.0
#include "domain/queue_line.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

namespace furrow::domain {
namespace {

std::string Waiting(const QueueLine& line) {
  std::string out;
  line.ForEachWaiting([&](Place, const QueueLine::Entry& e) {
    out += e.task;
    return true;
  });
  return out;
}

QueueLine LineOf(std::string_view tasks) {
  QueueLine line;
  for (const char task : tasks) line.Add(line.TakeBack(), {std::string(1, task), 0});
  return line;
}

Place PlaceOf(const QueueLine& line, std::string_view task) {
  Place out = 0;
  line.ForEachWaiting([&](Place place, const QueueLine::Entry& e) {
    if (e.task == task) out = place;
    return true;
  });
  return out;
}

TEST(QueueLine, ALeaseThatRunsOutKeepsItsPlace) {
  QueueLine line = LineOf("abc");
  size_t shifts = 0;
  line.Grant(PlaceOf(line, "a"), {"jane", 60});
  line.Grant(PlaceOf(line, "b"), {"jim", 70});
  EXPECT_EQ(Waiting(line), "c");
  line.Add(line.TakeBack(), {"d", 0});
  line.Settle(59);
  EXPECT_EQ(Waiting(line), "cd");
  line.Settle(60);
  EXPECT_EQ(Waiting(line), "acd");
  EXPECT_FALSE(line.NextHeld("jane", {}));
  ASSERT_TRUE(line.NextHeld("jim", {}));
  EXPECT_EQ(line.NextHeld("jim", {})->entry->task, "b");
  line.Settle(70);
  EXPECT_EQ(Waiting(line), "abcd");
}

TEST(QueueLine, ALeaseGrantedAnewBelongsToTheNewHolder) {
  QueueLine line = LineOf("a");
  const Place place = PlaceOf(line, "a");
  line.Grant(place, {"jane", 60});
  line.Grant(place, {"jim", 90});
  line.Settle(60);
  EXPECT_TRUE(line.IsLeased(place));
  EXPECT_FALSE(line.NextHeld("jane", {}));
  EXPECT_TRUE(line.NextHeld("jim", {}));
}

TEST(QueueLine, WhatIsRemovedIsGoneLeasedOrNot) {
  QueueLine line = LineOf("ab");
  const Place a = PlaceOf(line, "a");
  line.Grant(a, {"jane", 60});
  line.Remove(a);
  line.Remove(PlaceOf(line, "b"));
  line.Settle(100);
  EXPECT_TRUE(line.empty());
  EXPECT_FALSE(line.NextHeld("jane", {}));
}

TEST(QueueLine, MovesPassLeasedEntries) {
  QueueLine line = LineOf("abcd");
  line.Grant(PlaceOf(line, "b"), {"jane", 60});
  const auto move = line.MoveOf(PlaceOf(line, "d"), QueueMove::kForward, 1);
  ASSERT_TRUE(move);
  EXPECT_EQ(move->position, 1u);
  line.Apply(move->steps);
  EXPECT_EQ(Waiting(line), "adc");
  line.Settle(60);
  EXPECT_EQ(Waiting(line), "abdc");
}

TEST(QueueLine, GapsThatAreUsedUpDoNotStopMoves) {
  QueueLine line = LineOf("abc");
  size_t shifts = 0;
  // Each time the last goes just behind the first: the gap there is halved and halved again.
  for (int i = 0; i < 100; ++i) {
    std::string expected = Waiting(line);
    const std::string last(1, expected.back());
    const auto move = line.MoveOf(PlaceOf(line, last), QueueMove::kForward, 1);
    ASSERT_TRUE(move);
    shifts += move->steps.size() > 1;
    line.Apply(move->steps);
    std::rotate(expected.begin() + 1, expected.end() - 1, expected.end());
    ASSERT_EQ(Waiting(line), expected) << i;
  }
  EXPECT_GT(shifts, 0u);
}

TEST(QueueLine, MovesAsAListDoes) {
  std::mt19937 random(7);
  QueueLine line = LineOf("abcdefgh");
  std::string model = "abcdefgh";
  for (int i = 0; i < 20'000; ++i) {
    const size_t from = random() % model.size();
    const auto how = static_cast<QueueMove>(random() % 4);
    const auto count = static_cast<int64_t>(random() % 4);
    const std::string task(1, model[from]);
    const size_t to = PlaceAfterMove(how, from, model.size(), count);
    model.erase(from, 1);
    model.insert(to, task);
    const auto move = line.MoveOf(PlaceOf(line, task), how, count);
    ASSERT_TRUE(move);
    EXPECT_EQ(move->position, to);
    line.Apply(move->steps);
    ASSERT_EQ(Waiting(line), model) << i;
  }
}

TEST(Lease, EndsByTheClockItBeganWith) {
  using std::chrono::seconds;
  EXPECT_EQ(LeaseEnd("boot", 500, "boot", 100, seconds(60)), 500);
  EXPECT_EQ(LeaseEnd("boot", 500, "boot", 900, seconds(60)), 500);
  // Another life of the machine, and a clock that was set back.
  EXPECT_EQ(LeaseEnd("before", 500, "boot", 100, seconds(60)), 60'000'100);
  EXPECT_EQ(LeaseEnd("boot", 99'000'000, "boot", 100, seconds(60)), 60'000'100);
}

}  // namespace
}  // namespace furrow::domain
