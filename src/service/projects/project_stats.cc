// SPDX-License-Identifier: Apache-2.0
#include "service/projects/project_stats.h"

#include <algorithm>

#include "entities/core.h"
#include "entities/find.h"
#include "entities/project_tree.h"

namespace furrow::service::projects {
namespace {

using docs::Found;
using docs::Tag;
using domain::TaskStatus;

constexpr Micros kDay = 86'400'000'000;
constexpr Micros kSecond = 1'000'000;

// The columns a pass reads, in this order.
enum Field { kProject, kStatus, kTags, kStarted, kCompleted, kActiveSeconds };
const std::vector<std::string> kFields = {"project", "status",    "system_tags",
                                          "started", "completed", "active_duration"};

std::string_view TextOf(const Found& found) {
  return found.scalars.empty() ? std::string_view() : found.scalars.front().text;
}

Micros TimeOf(const Found& found) {
  const bool time = !found.scalars.empty() && found.scalars.front().tag == Tag::kTime;
  return time ? found.scalars.front().whole : 0;
}

bool IsArchived(const Found& tags) {
  return std::any_of(tags.scalars.begin(), tags.scalars.end(),
                     [](const docs::Scalar& s) { return s.text == "archived"; });
}

void Count(const std::vector<Found>& task, Micros now, StateStats& stats) {
  const TaskStatus status =
      domain::ParseStatus(TextOf(task[kStatus])).value_or(TaskStatus::kUnknown);
  const Micros started = TimeOf(task[kStarted]), completed = TimeOf(task[kCompleted]);
  ++stats.status_count[static_cast<size_t>(status)];
  ++stats.total_tasks;
  stats.last_task_run = std::max(stats.last_task_run, started);
  if (started && completed) {
    stats.total_runtime += std::max<Micros>(0, completed - started);
  } else if (!task[kActiveSeconds].scalars.empty()) {
    stats.total_runtime +=
        static_cast<Micros>(task[kActiveSeconds].scalars.front().number()) * kSecond;
  }
  const bool done = status == TaskStatus::kCompleted || status == TaskStatus::kPublished;
  if (done && completed > now - kDay) ++stats.completed_tasks_24h;
}

json::Value StateJson(const StateStats& s) {
  json::Value counts = json::Object{};
  for (size_t i = 0; i < std::size(s.status_count); ++i) {
    counts[domain::StatusName(static_cast<TaskStatus>(i))] = s.status_count[i];
  }
  return json::Object{
      {"status_count", std::move(counts)},
      {"total_tasks", s.total_tasks},
      {"total_runtime", s.total_runtime / kSecond},
      {"completed_tasks_24h", s.completed_tasks_24h},
      {"last_task_run", s.last_task_run ? json::Value(s.last_task_run / kSecond) : json::Value()}};
}

}  // namespace

json::Value ProjectStats::ToJson(std::string_view state) const {
  json::Value out = json::Object{};
  if (state != "archived") out["active"] = StateJson(active);
  if (state != "active") out["archived"] = StateJson(archived);
  return out;
}

Result<std::map<std::string, ProjectStats>> ComputeStats(const docs::Store& docs,
                                                         const StatsQuery& query) {
  std::map<std::string, ProjectStats> stats;
  // Which of the asked projects a task's own project counts for: it and its ancestors.
  std::map<std::string, std::vector<ProjectStats*>, std::less<>> counts_for;
  for (const std::string& id : query.projects) {
    std::vector<std::string> inside = {id};
    if (query.with_children) {
      FURROW_ASSIGN(inside, entities::WithChildren(docs, inside));
    }
    for (const std::string& one : inside) counts_for[one].push_back(&stats[id]);
  }
  std::vector<std::string> all;
  for (const auto& [id, counted] : counts_for) all.push_back(id);
  const docs::Predicate where =
      docs::Predicate::And({entities::AnyOf("project", all), query.tasks});
  FURROW_TRY(docs.Scan(entities::kTasks, kFields, where,
                       [&](std::string_view, const std::vector<Found>& task) {
                         const auto found = counts_for.find(TextOf(task[kProject]));
                         if (found == counts_for.end()) return;
                         const bool archived = IsArchived(task[kTags]);
                         for (ProjectStats* one : found->second) {
                           Count(task, query.now, archived ? one->archived : one->active);
                         }
                       }));
  return stats;
}

}  // namespace furrow::service::projects
