// SPDX-License-Identifier: Apache-2.0
#include "service/projects/projects_service.h"

namespace furrow::service::projects {
namespace {

using auth::Permission;

constexpr api::RouteOf<Context> kRoutes[] = {
    {"projects.create", {2, 1}, Permission::kEdit, Create},
    {"projects.delete", {2, 1}, Permission::kEdit, Delete},
    {"projects.get_all", {2, 1}, Permission::kRead, GetAll, true},
    {"projects.get_all_ex", {2, 1}, Permission::kRead, GetAllEx, true},
    {"projects.get_by_id", {2, 1}, Permission::kRead, GetById, true},
    {"projects.get_hyper_parameters", {2, 9}, Permission::kRead, GetHyperParameters, true},
    {"projects.get_hyperparam_values", {2, 13}, Permission::kRead, GetHyperparamValues, true},
    {"projects.get_model_metadata_keys", {2, 17}, Permission::kRead, GetModelMetadataKeys, true},
    {"projects.get_model_metadata_values",
     {2, 17},
     Permission::kRead,
     GetModelMetadataValues,
     true},
    {"projects.get_model_tags", {2, 8}, Permission::kRead, GetModelTags, true},
    {"projects.get_project_tags", {2, 17}, Permission::kRead, GetProjectTags, true},
    {"projects.get_task_parents", {2, 12}, Permission::kRead, GetTaskParents, true},
    {"projects.get_task_tags", {2, 8}, Permission::kRead, GetTaskTags, true},
    {"projects.get_unique_metric_variants",
     {2, 1},
     Permission::kRead,
     GetUniqueMetricVariants,
     true},
    {"projects.get_user_names", {2, 26}, Permission::kRead, GetUserNames, true},
    {"projects.make_private", {2, 9}, Permission::kEdit, MakePrivate},
    {"projects.make_public", {2, 9}, Permission::kEdit, MakePublic},
    {"projects.merge", {2, 13}, Permission::kEdit, Merge},
    {"projects.move", {2, 13}, Permission::kEdit, Move},
    {"projects.update", {2, 1}, Permission::kEdit, Update},
    {"projects.validate_delete", {2, 14}, Permission::kRead, ValidateDelete, true},
};

}  // namespace

void AddEndpoints(Context& context, std::vector<api::Endpoint>& out) {
  api::Bind(kRoutes, context, out);
}

}  // namespace furrow::service::projects
