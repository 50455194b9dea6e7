// SPDX-License-Identifier: Apache-2.0
// A camera's image while it is being painted: what each pixel looks at, in which colour, in whose
// shadow, and the truth about it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "edge/boom/boom.h"
#include "edge/boom/projection.h"
#include "edge/field/blade.h"

namespace furrow::edge {

/// Linear light reflected, of 65535; the topmost surface's shade, of 255; 0 soil, 128 crop, 255
/// weed.
struct Texel {
  uint16_t red = 0, green = 0, blue = 0;
  uint8_t shade = 0, mask = 0;
};

/// A colour as a screen shows it, 0 to 255 each, taken to linear light, 0 to 65535 each. A square
/// stands for the screen's curve: near to it, and the same everywhere.
struct Colour {
  float red, green, blue;

  static constexpr Colour Of(float r, float g, float b) {
    constexpr float kScale = 65535.0F / (255.0F * 255.0F);
    return {r * r * kScale, g * g * kScale, b * b * kScale};
  }
  constexpr Colour operator*(float by) const { return {red * by, green * by, blue * by}; }
  constexpr Colour To(const Colour& other, float share) const {
    return {red + (other.red - red) * share, green + (other.green - green) * share,
            blue + (other.blue - blue) * share};
  }
};

/// A blade in metres of the frame of Projection, turned and moved with the machine.
struct PlacedBlade {
  float x, y, cos, sin, length, half, sag;
  Profile profile;
};

/// Where a painted pixel lies within its figure.
struct Spot {
  float cover;   // of the pixel's area, 0 to 1
  float along;   // 0 at the base, 1 at the tip
  float across;  // -1 to 1 from the right edge to the left one
  float x, y;    // metres
};

/// Not thread-safe. Its geometry is computed once, so keep it for all frames of a camera.
class Canvas {
 public:
  /// Ground farther from the camera than this is not painted.
  static constexpr float kFar = 30;
  /// The x and y of a pixel that sees no near ground.
  static constexpr float kNowhere = 1e6F;

  explicit Canvas(const Camera& camera);

  int width() const { return width_; }
  int height() const { return height_; }
  /// Ground under the pixels' middles, a row at a time; kNowhere where there is none.
  const float* xs(int row) const { return &xs_[static_cast<size_t>(row) * width_]; }
  const float* ys(int row) const { return &ys_[static_cast<size_t>(row) * width_]; }
  /// Metres on the ground from pixel to pixel at a row's middle: the root of the area it covers.
  float pitch(int row) const { return pitches_[static_cast<size_t>(row)]; }
  Texel* row(int row) { return &texels_[static_cast<size_t>(row) * width_]; }
  const Texel* row(int row) const { return &texels_[static_cast<size_t>(row) * width_]; }
  const Projection& projection() const { return projection_; }

  /// The rectangle around all ground that is seen, in metres; false when none is.
  bool Seen(double& x0, double& x1, double& y0, double& y1) const;

  /// Calls shade(texel, spot) for each pixel that the figure covers at least in part. `soft` widens
  /// the fading at its edges to that many metres.
  template <typename Shade>
  void Paint(const PlacedBlade& figure, float soft, Shade&& shade);

 private:
  struct Span {
    int from, to;
  };

  /// The rows and columns a figure may touch; false when none.
  bool Box(const PlacedBlade& figure, float margin, Span& rows, Span& columns) const;
  /// The part of the columns in which a row may meet the figure.
  Span Clip(const PlacedBlade& figure, float margin, int row, Span columns) const;

  Projection projection_;
  int width_, height_;
  std::vector<float> xs_, ys_, pitches_;
  std::vector<Texel> texels_;
};

template <typename Shade>
void Canvas::Paint(const PlacedBlade& figure, float soft, Shade&& shade) {
  Span rows{}, columns{};
  if (!Box(figure, soft, rows, columns)) return;
  const auto& profile = kProfiles[static_cast<size_t>(figure.profile)];
  const float per_length = 1 / figure.length;
  const float half = figure.half / 255;
  for (int v = rows.from; v < rows.to; ++v) {
    const float fade = std::max(pitch(v), soft);
    const float per_fade = 1 / fade;
    const Span span = Clip(figure, fade, v, columns);
    const float* const x = xs(v);
    const float* const y = ys(v);
    Texel* const texels = row(v);
    for (int u = span.from; u < span.to; ++u) {
      const float dx = x[u] - figure.x;
      const float dy = y[u] - figure.y;
      const float a = dx * figure.cos + dy * figure.sin;
      const float end = std::min(a, figure.length - a);
      if (end < -fade) continue;
      const float along = std::clamp(a * per_length, 0.0F, 1.0F);
      const float off = dy * figure.cos - dx * figure.sin - 4 * figure.sag * along * (1 - along);
      const float aside = std::abs(off);
      if (aside > figure.half + fade) continue;
      const float at = along * (kProfileNodes - 1);
      const int node = std::min(static_cast<int>(at), kProfileNodes - 2);
      const float low = profile[static_cast<size_t>(node)];
      const float high = profile[static_cast<size_t>(node) + 1];
      const float wide = half * (low + (high - low) * (at - static_cast<float>(node)));
      const float inside = std::min(wide - aside, end);
      // What is narrower than a pixel never fills it.
      const float most = std::min(1.0F, 2 * wide * per_fade);
      const float cover = std::min(inside * per_fade + 0.5F, most);
      if (cover <= 0) continue;
      shade(texels[u], Spot{cover, along, std::clamp(off / wide, -1.0F, 1.0F), x[u], y[u]});
    }
  }
}

}  // namespace furrow::edge
