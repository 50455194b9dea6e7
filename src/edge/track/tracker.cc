// SPDX-License-Identifier: Apache-2.0
#include "edge/track/tracker.h"

#include <algorithm>
#include <cstdlib>

namespace furrow::edge {
namespace {

constexpr size_t kCellReserve = 256;
/// As far ahead as anything is seen.
constexpr Microns kSeen = 8 * kMetre;
/// Looks that a mean is of, at most.
constexpr int kMeanMost = 4;
/// A longer patch is looked for no farther back than this.
constexpr Microns kLongest = 5 * kMetre;

template <typename Place>
void Widen(Place& place, const Look& look) {
  place.near = std::min(place.near, look.near);
  place.far = std::max(place.far, look.far);
  place.right = std::min(place.right, look.right);
  place.left = std::max(place.left, look.left);
}

/// To where the nozzle line meets it at a heading that is so many nanoradians more to the left:
/// there what lies to the left is passed later.
template <typename Place>
void Move(Place& place, int64_t heading) {
  const Microns later = (place.right + place.left) / 2 * heading / 1'000'000'000;
  place.near += later;
  place.far += later;
}

int64_t CellOf(Microns x, Microns cell) { return x >= 0 ? x / cell : -((-x + cell - 1) / cell); }

}  // namespace

Tracker::Tracker(const TrackerOptions& options) : options_(options) {
  for (auto& cell : cells_) cell.reserve(kCellReserve);
}

Tracker::Track* Tracker::Find(const Look& look) {
  Track* best = nullptr;
  Microns best_overlap = INT64_MIN;
  const int64_t first = CellOf(look.near - options_.tolerance - longest_ - kCell, kCell);
  const int64_t last = CellOf(look.far + options_.tolerance + kCell, kCell);
  for (int64_t cell = first; cell <= last && cell < first + static_cast<int64_t>(kCells); ++cell) {
    for (Track& track : Cell(cell)) {
      const Microns along =
          std::min(track.weed.far, look.far) - std::max(track.weed.near, look.near);
      const Microns across =
          std::min(track.weed.left, look.left) - std::max(track.weed.right, look.right);
      const Microns overlap = std::min(along, across);
      if (overlap < -options_.tolerance || overlap <= best_overlap) continue;
      best_overlap = overlap;
      best = &track;
    }
  }
  return best;
}

void Tracker::Add(Track& track, Look look, uint64_t frame) const {
  // As if the look had expected to turn as the track does.
  if (track.looks > 0) Move(look, track.heading - look.heading);
  if (frame != track.frame || track.looks == 0) {
    track.frame = frame;
    track.before = track.weed;
    track.was_cut = track.cut;
    track.whole_before = track.whole;
    track.seen = look;
    ++track.looks;
  } else {  // two patches of one frame
    Widen(track.seen, look);
    track.seen.cut = track.seen.cut || look.cut;
  }
  const Look& seen = track.seen;
  const GroundWeed& before = track.before;
  GroundWeed& weed = track.weed;
  weed = before;
  if (track.looks == 1 || (track.was_cut && !seen.cut)) {  // the first look at all of it
    weed = {before.id, seen.near, seen.far, seen.right, seen.left};
    track.cut = seen.cut;
    track.whole = 1;
    return;
  }
  const Microns shorter = (before.far - before.near) - (seen.far - seen.near);
  const Microns narrower = (before.left - before.right) - (seen.left - seen.right);
  if (seen.cut && !track.was_cut) return;  // leaving the image it shows nothing new
  if (seen.cut || shorter > options_.tolerance || narrower > options_.tolerance) {
    Widen(weed, seen);  // a part of it
    return;
  }
  const int n = std::min(track.whole_before + 1, kMeanMost);
  track.whole = n;
  const auto towards = [&](Microns& edge, Microns to, bool grows) {
    const Microns off = to - edge;
    edge += grows && std::abs(off) > options_.tolerance ? off : off / n;
  };
  towards(weed.near, seen.near, seen.near < weed.near);
  towards(weed.far, seen.far, seen.far > weed.far);
  towards(weed.right, seen.right, seen.right < weed.right);
  towards(weed.left, seen.left, seen.left > weed.left);
}

void Tracker::Turn(const Pose& pose, std::vector<GroundWeed>& changed) {
  const int64_t first = CellOf(pose.s, kCell);
  for (int64_t cell = first; cell * kCell < pose.s + kSeen; ++cell) {
    for (Track& track : Cell(cell)) {
      GroundWeed& weed = track.weed;
      if (weed.near < pose.s || weed.near > pose.s + kSeen || track.told.id == 0) continue;
      const int64_t heading = HeadingAt(pose, weed.near);
      const Microns later =
          (weed.right + weed.left) / 2 * (heading - track.heading) / 1'000'000'000;
      if (std::abs(later) < options_.turned) continue;
      Move(weed, heading - track.heading);
      track.heading = heading;
      Tell(track, 0, changed);
    }
  }
}

void Tracker::See(uint64_t frame, Microns s, const Look& look, std::vector<GroundWeed>& changed) {
  Track* track = Find(look);
  if (track == nullptr) {
    std::vector<Track>& cell = Cell(CellOf(look.near, kCell));
    std::erase_if(cell, [&](const Track& t) { return t.weed.far < s - kBehind; });
    track = &cell.emplace_back();
    track->weed.id = next_id_++;
    track->heading = look.heading;
  }
  Add(*track, look, frame);
  longest_ = std::max(longest_, std::min(track->weed.far - track->weed.near, kLongest));
  if (track->looks < options_.looks_needed) return;
  Tell(*track, options_.told, changed);
}

void Tracker::Tell(Track& track, Microns least, std::vector<GroundWeed>& changed) const {
  GroundWeed is = track.weed;
  const GroundWeed& was = track.told;
  if (was.id != 0) {
    const auto keeps = [&](Microns edge, Microns before) {
      return std::abs(edge - before) < options_.told_across ? before : edge;
    };
    is.right = keeps(is.right, was.right);
    is.left = keeps(is.left, was.left);
    const Microns moved = std::max(std::abs(is.near - was.near), std::abs(is.far - was.far));
    if (moved < least && is.right == was.right && is.left == was.left) return;
  }
  track.told = is;
  changed.push_back(is);
}

}  // namespace furrow::edge
