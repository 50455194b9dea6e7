// SPDX-License-Identifier: Apache-2.0
// From looks of many frames and cameras to weeds: one weed once.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "edge/pose/path.h"

namespace furrow::edge {

/// What one frame saw of one plant, in path coordinates.
struct Look {
  Microns near = 0, far = 0, right = 0, left = 0;
  int64_t heading = 0;  // at which the nozzle line is expected there, as in Pose
  bool cut = false;     // it touches the image's border: there may be more of it
};

struct TrackerOptions {
  /// Looks that come as near as this belong to the same weed; the error of a position, not a size.
  Microns tolerance = 20'000;
  /// A weed counts after so many frames.
  int looks_needed = 1;
  /// A move of less than this is not worth telling; nor one of less than that because the machine
  /// turns otherwise than it did.
  Microns told = 2'000, turned = 4'000;
  /// Nor one of less than this across the way. Where a weed ends at the border of two nozzles'
  /// swaths a pixel decides whether the second opens; it may not do so late, for half a pixel of
  /// the last look.
  Microns told_across = 4'000;
};

/// A weed is where the mean of its looks says, the latest of which count for a quarter at least.
/// One that shows less of it than was known, because a patch of it has left the image or was not
/// found, takes nothing away.
///
/// Keeps the weeds between the cameras' view and the nozzles. One thread; after construction it
/// allocates only when a stretch of 0.25 m holds more weeds than ever before.
class Tracker {
 public:
  explicit Tracker(const TrackerOptions& options);

  /// Takes in a look of frame `frame`, any number that differs from the last frame's, by a machine
  /// at `s`. Appends to `changed` the weed it belongs to, if that is new or has moved.
  void See(uint64_t frame, Microns s, const Look& look, std::vector<GroundWeed>& changed);

  /// The machine is at `pose`. Where it turns otherwise than it did when a weed was seen, the
  /// nozzle line comes to it at another heading, and a nozzle far out sooner or later: those weeds
  /// are moved and appended to `changed`.
  void Turn(const Pose& pose, std::vector<GroundWeed>& changed);

  /// Keeps no weed. Those that come get new numbers.
  void Forget() {
    for (auto& cell : cells_) cell.clear();
  }

  /// Different weeds seen so far.
  uint32_t weeds() const { return next_id_ - 1; }

 private:
  struct Track {
    GroundWeed weed;                    // as it is taken to be
    GroundWeed told;                    // as it was last told; id 0 when it was not
    GroundWeed before;                  // as it was taken to be before the frame that saw it last
    Look seen;                          // of that frame, all that belongs to it
    uint64_t frame = 0;                 // that one; 0: none
    int looks = 0;                      // frames that saw it
    int whole = 0, whole_before = 0;    // looks in the mean: by now, before that frame
    int64_t heading = 0;                // at which it is expected to be met
    bool cut = false, was_cut = false;  // never seen as a whole: by now, before that frame
  };
  static constexpr Microns kCell = 250'000;
  static constexpr size_t kCells = 128;
  /// Behind the nozzle line a weed is forgotten after this.
  static constexpr Microns kBehind = kMetre;

  std::vector<Track>& Cell(int64_t cell) { return cells_[static_cast<uint64_t>(cell) % kCells]; }
  Track* Find(const Look& look);
  /// Appends the weed to `changed` unless it is as it was told but for less than `least`.
  void Tell(Track& track, Microns least, std::vector<GroundWeed>& changed) const;
  void Add(Track& track, Look look, uint64_t frame) const;

  const TrackerOptions options_;
  std::array<std::vector<Track>, kCells> cells_;  // by the near edge when first seen
  Microns longest_ = 0;
  uint32_t next_id_ = 1;
};

}  // namespace furrow::edge
