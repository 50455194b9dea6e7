// SPDX-License-Identifier: Apache-2.0
// What a machine's TOML file says of its boom: nozzles, valves, cameras, timing, margins.
// docs/edge/boom.md describes the file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "edge/boom/units.h"

namespace furrow::edge {

/// A valve's own delays. The times are of the valve alone; bus and fall come on top.
struct ValveTiming {
  Nanos open = 10 * kMillisecond;   // from the command's arrival to full flow
  Nanos close = 10 * kMillisecond;  // from the command's arrival to no flow
  Nanos min_on = 0;                 // shortest time from an open to a close command
  Nanos min_off = 0;                // shortest time from a close to an open command

  bool operator==(const ValveTiming&) const = default;
};

struct Nozzle {
  int line = 0;       // in the file, from 0
  Microns x = 0;      // of its line: 0, or negative for a second line behind the first
  Microns y = 0;      // positive to the left of the boom's centre
  Microns swath = 0;  // the width of ground it covers, centred under it
  ValveTiming valve;

  bool operator==(const Nozzle&) const = default;
};

/// A pinhole camera with two radial terms (Brown 1966), in pixels, and its place on the boom.
struct Camera {
  std::string name;
  int width = 0, height = 0;          // pixels
  double fps = 0;                     //
  double focal = 0;                   // pixels
  double centre_u = 0, centre_v = 0;  // principal point, pixels from the upper left corner
  double k1 = 0, k2 = 0;              // radial distortion of normalised coordinates
  double x = 0, y = 0, height_m = 0;  // metres from the centre of the nozzle line, and above ground
  double pitch = 0;                   // radians downwards from level; pi/2 looks straight down
  double roll = 0;                    // radians, positive when the left side of the image is lower
  double yaw = 0;                     // radians to the left of straight ahead

  bool operator==(const Camera&) const = default;
};

/// What happens to a weed for which a nozzle's calendar has no room.
enum class WhenFull : uint8_t { kSpray, kClose };

struct Boom {
  std::string name;
  std::vector<Nozzle> nozzles;  // lines in order, each from the left
  std::vector<Camera> cameras;
  Nanos bus = 0;                    // from a command to its arrival at the valve
  Nanos fall = 0;                   // a droplet's flight
  int64_t forward_ppm = 1'000'000;  // share of the forward speed droplets keep, in millionths
  Microns height = 500'000;  // of the nozzles above the ground, at which the cameras' heights hold
  Microns footprint = 0;     // length on the ground along the path, centred under the droplets
  Microns margin_on = 0, margin_off = 0;
  Nanos lease = 0;  // a valve closes this long after the last renewal
  WhenFull when_full = WhenFull::kSpray;

  /// The part of the fall that carries droplets forward, when the boom is `lift` higher than its
  /// file says: they fall as fast as from the file's height, and so as much longer as the way is.
  /// A height of less than half or more than twice the file's counts as that.
  Nanos ForwardFall(Microns lift = 0) const;
  /// From an open command to droplets as far on as they get, of the slowest valve.
  Nanos LongestOpenDelay() const;

  bool operator==(const Boom&) const = default;
};

/// The boom that `text` describes. An error names `path`, line, column and what to do.
Result<Boom> ParseBoom(std::string_view text, const std::string& path);

/// The same from a file.
Result<Boom> ReadBoom(const std::string& path);

/// A file that describes `boom`: ParseBoom gives the same boom again.
std::string BoomText(const Boom& boom);

/// The boom as one line of JSON, what `furrow-edge plan --describe` prints. What nozzles may differ
/// in is one number where they agree and one for each nozzle where they do not.
std::string DescribeBoom(const Boom& boom);

}  // namespace furrow::edge
