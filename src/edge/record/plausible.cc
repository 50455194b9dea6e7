// SPDX-License-Identifier: Apache-2.0
#include "edge/record/plausible.h"

#include <initializer_list>
#include <variant>

namespace furrow::edge {
namespace {

constexpr Nanos kTimeMax = int64_t{1} << 60;  // 36 years
constexpr Microns kWayMax = 1'000'000 * kMetre;
constexpr MicronsPerSecond kSpeedMax = 100 * kMetre;
constexpr NanoradsPerSecond kYawRateMax = 100'000'000'000;
constexpr Microns kLiftMax = 100 * kMetre;
constexpr int64_t kHeadingMax = 1'000'000'000'000'000;  // a million radians
constexpr int64_t kNanolitresMax = 1'000'000'000'000'000;

bool Within(int64_t most, std::initializer_list<int64_t> all) {
  for (const int64_t one : all) {
    if (one < -most || one > most) return false;
  }
  return true;
}

struct Check {
  bool operator()(const TickRecord& r) const { return Within(kTimeMax, {r.now}); }
  bool operator()(const PoseRecord& r) const {
    return Within(kTimeMax, {r.t}) && Within(kWayMax, {r.s}) && Within(kSpeedMax, {r.v}) &&
           Within(kYawRateMax, {r.yaw_rate}) && Within(kLiftMax, {r.lift});
  }
  bool operator()(const CommandRecord& r) const { return Within(kTimeMax, {r.at}); }
  bool operator()(const DetectionsRecord& r) const {
    return Within(kTimeMax, {r.captured, r.published});
  }
  bool operator()(const FrameRecord& r) const { return Within(kTimeMax, {r.captured, r.exposure}); }
  bool operator()(const SprayedRecord& r) const {
    return Within(kTimeMax, {r.t_open, r.t_close}) &&
           Within(kWayMax, {r.s_open, r.s_close, r.x_open, r.y_open, r.x_close, r.y_close}) &&
           Within(kHeadingMax, {r.heading_open, r.heading_close}) && Within(kSpeedMax, {r.speed}) &&
           Within(kNanolitresMax, {r.nanolitres});
  }
  bool operator()(const UnseenRecord& r) const {
    return Within(kWayMax, {r.near, r.far, r.right, r.left});
  }
  template <typename Other>
  bool operator()(const Other&) const {
    return true;
  }
};

}  // namespace

bool Plausible(const Record& record) { return std::visit(Check{}, record); }

}  // namespace furrow::edge
