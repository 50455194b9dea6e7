// SPDX-License-Identifier: Apache-2.0
#include "service/models/models_service.h"

namespace furrow::service::models {
namespace {

using auth::Permission;

constexpr api::RouteOf<Context> kRoutes[] = {
    {"models.add_or_update_metadata", {2, 13}, Permission::kEdit, AddOrUpdateMetadata},
    {"models.archive_many", {2, 13}, Permission::kEdit, ArchiveMany},
    {"models.create", {2, 1}, Permission::kEdit, Create},
    {"models.delete", {2, 1}, Permission::kEdit, Delete},
    {"models.delete_many", {2, 13}, Permission::kEdit, DeleteMany},
    {"models.delete_metadata", {2, 13}, Permission::kEdit, DeleteMetadata},
    {"models.edit", {2, 1}, Permission::kEdit, Edit},
    {"models.get_all", {2, 1}, Permission::kRead, GetAll, true},
    {"models.get_all_ex", {2, 1}, Permission::kRead, GetAllEx, true},
    {"models.get_by_id", {2, 1}, Permission::kRead, GetById, true},
    {"models.get_by_id_ex", {2, 11}, Permission::kRead, GetByIdEx, true},
    {"models.get_by_task_id", {2, 1}, Permission::kRead, GetByTaskId, true},
    {"models.get_frameworks", {2, 8}, Permission::kRead, GetFrameworks, true},
    {"models.make_private", {2, 9}, Permission::kEdit, MakePrivate},
    {"models.make_public", {2, 9}, Permission::kEdit, MakePublic},
    {"models.move", {2, 12}, Permission::kEdit, Move},
    {"models.publish_many", {2, 13}, Permission::kEdit, PublishMany},
    {"models.set_ready", {2, 1}, Permission::kEdit, SetReady},
    {"models.unarchive_many", {2, 13}, Permission::kEdit, UnarchiveMany},
    {"models.update", {2, 1}, Permission::kEdit, Update},
    {"models.update_for_task", {2, 1}, Permission::kEdit, UpdateForTask},
    {"models.update_tags", {2, 27}, Permission::kEdit, UpdateTags},
};

}  // namespace

void AddEndpoints(Context& context, std::vector<api::Endpoint>& out) {
  api::Bind(kRoutes, context, out);
}

}  // namespace furrow::service::models
