// SPDX-License-Identifier: Apache-2.0
#include "service/fleet/fleet_service.h"

namespace furrow::service::fleet {
namespace {

using auth::Permission;

constexpr api::RouteOf<Context> kRoutes[] = {
    {"fleet.add_key", {2, 4}, Permission::kManageUsers, AddKey},
    // Open, as what follows it: a tractor has no token yet. They say nothing of what there is.
    {"fleet.challenge", {2, 4}, Permission::kOpen, Challenge},
    {"fleet.create_token", {2, 4}, Permission::kEdit, CreateToken},
    // Open, because it takes the one-time token itself.
    {"fleet.enroll", {2, 4}, Permission::kOpen, Enroll},
    {"fleet.get_all", {2, 4}, Permission::kRead, GetAll, true},
    {"fleet.get_by_id", {2, 4}, Permission::kRead, GetById, true},
    {"fleet.get_keys", {2, 4}, Permission::kRead, GetKeys, true},
    {"fleet.get_reports", {2, 4}, Permission::kRead, GetReports, true},
    {"fleet.heartbeat", {2, 4}, Permission::kDevice, Heartbeat},
    {"fleet.remove_key", {2, 4}, Permission::kManageUsers, RemoveKey},
    {"fleet.report", {2, 4}, Permission::kDevice, Report},
    {"fleet.revoke", {2, 4}, Permission::kEdit, Revoke},
    // Open, because it takes the tractor's signature itself.
    {"fleet.sign_in", {2, 4}, Permission::kOpen, SignIn},
};

}  // namespace

void AddEndpoints(Context& context, std::vector<api::Endpoint>& out) {
  api::Bind(kRoutes, context, out);
}

}  // namespace furrow::service::fleet
