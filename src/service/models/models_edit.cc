// SPDX-License-Identifier: Apache-2.0
#include "entities/many.h"
#include "entities/metadata.h"
#include "entities/project_tree.h"
#include "entities/removal.h"
#include "entities/task_changes.h"
#include "query/escape.h"
#include "service/models/model_document.h"
#include "service/models/models_service.h"

namespace furrow::service::models {
namespace {

using entities::ActorOf;

// The newest version that still has the endpoints about "the" model of a task.
constexpr api::Version kLastTaskModel{2, 13};

Status Write(Context& context, api::Call& call, Writer writer) {
  FURROW_TRY(call.Require({"model"}));
  const std::string id = call.Text("model");
  FURROW_TRY(call.Check());
  json::Value fields;
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(json::Value model, GetForChange(t, id));
    FURROW_ASSIGN(fields, WriteModelFields(t, call.request, writer, model));
    FURROW_TRY(RaiseIteration(t, model.At("task").AsString(), call.Field("iteration")));
    return PutModel(t, ActorOf(call), std::move(model));
  }));
  fields["last_update"] = FormatTime(call.now);
  call.response["updated"] = 1;
  call.response["fields"] = std::move(fields);
  return {};
}

// Reads a model, lets `change` alter its metadata and stores it when that says so.
Status ChangeMetadata(Context& context, api::Call& call,
                      const std::function<bool(json::Value& metadata)>& change) {
  const std::string id = call.Text("model");
  FURROW_TRY(call.Check());
  int updated = 0;
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(json::Value model, GetForChange(t, id));
    if (!change(model["metadata"])) return {};
    updated = 1;
    return PutModel(t, ActorOf(call), std::move(model));
  }));
  call.response["updated"] = updated;
  return {};
}

// The entry of the task's output models that older clients take for its model.
json::Value* LastOutput(json::Value& task) {
  json::Array& outputs = task["models"]["output"].array();
  return outputs.empty() ? nullptr : &outputs.back();
}

// The model at `uri` for the task: its last output when that is kept there, else a new one.
Result<json::Value> ModelForTask(docs::Transaction& t, Context& context, api::Call& call,
                                 json::Value& task, bool& created) {
  const entities::Actor actor = ActorOf(call);
  if (const json::Value* last = LastOutput(task)) {
    auto model = t.Get(entities::kModels, last->At("model").AsString());
    if (model.ok() && model->At("uri") == call.Field("uri")) {
      FURROW_TRY(entities::CheckWritable(*model));
      return model;
    }
  }
  created = true;
  json::Value model = NewModel(context.core, actor);
  model["name"] = task.At("name");
  model["project"] = task.At("project");
  model["task"] = task.At("id");
  model["uri"] = call.Field("uri");
  model["framework"] = task.At("execution").At("framework");
  return model;
}

}  // namespace

Status Create(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"name", "uri"}));
  const bool is_public = call.Flag("public");
  FURROW_TRY(call.Check());
  json::Value model = NewModel(context.core, ActorOf(call));
  if (is_public) model["company"] = "";
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(const json::Value fields,
                  WriteModelFields(t, call.request, Writer::kCreate, model));
    (void)fields;
    return t.Put(entities::kModels, model.At("id").AsString(), model);
  }));
  call.response["id"] = model.At("id");
  call.response["created"] = true;
  return {};
}

Status Edit(Context& context, api::Call& call) { return Write(context, call, Writer::kEdit); }

Status Update(Context& context, api::Call& call) { return Write(context, call, Writer::kUpdate); }

Status UpdateTags(Context& context, api::Call& call) {
  return entities::UpdateTags(context.core, call, entities::kModels, api::kInvalidModelId);
}

Status AddOrUpdateMetadata(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"model", "metadata"}));
  const bool replace = call.Flag("replace_metadata");
  FURROW_ASSIGN(const json::Value items, entities::ReadMetadata(call.Field("metadata")));
  return ChangeMetadata(context, call, [&](json::Value& metadata) {
    if (replace) metadata = json::Object{};
    for (const json::Member& item : items.object()) metadata[item.key] = item.value;
    return true;
  });
}

Status DeleteMetadata(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"model", "keys"}));
  const auto keys = call.Texts("keys");
  return ChangeMetadata(context, call, [&](json::Value& metadata) {
    bool erased = false;
    for (const std::string& key : keys) erased |= metadata.object().Erase(query::EscapeKey(key));
    return erased;
  });
}

Status Move(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"ids"}));
  const auto ids = call.Texts("ids");
  const std::string project = call.Text("project"), name = call.Text("project_name");
  FURROW_TRY(call.Check());
  if (!call.request.Find("project") && name.empty()) {
    return api::Fail(api::kMissingFields, "'project' or 'project_name' is required");
  }
  const entities::Actor actor = ActorOf(call);
  std::string target;
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(target, entities::ChooseProject(t, context.core, actor, project, name));
    FURROW_TRY(entities::TouchProject(t, target, call.now));
    for (const std::string& id : ids) {
      FURROW_ASSIGN(json::Value model, GetForChange(t, id));
      FURROW_TRY(entities::TouchProject(t, model.At("project").AsString(), call.now));
      model["project"] = target.empty() ? json::Value() : json::Value(target);
      FURROW_TRY(PutModel(t, actor, std::move(model)));
    }
    return {};
  }));
  call.response["updated"] = ids.size();
  call.response["project_id"] = target.empty() ? json::Value() : json::Value(target);
  return {};
}

Status MakePublic(Context& context, api::Call& call) {
  return entities::SetPublic(context.core, call, entities::kModels, api::kInvalidModelId, true);
}

Status MakePrivate(Context& context, api::Call& call) {
  return entities::SetPublic(context.core, call, entities::kModels, api::kInvalidModelId, false);
}

Status UpdateForTask(Context& context, api::Call& call) {
  if (call.version > kLastTaskModel) return api::Fail(api::kMovedNotSupported);
  FURROW_TRY(call.Require({"task"}));
  const std::string task_id = call.Text("task"), uri = call.Text("uri");
  const std::string override_id = call.Text("override_model_id");
  FURROW_TRY(call.Check());
  if (uri.empty() == override_id.empty()) {
    return api::Fail(api::kFieldsConflict,
                     "exactly one of 'uri' and 'override_model_id' is required");
  }
  const entities::Actor actor = ActorOf(call);
  bool created = false;
  json::Value model, fields;
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(json::Value task, entities::GetTask(t, task_id));
    if (!override_id.empty()) {
      FURROW_ASSIGN(model, GetModel(t, override_id));
      fields = json::Object{};
    } else {
      FURROW_ASSIGN(model, ModelForTask(t, context, call, task, created));
      // Of the members an update may write, only these belong to this call.
      json::Value request = json::Object{};
      for (const char* f : {"name", "comment", "tags", "system_tags"}) request[f] = call.Field(f);
      FURROW_ASSIGN(fields, WriteModelFields(t, request, Writer::kUpdate, model));
      FURROW_TRY(PutModel(t, actor, model));
    }
    const json::Value* last = LastOutput(task);
    if (!last || last->At("model") != model.At("id")) {
      task["models"]["output"].array().push_back(json::Object{{"model", model.At("id")},
                                                              {"name", model.At("name")},
                                                              {"updated", FormatTime(call.now)}});
    }
    entities::MarkChanged(task, actor);
    FURROW_TRY(entities::PutTask(t, std::move(task), call.now));
    return RaiseIteration(t, task_id, call.Field("iteration"));
  }));
  call.response["id"] = model.At("id");
  call.response["created"] = created;
  call.response["updated"] = created ? 0 : 1;
  call.response["fields"] = std::move(fields);
  return {};
}

}  // namespace furrow::service::models
