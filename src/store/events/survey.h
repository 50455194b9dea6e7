// SPDX-License-Identifier: Apache-2.0
// Looks at everything the event families hold, without opening the event store: what is damaged,
// and how much there is of each owner. For an engine that nobody writes to.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "store/kv/engine.h"
#include "store/kv/tables.h"

namespace furrow::events {

/// Bytes are those of keys and values, before the engine packs them.
struct OwnerSizes {
  uint64_t points = 0, point_bytes = 0;
  uint64_t lines = 0, line_bytes = 0;
  uint64_t rich = 0, rich_bytes = 0;
  uint64_t bytes() const { return point_bytes + line_bytes + rich_bytes; }
};

struct Survey {
  std::map<std::string, OwnerSizes> owners;  ///< by id, 32 hex
  uint64_t blocks = 0, chunks = 0, log_records = 0, owner_records = 0;
  OwnerSizes total;
  uint64_t deleted_bytes = 0;  ///< of deleted events that were not cleaned away yet
};

struct Damage {
  std::string owner;            ///< 32 hex; "" when the damage hides it
  std::string owner_last;       ///< a range of owners from `owner` on is concerned; else ""
  std::string what;             ///< "points", "log line", …
  std::string metric, variant;  ///< where they are known
  Status status;
};

/// Checks every seal. `deep`: decodes every point too, where else a block's head suffices.
/// `damaged` are the engine's damaged tables.
Survey TakeSurvey(const store::Engine& engine, const std::vector<store::TableReport>& damaged,
                  bool deep, const std::function<void(const Damage&)>& found);

}  // namespace furrow::events
