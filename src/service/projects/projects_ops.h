// SPDX-License-Identifier: Apache-2.0
// What several files of this service share.
#pragma once

#include <string_view>

#include "service/projects/projects_service.h"

namespace furrow::service::projects {

/// Documents changed in one transaction at most, where a project may hold a million.
inline constexpr int64_t kChunk = 500;

/// The project, or 400/401.
Result<json::Value> GetProject(docs::Transaction& t, std::string_view id);
/// The same for a change: also 403/21 for a public one.
Result<json::Value> GetForChange(docs::Transaction& t, std::string_view id);

}  // namespace furrow::service::projects
