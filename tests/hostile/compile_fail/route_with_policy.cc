// SPDX-License-Identifier: Apache-2.0
// Must compile.
#include "api/call.h"

struct Context {};
furrow::Status Handler(Context&, furrow::api::Call&);

constexpr furrow::api::RouteOf<Context> kRoutes[] = {
    {"tasks.create", {2, 1}, furrow::auth::Permission::kEdit, Handler},
};
