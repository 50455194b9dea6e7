// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "entities/task_changes.h"
#include "entities/task_document.h"
#include "service/tasks/tasks_ops.h"

namespace furrow::service::tasks {
namespace {

using domain::TaskStatus;

Status MayWriteOutputs(const json::Value& task, bool force) {
  const TaskStatus status = entities::StatusOf(task);
  if (force || status == TaskStatus::kCreated || status == TaskStatus::kQueued ||
      status == TaskStatus::kInProgress) {
    return {};
  }
  return api::Fail(api::kInvalidTaskStatus,
                   "outputs belong to a running task, status=" + task.At("status").AsString());
}

}  // namespace

Status AddOrUpdateArtifacts(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task", "artifacts"}));
  const bool force = call.Flag("force");
  return RunOne(context, call,
                [&](docs::Transaction& t, std::string_view id) -> Result<json::Value> {
                  FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
                  FURROW_TRY(MayWriteOutputs(task, force));
                  FURROW_TRY(entities::MergeArtifacts(task, call.Field("artifacts")));
                  entities::MarkChanged(task, ActorOf(call));
                  FURROW_TRY(entities::PutTask(t, std::move(task), call.now));
                  // 1 even when nothing changed: clients take 0 for a failure.
                  return json::Value(json::Object{{"updated", 1}});
                });
}

Status DeleteArtifacts(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task", "artifacts"}));
  const bool force = call.Flag("force");
  return RunOne(
      context, call, [&](docs::Transaction& t, std::string_view id) -> Result<json::Value> {
        FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
        FURROW_TRY(MayWriteOutputs(task, force));
        for (const json::Value& wanted : call.Field("artifacts").array()) {
          std::erase_if(task["execution"]["artifacts"].array(), [&](const json::Value& a) {
            return a.At("key") == wanted.At("key") &&
                   a.At("mode").AsString("output") == wanted.At("mode").AsString("output");
          });
        }
        entities::MarkChanged(task, ActorOf(call));
        FURROW_TRY(entities::PutTask(t, std::move(task), call.now));
        return json::Value(json::Object{{"deleted", 1}});
      });
}

Status AddOrUpdateModel(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task", "name", "model", "type"}));
  const std::string name = call.Text("name"), model = call.Text("model"), type = call.Text("type");
  const int64_t iteration = call.Int("iteration", INT64_MIN);
  if (type != "input" && type != "output") {
    return api::Fail(api::kValidation, "type must be input or output");
  }
  return RunOne(
      context, call, [&](docs::Transaction& t, std::string_view id) -> Result<json::Value> {
        FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
        if (!t.Exists(entities::kModels, model)) return api::Fail(api::kInvalidModelId, model);
        auto& list = task["models"][type].array();
        const auto same = std::find_if(list.begin(), list.end(), [&](const json::Value& m) {
          return m.At("name").AsString() == name;
        });
        json::Value entry =
            json::Object{{"name", name}, {"model", model}, {"updated", FormatTime(call.now)}};
        if (same == list.end()) {
          list.push_back(std::move(entry));
        } else {
          *same = std::move(entry);
        }
        if (iteration != INT64_MIN) {
          task["last_iteration"] = std::max(task.At("last_iteration").AsInt(), iteration);
        }
        entities::MarkChanged(task, ActorOf(call));
        FURROW_TRY(entities::PutTask(t, std::move(task), call.now));
        return json::Value(json::Object{{"updated", 1}});
      });
}

Status DeleteModels(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task", "models"}));
  return RunOne(
      context, call, [&](docs::Transaction& t, std::string_view id) -> Result<json::Value> {
        FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
        int64_t updated = 0;
        for (const json::Value& wanted : call.Field("models").array()) {
          auto& list = task["models"][wanted.At("type").AsString("output")].array();
          updated += static_cast<int64_t>(std::erase_if(
              list, [&](const json::Value& m) { return m.At("name") == wanted.At("name"); }));
        }
        entities::MarkChanged(task, ActorOf(call));
        FURROW_TRY(entities::PutTask(t, std::move(task), call.now));
        return json::Value(json::Object{{"updated", updated ? 1 : 0}});
      });
}

}  // namespace furrow::service::tasks
