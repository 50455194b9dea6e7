// SPDX-License-Identifier: Apache-2.0
// The entities of the API, as tables. A field behaves in every get_all as its line here says.
#pragma once

#include "query/schema.h"

namespace furrow::query {

extern const EntitySchema kTaskSchema;  ///< tasks, and reports, which are tasks
extern const EntitySchema kModelSchema;
extern const EntitySchema kProjectSchema;
extern const EntitySchema kQueueSchema;
extern const EntitySchema kUserSchema;

}  // namespace furrow::query
