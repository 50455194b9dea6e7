// SPDX-License-Identifier: Apache-2.0
#include "edge/record/as_applied_files.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>

#include <fmt/format.h>

namespace furrow::edge {
namespace {

/// A whole number of millionths or billionths as the decimal it is, without rounding.
std::string Decimal(int64_t value, int digits) {
  const uint64_t scale = digits == 6 ? 1'000'000 : 1'000'000'000;
  const uint64_t size = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  return fmt::format("{}{}.{:0{}}", value < 0 ? "-" : "", size / scale, size % scale, digits);
}

}  // namespace

std::string AsAppliedCsv(const AsApplied& table) {
  std::string out =
      "nozzle,continues,t_open_s,t_close_s,s_open_m,s_close_m,x_open_m,y_open_m,x_close_m,"
      "y_close_m,heading_open_rad,heading_close_rad,speed_m_s,litres,flags\n";
  for (const SprayedRecord& one : table.pieces()) {
    fmt::format_to(std::back_inserter(out), "{},{:d},{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                   one.nozzle, one.continues, Decimal(one.t_open, 9), Decimal(one.t_close, 9),
                   Decimal(one.s_open, 6), Decimal(one.s_close, 6), Decimal(one.x_open, 6),
                   Decimal(one.y_open, 6), Decimal(one.x_close, 6), Decimal(one.y_close, 6),
                   Decimal(one.heading_open, 9), Decimal(one.heading_close, 9),
                   Decimal(one.speed, 6), Decimal(one.nanolitres, 9), one.flags);
  }
  return out;
}

std::string AsAppliedGeoJson(const std::vector<Patch>& patches, const Origin& origin) {
  std::string out = "{\"type\":\"FeatureCollection\",\"features\":[";
  bool first = true;
  for (const Patch& patch : patches) {
    fmt::format_to(
        std::back_inserter(out),
        "{}\n{{\"type\":\"Feature\",\"properties\":{{\"nozzle_first\":{},\"nozzle_last\":{},"
        "\"t_open_s\":{},\"t_close_s\":{},\"s_open_m\":{},\"s_close_m\":{},\"litres\":{:.6f},"
        "\"square_metres\":{:.4f},\"speed_m_s\":{:.3f},\"flags\":{}}},"
        "\"geometry\":{{\"type\":\"Polygon\",\"coordinates\":[[",
        first ? "" : ",", patch.nozzle_first, patch.nozzle_last, Decimal(patch.t_open, 9),
        Decimal(patch.t_close, 9), Decimal(patch.s_open, 6), Decimal(patch.s_close, 6),
        patch.litres, patch.square_metres, patch.speed, patch.flags);
    first = false;
    // The first corner again closes the ring. Nine decimals are a tenth of a millimetre.
    for (size_t i = 0; i <= patch.ring.size(); ++i) {
      const Degrees at = OnEarth(origin, patch.ring[i % patch.ring.size()]);
      fmt::format_to(std::back_inserter(out), "{}[{:.9f},{:.9f}]", i == 0 ? "" : ",", at.longitude,
                     at.latitude);
    }
    out += "]]}}";
  }
  out += "\n]}\n";
  return out;
}

}  // namespace furrow::edge
