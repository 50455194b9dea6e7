// SPDX-License-Identifier: Apache-2.0
// The audit trail of tractors and releases: who did what and why, what was refused too. Entries are
// written in the transaction of what they tell of, so neither is there without the other, and are
// never changed. The newest kAuditMax stay; of what people without credentials tried, kept apart so
// that they cannot push the others out, the newest kAuditStrangersMax.
#pragma once

#include <string>
#include <string_view>

#include "api/call.h"
#include "base/status.h"
#include "entities/core.h"
#include "json/value.h"

namespace furrow::entities {

inline constexpr int64_t kAuditMax = 200'000;
inline constexpr int64_t kAuditStrangersMax = 10'000;
inline constexpr size_t kAuditWhyMax = 1000;  ///< bytes; the rest is cut off

struct AuditEntry {
  std::string_view who;   ///< a user's name, "tractor T7", "gates", or "stranger ADDRESS"
  std::string_view what;  ///< a word: "created", "approved", "refused" ...
  std::string why;
  std::string_view release = {};  ///< its id
  std::string_view tractor = {};
  bool stranger = false;
};

/// Adds one.
Status Audit(docs::Transaction& t, Micros now, const AuditEntry& entry);
/// Adds one in a transaction of its own: for a refusal, whose own transaction is undone.
Status AuditRefusal(const Core& core, Micros now, const AuditEntry& entry);

/// "jane", for `who`.
std::string WhoCalls(const api::Call& call);

struct AuditFilter {
  std::string release, tractor;  ///< empty: any
  int64_t count = 100;
};
/// The newest that match, newest first: {at, who, what, why, release, tractor}.
Result<json::Array> ReadAudit(const Core& core, const AuditFilter& filter);

}  // namespace furrow::entities
