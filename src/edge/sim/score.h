// SPDX-License-Identifier: Apache-2.0
// How well a recorded drive over a generated field went, by the field's truth.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "edge/boom/boom.h"
#include "edge/field/drive.h"
#include "edge/field/field.h"

namespace furrow::edge {

struct ScoreOptions {
  Boom boom;
  FieldOptions field;
  std::string drive = "constant";  // a name of DriveNamed; one that turns is refused
  double speed_mps = 2;
  /// Only what stands between these places of the way is judged, in metres from the start.
  double from_m = 0, to_m = 1e9;
  /// A slice of fewer weeds is never the worst one.
  uint64_t slice_min = 20;
};

/// Weeds of one kind. Every weed is in several slices.
struct ScoreSlice {
  std::string name;  // "species thistle", "size 4 to 8 cm", "beside crop", ...
  uint64_t weeds = 0, hit = 0;

  double share() const;  // 1 when there are none
  /// Where the share lies with a probability of 95 % (Wilson, 1927).
  double low() const;
  double high() const;
};

struct Score {
  double distance_m = 0, seconds = 0;  // recorded
  double judged_m = 0;                 // with the switch on, and seen in time
  ScoreSlice all;                      // weeds of 2 cm and more under the boom
  uint64_t hit_whole = 0;              // sprayed on all of their length
  uint64_t crops = 0, crops_sprayed = 0;
  // Of the stretch that is judged, in square metres: what open nozzles passed; the same of nozzles
  // that open for each true weed of any size alone; and of a broadcast.
  double product_m2 = 0, needed_m2 = 0, broadcast_m2 = 0;
  uint64_t sprays = 0;  // pieces of ground
  uint64_t frames = 0,
           skipped = 0;       // looked at; that cameras left out between the first and the last
  uint64_t records_lost = 0;  // that the log misses: what they held counts as not sprayed
  std::vector<ScoreSlice> slices;  // those that have weeds, in a fixed order
  /// Index of the slice with the least share; -1 when none has weeds enough.
  int worst = -1;
};

/// Judges a log of `furrow-edge run` over a drawn field. Where the boom was is not what its sensors
/// believed but where the drive truly was. `damage` gets a line for each place that could not be
/// read. Errors: kFailedPrecondition for a log of another boom, without frames, or whose frames are
/// not those of such a drive; kInvalidArgument for a drive that turns; what LogReader says.
Result<Score> ScoreLog(const std::string& log, const ScoreOptions& options,
                       std::vector<std::string>& damage);

}  // namespace furrow::edge
