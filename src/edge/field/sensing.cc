// SPDX-License-Identifier: Apache-2.0
#include "edge/field/sensing.h"

namespace furrow::edge {

Sensing::Sensing(const Drive& drive, const SensorOptions& options, const FuserOptions& fuser,
                 uint64_t seed)
    : gnss_fitted_(options.gnss_fitted),
      boom_height_(fuser.boom_height),
      fuser_(fuser),
      wheel_(drive, options.wheel, seed),
      gnss_(drive, options.gnss, seed),
      imu_(drive, options.imu, seed),
      height_(options.height, seed),
      next_wheel_(wheel_.Next()),
      next_fix_(gnss_.Next()),
      next_imu_(imu_.Next()),
      next_height_(height_.Next()) {}

void Sensing::Hear(Nanos now) {
  for (; next_wheel_.t <= now; next_wheel_ = wheel_.Next()) fuser_.OnWheel(next_wheel_);
  for (; next_imu_.t <= now; next_imu_ = imu_.Next()) fuser_.OnImu(next_imu_);
  for (; gnss_fitted_ && next_fix_.arrival <= now; next_fix_ = gnss_.Next()) {
    fuser_.OnGnss(next_fix_);
  }
  for (; next_height_.t <= now; next_height_ = height_.Next()) fuser_.OnHeight(next_height_);
}

}  // namespace furrow::edge
