// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "edge/record/as_applied_files.h"

namespace furrow::edge {
namespace {

// Data of ISO 11783-11 that a time element carries.
constexpr int kTotalArea = 0x0074;          // square metres
constexpr int kEffectiveDistance = 0x0075;  // millimetres
constexpr int kTotalVolume = 0x015F;        // millilitres

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (static_cast<unsigned char>(c) >= ' ') {
      out += c;
    }
  }
  return out;
}

/// What was sprayed on one stretch of the way.
struct Section {
  Nanos begin = 0, end = 0;
  GroundPoint at;  // where the first of its droplets landed
  double litres = 0, square_metres = 0, metres = 0;
};

std::vector<Section> MakeSections(const AsApplied& table, Microns length) {
  std::vector<const SprayedRecord*> pieces;
  for (const SprayedRecord& one : table.pieces()) pieces.push_back(&one);
  std::ranges::sort(pieces, {},
                    [](const SprayedRecord* one) { return std::pair(one->s_open, one->nozzle); });
  std::vector<Section> sections;
  Microns until = 0;
  Microns covered = pieces.empty() ? 0 : pieces.front()->s_open;
  for (const SprayedRecord* one : pieces) {
    if (sections.empty() || one->s_open >= until) {
      sections.push_back(
          {one->t_open, one->t_close, {FromMillionths(one->x_open), FromMillionths(one->y_open)}});
      until = one->s_open + length;
    }
    Section& section = sections.back();
    section.begin = std::min(section.begin, one->t_open);
    section.end = std::max(section.end, one->t_close);
    section.litres += FromBillionths(one->nanolitres);
    const double way = FromMillionths(one->speed) * FromBillionths(one->t_close - one->t_open);
    const auto swath = table.boom().nozzles[static_cast<size_t>(one->nozzle)].swath;
    section.square_metres += way * FromMillionths(swath);
    // The way on which at least one nozzle was open, each metre of it once.
    const Microns from = std::max(one->s_open, covered);
    if (one->s_close > from) section.metres += FromMillionths(one->s_close - from);
    covered = std::max(from, one->s_close);
  }
  return sections;
}

}  // namespace

Result<std::string> AsAppliedTaskData(const AsApplied& table, const TaskDataOptions& options) {
  const auto sections = MakeSections(table, std::max(options.section, kMetre));
  if (sections.empty()) {
    return Status(Code::kNotFound, "nothing was sprayed: there is no task to write");
  }
  // Position status 6: reckoned. Fractions of a millisecond are left out: readers differ in how
  // many digits they take.
  const auto when = [&](Nanos t) {
    const Micros at = (options.zero + t / 1000) / 1000 * 1000;
    std::string text = FormatTime(at);  // 2026-11-23T20:31:43.123456+00:00
    return text.substr(0, 23) + "Z";
  };
  std::string out;
  const auto to = std::back_inserter(out);
  out +=
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<ISO11783_TaskData VersionMajor=\"4\" VersionMinor=\"3\" "
      "ManagementSoftwareManufacturer=\"Furrow\" ManagementSoftwareVersion=\"1\" "
      "TaskControllerManufacturer=\"Furrow\" TaskControllerVersion=\"1\" "
      "DataTransferOrigin=\"2\">\n";
  // A sprayer (device class 6) of no known maker, for what the values belong to.
  const std::string name = table.boom().name.empty() ? "sprayer" : table.boom().name;
  fmt::format_to(to,
                 "  <DVC A=\"DVC-1\" B=\"{}\" C=\"1\" D=\"A00C840000000001\" F=\"46555252303031\" "
                 "G=\"656E00000000FF\">\n"
                 "    <DET A=\"DET-1\" B=\"1\" C=\"1\" D=\"boom\" E=\"0\" F=\"0\">\n"
                 "      <DOR A=\"2\"/>\n      <DOR A=\"3\"/>\n      <DOR A=\"4\"/>\n    </DET>\n",
                 Escaped(name));
  int object = 2;
  for (const auto& [ddi, text] :
       {std::pair(kTotalArea, "area"), std::pair(kEffectiveDistance, "distance"),
        std::pair(kTotalVolume, "volume")}) {
    // Property 1: belongs to the default set; trigger 16: total.
    fmt::format_to(to, "    <DPD A=\"{}\" B=\"{:04X}\" C=\"1\" D=\"16\" E=\"{}\"/>\n", object++,
                   ddi, text);
  }
  fmt::format_to(to, "  </DVC>\n  <TSK A=\"TSK1\" B=\"{}\" G=\"4\">\n", Escaped(options.name));
  // Values are whole: each is what makes the sum so far right, so that many small ones do not
  // vanish.
  double sums[3] = {0, 0, 0};
  for (const Section& section : sections) {
    const Degrees at = OnEarth(options.origin, section.at);
    fmt::format_to(to,
                   "    <TIM A=\"{}\" B=\"{}\" D=\"4\">\n"
                   "      <PTN A=\"{:.9f}\" B=\"{:.9f}\" D=\"6\"/>\n",
                   when(section.begin), when(section.end), at.latitude, at.longitude);
    const std::pair<int, double> values[] = {{kTotalArea, section.square_metres},
                                             {kEffectiveDistance, section.metres * 1e3},
                                             {kTotalVolume, section.litres * 1e3}};
    for (size_t i = 0; i < std::size(values); ++i) {
      const int64_t before = std::llround(sums[i]);
      sums[i] += values[i].second;
      fmt::format_to(to, "      <DLV A=\"{:04X}\" B=\"{}\" C=\"DET-1\"/>\n", values[i].first,
                     std::llround(sums[i]) - before);
    }
    out += "    </TIM>\n";
  }
  out += "  </TSK>\n</ISO11783_TaskData>\n";
  return out;
}

}  // namespace furrow::edge
