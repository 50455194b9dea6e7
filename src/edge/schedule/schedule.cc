// SPDX-License-Identifier: Apache-2.0
#include "edge/schedule/schedule.h"

#include <algorithm>

namespace furrow::edge {
namespace {

/// Shorter pulses than this no valve follows.
constexpr Nanos kPulseMin = kMillisecond;
/// Beyond this nothing is projected: the products below stay within 64 bits.
constexpr Microns kHorizon = 100 * kMetre;
constexpr Microns kNothing = INT64_MAX, kOpen = INT64_MIN;

}  // namespace

Schedule::Schedule(const Boom& boom, size_t windows_max, FallRule fall)
    : boom_(boom),
      windows_max_(windows_max),
      fall_rule_(fall),
      lead_on_(boom.margin_on + boom.footprint / 2),
      lead_off_(boom.margin_off + boom.footprint / 2),
      nozzles_(boom.nozzles.size()),
      places_(kPlaces),
      first_(boom.nozzles.size(), kNothing) {
  for (size_t i = 0; i < nozzles_.size(); ++i) {
    const ValveTiming& valve = boom.nozzles[i].valve;
    nozzles_[i].calendar.reserve(windows_max);
    nozzles_[i].open_delay = boom.bus + valve.open;
    nozzles_[i].close_delay = boom.bus + valve.close;
    open_delay_max_ = std::max(open_delay_max_, nozzles_[i].open_delay);
    const Nozzle& nozzle = boom.nozzles[i];
    reach_y_ = std::max(reach_y_, nozzle.y < 0 ? -nozzle.y : nozzle.y);
    if (i == 0 || nozzle.y > boom.nozzles[i - 1].y) rows_.push_back({i, i, 0});
    rows_.back().end = i + 1;
    rows_.back().half_swath = std::max(rows_.back().half_swath, nozzle.swath / 2);
  }
}

void Schedule::Set(const GroundWeed& weed) {
  GroundWeed wide = weed;
  // A weed without width still lies somewhere.
  wide.left = std::max(weed.left, weed.right + 1);
  Microns from = wide.right, to = wide.left;
  Place& place = places_[weed.id % kPlaces];
  if (place.weed == weed.id) {
    from = std::min(from, place.right);
    to = std::max(to, place.left);
  } else if (weed.id <= newest_) {  // it may be anywhere
    from = INT64_MIN / 2;
    to = INT64_MAX / 2;
  }
  newest_ = std::max(newest_, weed.id);
  place = {weed.id, wide.right, wide.left};
  for (const Row& row : rows_) {
    const auto begin = boom_.nozzles.begin() + static_cast<ptrdiff_t>(row.begin);
    const auto end = boom_.nozzles.begin() + static_cast<ptrdiff_t>(row.end);
    auto nozzle = std::partition_point(
        begin, end, [&](const Nozzle& one) { return one.y - row.half_swath >= to; });
    for (; nozzle != end && nozzle->y + row.half_swath > from; ++nozzle) {
      SetAt(static_cast<size_t>(nozzle - boom_.nozzles.begin()), wide);
    }
  }
}

void Schedule::SetAt(size_t i, const GroundWeed& weed) {
  std::vector<Window>& calendar = nozzles_[i].calendar;
  bool begun = false;
  busy_ -= std::erase_if(calendar, [&](const Window& w) {
    begun = begun || (w.weed == weed.id && w.begun);
    return w.weed == weed.id;
  });
  const Nozzle& nozzle = boom_.nozzles[i];
  if (weed.right < nozzle.y + nozzle.swath / 2 && weed.left > nozzle.y - nozzle.swath / 2) {
    Insert(static_cast<int>(i), weed, begun);
  }
  Refresh(i);
}

void Schedule::Refresh(size_t nozzle) {
  const State& state = nozzles_[nozzle];
  first_[nozzle] = state.open               ? kOpen
                   : state.calendar.empty() ? kNothing
                                            : state.calendar.front().near - boom_.nozzles[nozzle].x;
}

void Schedule::Insert(int nozzle, const GroundWeed& weed, bool begun) {
  std::vector<Window>& calendar = nozzles_[nozzle].calendar;
  const Nozzle& place = boom_.nozzles[nozzle];
  const Microns across = std::min(weed.left, place.y + place.swath / 2) -
                         std::max(weed.right, place.y - place.swath / 2);
  Microns near = weed.near;
  for (const Done& done : nozzles_[nozzle].done) {
    if (done.weed != weed.id) continue;
    if (weed.far <= done.far + boom_.margin_off) return;
    near = std::max(near, done.far);
  }
  const Window window{near, weed.far, static_cast<int32_t>(across / 1000), weed.id, begun};
  ++counters_.windows;
  const auto after = std::ranges::upper_bound(calendar, near, {}, &Window::near);
  if (calendar.size() < windows_max_) {
    calendar.insert(after, window);
    ++busy_;
    return;
  }
  ++counters_.overflowed;
  const Window& neighbour = after == calendar.begin() ? calendar.front() : *(after - 1);
  const Microns from = std::min(neighbour.near, near), to = std::max(neighbour.far, weed.far);
  const bool spray = boom_.when_full == WhenFull::kSpray;
  const Microns ground = spray ? (to - from) - (neighbour.far - neighbour.near) : weed.far - near;
  counters_.overflow_mm2 += ground / 1000 * window.width_mm;
  if (!spray) return;
  Window& united = after == calendar.begin() ? calendar.front() : *(after - 1);
  united.near = from;
  united.far = to;
}

Schedule::Times Schedule::Project(const Window& window, int nozzle, const Pose& pose,
                                  MicronsPerSecond v_y) const {
  const State& state = nozzles_[nozzle];
  const Microns line = pose.s + boom_.nozzles[nozzle].x;
  return {(window.near - line) * kSecond / pose.v - lead_on_ * kSecond / v_y -
              (state.open_delay + fall_),
          (window.far - line) * kSecond / pose.v + lead_off_ * kSecond / v_y -
              (state.close_delay + fall_)};
}

void Schedule::Step(Nanos now, Nanos until, const Pose& pose, std::vector<Command>& out) {
  now_ = now;
  if (busy_ == 0) return;
  fall_ = boom_.ForwardFall(fall_rule_ == FallRule::kByHeight ? pose.lift : 0);
  // What starts farther away than this cannot open in this step; where one side of the boom is more
  // than four times slower than the centre, the exact projection decides.
  const Microns reach = pose.v * (until - now + open_delay_max_ + fall_) / kSecond + 4 * lead_on_;
  const MicronsPerSecond slowest =
      pose.v - std::max(pose.yaw_rate, -pose.yaw_rate) * reach_y_ / kSecond;
  const bool all_reach = master_ && slowest >= kSlowest && 4 * slowest >= pose.v;
  const Microns last = all_reach ? pose.s + reach : kNothing - 1;
  for (size_t i = 0; i < first_.size(); ++i) {
    if (first_[i] <= last) StepOne(i, now, until, pose, reach, out);
  }
}

void Schedule::StepOne(size_t i, Nanos now, Nanos until, const Pose& pose, Microns reach,
                       std::vector<Command>& out) {
  const int nozzle = static_cast<int>(i);
  const MicronsPerSecond v_y = pose.SpeedAt(boom_.nozzles[i].y);
  if (!master_ || pose.v < kSlowest || v_y < kSlowest) {
    Stop(nozzle, now, pose, out);
  } else if (nozzles_[i].open) {
    StepOpen(nozzle, now, until, pose, v_y, out);
  } else {
    const Microns ahead = first_[i] - pose.s;
    if (ahead > reach && (4 * v_y >= pose.v || ahead > kHorizon)) return;
    StepClosed(nozzle, now, until, pose, v_y, out);
  }
  Refresh(i);
}

void Schedule::StepClosed(int nozzle, Nanos now, Nanos until, const Pose& pose,
                          MicronsPerSecond v_y, std::vector<Command>& out) {
  State& state = nozzles_[nozzle];
  while (!state.calendar.empty()) {
    const Window& window = state.calendar.front();
    const Times times = Project(window, nozzle, pose, v_y);
    const Nanos at =
        std::max({now + times.open, now, state.closed_at + boom_.nozzles[nozzle].valve.min_off});
    if (at >= until) return;
    if (times.open < 0 && times.close <= 0) {
      Miss(nozzle, window, now + times.open, now);
      state.calendar.erase(state.calendar.begin());
      --busy_;
      continue;
    }
    if (at > now + times.open) Late(nozzle, window, now + times.open, at, pose.v);
    ++counters_.opened;
    state.open = true;
    state.opened_at = at;
    ++busy_;
    out.push_back({nozzle, true, at});
    StepOpen(nozzle, now, until, pose, v_y, out);
    return;
  }
}

void Schedule::StepOpen(int nozzle, Nanos now, Nanos until, const Pose& pose, MicronsPerSecond v_y,
                        std::vector<Command>& out) {
  State& state = nozzles_[nozzle];
  const ValveTiming& valve = boom_.nozzles[nozzle].valve;
  // It stays open over every window that begins before the one before is over, or so soon after
  // that the valve could not close in between.
  Nanos end = INT64_MIN / 2;
  size_t covered = 0;
  for (Window& window : state.calendar) {
    if (window.near - pose.s > kHorizon) break;
    const Times times = Project(window, nozzle, pose, v_y);
    // Braking moves times ahead, but what has begun stays begun.
    window.begun = window.begun || now + times.open <= state.opened_at || times.open <= 0;
    if (!window.begun && times.open > end + valve.min_off) break;
    // Held open beyond what lies before for the sake of this one: a change of mind now would close
    // late and, for the valve's sake, open late.
    if (covered > 0 && now + end < until) window.begun = true;
    end = std::max(end, times.close);
    ++covered;
  }
  const Nanos at = std::max(
      {now + std::max<Nanos>(end, 0), state.opened_at + std::max(valve.min_on, kPulseMin)});
  if (at >= until) return;
  for (size_t i = 0; i < covered; ++i) {
    const Window& window = state.calendar[i];
    state.done[state.done_count++ % state.done.size()] = {window.weed, window.far};
  }
  state.calendar.erase(state.calendar.begin(), state.calendar.begin() + covered);
  busy_ -= covered;
  Close(nozzle, at, out);
}

void Schedule::Stop(int nozzle, Nanos now, const Pose& pose, std::vector<Command>& out) {
  State& state = nozzles_[nozzle];
  // Not before it is to open: the order of the two would be lost.
  if (state.open) Close(nozzle, std::max(now, state.opened_at), out);
  const Microns line = pose.s + boom_.nozzles[nozzle].x;
  while (!state.calendar.empty() && state.calendar.front().far < line) {
    Miss(nozzle, state.calendar.front(), now, now);
    state.calendar.erase(state.calendar.begin());
    --busy_;
  }
}

void Schedule::Forget() {
  for (State& state : nozzles_) {
    for (const Window& window : state.calendar) {
      if (!window.begun) Miss(static_cast<int>(&state - nozzles_.data()), window, now_, now_);
    }
    busy_ -= state.calendar.size();
    state.calendar.clear();
    Refresh(static_cast<size_t>(&state - nozzles_.data()));
  }
}

void Schedule::Close(int nozzle, Nanos at, std::vector<Command>& out) {
  State& state = nozzles_[nozzle];
  state.open = false;
  state.closed_at = at;
  --busy_;
  out.push_back({nozzle, false, at});
}

void Schedule::Miss(int nozzle, const Window& window, Nanos due, Nanos seen) {
  State& state = nozzles_[nozzle];
  const auto known = std::ranges::find(state.missed, window.weed, &Done::weed);
  const bool again = known != state.missed.end() && window.weed != 0;
  const Microns near = again ? std::max(window.near, known->far) : window.near;
  if (again && window.far <= near) return;
  (again ? *known : state.missed[state.missed_count++ % state.missed.size()]) = {window.weed,
                                                                                 window.far};
  const auto ground = static_cast<uint64_t>((window.far - near) / 1000 * window.width_mm);
  counters_.missed += !again;
  counters_.missed_mm2 += ground;
  if (watched_ != nullptr) {
    watched_->push_back({nozzle, window.weed, due, seen, ground, true, false});
  }
}

void Schedule::Late(int nozzle, const Window& window, Nanos due, Nanos at, MicronsPerSecond v) {
  // What the margin does not make up for, of this weed.
  const Microns passed = std::min(at - due, kSecond) / 1000 * v / 1'000'000 - boom_.margin_on;
  const Microns lost = std::clamp<Microns>(passed, 0, window.far - window.near);
  const auto ground = static_cast<uint64_t>(lost / 1000 * window.width_mm);
  ++counters_.late;
  counters_.late_mm2 += ground;
  if (watched_ == nullptr) return;
  const State& state = nozzles_[nozzle];
  const bool resting = at == state.closed_at + boom_.nozzles[nozzle].valve.min_off;
  watched_->push_back({nozzle, window.weed, due, at, ground, false, resting});
}

}  // namespace furrow::edge
