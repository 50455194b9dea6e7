// SPDX-License-Identifier: Apache-2.0
// Filters, orders and projections: what is understood makes a plan whose page keeps its bounds; a
// projection of a document applied twice is the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "json/text.h"
#include "query/compile.h"
#include "query/entities.h"
#include "query/project.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace furrow;
  const auto request = json::Parse(std::string_view(reinterpret_cast<const char*>(data), size),
                                   {.depth_max = 32, .values_max = 2000, .members_max = 200});
  if (!request.ok() || !request->IsObject()) return 0;
  for (const query::EntitySchema* schema :
       {&query::kTaskSchema, &query::kModelSchema, &query::kProjectSchema, &query::kQueueSchema,
        &query::kUserSchema}) {
    (void)query::Compile(*schema, *request, {});
    (void)query::CompileWhere(*schema, *request, {});
    (void)query::CompileOrder(*schema, *request);
    const auto projection = query::Projection::Compile(*schema, *request);
    if (!projection.ok()) continue;
    const json::Value once = projection->Apply(*request);
    if (projection->Apply(once) != once) std::abort();
  }
  return 0;
}
