// SPDX-License-Identifier: Apache-2.0
// The deciding thread must not wait for the heap: after it is built, a fuser never asks it.
#include <cstdlib>
#include <new>

#include <gtest/gtest.h>

#include "edge/field/drive.h"
#include "edge/field/sensors.h"
#include "edge/pose/fuser.h"

namespace {

bool counting = false;
int allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  if (counting) ++allocations;
  if (void* const place = std::malloc(size == 0 ? 1 : size)) return place;
  throw std::bad_alloc();
}
void operator delete(void* place) noexcept { std::free(place); }
void operator delete(void* place, std::size_t) noexcept { std::free(place); }

namespace furrow::edge {
namespace {

TEST(Fuser, NeverAllocatesOnceBuilt) {
  const Drive drive = FieldDrive({}, 600 * kMetre);
  Odometer wheel(drive,
                 {.slip_ppm = 100'000,
                  .slip_seconds_ppm = 100'000,
                  .dead = 3 * kSecond,
                  .dead_every = 30 * kSecond},
                 1);
  Gnss gnss(drive, {.dropout = 5 * kSecond, .dropout_every = 30 * kSecond, .jump = kMetre}, 1);
  Imu imu(drive, {}, 1);
  HeightSensor height({}, 1);
  Fuser fuser({.height = true});
  PoseHistory history;
  GnssFix fix = gnss.Next();
  HeightSample boom = height.Next();
  counting = true;
  for (Nanos now = 0; now < 90 * kSecond; now += 10 * kMillisecond) {
    fuser.OnWheel(wheel.Next());
    fuser.OnImu(imu.Next());
    for (; fix.arrival <= now; fix = gnss.Next()) fuser.OnGnss(fix);
    for (; boom.t <= now; boom = height.Next()) fuser.OnHeight(boom);
    if (const auto pose = fuser.At(now)) history.Add(*pose);
  }
  counting = false;
  EXPECT_EQ(allocations, 0);
  EXPECT_GT(fuser.counters().fixes, 500u);
  EXPECT_GT(fuser.counters().slips, 0u);
  EXPECT_GT(fuser.counters().wheel_deaths, 0u);
}

}  // namespace
}  // namespace furrow::edge
