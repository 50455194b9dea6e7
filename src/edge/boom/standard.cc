// SPDX-License-Identifier: Apache-2.0
#include "edge/boom/standard.h"

#include <fmt/format.h>

namespace furrow::edge {

Boom StandardBoom(int sections) {
  Boom boom;
  boom.name = fmt::format("standard {} m", 3 * sections);
  boom.bus = kMillisecond;
  boom.fall = 40 * kMillisecond;
  boom.footprint = 100'000;
  boom.margin_on = boom.margin_off = 20'000;
  boom.lease = 30 * kMillisecond;
  const int nozzles = 12 * sections;
  for (int i = 0; i < nozzles; ++i) {
    Nozzle nozzle;
    nozzle.y = 125'000 * (nozzles - 1 - 2 * i);
    nozzle.swath = 250'000;
    nozzle.valve = {10 * kMillisecond, 8 * kMillisecond, 8 * kMillisecond, 8 * kMillisecond};
    boom.nozzles.push_back(nozzle);
  }
  for (int i = 0; i < sections; ++i) {
    Camera camera;
    camera.name = fmt::format("camera {}", i);
    camera.width = 1920;
    camera.height = 1200;
    camera.fps = 9.6;
    camera.focal = 1200;
    camera.centre_u = 960;
    camera.centre_v = 600;
    camera.x = 1.5;
    camera.y = 1.5 * (sections - 1 - 2 * i);
    camera.height_m = 1.9375;
    camera.pitch = 1.5707963267948966;
    boom.cameras.push_back(camera);
  }
  return boom;
}

}  // namespace furrow::edge
