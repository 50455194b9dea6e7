// SPDX-License-Identifier: Apache-2.0
#include "edge/boom/boom.h"

#include <algorithm>

#include <fmt/format.h>

#include "edge/boom/section.h"
#include "edge/boom/text_file.h"
#include "json/text.h"

namespace furrow::edge {
namespace {

constexpr size_t kNozzlesMax = 1000;
constexpr size_t kCamerasMax = 64;

/// Seconds in the file, nanoseconds here.
Result<Nanos> Span(Section& section, std::string_view key, double max, double fallback) {
  FURROW_ASSIGN(const double value, section.Number(key, 0, max, fallback));
  return ToBillionths(value);
}

Result<Microns> Length(Section& section, std::string_view key, double min, double max,
                       double fallback) {
  FURROW_ASSIGN(const double value, section.Number(key, min, max, fallback));
  return ToMillionths(value);
}

Result<ValveTiming> ReadValve(Section& section, const ValveTiming& base) {
  ValveTiming valve;
  FURROW_ASSIGN(valve.open, Span(section, "open_s", 1, FromBillionths(base.open)));
  FURROW_ASSIGN(valve.close, Span(section, "close_s", 1, FromBillionths(base.close)));
  FURROW_ASSIGN(valve.min_on, Span(section, "min_on_s", 1, FromBillionths(base.min_on)));
  FURROW_ASSIGN(valve.min_off, Span(section, "min_off_s", 1, FromBillionths(base.min_off)));
  return valve;
}

Status ReadLine(Section& section, const ValveTiming& valve, Boom& boom) {
  FURROW_ASSIGN(const int count, section.Whole("nozzles", 1, kNozzlesMax, kRequired));
  Nozzle nozzle;
  nozzle.line = boom.nozzles.empty() ? 0 : boom.nozzles.back().line + 1;
  nozzle.valve = valve;
  FURROW_ASSIGN(const Microns pitch, Length(section, "pitch_m", 0.005, 10, kRequired));
  FURROW_ASSIGN(nozzle.swath, Length(section, "swath_m", 0.005, 20, FromMillionths(pitch)));
  FURROW_ASSIGN(nozzle.x, Length(section, "x_m", -20, 0, 0));
  const Microns centred = pitch * (count - 1) / 2;
  FURROW_ASSIGN(const Microns left,
                Length(section, "left_m", -5000, 5000, FromMillionths(centred)));
  FURROW_TRY(section.Done());
  for (int i = 0; i < count; ++i) {
    nozzle.y = left - pitch * i;
    boom.nozzles.push_back(nozzle);
  }
  return {};
}

Result<Camera> ReadCamera(Section& section) {
  Camera camera;
  FURROW_ASSIGN(camera.name, section.Text("name", ""));
  FURROW_ASSIGN(camera.width, section.Whole("width", 16, 16384, 1920));
  FURROW_ASSIGN(camera.height, section.Whole("height", 16, 16384, 1200));
  FURROW_ASSIGN(camera.fps, section.Number("fps", 0.01, 1000, kRequired));
  FURROW_ASSIGN(camera.focal, section.Number("focal_px", 1, 1e6, kRequired));
  FURROW_ASSIGN(camera.centre_u, section.Number("centre_u_px", -1e5, 1e5, camera.width / 2.0));
  FURROW_ASSIGN(camera.centre_v, section.Number("centre_v_px", -1e5, 1e5, camera.height / 2.0));
  FURROW_ASSIGN(camera.k1, section.Number("k1", -10, 10, 0));
  FURROW_ASSIGN(camera.k2, section.Number("k2", -10, 10, 0));
  FURROW_ASSIGN(camera.x, section.Number("x_m", -20, 20, kRequired));
  FURROW_ASSIGN(camera.y, section.Number("y_m", -100, 100, kRequired));
  FURROW_ASSIGN(camera.height_m, section.Number("height_m", 0.05, 20, kRequired));
  FURROW_ASSIGN(camera.pitch, section.Number("pitch_rad", 0.1, 1.5707963267948966, kRequired));
  FURROW_ASSIGN(camera.roll, section.Number("roll_rad", -1, 1, 0));
  FURROW_ASSIGN(camera.yaw, section.Number("yaw_rad", -1.6, 1.6, 0));
  FURROW_TRY(section.Done());
  return camera;
}

Result<Boom> FromTable(const toml::table& root, const std::string& path) {
  Boom boom;
  Section top(root, "boom", path);
  FURROW_ASSIGN(const int format, top.Whole("format", 0, 1'000'000, 1));
  if (format != 1) {
    return top.Wrong("format", "this program reads format 1; take a newer one");
  }
  FURROW_ASSIGN(boom.name, top.Text("name", ""));
  FURROW_ASSIGN(boom.bus, Span(top, "bus_s", 1, 0.001));
  FURROW_ASSIGN(boom.fall, Span(top, "drop_s", 1, 0.04));
  FURROW_ASSIGN(const double forward, top.Number("drop_forward", 0, 1, 1));
  boom.forward_ppm = ToMillionths(forward);
  FURROW_ASSIGN(boom.footprint, Length(top, "footprint_m", 0.001, 5, kRequired));
  FURROW_ASSIGN(boom.height, Length(top, "height_m", 0.05, 5, 0.5));
  FURROW_ASSIGN(boom.margin_on, Length(top, "margin_on_m", 0, 1, 0.02));
  FURROW_ASSIGN(boom.margin_off, Length(top, "margin_off_m", 0, 1, 0.02));
  FURROW_ASSIGN(const double lease, top.Number("lease_s", 0.02, 0.05, 0.03));
  boom.lease = ToBillionths(lease);
  FURROW_ASSIGN(const std::string full, top.Text("when_full", "spray"));
  if (full != "spray" && full != "close") {
    return top.Wrong("when_full", "boom.when_full is \"spray\" or \"close\"");
  }
  boom.when_full = full == "spray" ? WhenFull::kSpray : WhenFull::kClose;

  ValveTiming valve;
  if (const toml::node* node = root.get("valves"); node != nullptr) {
    if (!node->is_table()) return top.Wrong(*node, "write [valves]");
    Section section(*node->as_table(), "valves", path);
    FURROW_ASSIGN(valve, ReadValve(section, valve));
    FURROW_TRY(section.Done());
  }
  FURROW_ASSIGN(const auto lines, top.Tables("line", 2));
  if (lines.empty()) return top.Wrong(root, "there is no [[line]] of nozzles");
  for (const toml::table* line : lines) {
    Section section(*line, "line", path);
    FURROW_TRY(ReadLine(section, valve, boom));
    if (boom.nozzles.size() > kNozzlesMax) {
      return section.Wrong(*line, fmt::format("at most {} nozzles", kNozzlesMax));
    }
  }
  FURROW_ASSIGN(const auto valves, top.Tables("valve", kNozzlesMax));
  for (const toml::table* one : valves) {
    Section section(*one, "valve", path);
    const int last = static_cast<int>(boom.nozzles.size()) - 1;
    FURROW_ASSIGN(const int nozzle, section.Whole("nozzle", 0, last, kRequired));
    FURROW_ASSIGN(boom.nozzles[nozzle].valve, ReadValve(section, boom.nozzles[nozzle].valve));
    FURROW_TRY(section.Done());
  }
  FURROW_ASSIGN(const auto cameras, top.Tables("camera", kCamerasMax));
  for (const toml::table* one : cameras) {
    Section section(*one, "camera", path);
    FURROW_ASSIGN(Camera camera, ReadCamera(section));
    if (camera.name.empty()) camera.name = fmt::format("camera {}", boom.cameras.size());
    boom.cameras.push_back(std::move(camera));
  }
  FURROW_TRY(top.Done({"valves"}));
  return boom;
}

}  // namespace

Nanos Boom::ForwardFall(Microns lift) const {
  const Nanos forward = fall * forward_ppm / 1'000'000;
  return forward * std::clamp(height + lift, height / 2, 2 * height) / height;
}

Nanos Boom::LongestOpenDelay() const {
  Nanos longest = 0;
  for (const Nozzle& nozzle : nozzles) longest = std::max(longest, nozzle.valve.open);
  return bus + longest + ForwardFall();
}

Result<Boom> ParseBoom(std::string_view text, const std::string& path) {
  FURROW_ASSIGN(const toml::table table, ParseToml(text, path));
  return FromTable(table, path);
}

Result<Boom> ReadBoom(const std::string& path) {
  constexpr size_t kFileMax = 1 << 20;
  FURROW_ASSIGN(const std::string text, ReadTextFile(path, kFileMax));
  return ParseBoom(text, path);
}

std::string DescribeBoom(const Boom& boom) {
  const auto list = [&](auto&& of) {
    json::Array values;
    for (const Nozzle& nozzle : boom.nozzles) values.push_back(of(nozzle));
    return values;
  };
  // One number where all nozzles agree, else one for each.
  const auto shared = [&](auto&& of) -> json::Value {
    json::Array values = list(of);
    const bool same = std::ranges::all_of(values, [&](const auto& v) { return v == values[0]; });
    return same ? values[0] : json::Value(std::move(values));
  };
  json::Value answer = json::Object{
      {"name", boom.name},
      {"nozzle_y_m", list([](const Nozzle& n) { return FromMillionths(n.y); })},
      {"nozzle_x_m", shared([](const Nozzle& n) { return FromMillionths(n.x); })},
      {"nozzle_pitch_m", shared([](const Nozzle& n) { return FromMillionths(n.swath); })},
      {"footprint_m", FromMillionths(boom.footprint)},
      {"valve_open_s", shared([](const Nozzle& n) { return FromBillionths(n.valve.open); })},
      {"valve_close_s", shared([](const Nozzle& n) { return FromBillionths(n.valve.close); })},
      {"bus_s", FromBillionths(boom.bus)},
      {"drop_s", FromBillionths(boom.fall)},
      {"drop_forward", FromMillionths(boom.forward_ppm)},
      {"margin_on_m", FromMillionths(boom.margin_on)},
      {"margin_off_m", FromMillionths(boom.margin_off)},
      {"min_on_s", shared([](const Nozzle& n) { return FromBillionths(n.valve.min_on); })},
      {"min_off_s", shared([](const Nozzle& n) { return FromBillionths(n.valve.min_off); })}};
  return json::Write(answer);
}

}  // namespace furrow::edge
