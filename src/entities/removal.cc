// SPDX-License-Identifier: Apache-2.0
#include "entities/removal.h"

#include "entities/find.h"
#include "entities/removals.h"
#include "entities/task_changes.h"
#include "json/text.h"

namespace furrow::entities {
namespace {

std::string Mark(const std::string& id) { return std::string(kDeletedPrefix) + id; }

// Puts the mark at `field` of every document that holds `id` there. A match may be gone by now:
// Find does not see what this very transaction deleted.
Status MarkReferences(docs::Transaction& t, docs::CollectionId collection, std::string_view field,
                      const std::string& id, int64_t& updated) {
  FURROW_ASSIGN(const auto ids, t.Find(collection, WhereEquals(std::string(field), id)));
  for (const std::string& other : ids) {
    if (!t.Exists(collection, other)) continue;
    FURROW_ASSIGN(json::Value doc, t.Get(collection, other));
    doc.MakePath(field) = Mark(id);
    FURROW_TRY(t.Put(collection, other, std::move(doc)));
    ++updated;
  }
  return {};
}

Status MarkModelInTasks(docs::Transaction& t, const std::string& id, int64_t& updated) {
  for (const char* side : {"input", "output"}) {
    const std::string path = std::string("models.") + side + ".model";
    FURROW_ASSIGN(const auto tasks, t.Find(kTasks, WhereEquals(path, id)));
    for (const std::string& task_id : tasks) {
      if (!t.Exists(kTasks, task_id)) continue;
      FURROW_ASSIGN(json::Value task, t.Get(kTasks, task_id));
      for (json::Value& entry : task["models"][side].array()) {
        if (entry.At("model").AsString() == id) entry["model"] = Mark(id);
      }
      FURROW_TRY(t.Put(kTasks, task_id, std::move(task)));
      ++updated;
    }
  }
  return {};
}

Status RemoveEvents(docs::Transaction& t, Core& core, Micros now, const std::string& owner,
                    const Removed& removed) {
  if (removed.files) return RemoveRunLater(t, now, owner);
  ForgetEvents(t, core, owner);
  return {};
}

}  // namespace

json::Value Removed::Urls() const {
  const auto list = [](const std::set<std::string>& urls) {
    return json::Array(urls.begin(), urls.end());
  };
  return json::Object{{"artifact_urls", list(artifact_urls)},
                      {"model_urls", list(model_urls)},
                      {"event_urls", list(event_urls)}};
}

Status CollectEventUrls(const Core& core, std::string_view owner, std::set<std::string>& urls) {
  FURROW_ASSIGN(const auto series, core.events.RichIndex(owner, events::RichType::kImage));
  for (const auto& one : series) {
    FURROW_ASSIGN(const auto found,
                  core.events.RichEvents(owner, events::RichType::kImage, one.metric, one.variant,
                                         std::nullopt, SIZE_MAX));
    for (const events::StoredRich& event : found) {
      const auto parsed = json::Parse(event.json);
      if (parsed.ok() && parsed->At("url").IsString()) urls.insert(parsed->At("url").AsString());
    }
  }
  return {};
}

void CollectArtifactUrls(const json::Value& task, std::set<std::string>& urls) {
  for (const json::Value& artifact : task.At("execution").At("artifacts").array()) {
    if (artifact.At("mode").AsString("output") == "output" && artifact.At("uri").IsString()) {
      urls.insert(artifact.At("uri").AsString());
    }
  }
}

void ForgetEvents(docs::Transaction& t, Core& core, const std::string& owner) {
  core.events.Delete(owner, t.batch());
  t.AfterWrite([&core, owner] { core.events.Forget(owner); });
}

Status RemoveModel(docs::Transaction& t, Core& core, const Actor& actor, const json::Value& model,
                   Removed& removed) {
  const std::string id = model.At("id").AsString();
  if (const std::string& uri = model.At("uri").AsString(); !uri.empty()) {
    removed.model_urls.insert(uri);
  }
  FURROW_TRY(MarkModelInTasks(t, id, removed.updated_tasks));
  FURROW_TRY(MarkReferences(t, kModels, "parent", id, removed.updated_models));
  FURROW_TRY(RemoveEvents(t, core, actor.now, id, removed));
  FURROW_TRY(t.Delete(kModels, id));
  ++removed.models;
  return {};
}

Status RemoveTask(docs::Transaction& t, Core& core, const Actor& actor, const json::Value& task,
                  Removed& removed) {
  const std::string id = task.At("id").AsString();
  CollectArtifactUrls(task, removed.artifact_urls);
  FURROW_ASSIGN(const bool dequeued, RemoveFromQueues(t, core, id, actor.now));
  (void)dequeued;
  FURROW_TRY(MarkReferences(t, kTasks, "parent", id, removed.updated_children));
  FURROW_TRY(MarkReferences(t, kModels, "task", id, removed.updated_models));
  FURROW_TRY(RemoveEvents(t, core, actor.now, id, removed));
  FURROW_TRY(t.Delete(kTasks, id));
  ++removed.tasks;
  return {};
}

}  // namespace furrow::entities
