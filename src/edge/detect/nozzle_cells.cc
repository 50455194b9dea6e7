// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/nozzle_cells.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace furrow::edge {
namespace {

// Beyond it a camera's pixel is larger than any weed.
constexpr double kFarthest = 30;
constexpr double kPitchMin = 0.005;

struct Ground {
  double near = std::numeric_limits<double>::infinity(), far = -near;
  double right = near, left = -near;
};

}  // namespace

CellGrid GridOf(const Boom& boom) {
  std::vector<Microns> middles;
  Microns left = std::numeric_limits<Microns>::min(), right = std::numeric_limits<Microns>::max();
  for (const Nozzle& nozzle : boom.nozzles) {
    if (nozzle.line == 0) middles.push_back(nozzle.y);
    left = std::max(left, nozzle.y + nozzle.swath / 2);
    right = std::min(right, nozzle.y - nozzle.swath / 2);
  }
  std::ranges::sort(middles);
  Microns pitch = boom.nozzles.empty() ? kMetre : boom.nozzles.front().swath;
  if (middles.size() > 1) {
    pitch = std::numeric_limits<Microns>::max();
    for (size_t i = 1; i < middles.size(); ++i) {
      pitch = std::min(pitch, middles[i] - middles[i - 1]);
    }
  }
  pitch = std::max(pitch, ToMillionths(kPitchMin));
  if (boom.nozzles.empty()) left = right = 0;
  const auto columns = static_cast<int>((left - right + pitch - 1) / pitch);
  return {FromMillionths(pitch), FromMillionths(left), columns};
}

int NozzleCells::At(int row, int column) const {
  if (row < 0 || row >= rows_ || column < 0 || column >= grid_.columns) return -1;
  return numbers_[static_cast<size_t>(row) * static_cast<size_t>(grid_.columns) +
                  static_cast<size_t>(column)];
}

Result<NozzleCells> NozzleCells::Make(const Camera& camera, const CellGrid& grid) {
  if (!(grid.pitch_m >= kPitchMin) || grid.columns < 1 || grid.columns > 10'000) {
    return Status(Code::kInvalidArgument, fmt::format("a grid of {} columns of {} m cannot be",
                                                      grid.columns, grid.pitch_m));
  }
  NozzleCells cells(camera, grid);
  const int rows = static_cast<int>(kFarthest / grid.pitch_m);
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < grid.columns; ++column) {
      bool seen = true;
      for (int corner = 0; corner < 4 && seen; ++corner) {
        double u = 0, v = 0;
        const double x = (row + corner / 2) * grid.pitch_m;
        const double y = grid.left_m - (column + corner % 2) * grid.pitch_m;
        seen = cells.projection_.ToPixel(x, y, u, v) && u >= 0 && v >= 0 && u <= camera.width &&
               v <= camera.height;
      }
      cells.numbers_.push_back(seen ? static_cast<int32_t>(cells.count_++) : -1);
    }
  }
  if (cells.count_ == 0) {
    return Status(Code::kInvalidArgument,
                  fmt::format("the camera \"{}\" sees no square of {} m before the nozzles whole",
                              camera.name, grid.pitch_m));
  }
  cells.rows_ = rows;
  return cells;
}

void NozzleCells::Decide(std::span<const Detection> found, std::vector<uint8_t>& open) const {
  open.assign(count_, 0);
  for (const Detection& one : found) {
    if (one.kind == PlantKind::kCrop) continue;
    Ground ground;
    bool seen = true;
    for (const int u : {one.left, one.right}) {
      for (const int v : {one.top, one.bottom}) {
        double x = 0, y = 0;
        seen = seen && projection_.ToGround(u, v, x, y);
        ground.near = std::min(ground.near, x);
        ground.far = std::max(ground.far, x);
        ground.right = std::min(ground.right, y);
        ground.left = std::max(ground.left, y);
      }
    }
    if (!seen || ground.far < 0 || ground.near > kFarthest) continue;
    const auto begin = [&](double length) {
      return static_cast<int>(std::floor(std::clamp(length / grid_.pitch_m, -1.0, 1e6)));
    };
    const int last_row = begin(ground.far), last_column = begin(grid_.left_m - ground.right);
    for (int row = std::max(0, begin(ground.near)); row <= last_row && row < rows_; ++row) {
      for (int column = std::max(0, begin(grid_.left_m - ground.left));
           column <= last_column && column < grid_.columns; ++column) {
        if (const int cell = At(row, column); cell >= 0) open[static_cast<size_t>(cell)] = 1;
      }
    }
  }
}

std::vector<int32_t> NozzleCells::CellOfPixels(int scale) const {
  const int width = camera_.width / scale, height = camera_.height / scale;
  std::vector<int32_t> cells;
  cells.reserve(static_cast<size_t>(width) * static_cast<size_t>(height));
  for (int row = 0; row < height; ++row) {
    for (int column = 0; column < width; ++column) {
      double x = 0, y = 0;
      if (!projection_.ToGround((column + 0.5) * scale, (row + 0.5) * scale, x, y) || x < 0 ||
          x > kFarthest) {
        cells.push_back(-1);
        continue;
      }
      const double across = std::floor((grid_.left_m - y) / grid_.pitch_m);
      const bool within = across >= 0 && across < grid_.columns;
      cells.push_back(within ? At(static_cast<int>(x / grid_.pitch_m), static_cast<int>(across))
                             : -1);
    }
  }
  return cells;
}

std::string CellBits(std::span<const uint8_t> open) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (size_t first = 0; first < open.size(); first += 8) {
    unsigned byte = 0;
    for (size_t i = first; i < std::min(open.size(), first + 8); ++i) {
      if (open[i] != 0) byte |= 1U << (i - first);
    }
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

Result<std::vector<uint8_t>> CellsFromBits(std::string_view text, size_t count) {
  const Status wrong(
      Code::kInvalidArgument,
      fmt::format("decisions of {} cells are {} hexadecimal digits", count, (count + 7) / 8 * 2));
  if (text.size() != (count + 7) / 8 * 2) return wrong;
  std::vector<uint8_t> open;
  for (size_t i = 0; i < text.size() * 4; ++i) {
    const char c = text[i / 8 * 2 + (i % 8 < 4 ? 1 : 0)];
    const int digit = c >= '0' && c <= '9' ? c - '0' : (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1);
    if (digit < 0) return wrong;
    const bool set = (digit >> (i % 4) & 1) != 0;
    if (i < count) {
      open.push_back(set ? 1 : 0);
    } else if (set) {
      return wrong;
    }
  }
  return open;
}

}  // namespace furrow::edge
