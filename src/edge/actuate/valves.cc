// SPDX-License-Identifier: Apache-2.0
#include "edge/actuate/valves.h"

#include <algorithm>

namespace furrow::edge {
namespace {

constexpr Nanos kTick = kMillisecond;

}  // namespace

Valves::Valves(const Boom& boom, ValveBus& bus, Nanos lease)
    : nozzles_(std::min(boom.nozzles.size(), ValveSet::kMax)),
      bus_(bus),
      lease_(lease),
      renewed_(INT64_MIN / 2),
      bus_lapses_(bus.Lapses(INT64_MIN / 2)) {
  changes_.reserve(4 * nozzles_);
}

bool Valves::Tick(Nanos now, std::span<const Command> commands) noexcept {
  ++counters_.ticks;
  NoticeLapse(now);
  const uint64_t wanted = closings_wanted_.load(std::memory_order_acquire);
  const ValveGate gate = gate_.load(std::memory_order_acquire);
  bool taken = true;
  if (wanted != closings_) {
    closings_ = wanted;
    taken = Give(now, {}, true);
  }
  counters_.ticks_off += gate == ValveGate::kOff;
  counters_.ticks_stopped += gate == ValveGate::kStopped;
  changes_.clear();
  for (const Command& command : commands) {
    const bool known = command.nozzle >= 0 && static_cast<size_t>(command.nozzle) < nozzles_;
    if (!known || (command.open && gate != ValveGate::kOn)) {
      ++counters_.refused;
      continue;
    }
    if (changes_.size() == changes_.capacity()) {
      taken = Give(now, changes_, false) && taken;
      changes_.clear();
    }
    counters_.late += command.at + kTick < now;
    changes_.push_back(command);
  }
  return Give(now, changes_, false) && taken;
}

bool Valves::CloseAll(Nanos now) noexcept { return Give(now, {}, true); }

bool Valves::Give(Nanos now, std::span<const Command> changes, bool close_all) noexcept {
  if (close_all) open_ = {};
  for (const Command& change : changes) open_.Set(static_cast<size_t>(change.nozzle), change.open);
  counters_.commands += changes.size();
  if (!bus_.Send({now, lease_, changes, &open_, close_all})) {
    ++counters_.bus_errors;
    return false;
  }
  renewed_ = now;
  return true;
}

void Valves::NoticeLapse(Nanos now) noexcept {
  const uint64_t lapses = bus_.Lapses(now);
  if (lapses == bus_lapses_ && (now - renewed_ < lease_ || !open_.Any())) return;
  bus_lapses_ = lapses;
  counters_.lapses += open_.Any();
  // The valves have closed; an order that still names them open must not open them again.
  open_ = {};
}

bool Valves::SetMaster(bool on) noexcept {
  if (on) {
    ValveGate from = ValveGate::kOff;
    return gate_.compare_exchange_strong(from, ValveGate::kOn) || from == ValveGate::kOn;
  }
  ValveGate from = ValveGate::kOn;
  if (gate_.compare_exchange_strong(from, ValveGate::kOff)) {
    master_offs_.fetch_add(1, std::memory_order_relaxed);
    closings_wanted_.fetch_add(1, std::memory_order_release);
  }
  return true;
}

void Valves::EmergencyStop() noexcept {
  gate_.store(ValveGate::kStopped, std::memory_order_release);
  emergency_stops_.fetch_add(1, std::memory_order_relaxed);
  closings_wanted_.fetch_add(1, std::memory_order_release);
}

void Valves::ResetEmergencyStop() noexcept {
  ValveGate from = ValveGate::kStopped;
  gate_.compare_exchange_strong(from, ValveGate::kOff);
}

ValveCounters Valves::counters() const noexcept {
  ValveCounters counters = counters_;
  counters.late += bus_.late();
  counters.master_offs = master_offs_.load(std::memory_order_relaxed);
  counters.emergency_stops = emergency_stops_.load(std::memory_order_relaxed);
  return counters;
}

}  // namespace furrow::edge
