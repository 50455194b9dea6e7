// SPDX-License-Identifier: Apache-2.0
#include "edge/field/develop.h"

#include <cmath>
#include <vector>

#include "edge/field/ground.h"
#include "edge/field/random.h"

namespace furrow::edge {
namespace {

constexpr Colour kDust = Colour::Of(196, 182, 160);
constexpr int kToneBits = 12;

uint16_t Stored(float value) { return static_cast<uint16_t>(std::clamp(value, 0.0F, 65535.0F)); }

/// Sun, shade, dust and the lens's falling off, in place.
void Light(const Development& how, const Camera& camera, Canvas& canvas) {
  const auto direct = static_cast<float>(0.66 * (1 - how.cloud));
  const auto gain = static_cast<float>(how.gain);
  // The sky is bluer than the sun, so shadows are.
  const Colour sky{0.94F, 1.0F, 1.10F};
  const ValueNoise noise(KeyOf(how.key, Purpose::kHaze, 0));
  const auto haze = static_cast<float>(0.75 * how.dust);
  const float per_corner =
      1 / static_cast<float>(camera.width * camera.width / 4 + camera.height * camera.height / 4);
  for (int v = 0; v < canvas.height(); ++v) {
    Texel* const row = canvas.row(v);
    const float dv = static_cast<float>(v) - static_cast<float>(camera.height) / 2;
    float dust = 0;
    for (int u = 0; u < canvas.width(); ++u) {
      Texel& texel = row[u];
      const float du = static_cast<float>(u) - static_cast<float>(camera.width) / 2;
      const float lens = gain * (1 - 0.22F * (du * du + dv * dv) * per_corner);
      const float shade = direct * static_cast<float>(texel.shade) / 255;
      const float light = 1 - shade;
      Colour colour{texel.red * (light + shade * 0.1F * (sky.red - 1)), texel.green * light,
                    texel.blue * (light + shade * 0.5F * (sky.blue - 1))};
      if (haze > 0) {
        // Clouds of dust are broad: one sample for eight pixels.
        if (u % 8 == 0) {
          const float x = static_cast<float>(u) / 310, y = static_cast<float>(v) / 310;
          dust = haze * (0.45F + 0.4F * noise.At(x, y) + 0.3F * noise.At(x * 3.1F, y * 3.1F));
        }
        colour = colour.To(kDust, std::min(dust, 0.95F));
      }
      texel.red = Stored(colour.red * lens);
      texel.green = Stored(colour.green * lens);
      texel.blue = Stored(colour.blue * lens);
    }
  }
}

/// A row of linear light, three values a pixel, averaged along the way that the ground moves.
class Smear {
 public:
  Smear(const Canvas& canvas, double smear_m) : canvas_(canvas), smear_m_(smear_m) {}

  void Row(int v, std::vector<uint16_t>& out) const {
    const Texel* const row = canvas_.row(v);
    double du = 0, dv = 0;
    Shift(v, du, dv);
    const double far = std::max(std::abs(du), std::abs(dv));
    const int width = canvas_.width();
    if (far < 0.25) {
      for (int u = 0; u < width; ++u) {
        out[3 * u] = row[u].red;
        out[3 * u + 1] = row[u].green;
        out[3 * u + 2] = row[u].blue;
      }
      return;
    }
    const int taps = std::min(64, 2 + static_cast<int>(far));
    sums_.assign(static_cast<size_t>(width) * 3, 0);
    for (int tap = 0; tap < taps; ++tap) {
      const double share = static_cast<double>(tap) / (taps - 1) - 0.5;
      Tap(v, du * share, dv * share);
    }
    const float scale = 1 / static_cast<float>(taps);
    for (int i = 0; i < 3 * width; ++i) out[i] = static_cast<uint16_t>(sums_[i] * scale);
  }

 private:
  /// By how many pixels the ground at a row's middle moves.
  void Shift(int v, double& du, double& dv) const {
    if (smear_m_ <= 0) return;
    const int middle = canvas_.width() / 2;
    const double x = canvas_.xs(v)[middle], y = canvas_.ys(v)[middle];
    double u0 = 0, v0 = 0, u1 = 0, v1 = 0;
    if (canvas_.xs(v)[middle] == Canvas::kNowhere) return;
    const Projection& projection = canvas_.projection();
    if (!projection.ToPixel(x + smear_m_ / 2, y, u0, v0)) return;
    if (!projection.ToPixel(x - smear_m_ / 2, y, u1, v1)) return;
    du = u1 - u0;
    dv = v1 - v0;
  }

  /// Adds the image moved by (du, dv), bilinearly.
  void Tap(int v, double du, double dv) const {
    const int width = canvas_.width(), last = canvas_.height() - 1;
    const auto whole_v = static_cast<int>(std::floor(dv)),
               whole_u = static_cast<int>(std::floor(du));
    const auto part_v = static_cast<float>(dv - whole_v), part_u = static_cast<float>(du - whole_u);
    const Texel* const top = canvas_.row(std::clamp(v + whole_v, 0, last));
    const Texel* const low = canvas_.row(std::clamp(v + whole_v + 1, 0, last));
    const float a = (1 - part_u) * (1 - part_v), b = part_u * (1 - part_v);
    const float c = (1 - part_u) * part_v, d = part_u * part_v;
    for (int u = 0; u < width; ++u) {
      const int i = std::clamp(u + whole_u, 0, width - 1), j = std::min(i + 1, width - 1);
      sums_[3 * u] += a * top[i].red + b * top[j].red + c * low[i].red + d * low[j].red;
      sums_[3 * u + 1] += a * top[i].green + b * top[j].green + c * low[i].green + d * low[j].green;
      sums_[3 * u + 2] += a * top[i].blue + b * top[j].blue + c * low[i].blue + d * low[j].blue;
    }
  }

  const Canvas& canvas_;
  double smear_m_;
  mutable std::vector<float> sums_;
};

/// Values of 255 in sixteenths, for the upper bits of linear light.
std::vector<int32_t> ToneCurve() {
  std::vector<int32_t> curve(1 << kToneBits);
  for (size_t i = 0; i < curve.size(); ++i) {
    const double light = (static_cast<double>(i) + 0.5) / static_cast<double>(curve.size());
    curve[i] = static_cast<int32_t>(std::sqrt(light) * 255 * 16);
  }
  return curve;
}

}  // namespace

void Develop(const Development& how, const Camera& camera, PixelFormat format, Canvas& canvas,
             uint8_t* out) {
  Light(how, camera, canvas);
  const Smear smear(canvas, how.smear_m);
  const std::vector<int32_t> curve = ToneCurve();
  const int width = canvas.width();
  std::vector<uint16_t> row(static_cast<size_t>(width) * 3);
  // Two bytes, summed, have a deviation of 104.5; the product is in sixteenths of a value.
  const auto strength = static_cast<int32_t>(how.noise * 16 * 65536 / 104.5);
  const auto value = [&](uint16_t light, uint64_t bits) {
    const auto sum = static_cast<int32_t>((bits & 0xff) + ((bits >> 8) & 0xff)) - 255;
    const int32_t tone = curve[light >> (16 - kToneBits)] + ((sum * strength) >> 16) + 8;
    return static_cast<uint8_t>(std::clamp(tone >> 4, 0, 255));
  };
  for (int v = 0; v < canvas.height(); ++v) {
    smear.Row(v, row);
    Draws draws(KeyOf(how.key, Purpose::kSensor, v));
    if (format == PixelFormat::kRgb8) {
      for (int u = 0; u < width; ++u) {
        const uint64_t bits = draws.Next();
        for (int c = 0; c < 3; ++c) *out++ = value(row[3 * u + c], bits >> (16 * c));
      }
    } else {
      // Red at even rows and columns, blue at odd ones, green elsewhere.
      for (int u = 0; u < width; ++u) {
        const int c = (v & 1) + (u & 1);
        *out++ = value(row[3 * u + c], draws.Next());
      }
    }
  }
}

}  // namespace furrow::edge
