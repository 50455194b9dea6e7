// SPDX-License-Identifier: Apache-2.0
// What furrow-edge tells of itself ten times a second. docs/formats/edge-link.md has the file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace furrow::edge {

/// The places of the numbers. New ones go to the end: the order is the format's.
enum class LinkFigure : size_t {
  kBeats,           // renewals since the start
  kAt,              // when, nanoseconds of CLOCK_MONOTONIC
  kMaster,          // 1: the operator's switch is on
  kSpeed,           // micrometres a second
  kDistance,        // driven, micrometres
  kX,               // of the boom's centre, micrometres from where the drive began: ahead,
  kY,               // and to the left
  kHeading,         // nanoradians to the left of the first heading
  kFrames,          // decided about
  kFramesReceived,  //
  kFramesDropped,   // replaced by a newer one, skipped by the camera, or their findings lost
  kFramesUnusable,  // black, overexposed or stuck
  kFramesByIndex,   // for which the index stood in for the network
  kWeeds,           //
  kSprays,          // open commands
  kLate,            // windows that opened after their time
  kMissed,          // windows that passed unsprayed
  kMissedMm2,       // their ground, square millimetres
  kUnseenMm2,       // ground that no frame showed in time
  kSlackP50,        // nanoseconds, over the last ten to twenty seconds; 0 when no weed was seen
  kSlackP1,         //
  kSlackCount,      // weeds that these are of
  kDecidedP50,      // from mid-exposure to decision, over the whole run
  kDecidedP99,      //
  kTicks,           // of the deciding thread
  kTicksSkipped,    //
  kLapses,          // times that the valves' lease ran out
  kBusErrors,       //
  kLogLost,         // records
  kCameras,         //
  kCamerasGood,     //
  kAlarms,          // times that a camera stopped being good
  kModelVersion,    // of the bundle whose network decides
  kModelId0,        // the first 16 digits of its id, as a number; 0 without a bundle
  kModelId1,        // the next ones
  kModelId2,        //
  kModelId3,        //
  kSwaps,           // since the start
  kTrying,          // 1: a candidate is being tried
  kProcessor,       // processor time used, nanoseconds
  kRealTime,        // 1: the deciding thread runs by SCHED_FIFO
  kCount,
};

constexpr size_t kFigureCount = 63;
static_assert(static_cast<size_t>(LinkFigure::kCount) <= kFigureCount);

/// One reading of them all.
class LinkFigures {
 public:
  int64_t Get(LinkFigure figure) const { return values_[static_cast<size_t>(figure)]; }
  void Set(LinkFigure figure, int64_t value) { values_[static_cast<size_t>(figure)] = value; }
  void Set(LinkFigure figure, uint64_t value) { Set(figure, static_cast<int64_t>(value)); }

  std::array<int64_t, kFigureCount>& values() { return values_; }
  const std::array<int64_t, kFigureCount>& values() const { return values_; }
  bool operator==(const LinkFigures&) const = default;

 private:
  std::array<int64_t, kFigureCount> values_{};
};

}  // namespace furrow::edge
