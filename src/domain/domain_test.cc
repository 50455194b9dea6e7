// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "domain/project_path.h"
#include "domain/task_status.h"

namespace furrow::domain {
namespace {

// The whole table, written out from the protocol's description: from -> to.
const std::set<std::pair<std::string, std::string>> kAllowed = {
    {"created", "queued"},        {"created", "in_progress"}, {"queued", "created"},
    {"queued", "in_progress"},    {"queued", "stopped"},      {"in_progress", "stopped"},
    {"in_progress", "failed"},    {"in_progress", "created"}, {"in_progress", "completed"},
    {"stopped", "closed"},        {"stopped", "created"},     {"stopped", "failed"},
    {"stopped", "queued"},        {"stopped", "in_progress"}, {"stopped", "published"},
    {"stopped", "publishing"},    {"stopped", "completed"},   {"closed", "created"},
    {"closed", "failed"},         {"closed", "published"},    {"closed", "publishing"},
    {"closed", "stopped"},        {"failed", "created"},      {"failed", "stopped"},
    {"failed", "published"},      {"failed", "queued"},       {"completed", "published"},
    {"completed", "in_progress"}, {"completed", "created"},   {"publishing", "published"},
};

TEST(TaskStatus, FollowsTheTableAndNothingElse) {
  for (int f = 0; f < 10; ++f) {
    for (int t = 0; t < 10; ++t) {
      const auto from = static_cast<TaskStatus>(f), to = static_cast<TaskStatus>(t);
      const bool expected =
          f == t || kAllowed.count({std::string(StatusName(from)), std::string(StatusName(to))});
      EXPECT_EQ(MayFollow(from, to), expected) << StatusName(from) << " -> " << StatusName(to);
    }
  }
}

TEST(TaskStatus, NamesRoundTrip) {
  for (int i = 0; i < 10; ++i) {
    const auto s = static_cast<TaskStatus>(i);
    EXPECT_EQ(ParseStatus(StatusName(s)), s);
  }
  EXPECT_FALSE(ParseStatus("running"));
}

TEST(ProjectPath, NormalisesAndChecks) {
  EXPECT_EQ(NormalisePath(" /a // b c/ "), "a/b c");
  EXPECT_EQ(CheckPath("a/bcd"), PathProblem::kNone);
  EXPECT_EQ(CheckPath("abc/de"), PathProblem::kTooShort);
  EXPECT_EQ(CheckPath(""), PathProblem::kEmpty);
  EXPECT_EQ(CheckPath("1/2/3/4/5/6/7/8/9/abc"), PathProblem::kNone);
  EXPECT_EQ(CheckPath("1/2/3/4/5/6/7/8/9/10/abc"), PathProblem::kTooDeep);
  EXPECT_EQ(ParentPaths("a/b/c"), (std::vector<std::string>{"a", "a/b"}));
  EXPECT_EQ(Basename("a/b"), "b");
  EXPECT_EQ(ParentPath("a"), "");
}

}  // namespace
}  // namespace furrow::domain
