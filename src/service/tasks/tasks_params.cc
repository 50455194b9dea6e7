// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>

#include "entities/task_changes.h"
#include "entities/task_document.h"
#include "query/escape.h"
#include "service/tasks/tasks_ops.h"

namespace furrow::service::tasks {
namespace {

using domain::TaskStatus;
using query::EscapeKey;
using query::UnescapeKey;

bool IsProperties(std::string_view section) {
  static constexpr std::string_view kName = "properties";
  return section.size() == kName.size() &&
         std::equal(section.begin(), section.end(), kName.begin(),
                    [](char a, char b) { return (a | 0x20) == b; });
}

Status MayEdit(const json::Value& task, bool only_properties, bool force) {
  if (force || only_properties || entities::StatusOf(task) == TaskStatus::kCreated) return {};
  return api::Fail(api::kInvalidTaskStatus,
                   "expected=created, status=" + task.At("status").AsString());
}

// [{section, name, value…}] as {section: {name: {…}}}, the shape the document has.
json::Value BySection(const json::Value& items) {
  std::map<std::string, json::Object> sections;
  for (const json::Value& item : items.array()) {
    sections[item.At("section").AsString("Args")].Append(item.At("name").AsString(), item);
  }
  json::Object out;
  for (auto& [name, section] : sections) {
    section.DropDuplicates();
    out.Append(name, std::move(section));
  }
  return out;
}

json::Value Sorted(json::Array items, std::initializer_list<const char*> by) {
  std::stable_sort(items.begin(), items.end(), [&](const json::Value& a, const json::Value& b) {
    for (const char* key : by) {
      const int c = a.At(key).AsString().compare(b.At(key).AsString());
      if (c) return c < 0;
    }
    return false;
  });
  return items;
}

json::Value Updated(int64_t n) { return json::Object{{"updated", n}}; }

// Runs `visit` on each of the call's tasks and collects what it returns.
Status ForTasks(Context& context, api::Call& call, std::string_view answer,
                const std::function<json::Value(const json::Value& task)>& visit) {
  FURROW_TRY(call.Require({"tasks"}));
  const auto ids = call.Texts("tasks");
  FURROW_TRY(call.Check());
  json::Array out;
  for (const std::string& id : ids) {
    auto task = context.core.docs.Get(entities::kTasks, id);
    if (!task.ok()) {
      if (task.status().code() == Code::kNotFound) return api::Fail(api::kInvalidTaskId, id);
      return task.status();
    }
    json::Value item = visit(*task);
    item["task"] = id;
    out.push_back(std::move(item));
  }
  call.response[answer] = std::move(out);
  return {};
}

}  // namespace

Status EditHyperParams(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task", "hyperparams"}));
  const std::string replace = call.Text("replace_hyperparams", "none");
  const bool force = call.Flag("force");
  const json::Value wanted = BySection(call.Field("hyperparams"));
  return RunOne(context, call,
                [&](docs::Transaction& t, std::string_view id) -> Result<json::Value> {
                  FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
                  const auto& sections = wanted.object();
                  const bool only_properties =
                      std::all_of(sections.begin(), sections.end(),
                                  [](const json::Member& m) { return IsProperties(m.key); });
                  FURROW_TRY(MayEdit(task, only_properties && replace != "all", force));
                  FURROW_ASSIGN(json::Value checked, entities::CheckHyperparams(wanted));
                  json::Value& stored = task["hyperparams"];
                  if (replace == "all") {
                    stored = std::move(checked);
                  } else {
                    if (replace != "section") {
                      for (json::Member& section : checked.object()) {
                        json::Object merged = stored.At(section.key).object();
                        merged.Put(std::move(section.value.object()));
                        section.value = std::move(merged);
                      }
                    }
                    stored.object().Put(std::move(checked.object()));
                  }
                  entities::MarkChanged(task, ActorOf(call));
                  FURROW_TRY(entities::PutTask(t, std::move(task), call.now));
                  return Updated(1);
                });
}

Status DeleteHyperParams(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task", "hyperparams"}));
  const bool force = call.Flag("force");
  const json::Value items = call.Field("hyperparams");
  return RunOne(
      context, call, [&](docs::Transaction& t, std::string_view id) -> Result<json::Value> {
        FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
        const auto& list = items.array();
        const bool only_properties = std::all_of(
            list.begin(), list.end(),
            [](const json::Value& i) { return IsProperties(i.At("section").AsString()); });
        FURROW_TRY(MayEdit(task, only_properties, force));
        json::Value& stored = task["hyperparams"];
        std::set<std::string, std::less<>> sections;
        std::map<std::string, std::set<std::string, std::less<>>> names;
        for (const json::Value& item : list) {
          const std::string section = EscapeKey(item.At("section").AsString());
          if (item.At("name").IsString()) {
            names[section].insert(EscapeKey(item.At("name").AsString()));
          } else {
            sections.insert(section);
          }
        }
        for (json::Member& section : stored.object()) {
          const auto gone = names.find(section.key);
          if (gone == names.end()) continue;
          section.value.object().Erase(gone->second);
          if (section.value.object().empty()) sections.insert(section.key);
        }
        stored.object().Erase(sections);
        entities::MarkChanged(task, ActorOf(call));
        FURROW_TRY(entities::PutTask(t, std::move(task), call.now));
        return json::Value(json::Object{{"deleted", 1}});
      });
}

Status GetHyperParams(Context& context, api::Call& call) {
  return ForTasks(context, call, "params", [](const json::Value& task) -> json::Value {
    json::Array items;
    for (const json::Member& section : task.At("hyperparams").object()) {
      for (const json::Member& item : section.value.object()) items.push_back(item.value);
    }
    return json::Object{{"hyperparams", Sorted(std::move(items), {"section", "name"})}};
  });
}

Status EditConfiguration(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task", "configuration"}));
  const bool replace = call.Flag("replace_configuration"), force = call.Flag("force");
  const json::Value items = call.Field("configuration");
  return RunOne(context, call,
                [&](docs::Transaction& t, std::string_view id) -> Result<json::Value> {
                  FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
                  FURROW_TRY(MayEdit(task, false, force));
                  json::Value& stored = task["configuration"];
                  if (replace) stored = json::Object{};
                  for (const json::Value& item : items.array()) {
                    if (item.At("name").AsString().empty())
                      return api::Fail(api::kValidation, "a configuration has a name");
                    stored[EscapeKey(item.At("name").AsString())] = item;
                  }
                  entities::MarkChanged(task, ActorOf(call));
                  FURROW_TRY(entities::PutTask(t, std::move(task), call.now));
                  return Updated(1);
                });
}

Status DeleteConfiguration(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task", "configuration"}));
  const bool force = call.Flag("force");
  const auto names = call.Texts("configuration");
  return RunOne(context, call,
                [&](docs::Transaction& t, std::string_view id) -> Result<json::Value> {
                  FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
                  FURROW_TRY(MayEdit(task, false, force));
                  for (const std::string& name : names)
                    task["configuration"].object().Erase(EscapeKey(name));
                  entities::MarkChanged(task, ActorOf(call));
                  FURROW_TRY(entities::PutTask(t, std::move(task), call.now));
                  return json::Value(json::Object{{"deleted", 1}});
                });
}

Status GetConfigurations(Context& context, api::Call& call) {
  const auto names = call.Texts("names");
  return ForTasks(context, call, "configurations", [&](const json::Value& task) -> json::Value {
    json::Array items;
    for (const json::Member& m : task.At("configuration").object()) {
      const std::string name = UnescapeKey(m.key);
      if (names.empty() || std::find(names.begin(), names.end(), name) != names.end()) {
        items.push_back(m.value);
      }
    }
    return json::Object{{"configuration", Sorted(std::move(items), {"name"})}};
  });
}

Status GetConfigurationNames(Context& context, api::Call& call) {
  const bool skip_empty = call.Flag("skip_empty", true);
  return ForTasks(context, call, "configurations", [&](const json::Value& task) -> json::Value {
    std::vector<std::string> names;
    for (const json::Member& m : task.At("configuration").object()) {
      if (skip_empty && m.value.At("value").AsString().empty()) continue;
      names.push_back(UnescapeKey(m.key));
    }
    std::sort(names.begin(), names.end());
    return json::Object{{"names", json::Array(names.begin(), names.end())}};
  });
}

Status EditRuntime(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task"}));
  const json::Value add = call.Field("add_or_update");
  const auto remove = call.Texts("remove");
  return RunOne(context, call,
                [&](docs::Transaction& t, std::string_view id) -> Result<json::Value> {
                  FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
                  for (const json::Member& m : add.object())
                    task["runtime"][EscapeKey(m.key)] = m.value;
                  for (const std::string& key : remove)
                    task["runtime"].object().Erase(EscapeKey(key));
                  entities::MarkChanged(task, ActorOf(call));
                  FURROW_TRY(entities::PutTask(t, std::move(task), call.now));
                  return Updated(1);
                });
}

}  // namespace furrow::service::tasks
