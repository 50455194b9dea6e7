// SPDX-License-Identifier: Apache-2.0
// The changes behind both forms of an endpoint, tasks.stop and tasks.stop_many: one task, inside a
// transaction. Each stores what it changed and returns what the answer says of it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "entities/many.h"
#include "service/tasks/tasks_service.h"

namespace furrow::service::tasks {

/// status_reason, status_message and force, as every status endpoint takes them.
struct Reason {
  std::string reason, message;
  bool force = false;
};
Reason ReadReason(api::Call& call);

using entities::ActorOf;

struct StatusRequest {
  Reason why;
  bool publish_model = true;
  std::string queue_id, queue_name;
  bool update_execution_queue = true;
  std::string new_status;
  std::string holder;
};

// Each returns the answer's members for this task: {updated, fields, …}.
using TaskOp = std::function<Result<json::Value>(docs::Transaction&, std::string_view id)>;

Result<json::Value> StopTask(Context&, docs::Transaction&, const entities::Actor&,
                             std::string_view id, const Reason&);
Result<json::Value> PublishTask(docs::Transaction&, const entities::Actor&, std::string_view id,
                                const Reason&, bool publish_model);
Result<json::Value> EnqueueOne(Context&, docs::Transaction&, const entities::Actor&,
                               std::string_view id, const StatusRequest&);
Result<json::Value> DequeueOne(Context&, docs::Transaction&, const entities::Actor&,
                               std::string_view id, const StatusRequest&);
Result<json::Value> ArchiveTask(Context&, docs::Transaction&, const entities::Actor&,
                                std::string_view id, const Reason&, bool archive);

struct DeleteRequest {
  bool force = false;
  bool return_file_urls = false;
  bool delete_output_models = true;
  bool clear_all = false;  ///< reset only
  bool files = false;      ///< those on our file server go too
  Reason why;
};
DeleteRequest ReadDelete(api::Call& call);
Result<json::Value> DeleteTask(Context&, docs::Transaction&, const entities::Actor&,
                               std::string_view id, const DeleteRequest&);
Result<json::Value> ResetTask(Context&, docs::Transaction&, const entities::Actor&,
                              std::string_view id, const DeleteRequest&);

/// Runs `op` for the call's `task` in one transaction and puts its members into the answer.
Status RunOne(Context&, api::Call&, const TaskOp& op);

}  // namespace furrow::service::tasks
