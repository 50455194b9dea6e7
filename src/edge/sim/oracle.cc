// SPDX-License-Identifier: Apache-2.0
#include "edge/sim/oracle.h"

#include <algorithm>

namespace furrow::edge {
namespace {

constexpr Microns kBehind = 2 * kMetre;
constexpr size_t kPoses = 400;  // four seconds at 100 Hz

}  // namespace

Oracle::Oracle(const Boom& boom) : boom_(boom) {}

void Oracle::OnPose(const Pose& pose) {
  poses_.push_back(pose);
  if (poses_.size() > kPoses) poses_.pop_front();
}

void Oracle::OnWeed(const GroundWeed& weed) {
  const auto same = std::ranges::find(weeds_, weed.id, &GroundWeed::id);
  if (same != weeds_.end()) {
    *same = weed;
  } else {
    weeds_.push_back(weed);
  }
}

Nanos Oracle::Solve(int n, Microns edge, Microns lead, Nanos delay) const {
  const Nozzle& nozzle = boom_.nozzles[n];
  const auto due = [&](const Pose& pose) {
    const double v = static_cast<double>(pose.v), v_y = static_cast<double>(pose.SpeedAt(nozzle.y));
    const double left = static_cast<double>(edge - nozzle.x - pose.s);
    // On the nozzle's own path everything is v_y/v as long.
    const Nanos carried = delay + boom_.ForwardFall(pose.lift);
    return left * v_y / v <= static_cast<double>(lead) + v_y * FromBillionths(carried);
  };
  const auto after = std::partition_point(poses_.begin() + 1, poses_.end() - 1,
                                          [&](const Pose& pose) { return !due(pose); });
  const Pose &from = *(after - 1), &to = *after;
  Nanos low = from.t, high = to.t;
  while (high - low > 100) {
    const Nanos middle = low + (high - low) / 2;
    (due(Between(from, to, middle)) ? high : low) = middle;
  }
  return high;
}

void Oracle::Settle(std::vector<std::deque<CommandWindow>>& windows) {
  if (poses_.size() < 2) return;
  const Microns passed = poses_.back().s - kBehind;
  const auto over = [&](const GroundWeed& weed) { return weed.far < passed; };
  std::ranges::sort(weeds_, {}, &GroundWeed::near);
  for (const GroundWeed& weed : weeds_) {
    if (!over(weed)) continue;
    for (size_t i = 0; i < boom_.nozzles.size(); ++i) {
      const Nozzle& nozzle = boom_.nozzles[i];
      if (weed.right >= nozzle.y + nozzle.swath / 2 || weed.left <= nozzle.y - nozzle.swath / 2) {
        continue;
      }
      const int n = static_cast<int>(i);
      CommandWindow window{
          Solve(n, weed.near, boom_.margin_on + boom_.footprint / 2, boom_.bus + nozzle.valve.open),
          Solve(n, weed.far, -boom_.margin_off - boom_.footprint / 2,
                boom_.bus + nozzle.valve.close)};
      window.close = std::max(window.close, window.open + nozzle.valve.min_on);
      std::deque<CommandWindow>& list = windows[i];
      if (!list.empty() && window.open <= list.back().close + nozzle.valve.min_off) {
        list.back().close = std::max(list.back().close, window.close);
        list.back().open = std::min(list.back().open, window.open);
      } else {
        list.push_back(window);
      }
    }
  }
  std::erase_if(weeds_, over);
}

}  // namespace furrow::edge
