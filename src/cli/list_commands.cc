// SPDX-License-Identifier: Apache-2.0
// projects, models, queues, workers: one table each.
#include <functional>

#include "cli/command.h"
#include "cli/table.h"

namespace furrow::cli {
namespace {

std::string Count(const json::Value& list) { return std::to_string(list.array().size()); }

std::string Joined(const json::Value& texts) {
  std::string out;
  for (const json::Value& t : texts.array()) {
    if (!out.empty()) out += ", ";
    out += t.IsObject() ? t.At("name").AsString() : t.AsString();
  }
  return out;
}

using Cell = std::string (*)(const json::Value&);

struct Column {
  const char* title;
  Cell cell;
};

struct List {
  const char* name;
  const char* help;
  const char* endpoint;
  const char* answer;
  json::Value (*request)(const std::string& pattern);
  std::vector<Column> columns;
};

json::Value ByName(const std::string& pattern) {
  json::Value request = json::Object{{"page_size", 500}, {"order_by", json::Array{"name"}}};
  if (!pattern.empty()) request["name"] = pattern;
  return request;
}

const std::vector<List>& Lists() {
  static const std::vector<List> lists = {
      {"projects",
       "list projects",
       "projects.get_all_ex",
       "projects",
       [](const std::string& pattern) {
         json::Value request = ByName(pattern);
         request["include_stats"] = true;
         return request;
       },
       {{"ID", [](const json::Value& p) { return p.At("id").AsString(); }},
        {"NAME", [](const json::Value& p) { return p.At("name").AsString(); }},
        {"TASKS",
         [](const json::Value& p) {
           const json::Value* n = p.FindPath("stats.active.total_tasks");
           return std::to_string(n ? n->AsInt() : 0);
         }},
        {"LAST UPDATE",
         [](const json::Value& p) { return ShortTime(p.At("last_update").AsString()); }}}},
      {"models",
       "list models",
       "models.get_all",
       "models",
       ByName,
       {{"ID", [](const json::Value& m) { return m.At("id").AsString(); }},
        {"NAME", [](const json::Value& m) { return Clip(m.At("name").AsString(), 40); }},
        {"FRAMEWORK", [](const json::Value& m) { return m.At("framework").AsString(); }},
        {"READY",
         [](const json::Value& m) { return std::string(m.At("ready").AsBool() ? "yes" : "no"); }},
        {"TAGS", [](const json::Value& m) { return Joined(m.At("tags")); }},
        {"URI", [](const json::Value& m) { return m.At("uri").AsString(); }}}},
      {"queues",
       "list queues",
       "queues.get_all",
       "queues",
       ByName,
       {{"ID", [](const json::Value& q) { return q.At("id").AsString(); }},
        {"NAME", [](const json::Value& q) { return q.At("name").AsString(); }},
        {"WAITING", [](const json::Value& q) { return Count(q.At("entries")); }},
        {"TAGS", [](const json::Value& q) { return Joined(q.At("tags")); }}}},
      {"workers",
       "list workers that reported in the last hour",
       "workers.get_all",
       "workers",
       [](const std::string& pattern) {
         json::Value request = json::Object{};
         if (!pattern.empty()) request["worker_pattern"] = pattern;
         return request;
       },
       {{"WORKER", [](const json::Value& w) { return w.At("id").AsString(); }},
        {"QUEUES", [](const json::Value& w) { return Joined(w.At("queues")); }},
        {"TASK", [](const json::Value& w) { return w.At("task").At("name").AsString(); }},
        {"LAST REPORT",
         [](const json::Value& w) { return ShortTime(w.At("last_activity_time").AsString()); }}}},
  };
  return lists;
}

}  // namespace

void AddListCommands(CLI::App& app, const std::shared_ptr<Common>& common) {
  for (const List& list : Lists()) {
    auto pattern = std::make_shared<std::string>();
    CLI::App* command =
        AddCommand(app, common, list.name, list.help, std::string("  furrow ") + list.name + "\n",
                   [common, pattern, &list](client::Session& session) -> Status {
                     FURROW_ASSIGN(const json::Value data,
                                   session.Call(list.endpoint, list.request(*pattern)));
                     const json::Value& rows = data.At(list.answer);
                     if (common->json) {
                       PrintJson(rows);
                       return {};
                     }
                     std::vector<std::string> header;
                     for (const Column& c : list.columns) header.push_back(c.title);
                     Table table(std::move(header));
                     for (const json::Value& row : rows.array()) {
                       std::vector<std::string> cells;
                       for (const Column& c : list.columns) cells.push_back(c.cell(row));
                       table.Add(std::move(cells));
                     }
                     table.Print();
                     return {};
                   });
    command->add_option("pattern", *pattern, "only names that match this regular expression");
  }
}

}  // namespace furrow::cli
