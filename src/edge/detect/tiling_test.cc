// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/tiling.h"

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

void ExpectEachPixelOnce(const Tiling& t) {
  int next = 0;
  for (int i = 0; i < t.count; ++i) {
    SCOPED_TRACE(testing::Message() << t.size << " in " << t.count << " of " << t.length
                                    << " margin " << t.margin << " tile " << i);
    ASSERT_EQ(t.own_begin(i), next);
    ASSERT_GT(t.own_end(i), t.own_begin(i));
    next = t.own_end(i);
    ASSERT_GE(t.own_begin(i), t.begin(i));
    ASSERT_LE(t.own_end(i), t.begin(i) + t.length);
    ASSERT_EQ(t.begin(i) % t.multiple, 0);
    if (t.count > 1) {
      ASSERT_LT(t.begin(i) + t.length, t.size + t.multiple);
    }
    // What a neighbour continues is seen `margin` wider than it is used.
    if (i > 0) {
      ASSERT_GE(t.own_begin(i) - t.begin(i), t.margin);
    }
    if (i + 1 < t.count) {
      ASSERT_GE(t.begin(i) + t.length - t.own_end(i), t.margin);
    }
  }
  ASSERT_EQ(next, t.size);
}

TEST(Tiling, EachPixelHasOneTileThatSeesItsSurroundings) {
  for (const int multiple : {1, 4, 8}) {
    for (int margin = 0; margin <= 16; margin += multiple) {
      for (int size = 1; size < 300; ++size) {
        const Tiling fit = CutToFit(size, 64, multiple, margin);
        ExpectEachPixelOnce(fit);
        ASSERT_LE(fit.length, 64);
        ASSERT_EQ(fit.length % multiple, 0);
        ExpectEachPixelOnce(CutEvenly(size, 40, multiple, margin));
      }
    }
  }
}

TEST(Tiling, TilesAreFewAndShort) {
  const Tiling one = CutToFit(40, 64, 16, 8);
  EXPECT_EQ(one.count, 1);
  EXPECT_EQ(one.length, 48);
  const Tiling frame = CutToFit(960, 512, 16, 32);
  EXPECT_EQ(frame.count, 2);
  EXPECT_EQ(frame.length, 512);
  EXPECT_EQ(frame.begin(1), 448);
  EXPECT_EQ(CutToFit(600, 512, 16, 32).length, 336);
}

}  // namespace
}  // namespace furrow::edge
