// SPDX-License-Identifier: Apache-2.0
#include "domain/queue_order.h"

#include <string>

#include <gtest/gtest.h>

namespace furrow::domain {
namespace {

std::string Moved(QueueMove move, size_t index, int64_t count) {
  std::string list = "abcd";
  const size_t to = PlaceAfterMove(move, index, list.size(), count);
  const char moved = list[index];
  list.erase(index, 1);
  list.insert(to, 1, moved);
  return list;
}

TEST(QueueOrder, MovesToTheEnds) {
  EXPECT_EQ(Moved(QueueMove::kToFront, 2, 0), "cabd");
  EXPECT_EQ(Moved(QueueMove::kToFront, 0, 9), "abcd");
  EXPECT_EQ(Moved(QueueMove::kToBack, 1, 0), "acdb");
  EXPECT_EQ(Moved(QueueMove::kToBack, 3, 0), "abcd");
}

TEST(QueueOrder, MovesBySteps) {
  EXPECT_EQ(Moved(QueueMove::kForward, 3, 1), "abdc");
  EXPECT_EQ(Moved(QueueMove::kForward, 3, 2), "adbc");
  EXPECT_EQ(Moved(QueueMove::kBackward, 0, 1), "bacd");
  EXPECT_EQ(Moved(QueueMove::kBackward, 0, 2), "bcad");
}

TEST(QueueOrder, StopsAtTheEnds) {
  EXPECT_EQ(Moved(QueueMove::kForward, 1, INT64_MAX), "bacd");
  EXPECT_EQ(Moved(QueueMove::kBackward, 1, INT64_MAX), "acdb");
}

TEST(QueueOrder, ACountBelowOneDoesNotMove) {
  EXPECT_EQ(Moved(QueueMove::kForward, 2, 0), "abcd");
  EXPECT_EQ(Moved(QueueMove::kBackward, 2, -5), "abcd");
}

}  // namespace
}  // namespace furrow::domain
