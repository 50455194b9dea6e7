// SPDX-License-Identifier: Apache-2.0
#include "service/tasks/tasks_service.h"

namespace furrow::service::tasks {
namespace {

using auth::Permission;

constexpr api::RouteOf<Context> kRoutes[] = {
    {"tasks.add_or_update_artifacts", {2, 10}, Permission::kEdit, AddOrUpdateArtifacts},
    {"tasks.add_or_update_model", {2, 13}, Permission::kEdit, AddOrUpdateModel},
    {"tasks.archive", {2, 12}, Permission::kEdit, Archive},
    {"tasks.archive_many", {2, 13}, Permission::kEdit, ArchiveMany},
    {"tasks.clone", {2, 5}, Permission::kEdit, Clone},
    {"tasks.close", {2, 1}, Permission::kEdit, Close},
    {"tasks.completed", {2, 2}, Permission::kEdit, Completed},
    {"tasks.create", {2, 1}, Permission::kEdit, Create},
    {"tasks.delete", {2, 1}, Permission::kEdit, Delete},
    {"tasks.delete_artifacts", {2, 10}, Permission::kEdit, DeleteArtifacts},
    {"tasks.delete_configuration", {2, 9}, Permission::kEdit, DeleteConfiguration},
    {"tasks.delete_hyper_params", {2, 9}, Permission::kEdit, DeleteHyperParams},
    {"tasks.delete_many", {2, 13}, Permission::kEdit, DeleteMany},
    {"tasks.delete_models", {2, 13}, Permission::kEdit, DeleteModels},
    {"tasks.dequeue", {1, 5}, Permission::kEdit, Dequeue},
    {"tasks.dequeue_many", {2, 13}, Permission::kEdit, DequeueMany},
    {"tasks.edit", {2, 1}, Permission::kEdit, Edit},
    {"tasks.edit_configuration", {2, 9}, Permission::kEdit, EditConfiguration},
    {"tasks.edit_hyper_params", {2, 9}, Permission::kEdit, EditHyperParams},
    {"tasks.edit_runtime", {2, 34}, Permission::kEdit, EditRuntime},
    {"tasks.enqueue", {1, 5}, Permission::kEdit, Enqueue},
    {"tasks.enqueue_many", {2, 13}, Permission::kEdit, EnqueueMany},
    {"tasks.failed", {2, 1}, Permission::kEdit, Failed},
    {"tasks.get_all", {2, 1}, Permission::kRead, GetAll, true},
    {"tasks.get_all_ex", {2, 1}, Permission::kRead, GetAllEx, true},
    {"tasks.get_by_id", {2, 1}, Permission::kRead, GetById, true},
    {"tasks.get_by_id_ex", {2, 11}, Permission::kRead, GetByIdEx, true},
    {"tasks.get_configuration_names", {2, 9}, Permission::kRead, GetConfigurationNames, true},
    {"tasks.get_configurations", {2, 9}, Permission::kRead, GetConfigurations, true},
    {"tasks.get_hyper_params", {2, 9}, Permission::kRead, GetHyperParams, true},
    {"tasks.get_types", {2, 8}, Permission::kRead, GetTypes, true},
    {"tasks.make_private", {2, 9}, Permission::kEdit, MakePrivate},
    {"tasks.make_public", {2, 9}, Permission::kEdit, MakePublic},
    {"tasks.move", {2, 12}, Permission::kEdit, Move},
    {"tasks.ping", {2, 1}, Permission::kEdit, Ping},
    {"tasks.publish", {2, 1}, Permission::kEdit, Publish},
    {"tasks.publish_many", {2, 13}, Permission::kEdit, PublishMany},
    {"tasks.reset", {2, 1}, Permission::kEdit, Reset},
    {"tasks.reset_many", {2, 13}, Permission::kEdit, ResetMany},
    {"tasks.set_requirements", {2, 1}, Permission::kEdit, SetRequirements},
    {"tasks.started", {2, 1}, Permission::kEdit, Started},
    {"tasks.stop", {2, 1}, Permission::kEdit, Stop},
    {"tasks.stop_many", {2, 13}, Permission::kEdit, StopMany},
    {"tasks.stopped", {2, 1}, Permission::kEdit, Stopped},
    {"tasks.unarchive_many", {2, 13}, Permission::kEdit, UnarchiveMany},
    {"tasks.update", {2, 1}, Permission::kEdit, Update},
    {"tasks.update_batch", {2, 1}, Permission::kEdit, UpdateBatch},
    {"tasks.update_tags", {2, 27}, Permission::kEdit, UpdateTags},
    {"tasks.validate", {2, 1}, Permission::kEdit, Validate},
};

}  // namespace

void AddEndpoints(Context& context, std::vector<api::Endpoint>& out) {
  api::Bind(kRoutes, context, out);
}

}  // namespace furrow::service::tasks
