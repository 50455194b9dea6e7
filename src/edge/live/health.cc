// SPDX-License-Identifier: Apache-2.0
#include "edge/live/health.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "edge/boom/clock.h"
#include "edge/boom/projection.h"

namespace furrow::edge {
namespace {

constexpr std::string_view kStates[] = {"waiting",     "good",  "black",
                                        "overexposed", "stuck", "silent"};

/// Lines of the text format; a family's help and type before its first line.
class Text {
 public:
  void Family(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(out_), "# HELP furrow_edge_{} {}\n# TYPE furrow_edge_{} {}\n",
                   name, help, name, type);
  }
  void Line(std::string_view name, std::string_view labels, double value) {
    fmt::format_to(std::back_inserter(out_), "furrow_edge_{}{}{}{} {}\n", name,
                   labels.empty() ? "" : "{", labels, labels.empty() ? "" : "}", value);
  }
  void Single(std::string_view name, std::string_view type, std::string_view help, double value) {
    Family(name, type, help);
    Line(name, "", value);
  }
  void Spans(std::string_view name, std::string_view labels, const SpanHistogram& spans) {
    const std::string_view comma = labels.empty() ? "" : ",";
    for (const double share : {0.0, 0.001, 0.01, 0.5, 0.99, 0.999, 1.0}) {
      const Nanos at = share == 0 ? spans.least() : share == 1 ? spans.most() : spans.At(share);
      Line(name, fmt::format("{}{}quantile=\"{}\"", labels, comma, share), FromBillionths(at));
    }
    Line(fmt::format("{}_count", name), labels, static_cast<double>(spans.count()));
  }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

std::string Label(const Camera& camera) {
  std::string name;
  for (const char c : camera.name) {
    if (c == '"' || c == '\\') name += '\\';
    name += c == '\n' ? ' ' : c;
  }
  return fmt::format("camera=\"{}\"", name);
}

double Square(const Tally& mm2) { return static_cast<double>(mm2.get()) / 1e6; }
double Count(const Tally& tally) { return static_cast<double>(tally.get()); }

struct CameraFamily {
  std::string_view name, type, help;
  double (*value)(const CameraHealth&);
};
constexpr CameraFamily kOfCameras[] = {
    {"frames_received_total", "counter", "frames that a camera gave",
     [](const CameraHealth& c) { return Count(c.received); }},
    {"frames_skipped_total", "counter", "frames that a camera counted and that never came",
     [](const CameraHealth& c) { return Count(c.skipped); }},
    {"camera_errors_total", "counter", "errors that a camera's device gave",
     [](const CameraHealth& c) { return Count(c.errors); }},
    {"frames_looked_at_total", "counter", "frames that were searched for plants",
     [](const CameraHealth& c) { return Count(c.looked_at); }},
    {"frames_unusable_total", "counter", "frames that were black, overexposed or stuck",
     [](const CameraHealth& c) { return Count(c.unusable); }},
    {"frames_by_index_total", "counter", "frames for which the index stood in for the network",
     [](const CameraHealth& c) { return Count(c.by_index); }},
    {"looks_hung_total", "counter",
     "frames whose look did not end, so that another thread took over",
     [](const CameraHealth& c) { return Count(c.hung); }},
    {"stand_in", "gauge", "1: the index looks, because what should hangs",
     [](const CameraHealth& c) { return c.stand_in.load() ? 1.0 : 0.0; }},
    {"frames_lost_total", "counter", "frames whose findings found no room on their way",
     [](const CameraHealth& c) { return Count(c.results_lost); }},
    {"camera_alarms_total", "counter", "times that a camera stopped being good",
     [](const CameraHealth& c) { return Count(c.alarms); }},
    {"blur_pixels", "gauge", "movement during the exposure, in the middle of the image",
     [](const CameraHealth& c) {
       return static_cast<double>(c.blur_thousandths.load(std::memory_order_relaxed)) / 1000;
     }},
};

struct Family {
  std::string_view name, type, help;
  double (*value)(const Health&);
};
constexpr Family kOfMachine[] = {
    {"ticks_total", "counter", "times that the deciding thread ran",
     [](const Health& h) { return Count(h.ticks); }},
    {"ticks_skipped_total", "counter", "ticks that passed before it ran",
     [](const Health& h) { return Count(h.ticks_skipped); }},
    {"ticks_blind_total", "counter", "ticks without a pose that may be held",
     [](const Health& h) { return Count(h.ticks_blind); }},
    {"ticks_off_total", "counter", "ticks with the operator's switch off",
     [](const Health& h) { return Count(h.ticks_off); }},
    {"weeds_total", "counter", "weeds seen", [](const Health& h) { return Count(h.weeds); }},
    {"windows_total", "counter", "pairs of weed and nozzle that were planned",
     [](const Health& h) { return Count(h.windows); }},
    {"sprays_total", "counter", "open commands", [](const Health& h) { return Count(h.opened); }},
    {"windows_late_total", "counter", "windows that opened after their time",
     [](const Health& h) { return Count(h.late); }},
    {"windows_missed_total", "counter", "windows that passed unsprayed",
     [](const Health& h) { return Count(h.missed); }},
    {"missed_square_metres_total", "counter", "their ground",
     [](const Health& h) { return Square(h.missed_mm2); }},
    {"windows_overflowed_total", "counter", "windows that found a nozzle's calendar full",
     [](const Health& h) { return Count(h.overflowed); }},
    {"overflow_square_metres_total", "counter", "ground sprayed or left out for that",
     [](const Health& h) { return Square(h.overflow_mm2); }},
    {"unseen_square_metres_total", "counter", "ground that no frame showed in time",
     [](const Health& h) { return Square(h.unseen_mm2); }},
    {"commands_total", "counter", "commands to valves",
     [](const Health& h) { return Count(h.commands); }},
    {"valve_bus_errors_total", "counter", "orders that the valve bus did not take",
     [](const Health& h) { return Count(h.bus_errors); }},
    {"valve_lapses_total", "counter", "leases that ran out under open valves",
     [](const Health& h) { return Count(h.lapses); }},
    {"log_records_lost_total", "counter", "records that the log had no room for",
     [](const Health& h) { return Count(h.log_lost); }},
    {"log_disk_state", "gauge", "0: good; 1: too full for frames; 2: full, records are lost",
     [](const Health& h) { return static_cast<double>(h.log_state.load()); }},
    {"log_disk_lost_total", "counter", "records that the disk had no room for, frames included",
     [](const Health& h) { return static_cast<double>(h.log_disk_lost.load()); }},
    {"log_disk_lost_frames_total", "counter", "of these: frames",
     [](const Health& h) { return static_cast<double>(h.log_frames_lost.load()); }},
    {"log_reserved_bytes", "gauge", "room of the disk that is kept for what is no frame",
     [](const Health& h) { return static_cast<double>(h.log_reserved.load()); }},
    {"log_synced_bytes", "gauge", "of the log, that a power cut leaves",
     [](const Health& h) { return static_cast<double>(h.log_synced_bytes.load()); }},
    {"log_synced_seconds", "gauge", "since the machine started, that a power cut leaves",
     [](const Health& h) {
       const Nanos until = h.log_synced_until.load();
       return until == 0 ? 0 : FromBillionths(until - h.started);
     }},
    {"frames_replaced_total", "counter", "frames that a newer one replaced unseen",
     [](const Health& h) { return static_cast<double>(h.frames_replaced.load()); }},
    {"speed_metres_per_second", "gauge", "of the boom's centre",
     [](const Health& h) { return FromMillionths(h.speed.load()); }},
    {"distance_metres", "gauge", "driven",
     [](const Health& h) { return FromMillionths(h.distance.load()); }},
    {"master", "gauge", "1: valves may open",
     [](const Health& h) { return h.master.load() ? 1.0 : 0.0; }},
    {"real_time", "gauge", "1: the deciding thread runs by SCHED_FIFO",
     [](const Health& h) { return h.real_time.load() ? 1.0 : 0.0; }},
    {"memory_locked", "gauge", "1: no page can be taken away",
     [](const Health& h) { return h.locked.load() ? 1.0 : 0.0; }},
};

}  // namespace

std::string_view CameraStateName(CameraState state) { return kStates[static_cast<size_t>(state)]; }

MicronsPerSecond FastestSafeSpeed(const Boom& boom, const Health& health) {
  double slowest = 0;
  for (size_t i = 0; i < health.cameras.size(); ++i) {
    const Nanos used = health.cameras[i].decided_after.At(0.999);
    if (used == 0) continue;
    // The last row that still shows a weed.
    const Camera& camera = boom.cameras[i];
    double x = 0, y = 0;
    if (!Projection(camera).ToGround(camera.width / 2.0, camera.height, x, y)) continue;
    const double way = x - FromMillionths(boom.margin_on + boom.footprint / 2);
    const double time = FromBillionths(used + boom.LongestOpenDelay());
    const double speed = std::max(0.0, way / time);
    if (slowest == 0 || speed < slowest) slowest = speed;
  }
  return ToMillionths(slowest);
}

std::string HealthText(const Boom& boom, const Health& health) {
  Text text;
  for (const Family& family : kOfMachine) {
    text.Single(family.name, family.type, family.help, family.value(health));
  }
  text.Single("safe_speed_metres_per_second", "gauge",
              "at which 99.9 % of frames are still decided in time; 0: not known",
              FromMillionths(FastestSafeSpeed(boom, health)));
  text.Single("processor_seconds_total", "counter", "processor time since the machine started",
              FromBillionths(ProcessorTime() - health.processor_before));
  text.Single("run_seconds_total", "counter", "since the machine started",
              FromBillionths(MonotonicNow() - health.started));
  const auto spans = [&](std::string_view name, std::string_view help, const SpanHistogram& all) {
    text.Family(name, "summary", help);
    text.Spans(name, "", all);
  };
  spans("wake_late_seconds", "from a tick's time to the moment the thread ran", health.woken_after);
  spans("tick_seconds", "work of a tick", health.tick_took);
  spans("slack_seconds", "left when a weed was first known; negative is too late", health.slack);
  for (const CameraFamily& family : kOfCameras) {
    text.Family(family.name, family.type, family.help);
    for (size_t i = 0; i < health.cameras.size(); ++i) {
      text.Line(family.name, Label(boom.cameras[i]), family.value(health.cameras[i]));
    }
  }
  text.Family("camera_state", "gauge", "1 for the state that a camera is in");
  for (size_t i = 0; i < health.cameras.size(); ++i) {
    const CameraState state = health.cameras[i].state.load();
    for (size_t s = 0; s < std::size(kStates); ++s) {
      text.Line("camera_state", fmt::format("{},state=\"{}\"", Label(boom.cameras[i]), kStates[s]),
                static_cast<size_t>(state) == s ? 1 : 0);
    }
  }
  struct Stage {
    std::string_view name, help;
    SpanHistogram CameraHealth::*spans;
  };
  constexpr Stage kStages[] = {
      {"frame_received_after_seconds", "mid-exposure to reception", &CameraHealth::received_after},
      {"frame_detected_in_seconds", "detection alone", &CameraHealth::detected_in},
      {"frame_found_after_seconds", "mid-exposure to its patches being known",
       &CameraHealth::found_after},
      {"frame_decided_after_seconds", "mid-exposure to the tick that knew of it",
       &CameraHealth::decided_after},
  };
  for (const Stage& stage : kStages) {
    text.Family(stage.name, "summary", stage.help);
    for (size_t i = 0; i < health.cameras.size(); ++i) {
      text.Spans(stage.name, Label(boom.cameras[i]), health.cameras[i].*stage.spans);
    }
  }
  return text.Take();
}

}  // namespace furrow::edge
