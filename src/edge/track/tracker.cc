// SPDX-License-Identifier: Apache-2.0
#include "edge/track/tracker.h"

#include <algorithm>
#include <cstdlib>

namespace furrow::edge {
namespace {

constexpr size_t kCellReserve = 256;
/// A longer patch is looked for no farther back than this.
constexpr Microns kLongest = 5 * kMetre;

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

void Tracker::Add(Track& track, const Look& look, uint64_t frame) {
  GroundWeed& weed = track.weed;
  const auto hull = [&] {
    weed.near = std::min(weed.near, look.near);
    weed.far = std::max(weed.far, look.far);
    weed.right = std::min(weed.right, look.right);
    weed.left = std::max(weed.left, look.left);
  };
  if (frame == track.frame) {
    hull();  // two patches of one frame
    track.cut = track.cut || look.cut;
    return;
  }
  track.frame = frame;
  if (track.cut && look.cut) {
    hull();
  } else if (track.cut) {  // the first look at all of it
    weed = {weed.id, look.near, look.far, look.right, look.left};
    track.cut = false;
    track.looks = 0;
  } else if (!look.cut) {
    const int n = track.looks + 1;
    weed.near += (look.near - weed.near) / n;
    weed.far += (look.far - weed.far) / n;
    weed.right += (look.right - weed.right) / n;
    weed.left += (look.left - weed.left) / n;
  }
  ++track.looks;
}

void Tracker::See(uint64_t frame, Microns s, const Look& look, std::vector<GroundWeed>& changed) {
  Track* track = Find(look);
  if (track == nullptr) {
    std::vector<Track>& cell = Cell(CellOf(look.near, kCell));
    std::erase_if(cell, [&](const Track& t) { return t.weed.far < s - kBehind; });
    track = &cell.emplace_back();
    track->weed = {next_id_++, look.near, look.far, look.right, look.left};
    track->frame = frame;
    track->looks = 1;
    track->cut = look.cut;
  } else {
    Add(*track, look, frame);
  }
  longest_ = std::max(longest_, std::min(track->weed.far - track->weed.near, kLongest));
  if (track->looks < options_.looks_needed) return;
  const GroundWeed &is = track->weed, &was = track->told;
  const Microns moved = std::max({std::abs(is.near - was.near), std::abs(is.far - was.far),
                                  std::abs(is.right - was.right), std::abs(is.left - was.left)});
  if (was.id != 0 && moved < options_.told) return;
  track->told = is;
  changed.push_back(is);
}

}  // namespace furrow::edge
