// SPDX-License-Identifier: Apache-2.0
// furrow tasks list|show|logs|scalars|compare|clone|enqueue|stop|rm
#include <chrono>
#include <cstdio>
#include <map>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/table.h"

namespace furrow::cli {
namespace {

constexpr size_t kSparkWidth = 40;

using TaskBody = std::function<Status(client::Session&, const std::string& id)>;

// A subcommand whose one positional is a task.
CLI::App* AddOneTask(CLI::App& tasks, const std::shared_ptr<Common>& common,
                     const std::string& name, const std::string& help, TaskBody body) {
  auto task = std::make_shared<std::string>();
  CLI::App* command =
      AddCommand(tasks, common, name, help, "  furrow tasks " + name + " 3f2a\n",
                 [task, body = std::move(body)](client::Session& session) -> Status {
                   FURROW_ASSIGN(const std::string id, ResolveTask(session, *task));
                   return body(session, id);
                 });
  command->add_option("task", *task, "an id, the beginning of one, or a name")->required();
  return command;
}

Result<json::Value> GetTask(client::Session& session, const std::string& id) {
  FURROW_ASSIGN(json::Value data, session.Call("tasks.get_by_id", json::Object{{"task", id}}));
  return std::move(data["task"]);
}

// Parameters as "Section/name" -> value.
std::map<std::string, std::string> Parameters(const json::Value& task) {
  std::map<std::string, std::string> out;
  for (const json::Member& section : task.At("hyperparams").object()) {
    for (const json::Member& item : section.value.object()) {
      out[section.key + "/" + item.key] = item.value.At("value").AsString();
    }
  }
  return out;
}

// Last values as "metric / variant" -> value.
std::map<std::string, double> LastValues(const json::Value& task) {
  std::map<std::string, double> out;
  for (const json::Member& metric : task.At("last_metrics").object()) {
    for (const json::Member& variant : metric.value.object()) {
      out[variant.value.At("metric").AsString() + " / " + variant.value.At("variant").AsString()] =
          variant.value.At("value").AsDouble();
    }
  }
  return out;
}

struct ListOptions {
  std::string project, status, name, tag, order = "-last_update";
  int64_t limit = 20, page = 0;
};

Status ListTasks(client::Session& session, const ListOptions& options, bool as_json) {
  json::Value request =
      json::Object{{"page", options.page},
                   {"page_size", options.limit},
                   {"order_by", json::Array{options.order}},
                   {"only_fields", json::Array{"id", "name", "status", "project.name", "type",
                                               "last_update", "last_iteration", "tags"}}};
  if (!options.status.empty()) request["status"] = json::Array{options.status};
  if (!options.name.empty()) request["name"] = options.name;
  if (!options.tag.empty()) request["tags"] = json::Array{options.tag};
  if (!options.project.empty()) {
    FURROW_ASSIGN(const json::Value found,
                  session.Call("projects.get_all", json::Object{{"name", options.project},
                                                                {"only_fields", json::Array{"id"}},
                                                                {"search_hidden", true}}));
    json::Array ids;
    for (const json::Value& p : found.At("projects").array()) ids.push_back(p.At("id"));
    if (ids.empty()) return Status(Code::kNotFound, "no project matches '" + options.project + "'");
    request["project"] = std::move(ids);
  }
  FURROW_ASSIGN(const json::Value data, session.Call("tasks.get_all_ex", request));
  const json::Value& tasks = data.At("tasks");
  if (as_json) {
    PrintJson(tasks);
    return {};
  }
  Table table({"ID", "STATUS", "PROJECT", "NAME", "ITER", "LAST UPDATE"});
  for (const json::Value& t : tasks.array()) {
    table.Add({t.At("id").AsString().substr(0, 8), t.At("status").AsString(),
               Clip(t.At("project").At("name").AsString(), 30), Clip(t.At("name").AsString(), 40),
               std::to_string(t.At("last_iteration").AsInt()),
               ShortTime(t.At("last_update").AsString())});
  }
  table.Print();
  return {};
}

Status ShowTask(client::Session& session, const std::string& id, bool as_json) {
  FURROW_ASSIGN(const json::Value task, GetTask(session, id));
  if (as_json) {
    PrintJson(task);
    return {};
  }
  Table facts({"TASK", id});
  for (const char* field : {"name", "type", "status", "status_message", "created", "started",
                            "completed", "last_update"}) {
    const std::string& text = task.At(field).AsString();
    if (!text.empty()) facts.Add({field, text});
  }
  facts.Add({"last_iteration", std::to_string(task.At("last_iteration").AsInt())});
  facts.Print();
  if (const auto parameters = Parameters(task); !parameters.empty()) {
    std::puts("");
    Table table({"PARAMETER", "VALUE"});
    for (const auto& [name, value] : parameters) table.Add({name, Clip(value, 60)});
    table.Print();
  }
  if (const auto values = LastValues(task); !values.empty()) {
    std::puts("");
    Table table({"METRIC", "LAST"});
    for (const auto& [name, value] : values) table.Add({name, Number(value)});
    table.Print();
  }
  const json::Value* artifacts = task.FindPath("execution.artifacts");
  if (artifacts && !artifacts->array().empty()) {
    std::puts("");
    Table table({"ARTIFACT", "TYPE", "BYTES", "URI"});
    for (const json::Value& a : artifacts->array()) {
      table.Add({a.At("key").AsString(), a.At("type").AsString(),
                 std::to_string(a.At("content_size").AsInt()), a.At("uri").AsString()});
    }
    table.Print();
  }
  return {};
}

bool IsOver(const std::string& status) {
  static const std::set<std::string> over = {"completed", "failed", "stopped", "published",
                                             "closed"};
  return over.count(status) != 0;
}

// Prints lines from `from_ms` on; moves it past the last one.
Result<size_t> PrintLogs(client::Session& session, const std::string& id, int64_t& from_ms,
                         std::set<std::string>& at_last_ms, bool as_json) {
  FURROW_ASSIGN(const json::Value data,
                session.Call("events.get_task_log", json::Object{{"task", id},
                                                                 {"order", "asc"},
                                                                 {"from_timestamp", from_ms},
                                                                 {"navigate_earlier", false},
                                                                 {"batch_size", 5000}}));
  size_t printed = 0;
  for (const json::Value& event : data.At("events").array()) {
    const int64_t time = event.At("timestamp").AsInt();
    const std::string& text = event.At("msg").AsString();
    // The page begins with the millisecond the last one ended in.
    const std::string key = event.At("worker").AsString() + "\n" + text;
    if (time == from_ms && at_last_ms.count(key)) continue;
    if (time > from_ms) at_last_ms.clear();
    from_ms = time;
    at_last_ms.insert(key);
    if (as_json) {
      PrintJson(event);
    } else {
      std::fwrite(text.data(), 1, text.size(), stdout);
      if (!text.ends_with('\n')) std::fputc('\n', stdout);
    }
    ++printed;
  }
  std::fflush(stdout);
  return printed;
}

Status Logs(client::Session& session, const std::string& id, bool follow, bool as_json) {
  int64_t from_ms = 0;
  std::set<std::string> at_last_ms;
  for (bool over = false;;) {
    FURROW_ASSIGN(const size_t printed, PrintLogs(session, id, from_ms, at_last_ms, as_json));
    if (printed) continue;
    if (!follow || over) return {};
    // One more look after the end: the last lines may come with it.
    FURROW_ASSIGN(const json::Value task, GetTask(session, id));
    over = IsOver(task.At("status").AsString());
    if (!over) std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

Status Scalars(client::Session& session, const std::string& id, bool as_json) {
  FURROW_ASSIGN(const json::Value data, session.Call("events.scalar_metrics_iter_histogram",
                                                     json::Object{{"task", id}, {"samples", 200}}));
  if (as_json) {
    PrintJson(data);
    return {};
  }
  FURROW_ASSIGN(const json::Value task, GetTask(session, id));
  Table table({"METRIC", "VARIANT", "POINTS", "MIN", "MAX", "LAST", ""});
  std::map<std::pair<std::string, std::string>, const json::Value*> stats;
  for (const json::Member& metric : task.At("last_metrics").object()) {
    for (const json::Member& variant : metric.value.object()) {
      stats[{variant.value.At("metric").AsString(), variant.value.At("variant").AsString()}] =
          &variant.value;
    }
  }
  for (const json::Member& metric : data.object()) {
    for (const json::Member& variant : metric.value.object()) {
      std::vector<double> values;
      for (const json::Value& y : variant.value.At("y").array()) values.push_back(y.AsDouble());
      const auto found = stats.find({metric.key, variant.key});
      const json::Value none;
      const json::Value& s = found == stats.end() ? none : *found->second;
      table.Add({metric.key, variant.key, std::to_string(s.At("count").AsInt()),
                 Number(s.At("min_value").AsDouble()), Number(s.At("max_value").AsDouble()),
                 Number(s.At("value").AsDouble()), Sparkline(values, kSparkWidth)});
    }
  }
  table.Print();
  return {};
}

Status Compare(client::Session& session, const std::vector<std::string>& names, bool as_json) {
  std::vector<json::Value> tasks;
  for (const std::string& name : names) {
    FURROW_ASSIGN(const std::string id, ResolveTask(session, name));
    FURROW_ASSIGN(json::Value task, GetTask(session, id));
    tasks.push_back(std::move(task));
  }
  std::vector<std::map<std::string, std::string>> rows_of;
  std::set<std::string> keys;
  for (const json::Value& task : tasks) {
    std::map<std::string, std::string> rows = Parameters(task);
    for (const auto& [name, value] : LastValues(task)) rows["last: " + name] = Number(value);
    rows[" status"] = task.At("status").AsString();
    for (const auto& [key, value] : rows) keys.insert(key);
    rows_of.push_back(std::move(rows));
  }
  std::vector<std::string> header = {
      "",
  };
  for (const json::Value& t : tasks) {
    header.push_back(Clip(t.At("name").AsString(), 24) + " (" + t.At("id").AsString().substr(0, 8) +
                     ")");
  }
  Table table(header);
  json::Value differences = json::Object{};
  for (const std::string& key : keys) {
    std::set<std::string> distinct;
    std::vector<std::string> row = {key};
    json::Array values;
    for (auto& rows : rows_of) {
      const auto it = rows.find(key);
      row.push_back(it == rows.end() ? "-" : Clip(it->second, 40));
      values.push_back(it == rows.end() ? json::Value() : json::Value(it->second));
      distinct.insert(row.back());
    }
    if (distinct.size() < 2 && key != " status") continue;
    differences[key] = std::move(values);
    table.Add(std::move(row));
  }
  if (as_json) {
    PrintJson(differences);
  } else {
    table.Print();
  }
  return {};
}

struct CloneOptions {
  std::string name, queue;
  std::vector<std::string> set;
};

Result<json::Value> HyperparamsWith(const json::Value& task, const std::vector<std::string>& set) {
  json::Value sections = task.At("hyperparams");
  for (const std::string& assignment : set) {
    const size_t equals = assignment.find('='), slash = assignment.find('/');
    if (equals == std::string::npos || slash == std::string::npos || slash > equals) {
      return Status(Code::kInvalidArgument,
                    "--set takes Section/name=value, not '" + assignment + "'");
    }
    const std::string section = assignment.substr(0, slash);
    const std::string name = assignment.substr(slash + 1, equals - slash - 1);
    json::Value& item = sections[section][name];
    item["section"] = section;
    item["name"] = name;
    item["value"] = assignment.substr(equals + 1);
  }
  return sections;
}

Status Clone(client::Session& session, const std::string& id, const CloneOptions& options,
             bool as_json) {
  json::Value request = json::Object{{"task", id}};
  if (!options.name.empty()) request["new_task_name"] = options.name;
  if (!options.set.empty()) {
    FURROW_ASSIGN(const json::Value task, GetTask(session, id));
    FURROW_ASSIGN(request["new_task_hyperparams"], HyperparamsWith(task, options.set));
  }
  FURROW_ASSIGN(const json::Value made, session.Call("tasks.clone", request));
  const std::string& new_id = made.At("id").AsString();
  if (!options.queue.empty()) {
    FURROW_ASSIGN(const json::Value queued,
                  session.Call("tasks.enqueue",
                               json::Object{{"task", new_id}, {"queue_name", options.queue}}));
  }
  if (as_json) {
    PrintJson(made);
  } else {
    std::printf("%s\n", new_id.c_str());
  }
  return {};
}

Status CallAndSay(client::Session& session, const char* endpoint, json::Value request,
                  const std::string& id, const char* did, bool as_json) {
  request["task"] = id;
  FURROW_ASSIGN(const json::Value data, session.Call(endpoint, request));
  if (as_json) {
    PrintJson(data);
  } else {
    std::printf("%s %s\n", did, id.c_str());
  }
  return {};
}

}  // namespace

void AddTaskCommands(CLI::App& app, const std::shared_ptr<Common>& common) {
  CLI::App* tasks =
      app.add_subcommand("tasks", "list, show, follow, compare, clone and stop tasks");
  tasks->require_subcommand(1);

  auto list = std::make_shared<ListOptions>();
  CLI::App* list_command =
      AddCommand(*tasks, common, "list", "list tasks, the latest first",
                 "  furrow tasks list --status in_progress\n"
                 "  furrow tasks list --project '^field/' --order -last_update --limit 50 --json\n",
                 [common, list](client::Session& s) { return ListTasks(s, *list, common->json); });
  list_command->add_option("--project", list->project, "projects whose name matches");
  list_command->add_option("--status", list->status, "one status");
  list_command->add_option("--name", list->name, "names that match this regular expression");
  list_command->add_option("--tag", list->tag, "tasks with this tag");
  list_command->add_option("--order", list->order, "field to sort by, '-' in front for descending");
  list_command->add_option("--limit", list->limit, "tasks on a page")->check(CLI::Range(1, 500));
  list_command->add_option("--page", list->page, "which page, from 0")
      ->check(CLI::NonNegativeNumber);

  AddOneTask(*tasks, common, "show", "a task's facts, parameters, metrics and artifacts",
             [common](client::Session& s, const std::string& id) {
               return ShowTask(s, id, common->json);
             });

  auto follow = std::make_shared<bool>(false);
  AddOneTask(*tasks, common, "logs", "a task's console lines",
             [common, follow](client::Session& s, const std::string& id) {
               return Logs(s, id, *follow, common->json);
             })
      ->add_flag("-f,--follow", *follow, "go on until the task ends");

  AddOneTask(
      *tasks, common, "scalars", "a task's curves, a sparkline each",
      [common](client::Session& s, const std::string& id) { return Scalars(s, id, common->json); });

  auto compared = std::make_shared<std::vector<std::string>>();
  AddCommand(*tasks, common, "compare", "what differs between tasks: parameters and last values",
             "  furrow tasks compare 3f2a 91bc\n",
             [common, compared](client::Session& s) { return Compare(s, *compared, common->json); })
      ->add_option("tasks", *compared, "two tasks or more")
      ->required()
      ->expected(2, 20);

  auto clone = std::make_shared<CloneOptions>();
  CLI::App* clone_command =
      AddOneTask(*tasks, common, "clone", "copy a task, changed where you say",
                 [common, clone](client::Session& s, const std::string& id) {
                   return Clone(s, id, *clone, common->json);
                 });
  clone_command->add_option("--name", clone->name, "the copy's name");
  clone_command->add_option("--set", clone->set,
                            "Section/name=value, e.g. Args/epochs=20; repeatable");
  clone_command->add_option("--queue", clone->queue, "enqueue the copy there");

  auto queue = std::make_shared<std::string>();
  AddOneTask(*tasks, common, "enqueue", "put a task into a queue",
             [common, queue](client::Session& s, const std::string& id) {
               json::Value request = json::Object{};
               if (!queue->empty()) request["queue_name"] = *queue;
               return CallAndSay(s, "tasks.enqueue", request, id, "queued", common->json);
             })
      ->add_option("--queue", *queue, "the queue's name; the default one otherwise");

  AddOneTask(*tasks, common, "stop", "stop a running or queued task",
             [common](client::Session& s, const std::string& id) {
               return CallAndSay(s, "tasks.stop", json::Object{}, id, "stopping", common->json);
             });

  auto force = std::make_shared<bool>(false);
  AddOneTask(*tasks, common, "rm", "delete a task with its events and models",
             [common, force](client::Session& s, const std::string& id) {
               return CallAndSay(s, "tasks.delete", json::Object{{"force", *force}}, id, "deleted",
                                 common->json);
             })
      ->add_flag("--force", *force, "whatever its status");
}

}  // namespace furrow::cli
