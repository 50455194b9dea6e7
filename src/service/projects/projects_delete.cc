// SPDX-License-Identifier: Apache-2.0
#include "entities/find.h"
#include "entities/many.h"
#include "entities/project_tree.h"
#include "entities/removals.h"
#include "service/projects/projects_ops.h"

namespace furrow::service::projects {
namespace {

using docs::Predicate;
using entities::ActorOf;

Predicate Tagged(const char* tag) { return Predicate::Equals("system_tags", tag); }

// What stands in a project and everything below it.
struct Contents {
  std::vector<std::string> projects;  ///< the project first
  int64_t tasks = 0, non_archived_tasks = 0;
  int64_t models = 0, non_archived_models = 0;
  int64_t reports = 0, non_archived_reports = 0;
  int64_t datasets = 0, pipelines = 0;
};

Result<Contents> CountContents(const docs::Store& docs, const std::string& id) {
  Contents c;
  FURROW_ASSIGN(c.projects, entities::WithChildren(docs, {id}));
  const Predicate inside = entities::AnyOf("project", c.projects);
  const Predicate report = Predicate::Equals("type", "report");
  const Predicate live = Predicate::Not(Tagged("archived"));
  const struct {
    docs::CollectionId collection;
    Predicate where;
    int64_t& count;
  } counts[] = {
      {entities::kTasks, Predicate::And({inside, Predicate::Not(report)}), c.tasks},
      {entities::kTasks, Predicate::And({inside, Predicate::Not(report), live}),
       c.non_archived_tasks},
      {entities::kTasks, Predicate::And({inside, report}), c.reports},
      {entities::kTasks, Predicate::And({inside, report, live}), c.non_archived_reports},
      {entities::kModels, inside, c.models},
      {entities::kModels, Predicate::And({inside, live}), c.non_archived_models},
      {entities::kProjects, Predicate::And({entities::AnyOf("id", c.projects), Tagged("dataset")}),
       c.datasets},
      {entities::kProjects, Predicate::And({entities::AnyOf("id", c.projects), Tagged("pipeline")}),
       c.pipelines},
  };
  for (const auto& one : counts) {
    FURROW_ASSIGN(one.count, docs.Count(one.collection, one.where));
  }
  return c;
}

Status CheckExists(const Context& context, const std::string& id, bool for_change) {
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(const json::Value doc, for_change ? GetForChange(t, id) : GetProject(t, id));
    (void)doc;
    return {};
  });
}

// Without force a project goes only when nothing stands in it. Data sets and pipelines are tasks
// too: they are named first, as what people know them by.
Status CheckEmpty(const Contents& c) {
  const auto refuse = [](const api::Error& error, int64_t count) {
    return api::Fail(error, std::to_string(count) + ", use force to delete");
  };
  const bool something = c.tasks + c.reports + c.models > 0;
  if (something && c.datasets) return refuse(api::kProjectHasDatasets, c.datasets);
  if (something && c.pipelines) return refuse(api::kProjectHasPipelines, c.pipelines);
  if (c.tasks + c.reports) return refuse(api::kProjectHasTasks, c.tasks + c.reports);
  if (c.models) return refuse(api::kProjectHasModels, c.models);
  return {};
}

// Takes tasks and models out of the projects. Returns how many tasks lost theirs.
Result<int64_t> CutLoose(Context& context, const std::vector<std::string>& projects) {
  docs::Store& docs = context.core.docs;
  int64_t tasks = 0;
  for (const auto collection : {entities::kTasks, entities::kModels}) {
    for (;;) {
      docs::Plan plan = entities::Where(entities::AnyOf("project", projects));
      plan.limit = kChunk;
      FURROW_ASSIGN(const auto ids, docs.FindIds(collection, plan));
      if (ids.empty()) break;
      FURROW_TRY(docs.Transact([&](docs::Transaction& t) -> Status {
        for (const std::string& id : ids) {
          if (!t.Exists(collection, id)) continue;
          FURROW_ASSIGN(json::Value doc, t.Get(collection, id));
          doc["project"] = nullptr;
          FURROW_TRY(t.Put(collection, id, std::move(doc)));
          if (collection == entities::kTasks) ++tasks;
        }
        return {};
      }));
    }
  }
  return tasks;
}

Status DeleteProjects(Context& context, const std::vector<std::string>& projects) {
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    for (const std::string& project : projects) {
      if (t.Exists(entities::kProjects, project)) {
        FURROW_TRY(t.Delete(entities::kProjects, project));
      }
    }
    return {};
  });
}

}  // namespace

Status ValidateDelete(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"project"}));
  const std::string id = call.Text("project");
  FURROW_TRY(call.Check());
  FURROW_TRY(CheckExists(context, id, false));
  FURROW_ASSIGN(const Contents c, CountContents(context.core.docs, id));
  call.response =
      json::Object{{"tasks", c.tasks},       {"non_archived_tasks", c.non_archived_tasks},
                   {"models", c.models},     {"non_archived_models", c.non_archived_models},
                   {"reports", c.reports},   {"non_archived_reports", c.non_archived_reports},
                   {"datasets", c.datasets}, {"pipelines", c.pipelines}};
  return {};
}

Status Delete(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"project"}));
  const std::string id = call.Text("project");
  const bool force = call.Flag("force"), contents = call.Flag("delete_contents");
  const bool files = call.Flag("delete_external_artifacts");
  FURROW_TRY(call.Check());
  FURROW_TRY(CheckExists(context, id, true));
  FURROW_ASSIGN(const Contents c, CountContents(context.core.docs, id));
  if (!force) FURROW_TRY(CheckEmpty(c));

  entities::Removed removed;
  int64_t cut_loose = 0;
  if (contents) {
    FURROW_TRY(entities::RemoveProjects(context.core, ActorOf(call), c.projects, files, removed));
  } else {
    FURROW_ASSIGN(cut_loose, CutLoose(context, c.projects));
    FURROW_TRY(DeleteProjects(context, c.projects));
  }
  call.response["deleted"] = 1;
  call.response["disassociated_tasks"] = cut_loose;
  call.response["deleted_tasks"] = removed.tasks;
  call.response["deleted_models"] = removed.models;
  if (contents) call.response["urls"] = removed.Urls();
  return {};
}

}  // namespace furrow::service::projects
