// SPDX-License-Identifier: Apache-2.0
// What the filters of a project's tables offer: the tags, parents and people found in it.
#include <algorithm>

#include "entities/find.h"
#include "entities/project_tree.h"
#include "entities/scope.h"
#include "entities/tag_lists.h"
#include "query/entities.h"
#include "service/projects/projects_ops.h"

namespace furrow::service::projects {
namespace {

using docs::Predicate;

constexpr int64_t kParentsMax = 5000;

Status Tags(Context& context, api::Call& call, docs::CollectionId collection,
            const query::EntitySchema& schema) {
  FURROW_ASSIGN(const Predicate scope, entities::ScopeOf(context.core.docs, call));
  return entities::AnswerTags(context.core.docs, call, {{collection, &schema, scope}});
}

// A member of another document, null when it is gone.
json::Value MemberOf(const docs::Store& docs, docs::CollectionId collection, const std::string& id,
                     std::string_view member) {
  const auto doc = docs.GetShared(collection, id);
  return doc.ok() ? (*doc)->At(member) : json::Value();
}

bool ByName(const json::Value& a, const json::Value& b) {
  return a.At("name").AsString() < b.At("name").AsString();
}

}  // namespace

Status GetTaskTags(Context& context, api::Call& call) {
  return Tags(context, call, entities::kTasks, query::kTaskSchema);
}

Status GetModelTags(Context& context, api::Call& call) {
  return Tags(context, call, entities::kModels, query::kModelSchema);
}

Status GetProjectTags(Context& context, api::Call& call) {
  auto projects = call.Texts("projects");
  FURROW_TRY(call.Check());
  Predicate scope;
  if (!projects.empty()) {
    FURROW_ASSIGN(projects, entities::WithChildren(context.core.docs, projects));
    scope = entities::AnyOf("id", projects);
  }
  return entities::AnswerTags(context.core.docs, call,
                              {{entities::kProjects, &query::kProjectSchema, scope}});
}

Status GetTaskParents(Context& context, api::Call& call) {
  const docs::Store& docs = context.core.docs;
  FURROW_ASSIGN(Predicate where, entities::ScopeOf(docs, call));
  const std::string state = call.Text("tasks_state"), name = call.Text("task_name");
  FURROW_TRY(call.Check());
  if (!state.empty()) {
    Predicate archived = Predicate::Equals("system_tags", "archived");
    if (state == "active") archived = Predicate::Not(std::move(archived));
    where = Predicate::And({std::move(where), std::move(archived)});
  }
  FURROW_ASSIGN(const auto ids, entities::DistinctTexts(docs, entities::kTasks, "parent", where));
  Predicate wanted = entities::AnyOf("id", ids);
  if (!name.empty()) {
    Predicate named;
    named.kind = Predicate::Kind::kRegex;
    named.path = "name";
    named.pattern = name;
    wanted = Predicate::And({std::move(wanted), std::move(named)});
  }
  docs::Plan plan = entities::Where(std::move(wanted));
  plan.order = {{.path = "name"}};
  plan.limit = kParentsMax;
  FURROW_ASSIGN(const auto found, docs.FindShared(entities::kTasks, plan));
  json::Array parents;
  for (const docs::DocPtr& task : found.docs) {
    json::Value parent = json::Object{{"id", task->At("id")}, {"name", task->At("name")}};
    if (const std::string& project = task->At("project").AsString(); !project.empty()) {
      parent["project"] = json::Object{
          {"id", project}, {"name", MemberOf(docs, entities::kProjects, project, "name")}};
    }
    parents.push_back(std::move(parent));
  }
  call.response["parents"] = std::move(parents);
  return {};
}

Status GetUserNames(Context& context, api::Call& call) {
  const docs::Store& docs = context.core.docs;
  FURROW_ASSIGN(const Predicate scope, entities::ScopeOf(docs, call));
  const std::string entity = call.Text("entity", "task");
  FURROW_TRY(call.Check());
  if (entity != "task" && entity != "model") {
    return api::Fail(api::kFieldsValue, "entity=" + entity);
  }
  FURROW_ASSIGN(const auto ids,
                entities::DistinctTexts(
                    docs, entity == "task" ? entities::kTasks : entities::kModels, "user", scope));
  json::Array users;
  for (const std::string& id : ids) {
    json::Value name = MemberOf(docs, entities::kUsers, id, "name");
    if (!name.IsNull()) users.push_back(json::Object{{"id", id}, {"name", std::move(name)}});
  }
  std::sort(users.begin(), users.end(), ByName);
  call.response["users"] = std::move(users);
  return {};
}

}  // namespace furrow::service::projects
