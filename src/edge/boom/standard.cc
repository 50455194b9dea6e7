// SPDX-License-Identifier: Apache-2.0
#include "edge/boom/standard.h"

#include <fmt/format.h>

#include "edge/boom/sine.h"

namespace furrow::edge {
namespace {

/// What repeats along a boom: one camera over some nozzles at 0.25 m.
struct Section {
  int nozzles;
  double width_m;
  Camera camera;
};

Boom BoomOf(std::string_view name, int sections, const Section& section) {
  Boom boom;
  boom.name = fmt::format("{} {:g} m", name, section.width_m * sections);
  boom.bus = kMillisecond;
  boom.fall = 40 * kMillisecond;
  boom.footprint = 100'000;
  boom.margin_on = boom.margin_off = 20'000;
  boom.lease = 30 * kMillisecond;
  const int nozzles = section.nozzles * sections;
  for (int i = 0; i < nozzles; ++i) {
    Nozzle nozzle;
    nozzle.y = 125'000 * (nozzles - 1 - 2 * i);
    nozzle.swath = 250'000;
    nozzle.valve = {10 * kMillisecond, 8 * kMillisecond, 8 * kMillisecond, 8 * kMillisecond};
    boom.nozzles.push_back(nozzle);
  }
  for (int i = 0; i < sections; ++i) {
    Camera camera = section.camera;
    camera.name = fmt::format("camera {}", i);
    camera.y = section.width_m / 2 * (sections - 1 - 2 * i);
    boom.cameras.push_back(camera);
  }
  return boom;
}

/// Straight down, `x` ahead of the nozzles and `height` above the ground.
Camera LooksDown(int width, int height, double fps, double focal, double x, double height_m) {
  Camera camera;
  camera.width = width;
  camera.height = height;
  camera.fps = fps;
  camera.focal = focal;
  camera.centre_u = width / 2.0;
  camera.centre_v = height / 2.0;
  camera.x = x;
  camera.height_m = height_m;
  camera.pitch = kPi / 2;
  return camera;
}

}  // namespace

Boom StandardBoom(int sections) {
  return BoomOf("standard", sections, {12, 3, LooksDown(1920, 1200, 9.6, 1200, 1.5, 1.9375)});
}

Boom CloseBoom(int sections) {
  return BoomOf("close", sections, {4, 1, LooksDown(1456, 1088, 24, 1456, 1, 1)});
}

}  // namespace furrow::edge
