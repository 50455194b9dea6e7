// SPDX-License-Identifier: Apache-2.0
// From a network's scores, which are coarser than the frame, to the class of each pixel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace furrow::edge {

/// The classes of a mask's pixels, as a mask's file has them.
constexpr uint8_t kNoPlant = 0, kCropPixel = 128, kWeedPixel = 255;

/// By how much weed's score must lead over crop's for the network to be sure that a pixel is weed.
/// Scores are logarithms of likelihoods, so this is e times as likely.
constexpr float kSureLead = 1;

/// The scores of one tile, plane by plane.
struct ScoreTile {
  const float* background = nullptr;
  const float* crop = nullptr;
  const float* weed = nullptr;
  int width = 0, height = 0;
};

/// Scores between the middles of score pixels are interpolated linearly in both directions; a pixel
/// is of the class with the highest. Beyond the outermost middles the outermost scores hold.
/// Allocates when it is made only. Not thread-safe.
class ClassRows {
 public:
  /// A score pixel is a square of `factor` pixels of the mask; tiles have up to `width_max` scores
  /// a row.
  ClassRows(int factor, int width_max);

  /// Writes the classes of the pixels `begin` to `end` of row `y`, both counted from the tile's
  /// first pixel. Of equal scores ground comes before crop, crop before weed.
  void Write(const ScoreTile& tile, int y, int begin, int end, uint8_t* out);

  /// The same where something else says what may be plant: bit first_bit + i of `plant` is the
  /// pixel begin + i. The other pixels are ground. Sets the bits of `sure` at the same places that
  /// are weed with a lead of more than kSureLead, and clears none.
  void WritePlants(const ScoreTile& tile, int y, int begin, int end, const uint64_t* plant,
                   size_t first_bit, uint8_t* out, uint64_t* sure);

 private:
  /// The scores of a row of the mask, against the ground's, and the class of each.
  void Interpolate(const ScoreTile& tile, int y, int first, int last);

  const int factor_;
  std::vector<float> parts_;  // of the way from one middle to the next
  std::vector<float> crop_, weed_;
  std::vector<uint8_t> class_;
};

}  // namespace furrow::edge
