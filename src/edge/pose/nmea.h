// SPDX-License-Identifier: Apache-2.0
// Sentences of NMEA 0183 that say where a receiver is and how it moves: RMC, GGA, VTG and HDT of
// any talker. Numbers are read into whole numbers, exact to the last digit kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "base/status.h"
#include "edge/boom/units.h"
#include "edge/pose/samples.h"

namespace furrow::edge {

/// Billionths of a degree: latitude north, longitude east of Greenwich, or clockwise from true
/// north.
using NanoDegrees = int64_t;

struct NmeaPlace {
  NanoDegrees latitude = 0, longitude = 0;
  bool operator==(const NmeaPlace&) const = default;
};

/// Recommended minimum: one fix. What is absent was an empty field.
struct NmeaRmc {
  std::optional<Nanos> utc;  // of the day
  bool valid = false;
  std::optional<NmeaPlace> place;
  std::optional<MicronsPerSecond> speed;
  std::optional<NanoDegrees> course;
  bool operator==(const NmeaRmc&) const = default;
};

/// The quality of a fix.
struct NmeaGga {
  std::optional<Nanos> utc;
  std::optional<NmeaPlace> place;
  FixQuality quality = FixQuality::kNone;
  int satellites = 0;
  bool operator==(const NmeaGga&) const = default;
};

struct NmeaVtg {
  std::optional<NanoDegrees> course;
  std::optional<MicronsPerSecond> speed;
  bool operator==(const NmeaVtg&) const = default;
};

/// Where the machine points, by two antennas.
struct NmeaHdt {
  std::optional<NanoDegrees> heading;
  bool operator==(const NmeaHdt&) const = default;
};

/// std::monostate: a well-formed sentence of another kind.
using NmeaSentence = std::variant<std::monostate, NmeaRmc, NmeaGga, NmeaVtg, NmeaHdt>;

/// Longer ones are refused. The standard says 82, receivers with more decimals go beyond.
constexpr size_t kNmeaLengthMax = 128;

/// The sentence of one line, with or without its line end. The checksum must be there and be right.
/// An error names the field, counted from 1 for the one after the address, and what is wrong.
Result<NmeaSentence> ParseNmea(std::string_view line);

}  // namespace furrow::edge
