// SPDX-License-Identifier: Apache-2.0
// The table [actuate] of a machine's configuration: which driver, on which device, how carefully.
// docs/edge/wire.md describes it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "edge/actuate/gpio_plan.h"
#include "edge/actuate/valve_bus.h"
#include "edge/boom/boom.h"

namespace furrow::edge {

enum class ValveDriver : uint8_t { kSimulator, kGpio, kCan };

struct ActuateOptions {
  ValveDriver driver = ValveDriver::kSimulator;
  bool dry_run = true;                   // of a real bus: encode and count, do not write
  bool self_test = true;                 // before the first tick
  std::optional<Nanos> lease;            // in place of the boom's
  std::string device;                    // simulator: a file, or empty; can: the interface
  std::vector<GpioChip> chips;           // gpio
  bool active_low = false;               // gpio
  std::string consumer = "furrow-edge";  // gpio
  uint32_t can_id = 0x310;
  Nanos renew = 5 * kMillisecond;  // can

  Nanos Lease(const Boom& boom) const { return lease.value_or(boom.lease); }

  bool operator==(const ActuateOptions&) const = default;
};

/// "simulator", "gpio", "can".
std::string_view DriverName(ValveDriver driver);

/// The table [actuate] of a document; without one, what stands above. Other tables are not looked
/// at. An error names `path`, line, column and what to do.
Result<ActuateOptions> ParseActuate(std::string_view text, const std::string& path);

/// The same from a file.
Result<ActuateOptions> ReadActuate(const std::string& path);

/// The bus that they describe. Behind the guard (simulator, gpio) this forks it, so it has to come
/// before other threads. Errors: those of the driver; kInvalidArgument when options and boom do not
/// fit together (a line for each nozzle, bus_s of a tick behind the guard, a lease of 20 to 50 ms
/// that frames renew in time).
Result<std::unique_ptr<ValveBus>> OpenValveBus(const ActuateOptions& options, const Boom& boom);

}  // namespace furrow::edge
