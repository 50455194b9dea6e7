// SPDX-License-Identifier: Apache-2.0
// Must not compile: the line names no permission.
#include "api/call.h"

struct Context {};

constexpr furrow::api::RouteOf<Context> kRoutes[] = {
    {"tasks.create", {2, 1}},
};
