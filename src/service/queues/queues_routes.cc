// SPDX-License-Identifier: Apache-2.0
#include "service/queues/queues_service.h"

namespace furrow::service::queues {
namespace {

using auth::Permission;

constexpr api::RouteOf<Context> kRoutes[] = {
    {"queues.add_or_update_metadata", {2, 13}, Permission::kEdit, AddOrUpdateMetadata},
    {"queues.add_task", {2, 4}, Permission::kEdit, AddTask},
    {"queues.clear_queue", {1, 0}, Permission::kEdit, ClearQueue},
    {"queues.create", {2, 4}, Permission::kEdit, Create},
    {"queues.delete", {2, 4}, Permission::kEdit, Delete},
    {"queues.delete_metadata", {2, 13}, Permission::kEdit, DeleteMetadata},
    {"queues.get_all", {2, 4}, Permission::kRead, GetAll, true},
    {"queues.get_all_ex", {2, 4}, Permission::kRead, GetAllEx, true},
    {"queues.get_by_id", {2, 4}, Permission::kRead, GetById, true},
    {"queues.get_by_task_id", {2, 4}, Permission::kRead, GetByTaskId, true},
    {"queues.get_default", {2, 4}, Permission::kRead, GetDefault, true},
    {"queues.get_next_task", {1, 0}, Permission::kEdit, GetNextTask},
    {"queues.get_num_entries", {2, 15}, Permission::kRead, GetNumEntries, true},
    {"queues.get_queue_metrics", {2, 4}, Permission::kRead, GetQueueMetrics, true},
    {"queues.move_task_backward", {2, 4}, Permission::kEdit, MoveTaskBackward},
    {"queues.move_task_forward", {2, 4}, Permission::kEdit, MoveTaskForward},
    {"queues.move_task_to_back", {2, 4}, Permission::kEdit, MoveTaskToBack},
    {"queues.move_task_to_front", {2, 4}, Permission::kEdit, MoveTaskToFront},
    {"queues.move_task_to_queue", {2, 4}, Permission::kEdit, MoveTaskToQueue},
    {"queues.peek_task", {2, 15}, Permission::kRead, PeekTask, true},
    {"queues.remove_task", {2, 4}, Permission::kEdit, RemoveTask},
    {"queues.update", {2, 4}, Permission::kEdit, Update},
};

}  // namespace

void AddEndpoints(Context& context, std::vector<api::Endpoint>& out) {
  api::Bind(kRoutes, context, out);
}

}  // namespace furrow::service::queues
