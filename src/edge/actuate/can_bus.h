// SPDX-License-Identifier: Apache-2.0
// Valves behind a controller on CAN, by SocketCAN's raw frames.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "edge/actuate/can_frame.h"
#include "edge/actuate/valve_bus.h"

namespace furrow::edge {

struct CanBusOptions {
  uint32_t id = 0x310;             // of bank 0's frames, 11 bits; the next bank's is one more
  Nanos renew = 5 * kMillisecond;  // a bank whose states stay gets a frame this often
};

struct CanBusCounters {
  uint64_t frames = 0;   // handed over; in a dry run those that would have been
  uint64_t refused = 0;  // not taken: the queue was full, the bus is off, the interface is gone
};

/// A bank gets a frame in the tick in which it changes, and otherwise often enough to keep its
/// lease. The controller acts on a frame when it comes, so a change waits for the tick that is
/// nearest to its time: up to half a millisecond early or late, 3 mm at 6 m/s. On and off again
/// between two such ticks is not sent at all; a valve's min_on_s has to be longer than that.
///
/// Nothing is heard back, so a lapse is reckoned: no frame of a bank with open valves was taken for
/// the length of the lease. Then a frame that closes all goes before the next, as the controller
/// wants it (can_ecu.h).
///
/// Changes whose time has not come wait here. All of them are void, and all valves count as closed,
/// when an order closes all, when a bank lapses, and when for the length of a lease there was no
/// order that was taken whole: what opens then is a new command.
class CanValveBus : public ValveBus {
 public:
  /// Opens SocketCAN's `interface`, such as "can0". Errors: kNotFound when there is none,
  /// kFailedPrecondition when the system has no CAN, kIoError.
  static Result<std::unique_ptr<CanValveBus>> Open(const std::string& interface, size_t nozzles,
                                                   const CanBusOptions& options);

  /// Over a socket that takes `struct can_frame`s, which it closes in the end; -1 for a dry run, in
  /// which everything is done but the sending.
  CanValveBus(int socket, size_t nozzles, const CanBusOptions& options);
  ~CanValveBus() override;
  CanValveBus(const CanValveBus&) = delete;
  CanValveBus& operator=(const CanValveBus&) = delete;

  bool Send(const ValveOrder& order) noexcept override;
  uint64_t Lapses(Nanos now) noexcept override;
  const CanBusCounters& counters() const noexcept { return counters_; }

 private:
  struct Bank {
    uint64_t open = 0;            // of the last frame that was taken
    Nanos taken = INT64_MIN / 2;  // when that was
    uint8_t sequence = 0;         // of the next
    bool lapsed = true;           // the controller waits for a frame that closes all
  };

  void Void() noexcept;
  bool SendBank(size_t index, uint64_t open, uint8_t lease_ms, Nanos now) noexcept;
  bool Write(const CanValveFrame& frame) noexcept;

  const int socket_;
  const CanBusOptions options_;
  std::vector<Bank> banks_;
  std::vector<Command> waiting_;   // changes whose time has not come; its capacity never changes
  ValveSet shown_;                 // after all whose time has
  Nanos lease_ = 0;                // of the last order
  Nanos renewed_ = INT64_MIN / 2;  // the last order that was taken
  uint64_t lapses_ = 0;
  CanBusCounters counters_;
};

}  // namespace furrow::edge
