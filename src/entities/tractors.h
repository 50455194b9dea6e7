// SPDX-License-Identifier: Apache-2.0
// A tractor as it is kept and served: {id, name, created, created_by, enrolled, about, revoked
// {at, by, reason}?, last_seen, address, state, next {stream: number}, kept {stream: number},
// days {"2026-11-29": task}, release {id, name, ring, ring_name, stage}?, desired {...}?, bundles
// [...]}. The id is the name. Keys and tokens are not here: auth::Devices keeps them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "entities/core.h"
#include "json/value.h"

namespace furrow::entities {

/// Bundles a tractor was to run, newest last; older ones are forgotten. What ran before a release
/// is found among them.
inline constexpr size_t kTractorBundlesMax = 8;

/// 400/1201 when there is none.
Result<json::Value> GetTractor(docs::Transaction& t, std::string_view name);
Result<docs::DocPtr> GetTractor(const Core& core, const std::string& name);
json::Value NewTractor(std::string_view name, std::string_view by, Micros now);
Status PutTractor(docs::Transaction& t, json::Value tractor);

/// Makes `bundle` {release, id, version, bytes, sha256, url, rollback, watch_s} the desired one and
/// remembers it; null: there is none any more.
void SetDesired(json::Value& tractor, json::Value bundle);
/// What the tractor runs, as remembered; of one that is not remembered its id and version; null
/// when it has not said.
json::Value RunningBundle(const json::Value& tractor);

}  // namespace furrow::entities
