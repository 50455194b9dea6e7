// SPDX-License-Identifier: Apache-2.0
#include "entities/task_document.h"

#include <algorithm>

#include "base/id.h"
#include "domain/task_status.h"
#include "entities/old_tags.h"
#include "entities/project_tree.h"
#include "entities/tags.h"
#include "entities/task_changes.h"
#include "json/text.h"
#include "query/escape.h"

namespace furrow::entities {
namespace {

using api::Fail;
using api::Version;

constexpr Version kHyperparamsSince{2, 9};
constexpr Version kContainerSince{2, 13};

enum class Kind { kText, kTextList, kObject, kMerged, kEscapedMap, kNumber };

struct Field {
  std::string_view name;
  Kind kind;
};

// Members a request may write as they are. Those with rules of their own follow in code.
constexpr Field kFields[] = {
    {"name", Kind::kText},          {"comment", Kind::kText},     {"report", Kind::kText},
    {"script", Kind::kMerged},      {"execution", Kind::kMerged}, {"container", Kind::kEscapedMap},
    {"runtime", Kind::kEscapedMap},
};

constexpr size_t kNameMin = 3;

std::string AsText(const json::Value& v) {
  if (v.IsString()) return v.AsString();
  if (v.IsNull()) return {};
  if (v.IsBool()) return v.AsBool() ? "True" : "False";
  if (v.IsInt()) return std::to_string(v.AsInt());
  std::string out;
  if (v.IsDouble()) json::WriteDouble(out, v.AsDouble());
  return out;
}

Status CheckKind(const Field& field, const json::Value& v) {
  const bool ok = v.IsNull() || (field.kind == Kind::kText ? v.IsString() : v.IsObject());
  if (ok) return {};
  return Fail(api::kFieldsType,
              std::string(field.name) +
                  (field.kind == Kind::kText ? " must be a text" : " must be an object"));
}

void MergeInto(json::Value& target, const json::Value& source) {
  for (const json::Member& m : source.object()) target[m.key] = m.value;
}

Result<json::Value> CheckConfiguration(const json::Value& sections) {
  json::Value out = json::Object{};
  if (!sections.IsObject()) return Fail(api::kFieldsType, "configuration must be an object");
  for (const json::Member& m : sections.object()) {
    if (!m.value.IsObject()) return Fail(api::kFieldsType, "configuration items must be objects");
    json::Value item = m.value;
    item["name"] = m.value.At("name").IsString() ? m.value.At("name") : json::Value(m.key);
    out[query::EscapeKey(m.key)] = std::move(item);
  }
  return out;
}

// models.input and models.output: [{name, model}]; older clients send the id alone.
Result<json::Value> CheckModels(docs::Transaction& t, const json::Value& models) {
  json::Value out = json::Object{{"input", json::Array{}}, {"output", json::Array{}}};
  for (const char* side : {"input", "output"}) {
    for (const json::Value& item : models.At(side).array()) {
      json::Value entry = item;
      if (item.IsString()) entry = json::Object{{"model", item}, {"name", item}};
      const std::string id = entry.At("model").AsString();
      if (std::string_view(side) == "input" && !id.empty() && !t.Exists(kModels, id) &&
          !id.starts_with("__DELETED__")) {
        return Fail(api::kInvalidModelId, id);
      }
      out[side].array().push_back(std::move(entry));
    }
  }
  return out;
}

// Members that clients before 2.13 write in other places.
void TranslateOldExecution(json::Value& task, const Version& version) {
  if (version >= kContainerSince) return;
  json::Value& execution = task["execution"];
  if (const json::Value* docker = execution.Find("docker_cmd")) {
    const std::string command = docker->AsString();
    execution.object().Erase("docker_cmd");
    const size_t space = command.find(' ');
    task["container"]["image"] = command.substr(0, space);
    task["container"]["arguments"] = space == std::string::npos ? "" : command.substr(space + 1);
  }
  if (const json::Value* model = execution.Find("model")) {
    const std::string id = model->AsString();
    execution.object().Erase("model");
    if (!id.empty()) {
      task["models"]["input"] = json::Array{json::Object{{"model", id}, {"name", "input"}}};
    }
  }
  if (version >= kHyperparamsSince) return;
  if (const json::Value* found = execution.Find("model_desc")) {
    const json::Value described = *found;
    execution.object().Erase("model_desc");
    json::Value& configuration = task["configuration"];
    configuration = json::Object{};
    for (const json::Member& m : described.object()) {
      configuration[query::EscapeKey(m.key)] =
          json::Object{{"name", m.key}, {"value", AsText(m.value)}, {"type", "legacy"}};
    }
  }
  if (const json::Value* parameters = execution.Find("parameters")) {
    const json::Value copy = *parameters;
    execution.object().Erase("parameters");
    json::Value& args = task["hyperparams"]["Args"];
    args = json::Object{};
    for (const json::Member& m : copy.object()) {
      args[query::EscapeKey(m.key)] = json::Object{
          {"section", "Args"}, {"name", m.key}, {"value", AsText(m.value)}, {"type", "legacy"}};
    }
  }
}

void MirrorOldMembers(json::Value& task, const Version& version) {
  MergeSystemTags(task, version);
  if (version >= kContainerSince) return;
  const json::Value container = task.At("container");
  if (!container.At("image").AsString().empty()) {
    std::string command = container.At("image").AsString();
    if (!container.At("arguments").AsString().empty()) {
      command += " " + container.At("arguments").AsString();
    }
    task["execution"]["docker_cmd"] = command;
  }
  const json::Array inputs = task.At("models").At("input").array();
  if (!inputs.empty()) task["execution"]["model"] = inputs.front().At("model");
  const json::Array outputs = task.At("models").At("output").array();
  if (!outputs.empty()) task["output"]["model"] = outputs.back().At("model");
  if (version >= kHyperparamsSince) return;
  json::Value parameters = json::Object{};
  for (const json::Member& section : task.At("hyperparams").object()) {
    for (const json::Member& item : section.value.object()) {
      const bool legacy = item.value.At("type").AsString() == "legacy";
      parameters[legacy ? item.key : section.key + "/" + item.key] = item.value.At("value");
    }
  }
  task["execution"]["parameters"] = std::move(parameters);
  for (const json::Member& item : task.At("configuration").object()) {
    if (item.value.At("type").AsString() != "legacy") continue;
    task["execution"]["model_desc"][item.key] = item.value.At("value");
  }
}

}  // namespace

json::Value NewTask(const Core& core, const Actor& actor) {
  const std::string time = FormatTime(actor.now);
  const json::Value artifacts = json::Array{};
  return json::Object{
      {"id", NewId()},
      {"name", ""},
      {"type", "training"},
      {"user", actor.user},
      {"company", core.company_id},
      {"status", "created"},
      {"status_reason", ""},
      {"status_message", ""},
      {"status_changed", time},
      {"comment", ""},
      {"created", time},
      {"last_update", time},
      {"last_change", time},
      {"last_changed_by", actor.user},
      {"last_iteration", 0},
      {"project", nullptr},
      {"parent", nullptr},
      {"tags", json::Array{}},
      {"system_tags", json::Array{}},
      {"script", json::Object{{"binary", "python"},
                              {"repository", ""},
                              {"tag", ""},
                              {"branch", ""},
                              {"version_num", ""},
                              {"entry_point", ""},
                              {"working_dir", ""},
                              {"requirements", json::Object{}},
                              {"diff", ""}}},
      {"execution",
       json::Object{
           {"queue", nullptr}, {"parameters", json::Object{}}, {"artifacts", json::Array{}}}},
      {"container", json::Object{}},
      {"hyperparams", json::Object{}},
      {"configuration", json::Object{}},
      {"runtime", json::Object{}},
      {"models", json::Object{{"input", json::Array{}}, {"output", json::Array{}}}},
      {"output", json::Object{{"destination", nullptr}}},
  };
}

Result<json::Value> CheckHyperparams(const json::Value& sections) {
  if (!sections.IsObject()) return Fail(api::kFieldsType, "hyperparams must be an object");
  json::Value out = json::Object{};
  for (const json::Member& section : sections.object()) {
    if (!section.value.IsObject())
      return Fail(api::kFieldsType, "a hyperparams section must be an object");
    json::Object target;
    for (const json::Member& item : section.value.object()) {
      json::Value stored = json::Object{{"section", section.key}, {"name", item.key}};
      if (item.value.IsObject()) {
        for (const json::Member& m : item.value.object()) {
          if (!m.value.IsNull()) stored[m.key] = m.value;
        }
      } else {
        stored["value"] = item.value;
      }
      stored["value"] = AsText(stored.At("value"));
      target.Append(query::EscapeKey(item.key), std::move(stored));
    }
    target.DropDuplicates();
    out.object().Append(query::EscapeKey(section.key), std::move(target));
  }
  out.object().DropDuplicates();
  return out;
}

Status MergeArtifacts(json::Value& task, const json::Value& artifacts) {
  if (!artifacts.IsArray()) return Fail(api::kFieldsType, "artifacts must be a list");
  const auto mode = [](const json::Value& a) { return a.At("mode").AsString("output"); };
  auto& list = task["execution"]["artifacts"].array();
  for (json::Value artifact : artifacts.array()) {
    if (artifact.At("key").AsString().empty() || artifact.At("type").AsString().empty()) {
      return Fail(api::kValidation, "an artifact has a key and a type");
    }
    artifact["mode"] = mode(artifact);
    const auto same = std::find_if(list.begin(), list.end(), [&](const json::Value& a) {
      return a.At("key") == artifact.At("key") && mode(a) == mode(artifact);
    });
    if (same == list.end()) {
      list.push_back(std::move(artifact));
    } else {
      *same = std::move(artifact);
    }
  }
  std::stable_sort(list.begin(), list.end(), [](const json::Value& a, const json::Value& b) {
    return a.At("key").AsString() < b.At("key").AsString();
  });
  return {};
}

Status WriteTaskFields(docs::Transaction& t, const api::Call& call, json::Value& task) {
  const json::Value& request = call.request;
  for (const Field& field : kFields) {
    const json::Value* v = request.Find(field.name);
    if (!v || v->IsNull()) continue;
    FURROW_TRY(CheckKind(field, *v));
    if (field.kind == Kind::kMerged) {
      MergeInto(task[field.name], *v);
    } else {
      task[field.name] = field.kind == Kind::kEscapedMap ? query::EscapeKeys(*v) : *v;
    }
  }
  if (task.At("name").AsString().size() < kNameMin) {
    return Fail(api::kValidation, "a task name has three characters or more");
  }
  if (call.Has("type")) {
    const std::string& type = request.At("type").AsString();
    if (!domain::IsTaskType(type))
      return Fail(api::kValidation, "unknown task type '" + type + "'");
    task["type"] = type;
  }
  if (call.Has("tags")) {
    FURROW_TRY(CheckUserTags(request.At("tags")));
    task["tags"] = NormaliseTags(request.At("tags"));
  }
  if (call.Has("system_tags")) task["system_tags"] = NormaliseTags(request.At("system_tags"));
  if (const json::Value* project = request.Find("project")) {
    FURROW_TRY(CheckProject(t, project->AsString()));
    task["project"] = project->AsString().empty() ? json::Value() : *project;
  }
  if (const json::Value* parent = request.Find("parent")) {
    const std::string& id = parent->AsString();
    if (!id.empty() && !t.Exists(kTasks, id)) return Fail(api::kInvalidTaskId, "parent=" + id);
    task["parent"] = id.empty() ? json::Value() : *parent;
  }
  if (call.Has("output_dest")) task["output"]["destination"] = request.At("output_dest");
  if (call.Has("hyperparams")) {
    FURROW_ASSIGN(task["hyperparams"], CheckHyperparams(request.At("hyperparams")));
  }
  if (call.Has("configuration")) {
    FURROW_ASSIGN(task["configuration"], CheckConfiguration(request.At("configuration")));
  }
  if (call.Has("models")) {
    FURROW_ASSIGN(task["models"], CheckModels(t, request.At("models")));
  }
  if (const json::Value* artifacts = request.FindPath("execution.artifacts");
      artifacts && !artifacts->IsNull()) {
    task["execution"]["artifacts"] = json::Array{};
    FURROW_TRY(MergeArtifacts(task, *artifacts));
  }
  TranslateOldExecution(task, call.version);
  return {};
}

void TaskView(json::Value& task, const api::Call& call) {
  for (const char* map : {"hyperparams", "configuration", "runtime", "container"}) {
    if (json::Value* v = task.Find(map)) *v = query::UnescapeKeys(*v);
  }
  MirrorOldMembers(task, call.version);
}

}  // namespace furrow::entities
