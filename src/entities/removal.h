// SPDX-License-Identifier: Apache-2.0
// Deleting models and tasks inside a transaction, with all that refers to them: what stays behind
// keeps "__DELETED__<id>", so that people see there was something.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/status.h"
#include "entities/core.h"
#include "json/value.h"

namespace furrow::entities {

inline constexpr std::string_view kDeletedPrefix = "__DELETED__";

/// What a removal took with it. Files are for the client to delete, by their URLs, unless it asked
/// for `files`: then those on our file server go too, and the URLs that are left lie elsewhere.
struct Removed {
  bool files = false;
  int64_t tasks = 0, models = 0;
  int64_t updated_children = 0, updated_models = 0, updated_tasks = 0;
  std::set<std::string> artifact_urls, model_urls, event_urls;

  /// {artifact_urls, model_urls, event_urls}
  json::Value Urls() const;
};

/// URLs of the debug images an owner reported, read before its events go. Reads the event store:
/// call it outside of a transaction where there may be many.
Status CollectEventUrls(const Core& core, std::string_view owner, std::set<std::string>& urls);
/// URLs of the artifacts the task made itself.
void CollectArtifactUrls(const json::Value& task, std::set<std::string>& urls);

/// Deletes the events of a task or model with the transaction.
void ForgetEvents(docs::Transaction& t, Core& core, const std::string& owner);
/// Deletes the model and its events, with `removed.files` once its images are gone. Tasks that use
/// or made it and models derived from it keep the mark above.
Status RemoveModel(docs::Transaction& t, Core& core, const Actor& actor, const json::Value& model,
                   Removed& removed);
/// Deletes the task and its events, as RemoveModel, takes it out of every queue; children and the
/// models it made keep the mark above. Does not look at its status.
Status RemoveTask(docs::Transaction& t, Core& core, const Actor& actor, const json::Value& task,
                  Removed& removed);

}  // namespace furrow::entities
