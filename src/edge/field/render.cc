// SPDX-License-Identifier: Apache-2.0
#include "edge/field/render.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "edge/field/develop.h"
#include "edge/field/random.h"

namespace furrow::edge {
namespace {

/// Shadows of what lies outside of the view fall into it from this far.
constexpr double kShadowReach = 0.5;
/// Farther than this from the camera no straw is drawn: it would be far thinner than a pixel.
constexpr double kLitterReach = 8;

Sun SunOf(const FieldOptions& options, const Pose2& pose) {
  // The sun turns against the machine.
  const auto x = static_cast<float>(Cosine(options.sun_heading_rad));
  const auto y = static_cast<float>(Sine(options.sun_heading_rad));
  Sun sun;
  sun.x = x * pose.cos + y * pose.sin;
  sun.y = y * pose.cos - x * pose.sin;
  const double cast = Cosine(options.sun_height_rad) / Sine(options.sun_height_rad);
  sun.cast = static_cast<float>(std::min(cast, 3.0));
  return sun;
}

}  // namespace

Renderer::Renderer(const Field& field, const Camera& camera)
    : field_(field), camera_(camera), canvas_(camera), ground_(field.options()) {
  sees_ = canvas_.Seen(x0_, x1_, y0_, y1_);
}

PlacedBlade Renderer::Placed(const Blade& blade, Microns x, Microns y) const {
  // Whole micrometres up to here, so that nothing is lost far down the field.
  const auto dx = static_cast<float>(x + blade.x - pose_.x) * 1e-6F;
  const auto dy = static_cast<float>(y + blade.y - pose_.y) * 1e-6F;
  const float c = static_cast<float>(CosineOf(blade.angle)) / 32768;
  const float s = static_cast<float>(SineOf(blade.angle)) / 32768;
  return {dx * pose_.cos + dy * pose_.sin,
          dy * pose_.cos - dx * pose_.sin,
          c * pose_.cos + s * pose_.sin,
          s * pose_.cos - c * pose_.sin,
          static_cast<float>(blade.length) * 1e-6F,
          static_cast<float>(blade.half_width) * 1e-6F,
          static_cast<float>(blade.sag) * 1e-6F,
          blade.profile};
}

void Renderer::PaintLitter(Painter& painter) {
  const double x0 = std::max(x0_, camera_.x - kLitterReach);
  const double x1 = std::min(x1_, camera_.x + kLitterReach);
  const double y0 = std::max(y0_, camera_.y - kLitterReach);
  const double y1 = std::min(y1_, camera_.y + kLitterReach);
  if (x0 > x1 || y0 > y1) return;
  double wx0 = 1e9, wx1 = -1e9, wy0 = 1e9, wy1 = -1e9;
  for (const double x : {x0, x1}) {
    for (const double y : {y0, y1}) {
      const double wx = x * pose_.cos - y * pose_.sin;
      const double wy = x * pose_.sin + y * pose_.cos;
      wx0 = std::min(wx0, wx);
      wx1 = std::max(wx1, wx);
      wy0 = std::min(wy0, wy);
      wy1 = std::max(wy1, wy);
    }
  }
  litter_.clear();
  LitterIn(field_.options(), pose_.x + ToMillionths(wx0), pose_.x + ToMillionths(wx1),
           pose_.y + ToMillionths(wy0), pose_.y + ToMillionths(wy1), litter_);
  for (const Litter& one : litter_) {
    const PlacedBlade figure = Placed(one.blade, one.x, one.y);
    painter.Shadow(figure, static_cast<float>(one.blade.rise) * 1e-6F);
    if (one.blade.part == Part::kClod) {
      painter.Round(figure, one.blade, ground_.ColourOf(one.age));
    } else if (one.blade.part == Part::kStone) {
      painter.Stone(figure, one.blade, one.age);
    } else {
      painter.Straw(figure, one.blade, one.age);
    }
  }
}

void Renderer::PaintPlants(Painter& painter) {
  // The rectangle's corners, turned; its x range holds all that is seen.
  double wx0 = 1e9, wx1 = -1e9;
  for (const double x : {x0_, x1_}) {
    for (const double y : {y0_, y1_}) {
      wx0 = std::min(wx0, x * pose_.cos - y * pose_.sin);
      wx1 = std::max(wx1, x * pose_.cos - y * pose_.sin);
    }
  }
  const Microns margin = kPlantReach + ToMillionths(kShadowReach);
  plants_.clear();
  field_.PlantsIn(pose_.x + ToMillionths(wx0) - margin, pose_.x + ToMillionths(wx1) + margin,
                  plants_);
  // Large ones stand above small ones, in every view.
  std::sort(plants_.begin(), plants_.end(), [](const Plant& a, const Plant& b) {
    return std::tuple(a.length + a.width, a.id) < std::tuple(b.length + b.width, b.id);
  });
  const double dew = field_.options().dew;
  for (const Plant& plant : plants_) {
    const auto dx = static_cast<double>(plant.x - pose_.x) * 1e-6;
    const auto dy = static_cast<double>(plant.y - pose_.y) * 1e-6;
    const double y = dy * pose_.cos - dx * pose_.sin;
    const double reach = static_cast<double>(margin) * 1e-6;
    if (y < y0_ - reach || y > y1_ + reach) continue;
    const Species& species = AllSpecies()[plant.species];
    const Tint tint = TintOf(species, plant.key, dew);
    Field::BladesOf(plant, blades_);
    for (const Blade& blade : blades_) {
      const PlacedBlade figure = Placed(blade, plant.stem_x, plant.stem_y);
      painter.Shadow(figure, static_cast<float>(blade.rise) * 1e-6F);
      painter.Leaf(figure, blade, tint);
    }
  }
}

void Renderer::Compose(const Shot& shot) {
  pose_ = {shot.s, shot.lateral, static_cast<float>(Cosine(shot.heading)),
           static_cast<float>(Sine(shot.heading))};
  ground_.Paint(pose_, canvas_);
  if (!sees_) return;
  Painter painter(canvas_, SunOf(field_.options(), pose_));
  PaintLitter(painter);
  PaintPlants(painter);
}

void Renderer::Render(const Shot& shot, PixelFormat format, std::vector<uint8_t>& pixels,
                      std::vector<uint8_t>* mask) {
  const size_t count = static_cast<size_t>(camera_.width) * camera_.height;
  const bool dark = shot.fault == FrameFault::kBlack || shot.fault == FrameFault::kStuck;
  if (!dark || mask != nullptr) Compose(shot);
  if (mask != nullptr) {
    mask->resize(count);
    for (int v = 0; v < camera_.height; ++v) {
      const Texel* const row = canvas_.row(v);
      uint8_t* const out = mask->data() + static_cast<size_t>(v) * camera_.width;
      for (int u = 0; u < camera_.width; ++u) out[u] = row[u].mask;
    }
  }
  const size_t bytes = format == PixelFormat::kRgb8 ? 3 * count : count;
  if (shot.fault == FrameFault::kBlack) {
    pixels.assign(bytes, 0);
  } else if (shot.fault == FrameFault::kStuck) {
    pixels.resize(bytes);
  } else {
    pixels.resize(bytes);
    const FieldOptions& options = field_.options();
    const double blown = shot.fault == FrameFault::kOverexposed ? 6 : 1;
    Develop({.cloud = options.cloud,
             .dust = options.dust,
             .gain = shot.gain * blown,
             .noise = shot.noise,
             .smear_m = shot.speed_mps * shot.exposure_s,
             .key = KeyOf(options.seed, Purpose::kSensor, static_cast<int64_t>(shot.sequence),
                          ToMillionths(camera_.y))},
            camera_, format, canvas_, pixels.data());
  }
}

}  // namespace furrow::edge
