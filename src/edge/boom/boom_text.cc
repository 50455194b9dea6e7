// SPDX-License-Identifier: Apache-2.0
#include <iterator>

#include <fmt/format.h>

#include "edge/boom/boom.h"
#include "json/text.h"

namespace furrow::edge {
namespace {

class Writer {
 public:
  template <typename... Args>
  void Line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_ += '\n';
  }
  void Valve(const ValveTiming& valve) {
    Line("open_s = {}", FromBillionths(valve.open));
    Line("close_s = {}", FromBillionths(valve.close));
    Line("min_on_s = {}", FromBillionths(valve.min_on));
    Line("min_off_s = {}", FromBillionths(valve.min_off));
  }
  /// TOML's basic strings are JSON's, but for one control character.
  void Text(std::string_view key, std::string_view value) {
    std::string quoted;
    json::WriteString(quoted, value);
    for (size_t at = 0; (at = quoted.find('\x7f', at)) != std::string::npos;) {
      quoted.replace(at, 1, "\\u007F");
    }
    Line("{} = {}", key, quoted);
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

std::string BoomText(const Boom& boom) {
  Writer out;
  out.Line("format = 1");
  out.Text("name", boom.name);
  out.Line("bus_s = {}", FromBillionths(boom.bus));
  out.Line("drop_s = {}", FromBillionths(boom.fall));
  out.Line("drop_forward = {}", FromMillionths(boom.forward_ppm));
  out.Line("footprint_m = {}", FromMillionths(boom.footprint));
  out.Line("height_m = {}", FromMillionths(boom.height));
  out.Line("margin_on_m = {}", FromMillionths(boom.margin_on));
  out.Line("margin_off_m = {}", FromMillionths(boom.margin_off));
  out.Line("lease_s = {}", FromBillionths(boom.lease));
  out.Text("when_full", boom.when_full == WhenFull::kSpray ? "spray" : "close");
  const ValveTiming& common = boom.nozzles.at(0).valve;
  out.Line("\n[valves]");
  out.Valve(common);
  for (size_t first = 0; first < boom.nozzles.size();) {
    size_t end = first;
    while (end < boom.nozzles.size() && boom.nozzles[end].line == boom.nozzles[first].line) ++end;
    const Nozzle& nozzle = boom.nozzles[first];
    const Microns pitch = end - first > 1 ? nozzle.y - boom.nozzles[first + 1].y : nozzle.swath;
    out.Line("\n[[line]]");
    out.Line("nozzles = {}", end - first);
    out.Line("pitch_m = {}", FromMillionths(pitch));
    out.Line("swath_m = {}", FromMillionths(nozzle.swath));
    out.Line("x_m = {}", FromMillionths(nozzle.x));
    out.Line("left_m = {}", FromMillionths(nozzle.y));
    first = end;
  }
  for (size_t i = 0; i < boom.nozzles.size(); ++i) {
    if (boom.nozzles[i].valve == common) continue;
    out.Line("\n[[valve]]");
    out.Line("nozzle = {}", i);
    out.Valve(boom.nozzles[i].valve);
  }
  for (const Camera& camera : boom.cameras) {
    out.Line("\n[[camera]]");
    out.Text("name", camera.name);
    out.Line("width = {}", camera.width);
    out.Line("height = {}", camera.height);
    out.Line("fps = {}", camera.fps);
    out.Line("focal_px = {}", camera.focal);
    out.Line("centre_u_px = {}", camera.centre_u);
    out.Line("centre_v_px = {}", camera.centre_v);
    out.Line("k1 = {}", camera.k1);
    out.Line("k2 = {}", camera.k2);
    out.Line("x_m = {}", camera.x);
    out.Line("y_m = {}", camera.y);
    out.Line("height_m = {}", camera.height_m);
    out.Line("pitch_rad = {}", camera.pitch);
    out.Line("roll_rad = {}", camera.roll);
    out.Line("yaw_rad = {}", camera.yaw);
  }
  return out.Take();
}

}  // namespace furrow::edge
