// SPDX-License-Identifier: Apache-2.0
#include "edge/boom/standard.h"

#include <fmt/format.h>

namespace furrow::edge {

Boom StandardBoom() {
  Boom boom;
  boom.name = "standard 36 m";
  boom.bus = kMillisecond;
  boom.fall = 40 * kMillisecond;
  boom.footprint = 100'000;
  boom.margin_on = boom.margin_off = 20'000;
  boom.lease = 30 * kMillisecond;
  for (int i = 0; i < 144; ++i) {
    Nozzle nozzle;
    nozzle.y = 17'875'000 - 250'000 * i;
    nozzle.swath = 250'000;
    nozzle.valve = {10 * kMillisecond, 8 * kMillisecond, 8 * kMillisecond, 8 * kMillisecond};
    boom.nozzles.push_back(nozzle);
  }
  for (int i = 0; i < 12; ++i) {
    Camera camera;
    camera.name = fmt::format("camera {}", i);
    camera.width = 1920;
    camera.height = 1200;
    camera.fps = 9.6;
    camera.focal = 1200;
    camera.centre_u = 960;
    camera.centre_v = 600;
    camera.x = 1.5;
    camera.y = 16.5 - 3 * i;
    camera.height_m = 1.9375;
    camera.pitch = 1.5707963267948966;
    boom.cameras.push_back(camera);
  }
  return boom;
}

}  // namespace furrow::edge
