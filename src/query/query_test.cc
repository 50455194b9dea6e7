// SPDX-License-Identifier: Apache-2.0
#include "query/compile.h"

#include <gtest/gtest.h>

#include "json/text.h"
#include "query/entities.h"

namespace furrow::query {
namespace {

TEST(Compile, Works) {
  auto plan = Compile(kTaskSchema, *json::Parse(R"({"name":"^a$","page":1,"page_size":20})"), {});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->offset, 20);
}

}  // namespace
}  // namespace furrow::query
