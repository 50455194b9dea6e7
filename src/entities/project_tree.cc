// SPDX-License-Identifier: Apache-2.0
#include "entities/project_tree.h"

#include <unordered_set>

#include "api/error.h"
#include "base/id.h"
#include "domain/project_path.h"
#include "entities/find.h"
#include "entities/tags.h"

namespace furrow::entities {
namespace {

Status CheckName(std::string_view name) {
  switch (domain::CheckPath(name)) {
    case domain::PathProblem::kNone:
      return {};
    case domain::PathProblem::kEmpty:
    case domain::PathProblem::kTooShort:
      return api::Fail(api::kInvalidProjectName, "a name has three characters or more");
    case domain::PathProblem::kTooDeep:
      return api::Fail(api::kProjectPathTooLong);
  }
  return {};
}

// The document of a new project at `name` below `parent` (null at the top).
json::Value NewProject(const Core& core, const Actor& actor, std::string_view name,
                       const json::Value& parent, const json::Value& fields) {
  const std::string time = FormatTime(actor.now);
  json::Array path = parent.At("path").array();
  if (!parent.IsNull()) path.push_back(parent.At("id"));
  json::Value doc = json::Object{
      {"id", NewId()},
      {"name", name},
      {"basename", domain::Basename(name)},
      {"description", fields.At("description").AsString()},
      {"user", actor.user},
      {"company", core.company_id},
      {"created", time},
      {"last_update", time},
      {"tags", NormaliseTags(fields.At("tags"))},
      {"system_tags", NormaliseTags(fields.At("system_tags"))},
      {"default_output_destination", fields.At("default_output_destination")},
      {"parent", parent.At("id")},
      {"path", std::move(path)},
  };
  return doc;
}

// The document of the parent of `name`, parents made on the way; null for a top-level name.
Result<json::Value> EnsureParents(docs::Transaction& t, const Core& core, const Actor& actor,
                                  std::string_view name, const json::Value& fields) {
  json::Value parent;
  for (const std::string& ancestor : domain::ParentPaths(name)) {
    FURROW_ASSIGN(auto found, FindProject(t, ancestor));
    if (found) {
      parent = std::move(*found);
      continue;
    }
    json::Value inherited;
    // The folder of hidden projects (".datasets") is hidden too, and nothing else that they are.
    if (domain::Basename(ancestor).starts_with('.') && HasTag(fields.At("system_tags"), "hidden")) {
      inherited["system_tags"] = json::Array{"hidden"};
    }
    json::Value made = NewProject(core, actor, ancestor, parent, inherited);
    FURROW_TRY(t.Put(kProjects, made.At("id").AsString(), made));
    parent = std::move(made);
  }
  return parent;
}

}  // namespace

Result<std::optional<json::Value>> FindProject(docs::Transaction& t, std::string_view name) {
  FURROW_ASSIGN(auto ids, t.Find(kProjects, WhereEquals("name", name)));
  if (ids.empty()) return std::optional<json::Value>();
  FURROW_ASSIGN(json::Value doc, t.Get(kProjects, ids.front()));
  return std::optional<json::Value>(std::move(doc));
}

Result<json::Value> CreateProject(docs::Transaction& t, const Core& core, const Actor& actor,
                                  std::string_view name, const json::Value& fields) {
  const std::string path = domain::NormalisePath(name);
  FURROW_TRY(CheckName(path));
  FURROW_TRY(CheckUserTags(fields.At("tags")));
  FURROW_ASSIGN(auto existing, FindProject(t, path));
  if (existing) return api::Fail(api::kNotUnique, "a project named '" + path + "' exists");
  FURROW_ASSIGN(const json::Value parent, EnsureParents(t, core, actor, path, fields));
  json::Value doc = NewProject(core, actor, path, parent, fields);
  FURROW_TRY(t.Put(kProjects, doc.At("id").AsString(), doc));
  return doc;
}

Result<std::string> EnsureProject(docs::Transaction& t, const Core& core, const Actor& actor,
                                  std::string_view name,
                                  const std::vector<std::string>& system_tags) {
  FURROW_ASSIGN(auto existing, FindProject(t, domain::NormalisePath(name)));
  if (existing) return existing->At("id").AsString();
  json::Value fields;
  fields["system_tags"] = json::Array(system_tags.begin(), system_tags.end());
  FURROW_ASSIGN(const json::Value made, CreateProject(t, core, actor, name, fields));
  return made.At("id").AsString();
}

Result<std::string> EnsureOwnProject(docs::Transaction& t, const Core& core, const Actor& actor,
                                     std::string_view name) {
  FURROW_ASSIGN(auto existing, FindProject(t, name));
  if (existing) return existing->At("id").AsString();
  FURROW_ASSIGN(const json::Value parent, EnsureParents(t, core, actor, name, {}));
  json::Value doc = NewProject(core, actor, name, parent, {});
  std::string id = doc.At("id").AsString();
  FURROW_TRY(t.Put(kProjects, id, std::move(doc)));
  return id;
}

Result<std::string> ChooseProject(docs::Transaction& t, const Core& core, const Actor& actor,
                                  std::string_view id, std::string_view name,
                                  const std::vector<std::string>& system_tags) {
  if (!id.empty()) {
    FURROW_TRY(CheckProject(t, id));
    return std::string(id);
  }
  if (name.empty()) return std::string();
  return EnsureProject(t, core, actor, name, system_tags);
}

Status CheckProject(docs::Transaction& t, std::string_view id) {
  if (id.empty() || t.Exists(kProjects, id)) return {};
  return api::Fail(api::kInvalidProjectId, id);
}

Result<std::vector<std::string>> WithChildren(const docs::Store& docs,
                                              const std::vector<std::string>& ids) {
  FURROW_ASSIGN(auto below, docs.FindIds(kProjects, Where(AnyOf("path", ids))));
  std::vector<std::string> all = ids;
  const std::unordered_set<std::string> known(ids.begin(), ids.end());
  for (std::string& id : below) {
    if (!known.count(id)) all.push_back(std::move(id));
  }
  return all;
}

Status TouchProject(docs::Transaction& t, std::string_view id, Micros now) {
  if (id.empty() || !t.Exists(kProjects, id)) return {};
  FURROW_ASSIGN(json::Value doc, t.Get(kProjects, id));
  doc["last_update"] = FormatTime(now);
  return t.Put(kProjects, id, std::move(doc));
}

Result<int64_t> RenameProject(docs::Transaction& t, const Core& core, const Actor& actor,
                              std::string_view id, std::string_view new_name) {
  const std::string path = domain::NormalisePath(new_name);
  FURROW_TRY(CheckName(path));
  FURROW_ASSIGN(json::Value doc, t.Get(kProjects, id));
  const std::string old_name = doc.At("name").AsString();
  if (path == old_name) return int64_t{0};
  if (path.starts_with(old_name + "/")) return api::Fail(api::kProjectUnderItself);
  FURROW_ASSIGN(auto existing, FindProject(t, path));
  if (existing) return api::Fail(api::kNotUnique, "a project named '" + path + "' exists");
  FURROW_ASSIGN(const json::Value parent, EnsureParents(t, core, actor, path, doc));

  json::Array new_path = parent.At("path").array();
  if (!parent.IsNull()) new_path.push_back(parent.At("id"));
  const size_t old_depth = doc.At("path").array().size();
  doc["name"] = path;
  doc["basename"] = domain::Basename(path);
  doc["parent"] = parent.At("id");
  doc["path"] = new_path;
  doc["last_update"] = FormatTime(actor.now);
  FURROW_TRY(t.Put(kProjects, id, doc));

  FURROW_ASSIGN(auto below, t.Find(kProjects, WhereEquals("path", std::string(id))));
  for (const std::string& child_id : below) {
    FURROW_ASSIGN(json::Value child, t.Get(kProjects, child_id));
    const std::string name = path + child.At("name").AsString().substr(old_name.size());
    FURROW_TRY(CheckName(name));
    json::Array child_path = new_path;
    const json::Array& old_path = child.At("path").array();
    child_path.insert(child_path.end(), old_path.begin() + static_cast<ptrdiff_t>(old_depth),
                      old_path.end());
    child["name"] = name;
    child["path"] = std::move(child_path);
    FURROW_TRY(t.Put(kProjects, child_id, std::move(child)));
  }
  return static_cast<int64_t>(below.size()) + 1;
}

}  // namespace furrow::entities
