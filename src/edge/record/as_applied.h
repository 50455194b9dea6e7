// SPDX-License-Identifier: Apache-2.0
// What was physically sprayed, as pieces of ground, from poses and commands or from a log.
// docs/edge/as-applied.md tells how, and what it is not.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "edge/boom/boom.h"
#include "edge/record/record.h"

namespace furrow::edge {

struct AsAppliedOptions {
  double litres_per_minute = 1.0;  // through an open nozzle
  Microns piece_max = 2 * kMetre;  // a longer interval is cut into pieces, so none is much bent
};

/// Where the boom's centre went, about every half metre.
struct PathPoint {
  Microns s = 0, x = 0, y = 0;
  int64_t heading = 0;  // nanoradians
};

/// Follows a machine and collects what its nozzles sprayed. `x` and `y` are of a plane that begins
/// where the first pose is: there x = s, y = 0, x points ahead and y to the left. Not for the
/// real-time thread. One thread.
class AsApplied {
 public:
  AsApplied(const Boom& boom, const AsAppliedOptions& options);

  /// Poses in order of time. One that is not later than the one before is left out.
  void Pose(const PoseRecord& pose);
  /// Commands of a nozzle in the order in which they were given; nozzles that the boom lacks are
  /// left out. Must come before the first pose that lies behind the moment it takes effect.
  void Command(const CommandRecord& command);
  /// Closes what is still open at `end`; nothing may follow.
  void Finish(Nanos end);

  /// Complete pieces so far; those of a nozzle in order, of several as they were completed.
  const std::vector<SprayedRecord>& pieces() const { return pieces_; }
  const std::vector<PathPoint>& path() const { return path_; }
  /// Takes them out, and forgets the path: for who follows a machine for days.
  std::vector<SprayedRecord> Take() {
    path_.clear();
    return std::exchange(pieces_, {});
  }
  /// Takes the path so far, for who follows a machine for days; before Take, which forgets it.
  std::vector<PathPoint> TakePath() { return std::exchange(path_, {}); }
  const Boom& boom() const { return boom_; }

  /// The table of a log: its sprayed records if it holds any, else what its poses and commands
  /// say. `damage` gets a line for each place that could not be read. An error when the log cannot
  /// be read at all, or holds no boom before its first command.
  static Result<AsApplied> FromLog(const std::string& path, const AsAppliedOptions& options,
                                   std::vector<std::string>& damage);

 private:
  struct Change {
    Nanos t;
    bool open;
  };
  struct NozzleState {
    std::deque<Change> changes;  // yet to come, in turn open and close
    bool open = false;
    bool continues = false;
    Nanos from = 0;  // of the piece begun
    Microns s_from = 0;
  };
  struct TrackPoint {
    PoseRecord pose;
    double x = 0, y = 0, heading = 0;  // metres, radians
  };

  static PathPoint OnPath(const TrackPoint& at);
  TrackPoint At(Nanos t) const;
  void Advance(const TrackPoint& now);
  void Emit(size_t nozzle, Nanos until);
  void Forget();

  Boom boom_;
  AsAppliedOptions options_;
  std::deque<TrackPoint> track_;  // back to the oldest piece begun
  std::vector<NozzleState> nozzles_;
  std::vector<SprayedRecord> pieces_;
  std::vector<PathPoint> path_;
  std::optional<PathPoint> on_path_;  // the newest point of the path, also when it was taken
};

}  // namespace furrow::edge
