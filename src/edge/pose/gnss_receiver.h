// SPDX-License-Identifier: Apache-2.0
// From the bytes that a GNSS receiver sends to fixes on a plane.
//
//   GnssReceiver receiver({.latency = 60 * kMillisecond});
//   receiver.Take(bytes, now, fixes);  // as they come from the serial line, in any pieces
//   for (const GnssFix& fix : fixes) fuser.OnGnss(fix);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "edge/pose/fix_clock.h"
#include "edge/pose/nmea.h"
#include "edge/pose/samples.h"

namespace furrow::edge {

struct GnssReceiverOptions {
  /// From the moment that a fix holds for to the arrival of its first sentence, at the least: what
  /// the receiver needs to compute and the line to carry. Its data sheet says it, or a drive at
  /// known speed does.
  Nanos latency = 60 * kMillisecond;
};

struct GnssReceiverCounters {
  uint64_t sentences = 0;  // well-formed, of any kind
  uint64_t refused = 0;    // lines that are none
  uint64_t fixes = 0;
};

/// Sentences of the same UTC become one fix: place, speed and course of RMC (speed and course of
/// VTG where RMC has none, the heading of HDT in place of the course where there is one), quality
/// of GGA. It is given as soon as all of that has come; from a receiver that sends no GGA, with
/// RMC.
///
/// The plane touches the ellipsoid of WGS 84 at the first place: x to the north, y to the west. One
/// thread. Allocates where `out` grows and for the text of an error.
class GnssReceiver {
 public:
  explicit GnssReceiver(const GnssReceiverOptions& options);

  /// Takes in bytes whose last one came at `arrival`, and appends the fixes that they complete.
  void Take(std::string_view bytes, Nanos arrival, std::vector<GnssFix>& out);

  const GnssReceiverCounters& counters() const { return counters_; }
  /// What was wrong with the last line that was refused; empty when none was.
  const std::string& last_error() const { return last_error_; }

 private:
  struct Epoch {
    Nanos utc = -1, arrival = 0;  // of the day; when its first sentence came
    bool given = false, valid = true;
    std::optional<NmeaPlace> place;
    std::optional<MicronsPerSecond> speed;
    std::optional<NanoDegrees> course, heading;
    std::optional<FixQuality> quality;
  };

  void TakeLine(std::string_view line, Nanos arrival, std::vector<GnssFix>& out);
  void Begin(const std::optional<Nanos>& utc, Nanos arrival);
  void Give(Nanos arrival, std::vector<GnssFix>& out);

  FixClock clock_;
  GnssReceiverCounters counters_;
  std::string line_, last_error_;
  bool overlong_ = false;
  Epoch epoch_;
  int without_gga_ = 0;  // epochs in a row
  Nanos days_ = 0;       // added to the time of day, so that it goes on over midnight
  std::optional<NmeaPlace> origin_;
  double north_ = 0, east_ = 0;  // micrometres of a billionth of a degree at the origin
};

}  // namespace furrow::edge
