// SPDX-License-Identifier: Apache-2.0
#include "edge/actuate/simulated_valves.h"

#include <algorithm>

namespace furrow::edge {
namespace {

/// Changes under way to one nozzle: those of a few ticks, more with a late bus.
constexpr size_t kUnderWayEach = 16;

}  // namespace

SimulatedValves::SimulatedValves(const Boom& boom, size_t flows_max)
    : bus_(boom.bus), flows_max_(flows_max), valves_(boom.nozzles.size()) {
  for (size_t i = 0; i < valves_.size(); ++i) valves_[i].timing = boom.nozzles[i].valve;
  under_way_.reserve(kUnderWayEach * valves_.size());
  flows_.reserve(flows_max);
}

bool SimulatedValves::Send(const ValveOrder& order) noexcept {
  Advance(order.now);
  if (bus_fault_ == BusFault::kRefuses) return false;
  if (bus_fault_ == BusFault::kLoses) return true;
  const Nanos delay = bus_ + extra_delay_;
  if (delay >= order.lease) {
    late_ += order.changes.size();
    return true;
  }
  if (order.close_all) {
    // Also what is still on its way to open is closed when this arrives.
    std::erase_if(under_way_, [&](const Change& c) { return c.arrives > order.now + delay; });
    for (size_t i = 0; i < valves_.size(); ++i) {
      if (under_way_.size() == under_way_.capacity()) return Overflow();
      under_way_.push_back({static_cast<int>(i), false, order.now + delay});
    }
  }
  for (const Command& change : order.changes) {
    if (under_way_.size() == under_way_.capacity()) return Overflow();
    const Nanos arrives = std::max(change.at, order.now) + delay;
    late_ += arrives > change.at + bus_ + kMillisecond;
    under_way_.push_back({change.nozzle, change.open, arrives});
  }
  lease_until_ = std::max(lease_until_, order.now + order.lease);
  return true;
}

/// What finds no room may be a close, so everything closes.
bool SimulatedValves::Overflow() noexcept {
  under_way_.clear();
  CloseAll(now_);
  ++lapses_;
  return false;
}

void SimulatedValves::Advance(Nanos now) noexcept {
  if (now <= now_) return;
  now_ = now;
  if (lease_until_ <= now) {
    Deliver(lease_until_);
    const bool open = std::ranges::any_of(valves_, [](const Valve& v) { return v.coil; });
    // Orders still under way are as old as the lease.
    if (open || !under_way_.empty()) {
      lapses_ += open;
      under_way_.clear();
      CloseAll(lease_until_);
    }
  }
  Deliver(now);
  for (size_t i = 0; i < valves_.size(); ++i) Move(static_cast<int>(i), now);
}

void SimulatedValves::Deliver(Nanos until) noexcept {
  size_t kept = 0;
  for (size_t i = 0; i < under_way_.size(); ++i) {
    const Change change = under_way_[i];
    if (change.arrives <= until) {
      Tell(change.nozzle, change.open, change.arrives);
    } else {
      under_way_[kept++] = change;
    }
  }
  under_way_.resize(kept);
}

void SimulatedValves::CloseAll(Nanos at) noexcept {
  for (size_t i = 0; i < valves_.size(); ++i) Tell(static_cast<int>(i), false, at);
}

void SimulatedValves::Tell(int nozzle, bool open, Nanos at) noexcept {
  Valve& valve = valves_[static_cast<size_t>(nozzle)];
  if (valve.coil == open) return;
  if (valve.fault != ValveFault::kNone) {
    valve.coil = open;
    valve.told_at = at;
    return;
  }
  const Nanos soonest = valve.told_at + (open ? valve.timing.min_off : valve.timing.min_on);
  too_short_ += at < soonest;
  at = std::max(at, soonest);
  Move(nozzle, at);
  valve.coil = open;
  valve.told_at = at;
  valve.moves_at =
      valve.flows != open ? at + (open ? valve.timing.open : valve.timing.close) : kNever;
}

void SimulatedValves::Move(int nozzle, Nanos until) noexcept {
  Valve& valve = valves_[static_cast<size_t>(nozzle)];
  if (valve.moves_at > until) return;
  const Nanos at = valve.moves_at;
  valve.moves_at = kNever;
  SetFlow(nozzle, valve.fault == ValveFault::kNone && valve.coil, at);
}

void SimulatedValves::SetFlow(int nozzle, bool flows, Nanos at) noexcept {
  Valve& valve = valves_[static_cast<size_t>(nozzle)];
  if (valve.flows == flows) return;
  valve.flows = flows;
  if (flows) {
    valve.flows_since = at;
  } else if (flows_.size() < flows_max_) {
    flows_.push_back({nozzle, valve.flows_since, at});
  } else {
    ++flows_lost_;
  }
}

void SimulatedValves::SetFault(int nozzle, ValveFault fault, Nanos now) noexcept {
  Advance(now);
  Valve& valve = valves_[static_cast<size_t>(nozzle)];
  valve.fault = fault;
  valve.moves_at = kNever;
  switch (fault) {
    case ValveFault::kStuckOpen:
      SetFlow(nozzle, true, now);
      break;
    case ValveFault::kStuckClosed:
      SetFlow(nozzle, false, now);
      break;
    case ValveFault::kDead:
      if (valve.flows) valve.moves_at = now + valve.timing.close;
      break;
    case ValveFault::kNone:
      if (valve.flows == valve.coil) break;
      valve.moves_at = now + (valve.coil ? valve.timing.open : valve.timing.close);
      break;
  }
}

std::optional<ValveSet> SimulatedValves::ReadBack(Nanos now) {
  Advance(now);
  ValveSet flowing;
  for (size_t i = 0; i < valves_.size(); ++i) flowing.Set(i, valves_[i].flows);
  return flowing;
}

void SimulatedValves::TakeFlows(std::vector<Flow>& out) {
  out.insert(out.end(), flows_.begin(), flows_.end());
  flows_.clear();
}

}  // namespace furrow::edge
