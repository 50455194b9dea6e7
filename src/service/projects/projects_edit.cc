// SPDX-License-Identifier: Apache-2.0
#include "domain/project_path.h"
#include "entities/find.h"
#include "entities/many.h"
#include "entities/project_tree.h"
#include "entities/tags.h"
#include "entities/task_changes.h"
#include "service/projects/projects_ops.h"

namespace furrow::service::projects {
namespace {

using entities::ActorOf;

// Clients look for a data set or pipeline by the name of its project and of the tasks in it
// ("soil", "spray #3"): the one does not change without the other.
Status RenameTasks(docs::Transaction& t, const entities::Actor& actor, const json::Value& project,
                   std::string_view new_name) {
  const std::string& old_name = project.At("basename").AsString();
  for (const char* kind : {"dataset", "pipeline"}) {
    if (!entities::HasTag(project.At("system_tags"), kind)) continue;
    FURROW_ASSIGN(const auto ids, t.Find(entities::kTasks,
                                         entities::Where(docs::Predicate::And(
                                             {docs::Predicate::Equals("project", project.At("id")),
                                              docs::Predicate::Equals("system_tags", kind)}))));
    for (const std::string& id : ids) {
      FURROW_ASSIGN(json::Value task, t.Get(entities::kTasks, id));
      const std::string name = task.At("name").AsString();
      if (name != old_name && !name.starts_with(old_name + " #")) continue;
      task["name"] = std::string(new_name) + name.substr(old_name.size());
      entities::MarkChanged(task, actor);
      FURROW_TRY(t.Put(entities::kTasks, id, std::move(task)));
    }
  }
  return {};
}

// Gives the project its new name: the last element may change, the place may not.
Status Rename(docs::Transaction& t, Context& context, const api::Call& call, const std::string& id,
              const std::string& wanted) {
  FURROW_ASSIGN(const json::Value doc, GetForChange(t, id));
  const std::string name = domain::NormalisePath(wanted);
  if (domain::ParentPath(name) != domain::ParentPath(doc.At("name").AsString())) {
    return api::Fail(api::kCannotMoveByUpdate, "id=" + id);
  }
  FURROW_ASSIGN(const int64_t renamed,
                entities::RenameProject(t, context.core, ActorOf(call), id, name));
  return renamed ? RenameTasks(t, ActorOf(call), doc, domain::Basename(name)) : Status();
}

Status CheckFields(const api::Call& call) {
  for (const char* f : {"name", "description", "default_output_destination"}) {
    const json::Value& v = call.Field(f);
    if (!v.IsNull() && !v.IsString())
      return api::Fail(api::kFieldsType, std::string(f) + " must be a text");
  }
  for (const char* f : {"tags", "system_tags"}) {
    const json::Value& v = call.Field(f);
    if (!v.IsNull() && !v.IsArray()) {
      return api::Fail(api::kFieldsType, std::string(f) + " must be a list of texts");
    }
  }
  return entities::CheckUserTags(call.Field("tags"));
}

// Gives everything of a project in `collection` another one, some at a time: a project may hold a
// million tasks. Returns how many were moved.
Result<int64_t> MoveEntities(Context& context, docs::CollectionId collection,
                             const std::string& from, const json::Value& to) {
  int64_t moved = 0;
  for (;;) {
    docs::Plan plan = entities::WhereEquals("project", from);
    plan.limit = kChunk;
    FURROW_ASSIGN(const auto ids, context.core.docs.FindIds(collection, plan));
    if (ids.empty()) return moved;
    FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
      for (const std::string& id : ids) {
        if (!t.Exists(collection, id)) continue;
        FURROW_ASSIGN(json::Value doc, t.Get(collection, id));
        doc["project"] = to;
        FURROW_TRY(t.Put(collection, id, std::move(doc)));
      }
      return {};
    }));
    moved += static_cast<int64_t>(ids.size());
  }
}

// Where a merge goes: null for the top of the tree.
Status CheckMerge(docs::Transaction& t, const std::string& source_id,
                  const std::string& target_id) {
  FURROW_ASSIGN(const json::Value source, GetForChange(t, source_id));
  if (source_id == target_id) return api::Fail(api::kProjectSameDestination);
  if (target_id.empty()) return {};
  FURROW_ASSIGN(const json::Value target, GetForChange(t, target_id));
  for (const json::Value& ancestor : target.At("path").array()) {
    if (ancestor.AsString() == source_id) return api::Fail(api::kProjectMergeIntoChild);
  }
  return {};
}

struct Moved {
  int64_t entities = 0, projects = 0;
};

// Empties `source` into `target` ("" for the top) and deletes it. A child whose name the target has
// already is merged in its turn: both may hold ".datasets".
Status MergeInto(Context& context, const entities::Actor& actor, const std::string& source,
                 const std::string& target, Moved& moved) {
  docs::Store& docs = context.core.docs;
  const json::Value to = target.empty() ? json::Value() : json::Value(target);
  std::string prefix;
  if (!target.empty()) {
    FURROW_ASSIGN(const json::Value into, docs.Get(entities::kProjects, target));
    prefix = into.At("name").AsString() + "/";
  }
  FURROW_ASSIGN(const auto children,
                docs.FindIds(entities::kProjects, entities::WhereEquals("parent", source)));
  for (const std::string& child : children) {
    std::string twin;
    FURROW_TRY(docs.Transact([&](docs::Transaction& t) -> Status {
      FURROW_ASSIGN(const json::Value doc, GetProject(t, child));
      const std::string name = prefix + doc.At("basename").AsString();
      FURROW_ASSIGN(const auto existing, entities::FindProject(t, name));
      if (existing) {
        twin = existing->At("id").AsString();
        return {};
      }
      FURROW_ASSIGN(const int64_t renamed,
                    entities::RenameProject(t, context.core, actor, child, name));
      moved.projects += renamed;
      return {};
    }));
    if (!twin.empty()) FURROW_TRY(MergeInto(context, actor, child, twin, moved));
  }
  for (;;) {
    for (const auto collection : {entities::kTasks, entities::kModels}) {
      FURROW_ASSIGN(const int64_t count, MoveEntities(context, collection, source, to));
      moved.entities += count;
    }
    bool empty = true;
    FURROW_TRY(docs.Transact([&](docs::Transaction& t) -> Status {
      for (const auto collection : {entities::kTasks, entities::kModels}) {
        FURROW_ASSIGN(const auto late,
                      t.Find(collection, entities::WhereEquals("project", source)));
        empty = empty && late.empty();
      }
      if (!empty) return {};
      FURROW_TRY(entities::TouchProject(t, target, actor.now));
      return t.Delete(entities::kProjects, source);
    }));
    if (empty) return {};
  }
}

}  // namespace

Result<json::Value> GetProject(docs::Transaction& t, std::string_view id) {
  auto project = t.Get(entities::kProjects, id);
  if (!project.ok() && project.status().code() == Code::kNotFound) {
    return api::Fail(api::kInvalidProjectId, "id=" + std::string(id));
  }
  return project;
}

Result<json::Value> GetForChange(docs::Transaction& t, std::string_view id) {
  FURROW_ASSIGN(json::Value project, GetProject(t, id));
  FURROW_TRY(entities::CheckWritable(project));
  return project;
}

Status Create(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"name"}));
  const std::string name = call.Text("name");
  FURROW_TRY(call.Check());
  FURROW_TRY(CheckFields(call));
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(const json::Value made,
                  entities::CreateProject(t, context.core, ActorOf(call), name, call.request));
    call.response["id"] = made.At("id");
    return {};
  }));
  return {};
}

Status Update(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"project"}));
  const std::string id = call.Text("project"), name = call.Text("name");
  FURROW_TRY(call.Check());
  FURROW_TRY(CheckFields(call));
  json::Value fields = json::Object{};
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    if (call.Has("name")) FURROW_TRY(Rename(t, context, call, id, name));
    FURROW_ASSIGN(json::Value doc, GetForChange(t, id));
    for (const char* f : {"description", "default_output_destination"}) {
      if (call.Has(f)) doc[f] = call.Field(f);
    }
    for (const char* f : {"tags", "system_tags"}) {
      if (call.Has(f)) doc[f] = entities::NormaliseTags(call.Field(f));
    }
    doc["last_update"] = FormatTime(call.now);
    for (const char* f :
         {"name", "description", "default_output_destination", "tags", "system_tags"}) {
      if (call.Has(f)) fields[f] = doc.At(f);
    }
    if (call.Has("name")) fields["basename"] = doc.At("basename");
    fields["last_update"] = doc.At("last_update");
    return t.Put(entities::kProjects, id, std::move(doc));
  }));
  call.response["updated"] = 1;
  call.response["fields"] = std::move(fields);
  return {};
}

Status Move(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"project"}));
  const std::string id = call.Text("project");
  const std::string location = domain::NormalisePath(call.Text("new_location"));
  FURROW_TRY(call.Check());
  int64_t moved = 0;
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(const json::Value doc, GetForChange(t, id));
    const std::string& name = doc.At("name").AsString();
    if (location == domain::ParentPath(name)) return api::Fail(api::kProjectSameDestination);
    FURROW_TRY(entities::TouchProject(t, doc.At("parent").AsString(), call.now));
    const std::string basename(domain::Basename(name));
    FURROW_ASSIGN(moved,
                  entities::RenameProject(t, context.core, ActorOf(call), id,
                                          location.empty() ? basename : location + "/" + basename));
    return {};
  }));
  call.response["moved"] = moved;
  return {};
}

Status Merge(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"project"}));
  const std::string source = call.Text("project"), target = call.Text("destination_project");
  FURROW_TRY(call.Check());
  FURROW_TRY(context.core.docs.Transact(
      [&](docs::Transaction& t) { return CheckMerge(t, source, target); }));
  Moved moved;
  FURROW_TRY(MergeInto(context, ActorOf(call), source, target, moved));
  call.response["moved_entities"] = moved.entities;
  call.response["moved_projects"] = moved.projects;
  return {};
}

Status MakePublic(Context& context, api::Call& call) {
  return entities::SetPublic(context.core, call, entities::kProjects, api::kInvalidProjectId, true);
}

Status MakePrivate(Context& context, api::Call& call) {
  return entities::SetPublic(context.core, call, entities::kProjects, api::kInvalidProjectId,
                             false);
}

}  // namespace furrow::service::projects
