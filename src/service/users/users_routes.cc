// SPDX-License-Identifier: Apache-2.0
#include "service/users/users_service.h"

namespace furrow::service::users {
namespace {

using auth::Permission;

constexpr api::RouteOf<Context> kRoutes[] = {
    {"users.get_all", {2, 1}, Permission::kRead, GetAll, true},
    {"users.get_all_ex", {2, 1}, Permission::kRead, GetAllEx, true},
    {"users.get_by_id", {2, 1}, Permission::kRead, GetById, true},
    {"users.get_current_user", {2, 1}, Permission::kRead, GetCurrentUser, true},
    {"users.get_preferences", {2, 1}, Permission::kRead, GetPreferences, true},
    {"users.set_preferences", {2, 1}, Permission::kSelf, SetPreferences},
    // One's own; those of others only for who manages users.
    {"users.update", {2, 1}, Permission::kSelf, Update},
};

}  // namespace

void AddEndpoints(Context& context, std::vector<api::Endpoint>& out) {
  api::Bind(kRoutes, context, out);
}

}  // namespace furrow::service::users
