// SPDX-License-Identifier: Apache-2.0
// Projects as a tree of paths, inside a transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "entities/core.h"
#include "json/value.h"

namespace furrow::entities {

/// The project of exactly that full name, nullopt when none.
Result<std::optional<json::Value>> FindProject(docs::Transaction& t, std::string_view name);

/// Makes the project and its missing parents. `fields`: description, tags, system_tags,
/// default_output_destination. Errors: 400/801 when the name is taken, 400/407, 400/409 for a bad
/// one. Returns the document.
Result<json::Value> CreateProject(docs::Transaction& t, const Core& core, const Actor& actor,
                                  std::string_view name, const json::Value& fields);

/// The id of the project of that name, made when missing (with these system tags).
Result<std::string> EnsureProject(docs::Transaction& t, const Core& core, const Actor& actor,
                                  std::string_view name,
                                  const std::vector<std::string>& system_tags = {});

/// The same for a name of the server's own making, whose last element may be short (a tractor's).
Result<std::string> EnsureOwnProject(docs::Transaction& t, const Core& core, const Actor& actor,
                                     std::string_view name);

/// The project chosen by a request's `project` (an id) or `project_name` (made when missing);
/// "" when neither. Errors: 400/401.
Result<std::string> ChooseProject(docs::Transaction& t, const Core& core, const Actor& actor,
                                  std::string_view id, std::string_view name,
                                  const std::vector<std::string>& system_tags = {});

/// 400/401 unless `id` names a project; "" passes.
Status CheckProject(docs::Transaction& t, std::string_view id);

/// The ids with all their descendants. Sees committed documents.
Result<std::vector<std::string>> WithChildren(const docs::Store& docs,
                                              const std::vector<std::string>& ids);

/// A task in it changed: its last_update moves on. "" and unknown ids are ignored.
Status TouchProject(docs::Transaction& t, std::string_view id, Micros now);

/// Gives the project and its subtree a new full name; missing parents are made. Errors as
/// CreateProject, 400/411 under itself. Returns how many projects changed.
Result<int64_t> RenameProject(docs::Transaction& t, const Core& core, const Actor& actor,
                              std::string_view id, std::string_view new_name);

}  // namespace furrow::entities
