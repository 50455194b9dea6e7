// SPDX-License-Identifier: Apache-2.0
#include "service/models/model_document.h"

#include <algorithm>

#include "base/id.h"
#include "entities/many.h"
#include "entities/metadata.h"
#include "entities/old_tags.h"
#include "entities/removal.h"
#include "entities/tags.h"
#include "query/escape.h"

namespace furrow::service::models {
namespace {

using api::Fail;

constexpr size_t kNameMin = 3;
// Clients up to this version know metadata as a list.
constexpr api::Version kLastListMetadata{2, 16};

enum class Kind {
  kName,
  kText,
  kObject,
  kFlag,
  kTime,
  kTags,
  kSystemTags,
  kLabels,
  kMetadata,
  kProject,
  kModel,
  kTask
};

struct Field {
  std::string_view name;
  Kind kind;
  unsigned writers;
};

constexpr unsigned kNew = static_cast<unsigned>(Writer::kCreate);
constexpr unsigned kEdited = static_cast<unsigned>(Writer::kEdit);
constexpr unsigned kUpdated = static_cast<unsigned>(Writer::kUpdate);

constexpr Field kFields[] = {
    {"name", Kind::kName, kNew | kEdited | kUpdated},
    {"comment", Kind::kText, kNew | kEdited | kUpdated},
    {"tags", Kind::kTags, kNew | kEdited | kUpdated},
    {"system_tags", Kind::kSystemTags, kNew | kEdited | kUpdated},
    {"ready", Kind::kFlag, kNew | kEdited | kUpdated},
    {"project", Kind::kProject, kNew | kEdited | kUpdated},
    {"task", Kind::kTask, kNew | kEdited | kUpdated},
    {"uri", Kind::kText, kNew | kEdited},
    {"framework", Kind::kText, kNew | kEdited},
    {"design", Kind::kObject, kNew | kEdited},
    {"labels", Kind::kLabels, kNew | kEdited},
    {"parent", Kind::kModel, kNew | kEdited},
    {"metadata", Kind::kMetadata, kNew | kEdited},
    {"created", Kind::kTime, kUpdated},
    {"ui_cache", Kind::kObject, kUpdated},
};

Status WrongType(const Field& field, std::string_view wanted) {
  return Fail(api::kFieldsType, std::string(field.name) + " must be " + std::string(wanted));
}

Result<json::Value> ReadLabels(const json::Value& labels) {
  json::Value out = json::Object{};
  for (const json::Member& m : labels.object()) {
    const bool whole =
        m.value.IsInt() ||
        (m.value.IsDouble() && m.value.AsDouble() == static_cast<double>(m.value.AsInt()));
    if (!whole)
      return Fail(api::kValidation, "the value of label '" + m.key + "' must be a whole number");
    out[query::EscapeKey(m.key)] = m.value.AsInt();
  }
  return out;
}

// A reference as it will be kept: null for "", something that exists, the mark of what was deleted,
// or what stands there already. A client that read the model before a deletion still sends the id.
Result<json::Value> ReadReference(docs::Transaction& t, docs::CollectionId collection,
                                  const api::Error& missing, const json::Value& wanted,
                                  const json::Value& before) {
  const std::string& id = wanted.AsString();
  if (id.empty()) return json::Value();
  if (id.starts_with(entities::kDeletedPrefix) || t.Exists(collection, id)) return wanted;
  const std::string& standing = before.AsString();
  if (standing == id || standing == std::string(entities::kDeletedPrefix) + id) return before;
  return Fail(missing, "id=" + id);
}

// The value of one field as it is kept.
Result<json::Value> Read(docs::Transaction& t, const Field& field, const json::Value& value,
                         const json::Value& before) {
  switch (field.kind) {
    case Kind::kName:
    case Kind::kText:
      if (!value.IsString()) return WrongType(field, "a text");
      if (field.kind == Kind::kName && value.AsString().size() < kNameMin) {
        return Fail(api::kValidation, "a model name has three characters or more");
      }
      return value;
    case Kind::kObject:
      return value.IsObject() ? Result<json::Value>(value) : WrongType(field, "an object");
    case Kind::kFlag:
      return value.IsBool() ? Result<json::Value>(value) : WrongType(field, "true or false");
    case Kind::kTime: {
      const auto time = ParseTime(value.AsString());
      return time ? Result<json::Value>(FormatTime(*time)) : WrongType(field, "a time");
    }
    case Kind::kTags:
    case Kind::kSystemTags:
      if (!value.IsArray()) return WrongType(field, "a list of texts");
      if (field.kind == Kind::kTags) FURROW_TRY(entities::CheckUserTags(value));
      return entities::NormaliseTags(value);
    case Kind::kLabels:
      return value.IsObject() ? ReadLabels(value) : WrongType(field, "an object");
    case Kind::kMetadata:
      return entities::ReadMetadata(value);
    case Kind::kProject:
    case Kind::kModel:
    case Kind::kTask:
      break;
  }
  if (!value.IsString()) return WrongType(field, "an id");
  if (field.kind == Kind::kProject) {
    return ReadReference(t, entities::kProjects, api::kInvalidProjectId, value, before);
  }
  if (field.kind == Kind::kModel) {
    return ReadReference(t, entities::kModels, api::kInvalidModelId, value, before);
  }
  return ReadReference(t, entities::kTasks, api::kInvalidTaskId, value, before);
}

// `fields` of an answer shows maps with their keys as they were sent.
json::Value Shown(const Field& field, const json::Value& kept) {
  const bool escaped = field.kind == Kind::kLabels || field.kind == Kind::kMetadata;
  return escaped ? query::UnescapeKeys(kept) : kept;
}

}  // namespace

json::Value NewModel(const entities::Core& core, const entities::Actor& actor) {
  const std::string time = FormatTime(actor.now);
  return json::Object{
      {"id", NewId()},
      {"name", ""},
      {"user", actor.user},
      {"company", core.company_id},
      {"created", time},
      {"last_update", time},
      {"last_change", time},
      {"last_changed_by", actor.user},
      {"comment", ""},
      {"project", nullptr},
      {"task", nullptr},
      {"parent", nullptr},
      {"framework", nullptr},
      {"design", json::Object{}},
      {"labels", json::Object{}},
      {"metadata", json::Object{}},
      {"uri", ""},
      {"ready", false},
      {"tags", json::Array{}},
      {"system_tags", json::Array{}},
  };
}

Result<json::Value> GetModel(docs::Transaction& t, std::string_view id) {
  auto model = t.Get(entities::kModels, id);
  if (!model.ok() && model.status().code() == Code::kNotFound) {
    return Fail(api::kInvalidModelId, "id=" + std::string(id));
  }
  return model;
}

Result<json::Value> GetForChange(docs::Transaction& t, std::string_view id) {
  FURROW_ASSIGN(json::Value model, GetModel(t, id));
  FURROW_TRY(entities::CheckWritable(model));
  return model;
}

Status PutModel(docs::Transaction& t, const entities::Actor& actor, json::Value model) {
  const std::string time = FormatTime(actor.now);
  model["last_update"] = time;
  model["last_change"] = time;
  model["last_changed_by"] = actor.user;
  const std::string id = model.At("id").AsString();
  return t.Put(entities::kModels, id, std::move(model));
}

Result<json::Value> WriteModelFields(docs::Transaction& t, const json::Value& request,
                                     Writer writer, json::Value& model) {
  json::Value fields = json::Object{};
  for (const Field& field : kFields) {
    if (!(field.writers & static_cast<unsigned>(writer))) continue;
    const json::Value& value = request.At(field.name);
    if (value.IsNull()) continue;
    FURROW_ASSIGN(json::Value kept, Read(t, field, value, model.At(field.name)));
    fields[field.name] = Shown(field, kept);
    model[field.name] = std::move(kept);
  }
  return fields;
}

Status RaiseIteration(docs::Transaction& t, std::string_view task_id,
                      const json::Value& iteration) {
  if (!iteration.IsInt() || task_id.empty() || !t.Exists(entities::kTasks, task_id)) return {};
  FURROW_ASSIGN(json::Value task, t.Get(entities::kTasks, task_id));
  json::Value& last = task["last_iteration"];
  if (last.AsInt() >= iteration.AsInt()) return {};
  last = iteration;
  return t.Put(entities::kTasks, task_id, std::move(task));
}

void ModelView(json::Value& model, const api::Call& call) {
  if (json::Value* labels = model.Find("labels")) *labels = query::UnescapeKeys(*labels);
  if (json::Value* metadata = model.Find("metadata")) {
    *metadata = call.version > kLastListMetadata ? query::UnescapeKeys(*metadata)
                                                 : json::Value(json::Array{});
  }
  entities::MergeSystemTags(model, call.version);
}

}  // namespace furrow::service::models
