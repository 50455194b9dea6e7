// SPDX-License-Identifier: Apache-2.0
#include "device/agent/place.h"

#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "edge/boom/section.h"
#include "edge/boom/sine.h"

namespace furrow::device {
namespace {

// The server takes 4 KiB of what a tractor says of itself.
constexpr size_t kNameBytesMax = 200, kCornersMin = 3, kCornersMax = 100;
constexpr double kFarMax = 1e6;

std::optional<FieldPoint> PointOf(const toml::node& node) {
  const toml::array* pair = node.as_array();
  if (pair == nullptr || pair->size() != 2) return std::nullopt;
  const auto x = (*pair)[0].value<double>(), y = (*pair)[1].value<double>();
  const auto near = [](const auto& v) { return v && std::abs(*v) <= kFarMax; };
  if (!near(x) || !near(y)) return std::nullopt;
  return FieldPoint{*x, *y};
}

double Millimetres(double metres) { return std::round(metres * 1000) / 1000; }

}  // namespace

FieldPoint FieldPlace::On(edge::Microns x, edge::Microns y) const {
  const double ahead = edge::FromMillionths(x), left = edge::FromMillionths(y);
  const double cos = std::cos(heading), sin = std::sin(heading);
  return {start.x + ahead * cos - left * sin, start.y + ahead * sin + left * cos};
}

json::Value FieldPlace::Json() const {
  if (outline.empty()) return {};
  json::Array corners;
  for (const FieldPoint& corner : outline) {
    corners.push_back(json::Array{Millimetres(corner.x), Millimetres(corner.y)});
  }
  return json::Object{{"name", name}, {"outline", std::move(corners)}};
}

Result<FieldPlace> ReadFieldPlace(const toml::table& table, const std::string& path) {
  edge::Section section(table, "field", path);
  FieldPlace place;
  FURROW_ASSIGN(place.name, section.Text("name", ""));
  if (place.name.size() > kNameBytesMax) {
    return section.Wrong("name", fmt::format("at most {} bytes", kNameBytesMax));
  }
  FURROW_ASSIGN(const double degrees, section.Number("heading_deg", -360, 360, 0));
  place.heading = degrees * edge::kPi / 180;
  if (const toml::node* node = table.get("start")) {
    const auto start = PointOf(*node);
    if (!start) return section.Wrong(*node, "write start = [x, y], metres");
    place.start = *start;
  }
  if (const toml::node* node = table.get("outline")) {
    const toml::array* corners = node->as_array();
    if (corners == nullptr || corners->size() < kCornersMin || corners->size() > kCornersMax) {
      return section.Wrong(*node, fmt::format("write outline = [[x, y], ...]: {} to {} corners",
                                              kCornersMin, kCornersMax));
    }
    for (const toml::node& corner : *corners) {
      const auto point = PointOf(corner);
      if (!point) return section.Wrong(corner, "a corner is [x, y], metres");
      place.outline.push_back(*point);
    }
  }
  FURROW_TRY(section.Done({"start", "outline"}));
  return place;
}

}  // namespace furrow::device
