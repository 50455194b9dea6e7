// SPDX-License-Identifier: Apache-2.0
#include "edge/live/cell_flips.h"

#include <algorithm>
#include <cmath>

namespace furrow::edge {
namespace {

constexpr int kRowsMax = 400, kColumnsMax = 400;

double Pitch(const Boom& boom) {
  double pitch = 0.25;
  for (const Nozzle& nozzle : boom.nozzles) {
    const double swath = FromMillionths(nozzle.swath);
    if (swath > 0) pitch = std::min(pitch, swath);
  }
  return pitch;
}

}  // namespace

CellFlips::CellFlips(const Boom& boom, const Camera& camera)
    : projection_(camera), pitch_(Pitch(boom)) {
  double left = 0;
  for (const Nozzle& nozzle : boom.nozzles) {
    left = std::max(left, FromMillionths(nozzle.y + nozzle.swath / 2));
  }
  left_ = left;
  columns_ = std::clamp(static_cast<int>(std::ceil(2 * left / pitch_)), 1, kColumnsMax);
  seen_.resize(static_cast<size_t>(columns_) * kRowsMax);
  const auto sees = [&](double x, double y) {
    double u = 0, v = 0;
    return projection_.ToPixel(x, y, u, v) && u >= 0 && v >= 0 && u <= camera.width &&
           v <= camera.height;
  };
  for (int row = 0; row < kRowsMax; ++row) {
    for (int column = 0; column < columns_; ++column) {
      const double x = row * pitch_, y = left_ - column * pitch_;
      const bool whole = sees(x, y) && sees(x + pitch_, y) && sees(x, y - pitch_) &&
                         sees(x + pitch_, y - pitch_);
      seen_[At(row, column)] = whole;
      cells_seen_ += whole;
      if (whole) rows_ = row + 1;
    }
  }
  one_.resize(seen_.size());
  other_.resize(seen_.size());
}

void CellFlips::Mark(std::span<const Detection> found, std::vector<uint8_t>& open) const {
  std::ranges::fill(open, 0);
  for (const Detection& patch : found) {
    if (patch.kind == PlantKind::kCrop) continue;
    double near = 1e9, far = -1e9, right = 1e9, left = -1e9;
    const double middle_u = (patch.left + patch.right) / 2.0;
    const double middle_v = (patch.top + patch.bottom) / 2.0;
    for (const double u : {static_cast<double>(patch.left), middle_u,
                           static_cast<double>(patch.right)}) {
      for (const double v : {static_cast<double>(patch.top), middle_v,
                             static_cast<double>(patch.bottom)}) {
        double x = 0, y = 0;
        if (!projection_.ToGround(u, v, x, y)) continue;
        near = std::min(near, x);
        far = std::max(far, x);
        right = std::min(right, y);
        left = std::max(left, y);
      }
    }
    const auto cell = [&](double way, int most) {
      return std::clamp(static_cast<int>(std::floor(way / pitch_)), 0, most - 1);
    };
    if (far < near || rows_ == 0) continue;
    for (int row = cell(near, rows_); row <= cell(far, rows_); ++row) {
      for (int c = cell(left_ - left, columns_); c <= cell(left_ - right, columns_); ++c) {
        open[At(row, c)] = seen_[At(row, c)];
      }
    }
  }
}

void CellFlips::Add(std::span<const Detection> one, std::span<const Detection> other) {
  Mark(one, one_);
  Mark(other, other_);
  cells_ += cells_seen_;
  for (size_t i = 0; i < one_.size(); ++i) flips_ += one_[i] != other_[i];
}

}  // namespace furrow::edge
