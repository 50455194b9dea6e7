// SPDX-License-Identifier: Apache-2.0
// A World with short ways to put projects, tasks, models and images into it.
#pragma once

#include <string>
#include <string_view>

#include "domain/project_path.h"
#include "entities/task_document.h"
#include "entities/world_fixture.h"

namespace furrow::entities {

class ProjectWorld : public World {
 protected:
  /// A project as it stands in the store, its path made from its parent's.
  std::string Project(const std::string& name, const std::string& parent = "",
                      std::string_view system_tags = "[]") {
    json::Value doc = json::Object{{"name", name},
                                   {"basename", domain::Basename(name)},
                                   {"company", core.company_id},
                                   {"tags", json::Array{}},
                                   {"system_tags", J(system_tags)},
                                   {"last_update", FormatTime(clock.now)},
                                   {"parent", nullptr},
                                   {"path", json::Array{}}};
    if (!parent.empty()) {
      json::Array path = Get(kProjects, parent).At("path").array();
      path.push_back(parent);
      doc["path"] = std::move(path);
      doc["parent"] = parent;
    }
    return Put(kProjects, std::move(doc));
  }
  /// A task in the project ("" for none) with these members over the defaults.
  std::string Task(const std::string& project, std::string_view members = "{}") {
    json::Value doc = NewTask(core, {identity.user_id, clock.now});
    if (!project.empty()) doc["project"] = project;
    return Put(kTasks, With(std::move(doc), members));
  }
  std::string Model(const std::string& project, std::string_view members = "{}") {
    json::Value doc = json::Object{{"name", "net"},
                                   {"user", identity.user_id},
                                   {"company", core.company_id},
                                   {"last_update", FormatTime(clock.now)}};
    if (!project.empty()) doc["project"] = project;
    return Put(kModels, With(std::move(doc), members));
  }
  /// Reports a debug image at that URL.
  void Image(const std::string& owner, const std::string& url) {
    const std::string text = json::Write(json::Object{{"url", url}, {"key", url}});
    events::OwnerBatch batch{.owner = owner};
    batch.rich.push_back({.type = events::RichType::kImage,
                          .metric = "m",
                          .variant = "v",
                          .key = url,
                          .iter = 0,
                          .time_ms = clock.now / 1000,
                          .json = text});
    const auto added = core.events.Append({batch}, {});
    EXPECT_TRUE(added.ok()) << added.status().ToString();
  }
};

}  // namespace furrow::entities
