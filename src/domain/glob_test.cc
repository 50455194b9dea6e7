// SPDX-License-Identifier: Apache-2.0
#include "domain/glob.h"

#include <string>

#include <gtest/gtest.h>

namespace furrow::domain {
namespace {

TEST(Glob, MatchesTheWholeText) {
  EXPECT_TRUE(MatchesGlob("host:gpu0", "host:gpu0"));
  EXPECT_FALSE(MatchesGlob("host:gpu", "host:gpu0"));
  EXPECT_FALSE(MatchesGlob("host:gpu0", "host:gpu"));
  EXPECT_TRUE(MatchesGlob("", ""));
  EXPECT_FALSE(MatchesGlob("", "a"));
}

TEST(Glob, AStarTakesAnyCharactersAndAQuestionMarkOne) {
  EXPECT_TRUE(MatchesGlob("host:gpu*", "host:gpu0,1/a"));
  EXPECT_TRUE(MatchesGlob("host:gpu*", "host:gpu"));
  EXPECT_TRUE(MatchesGlob("*a*b", "xxaxxabxb"));
  EXPECT_FALSE(MatchesGlob("*a*b", "xxaxxabxc"));
  EXPECT_TRUE(MatchesGlob("gpu?", "gpu1"));
  EXPECT_FALSE(MatchesGlob("gpu?", "gpu"));
  EXPECT_TRUE(MatchesGlob("**", ""));
}

TEST(Glob, AHostilePatternIsStillCheap) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT_FALSE(MatchesGlob(pattern + "b", std::string(20'000, 'a')));
}

}  // namespace
}  // namespace furrow::domain
