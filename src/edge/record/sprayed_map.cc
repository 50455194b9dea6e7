// SPDX-License-Identifier: Apache-2.0
#include "edge/record/sprayed_map.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace furrow::edge {
namespace {

struct Colour {
  uint8_t red, green, blue;
};
// Those of the page by day.
constexpr Colour kGround{0xf6, 0xf4, 0xee}, kBand{0xdd, 0xdf, 0xcf}, kSpray{0x1a, 0x7f, 0xb4},
    kDoubt{0xc7, 0x77, 0x00}, kMiss{0xc2, 0x2f, 0x3a};

struct Frame {
  double left = INFINITY, right = -INFINITY, low = INFINITY, high = -INFINITY;  // metres
  void Take(const GroundPoint& at) {
    left = std::min(left, at.x);
    right = std::max(right, at.x);
    low = std::min(low, at.y);
    high = std::max(high, at.y);
  }
};

class Sheet {
 public:
  Sheet(const Frame& frame, int side) : frame_(frame) {
    const double width = frame.right - frame.left, height = frame.high - frame.low;
    scale_ = (side - 1) / std::max({width, height, 1e-3});
    image_ = MakeImage(Pixels(width, side), Pixels(height, side), 3);
    for (int y = 0; y < image_.height; ++y) Span(y, 0, image_.width - 1, kGround);
  }

  /// Fills what lies inside by the even-odd rule; at least the pixel of the first corner.
  void Fill(const std::vector<GroundPoint>& ring, Colour colour) {
    if (ring.empty()) return;
    double low = INFINITY, high = -INFINITY;
    corners_.clear();
    for (const GroundPoint& point : ring) {
      corners_.push_back({X(point.x), Y(point.y)});
      low = std::min(low, corners_.back().y);
      high = std::max(high, corners_.back().y);
    }
    Dot(corners_[0], colour);
    const int last = std::min(image_.height - 1, static_cast<int>(std::floor(high)));
    for (int y = std::max(0, static_cast<int>(std::floor(low))); y <= last; ++y) {
      Row(y, colour);
    }
  }

  void Ring(const GroundPoint& at, double radius, Colour colour) {
    const double r = std::max(3.0, radius * scale_);
    const int steps = std::max(16, static_cast<int>(7 * r));
    for (int i = 0; i < steps; ++i) {
      const double angle = 2 * M_PI * i / steps;
      Dot({X(at.x) + r * std::cos(angle), Y(at.y) + r * std::sin(angle)}, colour);
    }
  }

  Image Done() { return std::move(image_); }

 private:
  int Pixels(double metres, int side) const {
    return std::clamp(static_cast<int>(std::floor(metres * scale_)) + 1, 1, side);
  }
  double X(double x) const { return (x - frame_.left) * scale_ + 0.5; }
  double Y(double y) const { return (frame_.high - y) * scale_ + 0.5; }

  void Dot(const GroundPoint& at, Colour colour) {
    const int x = static_cast<int>(std::floor(at.x)), y = static_cast<int>(std::floor(at.y));
    if (y >= 0 && y < image_.height) Span(y, x, x, colour);
  }
  void Span(int y, int from, int to, Colour colour) {
    uint8_t* const row = image_.row(y);
    for (int x = std::max(0, from); x <= std::min(to, image_.width - 1); ++x) {
      row[3 * x] = colour.red;
      row[3 * x + 1] = colour.green;
      row[3 * x + 2] = colour.blue;
    }
  }
  void Row(int y, Colour colour) {
    const double middle = y + 0.5;
    crossings_.clear();
    for (size_t i = 0, before = corners_.size() - 1; i < corners_.size(); before = i++) {
      const GroundPoint &a = corners_[before], &b = corners_[i];
      if ((a.y > middle) == (b.y > middle)) continue;
      crossings_.push_back(a.x + (b.x - a.x) * (middle - a.y) / (b.y - a.y));
    }
    std::ranges::sort(crossings_);
    for (size_t i = 0; i + 1 < crossings_.size(); i += 2) {
      // Pixels whose middle is inside; a strip narrower than that keeps one.
      const int from = static_cast<int>(std::ceil(crossings_[i] - 0.5));
      const int to = static_cast<int>(std::floor(crossings_[i + 1] - 0.5));
      Span(y, from, std::max(from, to), colour);
    }
  }

  const Frame frame_;
  double scale_ = 1;  // pixels in a metre
  Image image_;
  std::vector<GroundPoint> corners_;  // in pixels
  std::vector<double> crossings_;
};

GroundPoint Beside(const PathPoint& at, double left) {
  const double angle = FromBillionths(at.heading);
  return {FromMillionths(at.x) - left * std::sin(angle),
          FromMillionths(at.y) + left * std::cos(angle)};
}

}  // namespace

Result<Image> SprayedMap(const AsApplied& table, const std::vector<Patch>& patches,
                         const std::vector<MissedWeed>& missed, int side) {
  constexpr int kSideMin = 16;
  if (side < kSideMin || side > kImageSideMax) {
    return Status(Code::kInvalidArgument, "a map's side has " + std::to_string(kSideMin) + " to " +
                                              std::to_string(kImageSideMax) + " pixels");
  }
  const auto& path = table.path();
  if (path.empty()) return Status(Code::kNotFound, "no pose was recorded: there is no map to draw");
  double left = -INFINITY, right = INFINITY;
  for (const Nozzle& nozzle : table.boom().nozzles) {
    left = std::max(left, FromMillionths(nozzle.y) + FromMillionths(nozzle.swath) / 2);
    right = std::min(right, FromMillionths(nozzle.y) - FromMillionths(nozzle.swath) / 2);
  }
  Frame frame;
  for (const PathPoint& point : path) {
    frame.Take(Beside(point, left));
    frame.Take(Beside(point, right));
  }
  for (const Patch& patch : patches) {
    for (const GroundPoint& corner : patch.ring) frame.Take(corner);
  }
  for (const MissedWeed& weed : missed)
    frame.Take({FromMillionths(weed.x), FromMillionths(weed.y)});

  Sheet sheet(frame, side);
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    sheet.Fill({Beside(path[i], right), Beside(path[i + 1], right), Beside(path[i + 1], left),
                Beside(path[i], left)},
               kBand);
  }
  for (const Patch& patch : patches) sheet.Fill(patch.ring, patch.flags != 0 ? kDoubt : kSpray);
  for (const MissedWeed& weed : missed) {
    sheet.Ring({FromMillionths(weed.x), FromMillionths(weed.y)}, FromMillionths(weed.radius),
               kMiss);
  }
  return sheet.Done();
}

}  // namespace furrow::edge
