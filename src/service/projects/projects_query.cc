// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "entities/filter.h"
#include "entities/find.h"
#include "entities/old_tags.h"
#include "entities/scope.h"
#include "query/entities.h"
#include "service/projects/project_stats.h"
#include "service/projects/projects_ops.h"

namespace furrow::service::projects {
namespace {

using docs::Predicate;

constexpr int64_t kSubProjectsMax = 1000;

void ProjectView(json::Value& project, const api::Call& call) {
  entities::MergeSystemTags(project, call.version);
}

entities::Listing ProjectListing(bool extended) {
  return {.collection = entities::kProjects,
          .schema = &query::kProjectSchema,
          .answer_field = "projects",
          .extended = extended,
          .view = ProjectView};
}

// `parent` means direct children in a shallow search, else all descendants.
void PlaceInTree(api::Call& call) {
  if (call.Flag("shallow_search") || !call.Has("parent")) return;
  json::Object& request = call.request.object();
  request["path"] = json::Value(call.Field("parent"));
  request.Erase("parent");
}

// The ancestors of the projects that match `where`.
Result<std::vector<std::string>> Ancestors(const docs::Store& docs, const Predicate& where) {
  return entities::DistinctTexts(docs, entities::kProjects, "path", where);
}

// children_type: projects that hold data sets, pipelines or reports somewhere below, these with the
// tags asked for.
Result<Predicate> HoldsChildren(const docs::Store& docs, api::Call& call) {
  const std::string type = call.Text("children_type");
  if (type.empty()) return Predicate();
  json::Value tags = json::Object{};
  if (call.Has("children_tags")) tags["tags"] = call.Field("children_tags");
  if (call.Has("children_tags_filter")) {
    tags["filters"] = json::Object{{"tags", call.Field("children_tags_filter")}};
  }
  if (type == "dataset" || type == "pipeline") {
    FURROW_ASSIGN(const Predicate tagged, entities::FilterOf(query::kProjectSchema, tags));
    FURROW_ASSIGN(
        const auto ids,
        Ancestors(docs, Predicate::And({Predicate::Equals("system_tags", type), tagged})));
    return entities::AnyOf("id", ids);
  }
  if (type == "report") {
    FURROW_ASSIGN(const Predicate tagged, entities::FilterOf(query::kTaskSchema, tags));
    FURROW_ASSIGN(const auto homes, entities::DistinctTexts(
                                        docs, entities::kTasks, "project",
                                        Predicate::And({Predicate::Equals("type", type), tagged})));
    FURROW_ASSIGN(const auto ids, Ancestors(docs, entities::AnyOf("id", homes)));
    return entities::AnyOf("id", ids);
  }
  return api::Fail(api::kFieldsValue, "children_type=" + type);
}

// active_users: projects in which, or below which, these users have tasks.
Result<Predicate> UsedBy(const docs::Store& docs, api::Call& call) {
  const auto users = call.Texts("active_users");
  if (users.empty()) return Predicate();
  FURROW_ASSIGN(auto ids, entities::DistinctTexts(docs, entities::kTasks, "project",
                                                  entities::AnyOf("user", users)));
  FURROW_ASSIGN(const auto above, Ancestors(docs, entities::AnyOf("id", ids)));
  ids.insert(ids.end(), above.begin(), above.end());
  return entities::AnyOf("id", ids);
}

Status AddStats(const docs::Store& docs, api::Call& call, json::Array& projects) {
  StatsQuery query{.with_children = call.Flag("stats_with_children", true), .now = call.now};
  FURROW_ASSIGN(query.tasks,
                entities::FilterOf(query::kTaskSchema, call.Field("include_stats_filter")));
  for (const json::Value& p : projects) query.projects.push_back(p.At("id").AsString());
  const std::string state = call.Text("stats_for_state");
  FURROW_ASSIGN(const auto stats, ComputeStats(docs, query));
  const bool search_hidden = call.Flag("search_hidden");
  for (json::Value& p : projects) {
    const std::string id = p.At("id").AsString();
    if (const auto found = stats.find(id); found != stats.end())
      p["stats"] = found->second.ToJson(state);
    Predicate below = Predicate::Equals("path", id);
    if (!search_hidden) {
      below = Predicate::And({below, Predicate::Not(Predicate::Equals("system_tags", "hidden"))});
    }
    docs::Plan plan = entities::Where(below);
    plan.order = {{.path = "name"}};
    plan.limit = kSubProjectsMax;
    FURROW_ASSIGN(const auto found, docs.FindShared(entities::kProjects, plan));
    json::Array children;
    for (const docs::DocPtr& child : found.docs) {
      children.push_back(json::Object{{"id", child->At("id")}, {"name", child->At("name")}});
    }
    p["sub_projects"] = std::move(children);
  }
  return {};
}

Status AddOwnContents(const docs::Store& docs, json::Array& projects) {
  for (json::Value& p : projects) {
    const Predicate inside = Predicate::Equals("project", p.At("id"));
    FURROW_ASSIGN(const int64_t tasks, docs.Count(entities::kTasks, inside));
    FURROW_ASSIGN(const int64_t models, docs.Count(entities::kModels, inside));
    p["own_tasks"] = tasks;
    p["own_models"] = models;
  }
  return {};
}

// The size of the newest version of the data set that a project is.
Status AddDatasetStats(const docs::Store& docs, json::Array& projects) {
  for (json::Value& p : projects) {
    docs::Plan plan = entities::Where(Predicate::And(
        {Predicate::Equals("project", p.At("id")), Predicate::Equals("system_tags", "dataset")}));
    plan.order = {{.path = "last_update", .descending = true}};
    plan.limit = 1;
    FURROW_ASSIGN(const auto newest, docs.FindShared(entities::kTasks, plan));
    if (newest.docs.empty()) continue;
    const json::Value& runtime = newest.docs.front()->At("runtime");
    p["dataset_stats"] = json::Object{{"file_count", runtime.At("ds_file_count").AsInt()},
                                      {"total_size", runtime.At("ds_total_size").AsInt()}};
  }
  return {};
}

}  // namespace

Status GetAll(Context& context, api::Call& call) {
  PlaceInTree(call);
  return context.lister.List(call, ProjectListing(false));
}

Status GetAllEx(Context& context, api::Call& call) {
  const docs::Store& docs = context.core.docs;
  PlaceInTree(call);
  FURROW_ASSIGN(Predicate children, HoldsChildren(docs, call));
  FURROW_ASSIGN(Predicate users, UsedBy(docs, call));
  FURROW_TRY(call.Check());
  entities::Listing listing = ProjectListing(true);
  listing.also = Predicate::And({std::move(children), std::move(users)});
  FURROW_TRY(context.lister.List(call, listing));
  json::Array& projects = call.response["projects"].array();
  if (call.Flag("include_stats")) FURROW_TRY(AddStats(docs, call, projects));
  if (call.Flag("check_own_contents")) FURROW_TRY(AddOwnContents(docs, projects));
  if (call.Flag("include_dataset_stats")) FURROW_TRY(AddDatasetStats(docs, projects));
  return {};
}

Status GetById(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"project"}));
  const std::string id = call.Text("project");
  FURROW_TRY(call.Check());
  auto project = context.core.docs.Get(entities::kProjects, id);
  if (!project.ok()) {
    if (project.status().code() != Code::kNotFound) return project.status();
    return api::Fail(api::kInvalidProjectId, "id=" + id);
  }
  ProjectView(*project, call);
  call.response["project"] = std::move(project).value();
  return {};
}

}  // namespace furrow::service::projects
