// SPDX-License-Identifier: Apache-2.0
#include "edge/sim/sprayed_way.h"

#include <algorithm>
#include <cmath>

namespace furrow::edge {

double SprayEdge(const Boom& boom, int nozzle, const TruePose& pose, Microns lift,
                 double footprint_share) {
  const Nozzle& of = boom.nozzles[static_cast<size_t>(nozzle)];
  const double v_y = pose.v - pose.yaw_rate * FromMillionths(of.y);
  const double ahead = FromBillionths(boom.ForwardFall(lift)) * v_y +
                       footprint_share * FromMillionths(boom.footprint);
  return pose.s + FromMillionths(of.x) + ahead * pose.v / v_y;
}

SprayedWay::SprayedWay(const Boom& boom, std::vector<Stretch> judged)
    : boom_(boom),
      judged_(std::move(judged)),
      strips_(boom.nozzles.size()),
      open_from_(boom.nozzles.size(), INFINITY),
      needed_(boom.nozzles.size(), {-1e9, -1e9}) {}

void SprayedWay::Open(int nozzle, double from) { open_from_[static_cast<size_t>(nozzle)] = from; }

void SprayedWay::Close(int nozzle, double to) {
  const auto n = static_cast<size_t>(nozzle);
  const Stretch strip{open_from_[n], to};
  open_from_[n] = INFINITY;
  if (strip.to <= strip.from) return;
  strips_[n].push_back(strip);
  Account(nozzle, strip);
}

void SprayedWay::Finish() {
  for (size_t i = 0; i < open_from_.size(); ++i) {
    if (open_from_[i] < INFINITY) Account(static_cast<int>(i), {open_from_[i], INFINITY});
  }
}

void SprayedWay::Account(int nozzle, const Stretch& strip) {
  const double swath = FromMillionths(boom_.nozzles[static_cast<size_t>(nozzle)].swath);
  const double half = FromMillionths(boom_.footprint) / 2;
  for (const Stretch& judged : judged_) {
    const auto within = [&](double from, double to) {
      return std::max(0.0, std::min(to, judged.to) - std::max(from, judged.from));
    };
    sprayed_m2_ += within(strip.from, strip.to) * swath;
    product_m2_ += within(strip.from + half, strip.to - half) * swath;
  }
}

void SprayedWay::Need(const WayPlant& weed) {
  const double before = FromMillionths(boom_.margin_on + boom_.footprint / 2);
  const double after = FromMillionths(boom_.margin_off + boom_.footprint / 2);
  const Stretch strip{weed.near - before, weed.far + after};
  for (size_t i = 0; i < boom_.nozzles.size(); ++i) {
    const double swath = FromMillionths(boom_.nozzles[i].swath);
    if (std::abs(weed.y - FromMillionths(boom_.nozzles[i].y)) >= (weed.width + swath) / 2) continue;
    Stretch& last = needed_[i];
    double more = strip.to - strip.from;
    if (strip.from > last.to) {
      last = strip;
    } else {
      const Stretch united{std::min(last.from, strip.from), std::max(last.to, strip.to)};
      more = united.to - united.from - (last.to - last.from);
      last = united;
    }
    needed_m2_ += more * swath;
  }
}

Hit SprayedWay::HitOf(const WayPlant& plant) const {
  int over = -1;
  for (size_t i = 0; i < boom_.nozzles.size() && over < 0; ++i) {
    const double aside = plant.y - FromMillionths(boom_.nozzles[i].y);
    if (std::abs(aside) <= FromMillionths(boom_.nozzles[i].swath) / 2) over = static_cast<int>(i);
  }
  if (over < 0 || plant.size < kWeedCounts) return Hit::kBeside;
  const auto n = static_cast<size_t>(over);
  bool hit = false;
  double covered = plant.near;
  const auto add = [&](const Stretch& strip) {
    hit = hit || (strip.from <= plant.middle() && strip.to >= plant.middle());
    if (strip.from <= covered) covered = std::max(covered, strip.to);
  };
  for (const Stretch& strip : strips_[n]) {
    if (strip.from > plant.far) break;
    add(strip);
  }
  // Along a row of crop a nozzle stays open, past all that is judged meanwhile.
  if (open_from_[n] < INFINITY) add({open_from_[n], INFINITY});
  return !hit ? Hit::kMissed : covered < plant.far ? Hit::kMiddle : Hit::kWhole;
}

void SprayedWay::Forget(double before) {
  for (auto& strips : strips_) {
    while (!strips.empty() && strips.front().to < before) strips.pop_front();
  }
}

}  // namespace furrow::edge
