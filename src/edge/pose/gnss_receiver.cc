// SPDX-License-Identifier: Apache-2.0
#include "edge/pose/gnss_receiver.h"

#include <cmath>

#include "edge/boom/sine.h"

namespace furrow::edge {
namespace {

constexpr Nanos kDay = 86'400 * kSecond;
/// After so many epochs without GGA none is waited for.
constexpr int kNoGga = 3;

int64_t Rounded(double value) {
  return static_cast<int64_t>(value < 0 ? value - 0.5 : value + 0.5);
}

}  // namespace

GnssReceiver::GnssReceiver(const GnssReceiverOptions& options) : clock_(options.latency) {
  line_.reserve(kNmeaLengthMax + 2);
}

void GnssReceiver::Take(std::string_view bytes, Nanos arrival, std::vector<GnssFix>& out) {
  for (const char c : bytes) {
    if (c == '\n') {
      if (overlong_) {
        ++counters_.refused;
        last_error_ = "NMEA sentence: it is longer than 128 characters";
      } else if (!line_.empty() && line_ != "\r") {
        TakeLine(line_, arrival, out);
      }
      line_.clear();
      overlong_ = false;
    } else if (line_.size() <= kNmeaLengthMax) {
      line_.push_back(c);
    } else {
      overlong_ = true;
    }
  }
}

void GnssReceiver::Begin(const std::optional<Nanos>& utc, Nanos arrival) {
  if (!utc || *utc == epoch_.utc) return;
  if (epoch_.utc >= 0) {
    without_gga_ = epoch_.quality ? 0 : without_gga_ + 1;
    if (*utc < epoch_.utc - kDay / 2) days_ += kDay;
  }
  epoch_ = {};
  epoch_.utc = *utc;
  epoch_.arrival = arrival;
}

void GnssReceiver::TakeLine(std::string_view line, Nanos arrival, std::vector<GnssFix>& out) {
  auto sentence = ParseNmea(line);
  if (!sentence.ok()) {
    ++counters_.refused;
    last_error_ = sentence.status().message();
    return;
  }
  ++counters_.sentences;
  if (const auto* rmc = std::get_if<NmeaRmc>(&*sentence)) {
    Begin(rmc->utc, arrival);
    epoch_.valid = rmc->valid;
    if (rmc->place) epoch_.place = rmc->place;
    if (rmc->speed) epoch_.speed = rmc->speed;
    if (rmc->course) epoch_.course = rmc->course;
  } else if (const auto* gga = std::get_if<NmeaGga>(&*sentence)) {
    Begin(gga->utc, arrival);
    if (!epoch_.place) epoch_.place = gga->place;
    epoch_.quality = gga->quality;
  } else if (const auto* vtg = std::get_if<NmeaVtg>(&*sentence)) {
    if (!epoch_.speed) epoch_.speed = vtg->speed;
    if (!epoch_.course) epoch_.course = vtg->course;
  } else if (const auto* hdt = std::get_if<NmeaHdt>(&*sentence)) {
    epoch_.heading = hdt->heading;
  }
  Give(arrival, out);
}

void GnssReceiver::Give(Nanos arrival, std::vector<GnssFix>& out) {
  if (epoch_.given || epoch_.utc < 0 || !epoch_.place || !epoch_.speed) return;
  if (!epoch_.quality && without_gga_ < kNoGga) return;
  epoch_.given = true;
  GnssFix fix;
  fix.arrival = arrival;
  fix.t = std::min(arrival, clock_.At(epoch_.utc + days_, epoch_.arrival));
  fix.quality = epoch_.valid ? epoch_.quality.value_or(FixQuality::kSingle) : FixQuality::kNone;
  fix.v = *epoch_.speed;
  if (!origin_) {
    // Radii of curvature of WGS 84 along the meridian and across it.
    constexpr double kAxis = 6'378'137e6, kFlat = 1 / 298.257223563;
    constexpr double kSquare = kFlat * (2 - kFlat), kRadian = kPi / 180e9;
    origin_ = epoch_.place;
    const double latitude = static_cast<double>(origin_->latitude) * kRadian;
    const double sine = Sine(latitude);
    const double inner = 1 - kSquare * sine * sine, across = kAxis / std::sqrt(inner);
    north_ = across * (1 - kSquare) / inner * kRadian;
    east_ = across * Cosine(latitude) * kRadian;
  }
  constexpr NanoDegrees kHalf = 180'000'000'000;
  NanoDegrees east = epoch_.place->longitude - origin_->longitude;
  if (east > kHalf) east -= 2 * kHalf;
  if (east < -kHalf) east += 2 * kHalf;
  fix.x = Rounded(static_cast<double>(epoch_.place->latitude - origin_->latitude) * north_);
  fix.y = Rounded(static_cast<double>(-east) * east_);
  const NanoDegrees course = epoch_.heading ? *epoch_.heading : epoch_.course.value_or(0);
  fix.course = Rounded(static_cast<double>(-course) * (kPi / 180));
  ++counters_.fixes;
  out.push_back(fix);
}

}  // namespace furrow::edge
