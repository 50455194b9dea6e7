// SPDX-License-Identifier: Apache-2.0
// Where on its field a tractor's drive began. A machine counts from there, x ahead; the server's
// map is the field's own plane.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "base/toml.h"
#include "edge/boom/units.h"
#include "json/value.h"

namespace furrow::device {

/// Metres of the field's plane.
struct FieldPoint {
  double x = 0, y = 0;
};

/// [field] of device.toml.
struct FieldPlace {
  std::string name;
  std::vector<FieldPoint> outline;  // its corners in order; none: not known
  FieldPoint start;                 // where the drive began
  double heading = 0;               // radians there, to the left of the field's x

  /// Of a place of the drive's plane.
  FieldPoint On(edge::Microns x, edge::Microns y) const;
  /// {name, outline}; null without an outline.
  json::Value Json() const;
};

/// Errors name the file `path`, line and column.
Result<FieldPlace> ReadFieldPlace(const toml::table& table, const std::string& path);

}  // namespace furrow::device
