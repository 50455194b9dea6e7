// SPDX-License-Identifier: Apache-2.0
#include "service/releases/releases_service.h"

namespace furrow::service::releases {
namespace {

using auth::Permission;

constexpr api::RouteOf<Context> kRoutes[] = {
    {"releases.advance", {2, 4}, Permission::kEdit, Advance},
    {"releases.approve", {2, 4}, Permission::kEdit, Approve},
    {"releases.create", {2, 4}, Permission::kEdit, Create},
    {"releases.get_all", {2, 4}, Permission::kRead, GetAll, true},
    {"releases.get_audit", {2, 4}, Permission::kRead, GetAudit, true},
    {"releases.get_by_id", {2, 4}, Permission::kRead, GetById, true},
    {"releases.get_report", {2, 4}, Permission::kRead, GetReport, true},
    {"releases.halt", {2, 4}, Permission::kEdit, Halt},
    {"releases.note_conversion", {2, 4}, Permission::kEdit, NoteConversion},
};

}  // namespace

void AddEndpoints(Context& context, std::vector<api::Endpoint>& out) {
  api::Bind(kRoutes, context, out);
}

}  // namespace furrow::service::releases
