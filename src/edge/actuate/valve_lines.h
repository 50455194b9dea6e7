// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "base/status.h"
#include "edge/actuate/valve_set.h"
#include "edge/boom/units.h"

namespace furrow::edge {

/// Outputs that keep a level until they are told another: what the guard (guard.h) holds. Made in
/// one process and opened in another, so a constructor touches no device. One thread.
class ValveLines {
 public:
  virtual ~ValveLines() = default;

  /// Takes hold of the device, all lines closed. Errors name it.
  virtual Status Open() = 0;
  /// Drives every line. `now` is the time on the monotonic clock. False: some may not have moved.
  virtual bool Set(Nanos now, const ValveSet& open) noexcept = 0;
  /// The levels, where the device tells.
  virtual std::optional<ValveSet> Read() noexcept { return std::nullopt; }
  /// Lets go of the device. The lines were closed before.
  virtual void Release() noexcept {}
};

}  // namespace furrow::edge
