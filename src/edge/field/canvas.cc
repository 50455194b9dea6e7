// SPDX-License-Identifier: Apache-2.0
#include "edge/field/canvas.h"

#include <cmath>

namespace furrow::edge {
namespace {

constexpr int kStride = 8;  // pixels between exact projections; what lies between goes linearly

}  // namespace

Canvas::Canvas(const Camera& camera)
    : projection_(camera), width_(camera.width), height_(camera.height) {
  const size_t count = static_cast<size_t>(width_) * height_;
  xs_.assign(count, kNowhere);
  ys_.assign(count, kNowhere);
  texels_.resize(count);
  pitches_.resize(height_);
  const auto ground = [&](int u, int v, float& x, float& y) {
    double x_m = 0, y_m = 0;
    if (!projection_.ToGround(u + 0.5, v + 0.5, x_m, y_m)) return false;
    const double dx = x_m - camera.x, dy = y_m - camera.y;
    if (dx * dx + dy * dy > kFar * kFar) return false;
    x = static_cast<float>(x_m);
    y = static_cast<float>(y_m);
    return true;
  };
  for (int v = 0; v < height_; ++v) {
    float* const x = &xs_[static_cast<size_t>(v) * width_];
    float* const y = &ys_[static_cast<size_t>(v) * width_];
    bool left = ground(0, v, x[0], y[0]);
    for (int u = 0; u + 1 < width_; u += kStride) {
      const int next = std::min(u + kStride, width_ - 1);
      const bool right = ground(next, v, x[next], y[next]);
      for (int i = u + 1; i < next; ++i) {
        if (left && right) {
          const float share = static_cast<float>(i - u) / static_cast<float>(next - u);
          x[i] = x[u] + (x[next] - x[u]) * share;
          y[i] = y[u] + (y[next] - y[u]) * share;
        } else if (left || right) {
          ground(i, v, x[i], y[i]);
        }
      }
      left = right;
    }
  }
  for (int v = 0; v < height_; ++v) {
    const int other = v + 1 < height_ ? v + 1 : v - 1;
    const int middle = width_ / 2;
    const float ux = xs(v)[middle] - xs(v)[middle - 1], uy = ys(v)[middle] - ys(v)[middle - 1];
    const float vx = xs(v)[middle] - xs(other)[middle], vy = ys(v)[middle] - ys(other)[middle];
    pitches_[v] = std::clamp(std::sqrt(std::abs(ux * vy - uy * vx)), 1e-5F, 1.0F);
  }
}

bool Canvas::Seen(double& x0, double& x1, double& y0, double& y1) const {
  x0 = y0 = kNowhere;
  x1 = y1 = -kNowhere;
  for (size_t i = 0; i < xs_.size(); ++i) {
    if (xs_[i] == kNowhere) continue;
    x0 = std::min<double>(x0, xs_[i]);
    x1 = std::max<double>(x1, xs_[i]);
    y0 = std::min<double>(y0, ys_[i]);
    y1 = std::max<double>(y1, ys_[i]);
  }
  return x0 <= x1;
}

bool Canvas::Box(const PlacedBlade& figure, float margin, Span& rows, Span& columns) const {
  const float low = std::min(0.0F, figure.sag) - figure.half - margin;
  const float high = std::max(0.0F, figure.sag) + figure.half + margin;
  double u0 = width_, u1 = 0, v0 = height_, v1 = 0;
  int hidden = 0;
  for (const float a : {-margin, figure.length + margin}) {
    for (const float b : {low, high}) {
      double u = 0, v = 0;
      if (!projection_.ToPixel(figure.x + a * figure.cos - b * figure.sin,
                               figure.y + a * figure.sin + b * figure.cos, u, v)) {
        ++hidden;
        continue;
      }
      u0 = std::min(u0, u);
      u1 = std::max(u1, u);
      v0 = std::min(v0, v);
      v1 = std::max(v1, v);
    }
  }
  if (hidden == 4) return false;
  if (hidden > 0) {  // partly outside of what the lens draws: look everywhere
    u0 = v0 = 0;
    u1 = width_;
    v1 = height_;
  }
  // Within a figure's size distortion bends by less than these two pixels.
  columns = {static_cast<int>(std::max(0.0, u0 - 2)),
             static_cast<int>(std::min<double>(width_, u1 + 3))};
  rows = {static_cast<int>(std::max(0.0, v0 - 2)),
          static_cast<int>(std::min<double>(height_, v1 + 3))};
  return columns.from < columns.to && rows.from < rows.to;
}

Canvas::Span Canvas::Clip(const PlacedBlade& figure, float margin, int row, Span columns) const {
  const float* const x = xs(row);
  const float* const y = ys(row);
  const int last = columns.to - 1;
  if (last - columns.from < 8 || x[columns.from] == kNowhere || x[last] == kNowhere) return columns;
  // Along the row both coordinates of the figure go nearly linearly.
  const auto part = [&](int u, float& a, float& b) {
    const float dx = x[u] - figure.x, dy = y[u] - figure.y;
    a = dx * figure.cos + dy * figure.sin;
    b = dy * figure.cos - dx * figure.sin;
  };
  float a0 = 0, a1 = 0, b0 = 0, b1 = 0;
  part(columns.from, a0, b0);
  part(last, a1, b1);
  float from = 0, to = 1;
  const auto cut = [&](float start, float stop, float low, float high) {
    const float slope = stop - start;
    if (std::abs(slope) < 1e-9F) return;
    const float one = (low - start) / slope;
    const float two = (high - start) / slope;
    from = std::max(from, std::min(one, two));
    to = std::min(to, std::max(one, two));
  };
  cut(a0, a1, -margin, figure.length + margin);
  cut(b0, b1, std::min(0.0F, figure.sag) - figure.half - margin,
      std::max(0.0F, figure.sag) + figure.half + margin);
  if (from > to) return {0, 0};
  const auto size = static_cast<float>(last - columns.from);
  return {std::max(columns.from, columns.from + static_cast<int>(from * size) - 2),
          std::min(columns.to, columns.from + static_cast<int>(to * size) + 4)};
}

}  // namespace furrow::edge
