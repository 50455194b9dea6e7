// SPDX-License-Identifier: Apache-2.0
// Must not compile: the members are named, the permission is not among them.
#include "api/call.h"

struct Context {};
furrow::Status Handler(Context&, furrow::api::Call&);

constexpr furrow::api::RouteOf<Context> kRoutes[] = {
    {.name = "tasks.create", .since = {2, 1}, .handler = Handler},
};
