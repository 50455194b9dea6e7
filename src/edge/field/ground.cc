// SPDX-License-Identifier: Apache-2.0
#include "edge/field/ground.h"

#include <cmath>
#include <utility>

#include "edge/field/random.h"

namespace furrow::edge {
namespace {

constexpr Colour kHorizon = Colour::Of(186, 190, 192);
constexpr int kStride = 8;  // pixels between samples of the broad octaves

int32_t Floor(float value) {
  const auto whole = static_cast<int32_t>(value);
  return whole - (value < static_cast<float>(whole) ? 1 : 0);
}

uint16_t Stored(float value) { return static_cast<uint16_t>(std::clamp(value, 0.0F, 65535.0F)); }

/// Fades an octave out before its cells get smaller than the pixels that look at them.
float Weight(const float cell_m, float pitch) { return std::clamp(cell_m / pitch - 1, 0.0F, 1.0F); }

}  // namespace

ValueNoise::ValueNoise(uint64_t key) {
  Draws draws(key);
  for (int i = 0; i < 256; ++i) {
    order_[i] = static_cast<uint8_t>(i);
    table_[i] = static_cast<float>(draws.Below(65536)) / 65535.0F;
  }
  for (int i = 255; i > 0; --i) std::swap(order_[i], order_[draws.Below(i + 1)]);
}

float ValueNoise::At(int32_t cell_x, int32_t cell_y, float x, float y, float& dx, float& dy) const {
  const float ux = x * x * (3 - 2 * x);
  const float uy = y * y * (3 - 2 * y);
  const float a = Corner(cell_x, cell_y), b = Corner(cell_x + 1, cell_y);
  const float c = Corner(cell_x, cell_y + 1), d = Corner(cell_x + 1, cell_y + 1);
  const float low = a + (b - a) * ux;
  const float high = c + (d - c) * ux;
  dx = ((b - a) + ((d - c) - (b - a)) * uy) * 6 * x * (1 - x);
  dy = (high - low) * 6 * y * (1 - y);
  return low + (high - low) * uy;
}

float ValueNoise::At(int32_t cell_x, int32_t cell_y, float x, float y) const {
  const float ux = x * x * (3 - 2 * x);
  const float uy = y * y * (3 - 2 * y);
  const float a = Corner(cell_x, cell_y), b = Corner(cell_x + 1, cell_y);
  const float c = Corner(cell_x, cell_y + 1), d = Corner(cell_x + 1, cell_y + 1);
  const float low = a + (b - a) * ux;
  return low + (c + (d - c) * ux - low) * uy;
}

float ValueNoise::At(float x, float y) const {
  const int32_t cell_x = Floor(x), cell_y = Floor(y);
  return At(cell_x, cell_y, x - static_cast<float>(cell_x), y - static_cast<float>(cell_y));
}

Ground::Octave::Octave(int64_t size, const Pose2& pose, int turn) {
  const double c = Cosine(turn), s = Sine(turn);
  // In double precision a place 100 km away keeps a thousandth of a micrometre.
  const auto split = [&](double place, int32_t& whole, float& part) {
    const double cells = place / static_cast<double>(size);
    const double down = std::floor(cells);
    part = static_cast<float>(cells - down);
    whole = static_cast<int32_t>((static_cast<int64_t>(down) + 41 * turn) & 0xff);
  };
  const auto px = static_cast<double>(pose.x), py = static_cast<double>(pose.y);
  split(px * c + py * s, x, fx);
  split(py * c - px * s, y, fy);
  along = static_cast<float>(c * 1e6 / static_cast<double>(size));
  aside = static_cast<float>(s * 1e6 / static_cast<double>(size));
}

Ground::Facing::Facing(const Octave& octave, float sun_x, float sun_y) {
  const float size = std::sqrt(octave.along * octave.along + octave.aside * octave.aside);
  u = (sun_x * octave.along + sun_y * octave.aside) / size;
  v = (sun_y * octave.along - sun_x * octave.aside) / size;
}

Ground::Look Ground::LookOf(Soil soil) {
  switch (soil) {
    case Soil::kLight:
      return {Colour::Of(186, 160, 128), Colour::Of(152, 125, 96), 0.42F, 0.52F, 0};
    case Soil::kDark:
      return {Colour::Of(122, 98, 77), Colour::Of(88, 70, 55), 0.56F, 0.62F, 0};
    case Soil::kWet:
      return {Colour::Of(96, 77, 61), Colour::Of(64, 52, 43), 0.56F, 0.50F, 0.5F};
    case Soil::kStubble:
      return {Colour::Of(160, 134, 104), Colour::Of(124, 102, 80), 0.46F, 0.55F, 0};
    case Soil::kNoTill:
      return {Colour::Of(124, 104, 83), Colour::Of(92, 76, 61), 0.48F, 0.55F, 0};
  }
  return {};
}

Ground::Ground(const FieldOptions& options)
    : look_(LookOf(options.soil)), noise_(KeyOf(options.seed, Purpose::kGround, 0)) {
  const double low = std::min(2.0, Cosine(options.sun_height_rad) / Sine(options.sun_height_rad));
  const double strength = (0.4 + 0.6 * low) * (1 - 0.8 * options.cloud);
  sun_x_ = static_cast<float>(Cosine(options.sun_heading_rad) * strength);
  sun_y_ = static_cast<float>(Sine(options.sun_heading_rad) * strength);
}

float Ground::Sample(const Octave& octave, float x, float y) const {
  const float px = octave.U(x, y), py = octave.V(x, y);
  const int32_t ix = Floor(px), iy = Floor(py);
  return noise_.At(octave.x + ix, octave.y + iy, px - static_cast<float>(ix),
                   py - static_cast<float>(iy));
}

void Ground::Paint(const Pose2& pose, Canvas& canvas) const {
  const Octave field(1'310'000, pose, 1), patch(370'000, pose, 2), ridge(113'000, pose, 3);
  const Octave clod(27'000, pose, 4), lump(9'700, pose, 5), crumb(3'600, pose, 6);
  const Facing to_clod(clod, sun_x_, sun_y_), to_lump(lump, sun_x_, sun_y_);
  const Facing to_crumb(crumb, sun_x_, sun_y_);
  const int width = canvas.width();
  const Texel horizon{Stored(kHorizon.red), Stored(kHorizon.green), Stored(kHorizon.blue), 0, 0};
  for (int v = 0; v < canvas.height(); ++v) {
    const float* const xs = canvas.xs(v);
    const float* const ys = canvas.ys(v);
    Texel* const texels = canvas.row(v);
    const float pitch = canvas.pitch(v);
    const float clods = Weight(0.027F, pitch), lumps = Weight(0.0097F, pitch);
    const float crumbs = Weight(0.0036F, pitch);
    float broad = 0, damp = 0, broad_step = 0, damp_step = 0;
    const auto world = [&](int u, float& x, float& y) {
      x = xs[u] * pose.cos - ys[u] * pose.sin;
      y = xs[u] * pose.sin + ys[u] * pose.cos;
    };
    const auto sample = [&](int u, float& of_broad, float& of_damp) {
      float x = 0, y = 0;
      world(std::min(u, width - 1), x, y);
      const float mid = Sample(patch, x, y);
      of_broad = 0.45F * mid + 0.55F * Sample(ridge, x, y);
      of_damp = 0.6F * Sample(field, x, y) + 0.4F * mid;
    };
    sample(0, broad, damp);
    for (int u = 0; u < width; ++u) {
      if (u % kStride == 0) {
        float next_broad = 0, next_damp = 0;
        sample(u + kStride, next_broad, next_damp);
        broad_step = (next_broad - broad) / kStride;
        damp_step = (next_damp - damp) / kStride;
      }
      broad += broad_step;
      damp += damp_step;
      if (xs[u] == Canvas::kNowhere) {
        texels[u] = horizon;
        continue;
      }
      float x = 0, y = 0;
      world(u, x, y);
      // How much an octave's slope faces the sun: one that rises away from it does.
      float lit = 0;
      const auto slope = [&](const Octave& octave, const Facing& facing, float weight) {
        const float px = octave.U(x, y), py = octave.V(x, y);
        const int32_t ix = Floor(px), iy = Floor(py);
        float du = 0, dv = 0;
        const float value = noise_.At(octave.x + ix, octave.y + iy, px - static_cast<float>(ix),
                                      py - static_cast<float>(iy), du, dv);
        lit -= weight * (du * facing.u + dv * facing.v);
        return value - 0.5F;
      };
      const float high = slope(clod, to_clod, 0.8F * clods);
      const float mid = slope(lump, to_lump, 0.8F * lumps);
      const float fine = crumbs > 0 ? slope(crumb, to_crumb, 0.75F * crumbs) : 0;
      const float hollow = 0.22F * clods * high + 0.46F * lumps * mid;
      float light =
          (0.86F + 0.28F * broad) * (1 + look_.relief * lit + hollow) + look_.crumb * crumbs * fine;
      light = std::max(light, 0.18F);
      Colour colour = look_.dry.To(look_.damp, std::clamp(1.8F * damp - 0.4F, 0.0F, 1.0F)) * light;
      if (look_.gloss > 0 && lit > 0.55F) {
        const float glint = look_.gloss * (lit - 0.55F) * (lit - 0.55F) * 30'000 * (fine + 0.5F);
        colour = {colour.red + glint, colour.green + glint, colour.blue + glint * 1.05F};
      }
      texels[u] = {Stored(colour.red), Stored(colour.green), Stored(colour.blue), 0, 0};
    }
  }
}

}  // namespace furrow::edge
