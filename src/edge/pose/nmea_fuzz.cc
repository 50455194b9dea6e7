// SPDX-License-Identifier: Apache-2.0
// Any bytes are a sentence or an error that says so; what they say is in bounds, whether read as
// one line or as what a receiver sends in pieces.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "edge/pose/gnss_receiver.h"
#include "edge/pose/nmea.h"

using namespace furrow::edge;

namespace {

constexpr int64_t kDegree = 1'000'000'000;

void InBounds(const std::optional<NmeaPlace>& place) {
  if (!place) return;
  if (place->latitude < -90 * kDegree || place->latitude > 90 * kDegree) std::abort();
  if (place->longitude < -180 * kDegree || place->longitude > 180 * kDegree) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto sentence = ParseNmea(text);
  if (!sentence.ok()) {
    if (!sentence.status().message().starts_with("NMEA sentence: ")) std::abort();
  } else if (const auto* rmc = std::get_if<NmeaRmc>(&*sentence)) {
    InBounds(rmc->place);
    if (rmc->speed.value_or(0) < 0) std::abort();
  } else if (const auto* gga = std::get_if<NmeaGga>(&*sentence)) {
    InBounds(gga->place);
  }
  GnssReceiver receiver({});
  std::vector<GnssFix> fixes;
  Nanos now = kSecond;
  for (size_t at = 0; at < text.size(); at += 7) {
    receiver.Take(text.substr(at, 7), now += kMillisecond, fixes);
  }
  for (const GnssFix& fix : fixes) {
    if (fix.t > fix.arrival || fix.v < 0) std::abort();
  }
  return 0;
}
