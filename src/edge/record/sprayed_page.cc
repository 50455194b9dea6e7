// SPDX-License-Identifier: Apache-2.0
#include "edge/record/sprayed_page.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "edge/record/sprayed_page_text.h"
#include "json/text.h"

namespace furrow::edge {
namespace {

// "<" never stands in the script's data, so no text can end the script.
void AppendText(std::string& out, std::string_view text) {
  std::string quoted;
  json::WriteString(quoted, text);
  for (const char c : quoted) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
}

void AppendPatches(std::string& out, const std::vector<Patch>& patches) {
  const auto to = std::back_inserter(out);
  out += "\"patches\":[";
  for (size_t i = 0; i < std::min(patches.size(), kPagePatchesMax); ++i) {
    const Patch& patch = patches[i];
    fmt::format_to(to, "{}[{},{},{:.4f},{:.4f},{:.6g},{:.4g},{:.4g},{},[", i == 0 ? "" : ",\n",
                   patch.nozzle_first, patch.nozzle_last, FromBillionths(patch.t_open),
                   FromBillionths(patch.t_close), patch.litres, patch.square_metres, patch.speed,
                   patch.flags);
    // Millimetres, each less the one before: short, and finer than a pixel.
    int64_t x = 0, y = 0;
    for (size_t k = 0; k < patch.ring.size(); ++k) {
      const auto next_x = static_cast<int64_t>(std::llround(patch.ring[k].x * 1000));
      const auto next_y = static_cast<int64_t>(std::llround(patch.ring[k].y * 1000));
      fmt::format_to(to, "{}{},{}", k == 0 ? "" : ",", next_x - x, next_y - y);
      x = next_x;
      y = next_y;
    }
    out += "]]";
  }
  out += "]";
}

}  // namespace

std::string SprayedPage(const AsApplied& table, const std::vector<Patch>& patches,
                        const std::vector<MissedWeed>& missed, const std::string& title) {
  std::string out(kPageTop);
  const auto to = std::back_inserter(out);
  out += "const data = {\"title\":";
  AppendText(out, title);
  double litres = 0, square_metres = 0;
  for (const Patch& patch : patches) {
    litres += patch.litres;
    square_metres += patch.square_metres;
  }
  const auto& nozzles = table.boom().nozzles;
  Microns width = 0;
  for (const Nozzle& nozzle : nozzles) {
    // A second line behind the first covers the same ground.
    if (nozzle.x == nozzles[0].x) width += nozzle.swath;
  }
  const auto& path = table.path();
  const double way = path.empty() ? 0 : FromMillionths(path.back().s - path.front().s);
  fmt::format_to(to,
                 ",\"count\":{},\"litres\":{:.6f},\"sprayed\":{:.4f},\"way\":{:.3f},\"passed\":"
                 "{:.3f},\n\"nozzles\":[",
                 patches.size(), litres, square_metres, way, way * FromMillionths(width));
  for (size_t i = 0; i < nozzles.size(); ++i) {
    fmt::format_to(to, "{}[{},{},{}]", i == 0 ? "" : ",", nozzles[i].x / 1000, nozzles[i].y / 1000,
                   nozzles[i].swath / 1000);
  }
  out += "],\n\"path\":[";
  for (size_t i = 0; i < path.size(); ++i) {
    fmt::format_to(to, "{}[{},{},{:.4f}]", i == 0 ? "" : ",", path[i].x / 1000, path[i].y / 1000,
                   FromBillionths(path[i].heading));
  }
  out += "],\n\"missed\":[";
  for (size_t i = 0; i < missed.size(); ++i) {
    fmt::format_to(to, "{}[{},{},{},", i == 0 ? "" : ",", missed[i].x / 1000, missed[i].y / 1000,
                   missed[i].radius / 1000);
    AppendText(out, missed[i].why);
    out += "]";
  }
  out += "],\n";
  AppendPatches(out, patches);
  out += "};\n";
  out += kPageScript;
  return out;
}

}  // namespace furrow::edge
