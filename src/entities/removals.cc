// SPDX-License-Identifier: Apache-2.0
#include "entities/removals.h"

#include "base/id.h"
#include "entities/find.h"

namespace furrow::entities {
namespace {

// Of one document, and of one transaction where a project may hold a million tasks.
constexpr size_t kFilesPerNote = 1000;
constexpr int64_t kChunk = 500;

// Projects that this very process deletes are not taken up by its worker.
const std::string& ThisLife() {
  static const std::string id = NewId();
  return id;
}

Status Note(docs::Transaction& t, Micros now, json::Value note) {
  const std::string id = NewId();
  note["id"] = id;
  note["created"] = FormatTime(now);
  return t.Put(kRemovals, id, std::move(note));
}

using RemoveOne = std::function<Status(docs::Transaction&, const json::Value& doc)>;

Status RemoveFrom(Core& core, docs::CollectionId collection,
                  const std::vector<std::string>& projects, bool files, Removed& removed,
                  Micros now, const RemoveOne& remove) {
  for (;;) {
    docs::Plan plan = Where(AnyOf("project", projects));
    plan.limit = kChunk;
    FURROW_ASSIGN(const auto ids, core.docs.FindIds(collection, plan));
    if (ids.empty()) return {};
    if (!files) {
      for (const std::string& id : ids) {
        FURROW_TRY(CollectEventUrls(core, id, removed.event_urls));
      }
    }
    FURROW_TRY(core.docs.Transact([&](docs::Transaction& t) -> Status {
      for (const std::string& id : ids) {
        if (!t.Exists(collection, id)) continue;
        FURROW_ASSIGN(const json::Value doc, t.Get(collection, id));
        FURROW_TRY(remove(t, doc));
      }
      return files ? RemoveFilesLater(t, core, now, removed) : Status();
    }));
  }
}

Status RemoveContents(Core& core, const Actor& actor, const std::vector<std::string>& projects,
                      bool files, Removed& removed) {
  removed.files = files;
  FURROW_TRY(RemoveFrom(core, kModels, projects, files, removed, actor.now,
                        [&](docs::Transaction& t, const json::Value& model) {
                          return RemoveModel(t, core, actor, model, removed);
                        }));
  return RemoveFrom(core, kTasks, projects, files, removed, actor.now,
                    [&](docs::Transaction& t, const json::Value& task) {
                      return RemoveTask(t, core, actor, task, removed);
                    });
}

Status RemoveEmptied(Core& core, const std::vector<std::string>& projects,
                     const std::string& note) {
  return core.docs.Transact([&](docs::Transaction& t) -> Status {
    for (const std::string& project : projects) {
      if (t.Exists(kProjects, project)) FURROW_TRY(t.Delete(kProjects, project));
    }
    return t.Exists(kRemovals, note) ? t.Delete(kRemovals, note) : Status();
  });
}

std::vector<std::string_view> OwnPrefixes(const Core& core) {
  std::vector<std::string_view> out{core.files_url};
  out.insert(out.end(), core.more_files_urls.begin(), core.more_files_urls.end());
  return out;
}

}  // namespace

std::optional<std::string> OwnFile(const Core& core, std::string_view url) {
  for (const std::string_view prefix : OwnPrefixes(core)) {
    if (prefix.empty() || !url.starts_with(prefix) || url.substr(prefix.size(), 1) != "/") continue;
    std::string_view file = url.substr(prefix.size() + 1);
    file = file.substr(0, file.find_first_of("?#"));
    if (!file.empty()) return std::string(file);
  }
  return std::nullopt;
}

std::vector<std::string> UrlsOf(const Core& core, std::string_view file) {
  std::vector<std::string> out;
  for (const std::string_view prefix : OwnPrefixes(core)) {
    if (!prefix.empty()) out.push_back(std::string(prefix) + "/" + std::string(file));
  }
  return out;
}

Status RemoveFilesLater(docs::Transaction& t, const Core& core, Micros now,
                        std::set<std::string>& urls) {
  json::Array files;
  const auto flush = [&]() -> Status {
    if (files.empty()) return {};
    return Note(t, now,
                json::Object{{"kind", "files"}, {"files", std::exchange(files, json::Array{})}});
  };
  for (auto it = urls.begin(); it != urls.end();) {
    const auto file = OwnFile(core, *it);
    if (!file) {
      ++it;
      continue;
    }
    files.push_back(*file);
    it = urls.erase(it);
    if (files.size() == kFilesPerNote) FURROW_TRY(flush());
  }
  return flush();
}

Status RemoveFilesLater(docs::Transaction& t, const Core& core, Micros now, Removed& removed) {
  FURROW_TRY(RemoveFilesLater(t, core, now, removed.artifact_urls));
  FURROW_TRY(RemoveFilesLater(t, core, now, removed.model_urls));
  return RemoveFilesLater(t, core, now, removed.event_urls);
}

Status RemoveRunLater(docs::Transaction& t, Micros now, const std::string& run) {
  return Note(t, now, json::Object{{"kind", "run"}, {"run", run}});
}

Status RemoveProjects(Core& core, const Actor& actor, const std::vector<std::string>& projects,
                      bool files, Removed& removed) {
  const std::string id = NewId();
  json::Value note =
      json::Object{{"id", id},          {"created", FormatTime(actor.now)},
                   {"kind", "project"}, {"projects", json::Array(projects.begin(), projects.end())},
                   {"files", files},    {"doer", ThisLife()}};
  FURROW_TRY(core.docs.Transact([&](docs::Transaction& t) { return t.Put(kRemovals, id, note); }));
  Status done = RemoveContents(core, actor, projects, files, removed);
  if (done.ok()) done = RemoveEmptied(core, projects, id);
  if (done.ok()) return {};
  // It was begun and is finished, now or after the next start.
  note["doer"] = nullptr;
  const Status left =
      core.docs.Transact([&](docs::Transaction& t) { return t.Put(kRemovals, id, note); });
  (void)left;
  return done;
}

Result<bool> ResumeProjects(Core& core, const json::Value& note) {
  if (note.At("doer").AsString() == ThisLife()) return false;
  std::vector<std::string> projects;
  for (const json::Value& id : note.At("projects").array()) projects.push_back(id.AsString());
  Removed removed;
  FURROW_TRY(
      RemoveContents(core, {"", core.clock.Now()}, projects, note.At("files").AsBool(), removed));
  FURROW_TRY(RemoveEmptied(core, projects, note.At("id").AsString()));
  return true;
}

}  // namespace furrow::entities
