// SPDX-License-Identifier: Apache-2.0
// Releases as they are kept, and what happens to them and to their tractors, inside a transaction.
// The rules are domain/rollout.h's and domain/health_gates.h's; here they meet documents.
//
// A release: {id, name, status, created, created_by, rollback, auto_advance, bundle {id, name,
// version, bytes, sha256, file, url, signed_by, passed, waiver, source, fits}, rings [{name,
// tractors, began}], ring (index of the last that began, -1), gates, tractors {name: {ring, stage,
// since, reason, before, said_good, health?, figures?}}, approved {at, by, comment}?,
// halted {at, by, why}?, ended?}.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "domain/health_gates.h"
#include "domain/rollout.h"
#include "entities/core.h"
#include "json/value.h"

namespace furrow::entities {

/// 400/1202 when there is none.
Result<json::Value> GetRelease(docs::Transaction& t, std::string_view id);
Status PutRelease(docs::Transaction& t, json::Value release);

/// The release as the rules see it.
domain::Rollout RolloutOf(const json::Value& release);
domain::Gates GatesOf(const json::Value& release);

/// The next ring of `release` (not stored yet) begins: each of its tractors is to run the bundle.
/// `who` for the audit trail. Errors: 400/1201 for a tractor that is gone or revoked, 400/1203 for
/// one in another release that is rolling, naming it; nothing is changed then.
Status BeginRing(docs::Transaction& t, json::Value& release, std::string_view who,
                 const std::string& why, Micros now);

/// Ends the release (not stored yet): tractors whose ring has begun are to run what they ran
/// before.
Status HaltRelease(docs::Transaction& t, json::Value& release, std::string_view who,
                   const std::string& why, Micros now);

/// What a heartbeat means for the release its tractor is in: the stage reported, gates judged, and
/// what follows for the release. `tractor` (not stored yet) holds the new state already.
/// `progress`: {release, stage, reason, disagreement?} or null. Unfit reports are passed over.
Status TakeHeartbeat(docs::Transaction& t, json::Value& tractor, const json::Value& progress,
                     Micros now);

/// True while something is to be done: the tractor should ask again soon.
bool IsBusy(const json::Value& tractor);

}  // namespace furrow::entities
