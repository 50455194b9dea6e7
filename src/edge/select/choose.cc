// SPDX-License-Identifier: Apache-2.0
#include "edge/select/choose.h"

#include <algorithm>
#include <cstdlib>

namespace furrow::edge {

Look LookOf(const Image& rgb) {
  Look look{};
  const size_t pixels = rgb.pixels.size() / 3;
  std::array<uint32_t, 64> counts{};
  for (size_t i = 0; i < pixels; ++i) {
    const uint8_t* pixel = rgb.pixels.data() + 3 * i;
    ++counts[static_cast<size_t>(pixel[0] >> 6 << 4 | pixel[1] >> 6 << 2 | pixel[2] >> 6)];
  }
  for (size_t i = 0; i < counts.size() && pixels > 0; ++i) {
    look[i] = static_cast<float>(counts[i]) / static_cast<float>(pixels);
  }
  return look;
}

double Likeness(const Look& a, const Look& b) {
  double common = 0;
  for (size_t i = 0; i < a.size(); ++i) common += std::min(a[i], b[i]);
  return common;
}

std::vector<size_t> Choose(std::span<const Candidate> candidates, const ChooseOptions& options) {
  double highest = 0;
  for (const Candidate& one : candidates) highest = std::max(highest, one.score);
  std::vector<size_t> chosen;
  if (highest <= 0) return chosen;
  std::vector<double> likest(candidates.size());
  std::vector<bool> out(candidates.size());
  size_t left = options.budget;
  while (true) {
    size_t best = candidates.size();
    double most = -1e9;
    for (size_t i = 0; i < candidates.size(); ++i) {
      const Candidate& one = candidates[i];
      if (out[i] || one.score < options.score_min || one.bytes > left) continue;
      const double value =
          options.score_weight * one.score / highest - (1 - options.score_weight) * likest[i];
      if (value > most) {
        most = value;
        best = i;
      }
    }
    if (best == candidates.size()) return chosen;
    out[best] = true;
    left -= candidates[best].bytes;
    chosen.push_back(best);
    for (size_t i = 0; i < candidates.size(); ++i) {
      const Candidate& one = candidates[i];
      const bool same_place = one.camera == candidates[best].camera &&
                              std::abs(one.s - candidates[best].s) < options.place;
      // What shows the same ground again is never worth its bytes.
      if (same_place) out[i] = true;
      likest[i] = std::max(likest[i], Likeness(one.look, candidates[best].look));
    }
  }
}

}  // namespace furrow::edge
