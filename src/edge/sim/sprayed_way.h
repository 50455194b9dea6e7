// SPDX-License-Identifier: Apache-2.0
// What nozzles put on the ground along a straight way, and which plants it reached: the judge's
// side of a drive over a generated field. Lengths are metres; places are along the true way of the
// boom's centre.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "edge/boom/boom.h"
#include "edge/sim/trail.h"

namespace furrow::edge {

/// A plant in path coordinates.
struct WayPlant {
  double near = 0, far = 0;  // along the way
  double y = 0, width = 0;   // its middle and its extent across
  double size = 0;           // the longer side

  double middle() const { return (near + far) / 2; }
};

/// What of a plant the nozzle over its middle sprayed; kBeside when it lies beside the boom or is
/// too small to be judged.
enum class Hit : uint8_t { kBeside, kMissed, kMiddle, kWhole };

/// From this size on a weed is judged.
constexpr double kWeedCounts = 0.02;
/// What stands nearer than this to where cameras begin to see is seen too late by no fault.
constexpr double kSeenTooLate = 3;

struct Stretch {
  double from = 0, to = 0;
  double length() const { return to > from ? to - from : 0; }
};

/// Where the front (`footprint_share` 0.5) or the end (-0.5) of a nozzle's spray lies on the ground
/// when its valve moves at `pose` with the boom `lift` higher than its file says.
double SprayEdge(const Boom& boom, int nozzle, const TruePose& pose, Microns lift,
                 double footprint_share);

/// One thread. Keeps a reference to the boom.
class SprayedWay {
 public:
  /// Sums are of the stretches that are judged, which are in order and apart.
  SprayedWay(const Boom& boom, std::vector<Stretch> judged);

  /// The spray of a nozzle begins, and ends, at this place; in turn.
  void Open(int nozzle, double from);
  void Close(int nozzle, double to);
  /// Adds what is still open to the sums. Nothing may follow but questions.
  void Finish();

  Hit HitOf(const WayPlant& plant) const;
  /// Adds to what nozzles need that open for each weed alone. Weeds come in order of their place.
  void Need(const WayPlant& weed);
  /// No plant before this place will be asked about.
  void Forget(double before);

  double sprayed_m2() const {
    return sprayed_m2_;
  }  // reached by droplets, each nozzle's for itself
  double product_m2() const { return product_m2_; }  // passed by open nozzles
  double needed_m2() const { return needed_m2_; }  // the same of nozzles open for true weeds alone

 private:
  void Account(int nozzle, const Stretch& strip);

  const Boom& boom_;
  const std::vector<Stretch> judged_;
  std::vector<std::deque<Stretch>> strips_;  // of each nozzle
  std::vector<double> open_from_;            // where its spray begins; infinite when it is shut
  std::vector<Stretch> needed_;              // the last one of each nozzle
  double sprayed_m2_ = 0, product_m2_ = 0, needed_m2_ = 0;
};

}  // namespace furrow::edge
