// SPDX-License-Identifier: Apache-2.0
// Which frames are worth sending home: those on which judges disagree, no two of the same.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "edge/boom/units.h"
#include "edge/image/image.h"

namespace furrow::edge {

/// Shares of a picture's pixels by colour: four steps of red, green and blue each.
using Look = std::array<float, 64>;
Look LookOf(const Image& rgb);
/// What two looks have in common, 0 to 1 (M. J. Swain, D. H. Ballard, Color Indexing, 1991).
double Likeness(const Look& a, const Look& b);

struct Candidate {
  double score = 0;  // of disagreement, 0 to 1
  int camera = 0;
  Microns s = 0;  // where the machine was
  Look look{};
  size_t bytes = 0;  // of its file
};

struct ChooseOptions {
  size_t budget = 0;  // bytes of all that are chosen
  double score_min = 0.001;
  /// What counts: disagreement against being unlike those chosen already.
  double score_weight = 0.7;
  Microns place = 2 * kMetre;  // two frames of a camera as near as this show much the same ground
};

/// Indices of those chosen, the most wanted first: each is the one with the highest
/// score_weight * score / highest score - (1 - score_weight) * likeness to the likest one chosen
/// (maximal marginal relevance: J. Carbonell, J. Goldstein, SIGIR 1998) that still fits into the
/// budget. Of the frames of one camera at one place only one is taken. Deterministic.
std::vector<size_t> Choose(std::span<const Candidate> candidates, const ChooseOptions& options);

}  // namespace furrow::edge
