// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/id.h"
#include "entities/project_tree.h"
#include "entities/tags.h"
#include "entities/task_changes.h"
#include "entities/task_document.h"
#include "query/escape.h"
#include "service/tasks/tasks_ops.h"

namespace furrow::service::tasks {
namespace {

using domain::TaskStatus;

// Members tasks.update may set in any status.
constexpr std::string_view kUserFields[] = {"name", "comment", "status_message", "status_reason",
                                            "report"};

Status MustBeEditable(const json::Value& task, bool force) {
  if (force || entities::StatusOf(task) == TaskStatus::kCreated) return {};
  return api::Fail(api::kInvalidTaskStatus,
                   "expected=created, status=" + task.At("status").AsString() + " (use force)");
}

// The request's members as the answer repeats them.
json::Value Echo(const json::Value& task, const api::Call& call) {
  json::Value fields = json::Object{};
  for (const char* f : {"last_update", "last_change", "last_changed_by"}) fields[f] = task.At(f);
  for (const json::Member& m : call.request.object()) {
    if (m.key == "task" || m.key == "force" || m.key == "method") continue;
    if (const json::Value* v = task.Find(m.key)) fields[m.key] = *v;
  }
  return fields;
}

Status ApplyUserFields(docs::Transaction& t, const json::Value& request, json::Value& task) {
  for (const std::string_view f : kUserFields) {
    const json::Value* v = request.Find(f);
    if (v && v->IsString()) task[f] = *v;
  }
  if (const json::Value& tags = request.At("tags"); tags.IsArray()) {
    FURROW_TRY(entities::CheckUserTags(tags));
    task["tags"] = entities::NormaliseTags(tags);
  }
  if (const json::Value& tags = request.At("system_tags"); tags.IsArray()) {
    task["system_tags"] = entities::NormaliseTags(tags);
  }
  if (const json::Value& project = request.At("project"); project.IsString()) {
    FURROW_TRY(entities::CheckProject(t, project.AsString()));
    task["project"] = project;
  }
  if (const auto created = ParseTime(request.At("created").AsString())) {
    task["created"] = FormatTime(*created);
  }
  if (const json::Value& error = request.At("output__error"); error.IsString()) {
    task["output"]["error"] = error;
  }
  return {};
}

}  // namespace

Status Create(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"name", "type"}));
  json::Value task = entities::NewTask(context.core, ActorOf(call));
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_TRY(entities::WriteTaskFields(t, call, task));
    return entities::PutTask(t, task, call.now);
  }));
  call.response["id"] = task.At("id");
  return {};
}

Status Validate(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"name", "type"}));
  json::Value task = entities::NewTask(context.core, ActorOf(call));
  return context.core.docs.Transact(
      [&](docs::Transaction& t) -> Status { return entities::WriteTaskFields(t, call, task); });
}

Status Edit(Context& context, api::Call& call) {
  const bool force = call.Flag("force");
  return RunOne(context, call,
                [&](docs::Transaction& t, std::string_view id) -> Result<json::Value> {
                  FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
                  FURROW_TRY(MustBeEditable(task, force));
                  FURROW_TRY(entities::WriteTaskFields(t, call, task));
                  entities::MarkChanged(task, ActorOf(call));
                  json::Value shown = task;
                  entities::TaskView(shown, call);
                  json::Value fields = Echo(shown, call);
                  FURROW_TRY(entities::PutTask(t, std::move(task), call.now));
                  return json::Value(json::Object{{"updated", 1}, {"fields", std::move(fields)}});
                });
}

Status Update(Context& context, api::Call& call) {
  return RunOne(context, call,
                [&](docs::Transaction& t, std::string_view id) -> Result<json::Value> {
                  FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
                  FURROW_TRY(ApplyUserFields(t, call.request, task));
                  entities::MarkChanged(task, ActorOf(call));
                  json::Value fields = Echo(task, call);
                  FURROW_TRY(entities::PutTask(t, std::move(task), call.now));
                  return json::Value(json::Object{{"updated", 1}, {"fields", std::move(fields)}});
                });
}

Status UpdateBatch(Context& context, api::Call& call) {
  if (call.batch.empty()) return api::Fail(api::kEmptyBatch);
  int64_t updated = 0;
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    for (const json::Value& line : call.batch) {
      const std::string id = line.At("task").AsString();
      FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
      FURROW_TRY(ApplyUserFields(t, line, task));
      entities::MarkChanged(task, ActorOf(call));
      FURROW_TRY(entities::PutTask(t, std::move(task), call.now));
      ++updated;
    }
    return {};
  }));
  call.response["updated"] = updated;
  return {};
}

Status UpdateTags(Context& context, api::Call& call) {
  return entities::UpdateTags(context.core, call, entities::kTasks, api::kInvalidTaskId);
}

Status MakePrivate(Context& context, api::Call& call) {
  return entities::SetPublic(context.core, call, entities::kTasks, api::kInvalidTaskId, false);
}

Status MakePublic(Context& context, api::Call& call) {
  return entities::SetPublic(context.core, call, entities::kTasks, api::kInvalidTaskId, true);
}

Status SetRequirements(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task", "requirements"}));
  return RunOne(
      context, call, [&](docs::Transaction& t, std::string_view id) -> Result<json::Value> {
        FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
        task["script"]["requirements"] = call.Field("requirements");
        entities::MarkChanged(task, ActorOf(call));
        json::Value fields = json::Object{{"script.requirements", call.Field("requirements")}};
        FURROW_TRY(entities::PutTask(t, std::move(task), call.now));
        return json::Value(json::Object{{"updated", 1}, {"fields", std::move(fields)}});
      });
}

Status Move(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"ids"}));
  const auto ids = call.Texts("ids");
  const std::string project = call.Text("project"), name = call.Text("project_name");
  FURROW_TRY(call.Check());
  std::string target;
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(target, entities::ChooseProject(t, context.core, ActorOf(call), project, name));
    for (const std::string& id : ids) {
      FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
      FURROW_TRY(entities::TouchProject(t, task.At("project").AsString(), call.now));
      task["project"] = target.empty() ? json::Value() : json::Value(target);
      entities::MarkChanged(task, ActorOf(call));
      FURROW_TRY(entities::PutTask(t, std::move(task), call.now));
    }
    return {};
  }));
  call.response["project_id"] = target;
  return {};
}

Status Clone(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task"}));
  const entities::Actor actor = ActorOf(call);
  const std::string source_id = call.Text("task");
  const std::string project_name = call.Text("new_project_name");
  FURROW_TRY(call.Check());
  json::Value copy;
  json::Value new_project;
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(const json::Value source, entities::GetTask(t, source_id));
    copy = entities::NewTask(context.core, actor);
    for (const char* f : {"name", "comment", "type", "project", "tags", "system_tags", "script",
                          "execution", "container", "hyperparams", "configuration", "output"}) {
      if (const json::Value* v = source.Find(f)) copy[f] = *v;
    }
    copy["models"]["input"] = source.At("models").At("input").array();
    copy["execution"]["queue"] = nullptr;
    copy["output"] = json::Object{{"destination", source.At("output").At("destination")}};
    std::erase_if(copy["execution"]["artifacts"].array(),
                  [](const json::Value& a) { return a.At("mode").AsString("output") == "output"; });
    for (const char* tag : {"development", "archived"}) {
      entities::RemoveTag(copy["system_tags"], tag);
    }
    const json::Value& parent = source.At("parent");
    copy["parent"] = parent.IsString() && !parent.AsString().empty() ? parent : source.At("id");

    // The request's new_task_* members overwrite, under the names WriteTaskFields knows.
    api::Call fields;
    fields.version = call.version;
    fields.request = json::Object{};
    static constexpr std::pair<const char*, const char*> kOverrides[] = {
        {"new_task_name", "name"},
        {"new_task_comment", "comment"},
        {"new_task_tags", "tags"},
        {"new_task_system_tags", "system_tags"},
        {"new_task_parent", "parent"},
        {"new_task_project", "project"},
        {"new_task_hyperparams", "hyperparams"},
        {"new_task_configuration", "configuration"},
        {"new_task_container", "container"},
        {"execution_overrides", "execution"},
    };
    for (const auto& [from, to] : kOverrides) {
      if (call.Has(from)) fields.request[to] = call.Field(from);
    }
    if (call.Has("new_task_input_models")) {
      fields.request["models"] = json::Object{{"input", call.Field("new_task_input_models")}};
    }
    if (!project_name.empty()) {
      FURROW_ASSIGN(const std::string id,
                    entities::EnsureProject(t, context.core, actor, project_name));
      fields.request["project"] = id;
      new_project = json::Object{{"id", id}, {"name", project_name}};
    }
    if (copy.At("name").AsString().size() < 3 && !fields.Has("name")) {
      fields.request["name"] = "clone of " + source_id;
    }
    FURROW_TRY(entities::WriteTaskFields(t, fields, copy));
    return entities::PutTask(t, copy, call.now);
  }));
  call.response["id"] = copy.At("id");
  if (!new_project.IsNull()) call.response["new_project"] = std::move(new_project);
  return {};
}

}  // namespace furrow::service::tasks
