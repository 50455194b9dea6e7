// SPDX-License-Identifier: Apache-2.0
// furrow-edge top: a running machine in a terminal, from the figures it writes.
#include <unistd.h>

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "edge/boom/clock.h"
#include "edge/boom/text_file.h"
#include "edge/programs/commands.h"

namespace furrow::edge {
namespace {

constexpr const char* kExamples = R"(
FILE is what the machine's configuration names under [health]. Ends with Ctrl-C.

Examples:
  furrow-edge top health.prom
  furrow-edge top health.prom --once
)";

constexpr size_t kBytesMax = 4u << 20;

struct Options {
  std::string file;
  bool once = false;
};

/// Values by name and labels, as they stand in the text, without "furrow_edge_".
using Figures = std::map<std::string, double, std::less<>>;

Figures Read(std::string_view text) {
  constexpr std::string_view kPrefix = "furrow_edge_";
  Figures figures;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t space = line.rfind(' ');
    if (!line.starts_with(kPrefix) || space == std::string_view::npos) continue;
    const std::string name(line.substr(kPrefix.size(), space - kPrefix.size()));
    figures[name] = std::strtod(std::string(line.substr(space + 1)).c_str(), nullptr);
  }
  return figures;
}

double Of(const Figures& figures, std::string_view name) {
  const auto at = figures.find(name);
  return at == figures.end() ? 0 : at->second;
}

/// The cameras' labels, `camera="..."`.
std::vector<std::string> Cameras(const Figures& figures) {
  constexpr std::string_view kFamily = "frames_received_total{";
  std::vector<std::string> cameras;
  for (auto at = figures.lower_bound(kFamily);
       at != figures.end() && at->first.starts_with(kFamily); ++at) {
    cameras.push_back(at->first.substr(kFamily.size(), at->first.size() - kFamily.size() - 1));
  }
  return cameras;
}

std::string StateOf(const Figures& figures, const std::string& camera) {
  for (const char* state : {"waiting", "good", "black", "overexposed", "stuck", "silent"}) {
    if (Of(figures, fmt::format("camera_state{{{},state=\"{}\"}}", camera, state)) == 1) {
      return state;
    }
  }
  return "?";
}

const char* DiskOf(const Figures& figures) {
  const double state = Of(figures, "log_disk_state");
  return state == 0 ? "good" : state == 1 ? "TOO FULL FOR FRAMES" : "FULL";
}

std::string Spans(const Figures& figures, std::string_view name, double scale) {
  const auto at = [&](const char* q) {
    return Of(figures, fmt::format("{}{{quantile=\"{}\"}}", name, q)) * scale;
  };
  return fmt::format("p50 {:8.3f}   p99 {:8.3f}   p99.9 {:8.3f}   most {:8.3f}", at("0.5"),
                     at("0.99"), at("0.999"), at("1"));
}

std::string Screen(const Figures& now, const Figures& before, double seconds) {
  const auto rate = [&](const std::string& name) {
    return seconds > 0 ? (Of(now, name) - Of(before, name)) / seconds : 0;
  };
  std::string out = fmt::format(
      "speed {:5.2f} m/s   safe up to {:5.2f} m/s   driven {:9.1f} m   switch {}   {}   {}\n\n",
      Of(now, "speed_metres_per_second"), Of(now, "safe_speed_metres_per_second"),
      Of(now, "distance_metres"), Of(now, "master") == 1 ? "ON " : "off",
      Of(now, "real_time") == 1 ? "SCHED_FIFO" : "not real-time",
      Of(now, "memory_locked") == 1 ? "memory locked" : "memory not locked");
  out += fmt::format(
      "weeds {:8.0f} ({:6.1f}/s)   sprays {:8.0f} ({:6.1f}/s)   late {:.0f}   "
      "missed {:.0f} ({:.3f} m2)   unseen {:.3f} m2\n",
      Of(now, "weeds_total"), rate("weeds_total"), Of(now, "sprays_total"), rate("sprays_total"),
      Of(now, "windows_late_total"), Of(now, "windows_missed_total"),
      Of(now, "missed_square_metres_total"), Of(now, "unseen_square_metres_total"));
  out += fmt::format(
      "valve bus errors {:.0f}   lapses {:.0f}   log {}, records lost {:.0f}   "
      "ticks skipped {:.0f}\n\n",
      Of(now, "valve_bus_errors_total"), Of(now, "valve_lapses_total"), DiskOf(now),
      Of(now, "log_records_lost_total") + Of(now, "log_disk_lost_total"),
      Of(now, "ticks_skipped_total"));
  out += fmt::format(
      "slack ms       least {:8.1f}   0.1 % below {:8.1f}   1 % below {:8.1f}   "
      "half below {:8.1f}\n",
      Of(now, "slack_seconds{quantile=\"0\"}") * 1e3,
      Of(now, "slack_seconds{quantile=\"0.001\"}") * 1e3,
      Of(now, "slack_seconds{quantile=\"0.01\"}") * 1e3,
      Of(now, "slack_seconds{quantile=\"0.5\"}") * 1e3);
  out += fmt::format("wake-up ms     {}\n", Spans(now, "wake_late_seconds", 1e3));
  out += fmt::format("a tick ms      {}\n\n", Spans(now, "tick_seconds", 1e3));
  out += fmt::format("{:16} {:>12} {:>8} {:>10} {:>10} {:>12} {:>12} {:>8} {:>7}\n", "camera",
                     "state", "frames/s", "unusable", "errors", "detect p99", "decided p99",
                     "blur px", "alarms");
  for (const std::string& camera : Cameras(now)) {
    const auto of = [&](std::string_view name) {
      return Of(now, fmt::format("{}{{{}}}", name, camera));
    };
    const auto p99 = [&](std::string_view name) {
      return Of(now, fmt::format("{}{{{},quantile=\"0.99\"}}", name, camera)) * 1e3;
    };
    const size_t quote = camera.find('"');
    out += fmt::format(
        "{:16.16} {:>12} {:8.1f} {:10.0f} {:10.0f} {:9.2f} ms {:9.2f} ms {:8.2f} "
        "{:7.0f}\n",
        camera.substr(quote + 1, camera.size() - quote - 2),
        of("stand_in") == 1 ? "by index" : StateOf(now, camera),
        rate(fmt::format("frames_looked_at_total{{{}}}", camera)), of("frames_unusable_total"),
        of("camera_errors_total"), p99("frame_detected_in_seconds"),
        p99("frame_decided_after_seconds"), of("blur_pixels"), of("camera_alarms_total"));
  }
  return out;
}

Status Run(const Options& options) {
  Figures before;
  Nanos then = 0;
  while (true) {
    FURROW_ASSIGN(const std::string text, ReadTextFile(options.file, kBytesMax));
    const Figures now = Read(text);
    if (now.empty()) {
      return Status(Code::kInvalidArgument, options.file + ": holds no figures of furrow-edge");
    }
    const Nanos at = MonotonicNow();
    const std::string screen = Screen(now, before, then == 0 ? 0 : FromBillionths(at - then));
    if (options.once) {
      fmt::print("{}", screen);
      return {};
    }
    fmt::print("\033[H\033[2J{}", screen);
    std::fflush(stdout);
    if (now != before) {
      before = now;
      then = at;
    }
    SleepUntil(at + kSecond);
  }
}

}  // namespace

void AddTopCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* top = app.add_subcommand("top", "watch a running machine");
  top->footer(kExamples);
  top->add_option("FILE", options->file, "the machine's health file")->required();
  top->add_flag("--once", options->once, "show it once and stop");
  top->callback([options, &exit_code] {
    const Status status = Run(*options);
    if (status.ok()) return;
    fmt::print(stderr, "furrow-edge top: {}\n", status.message());
    exit_code = 1;
  });
}

}  // namespace furrow::edge
