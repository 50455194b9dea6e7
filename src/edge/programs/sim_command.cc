// SPDX-License-Identifier: Apache-2.0
// furrow-edge sim: a boom over a generated field in virtual time, judged against an oracle.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "edge/boom/sine.h"
#include "edge/boom/standard.h"
#include "edge/detect/segmentation.h"
#include "edge/programs/commands.h"
#include "edge/programs/number_table.h"
#include "edge/sim/simulation.h"
#include "json/text.h"

namespace furrow::edge {
namespace {

constexpr const char* kExamples = R"(
Every frame is drawn and plants are searched for in it, on a straight drive, by one section of 3 m.
With --no-pixels the cameras are told the boxes of the weeds in their view, a pixel off at times,
and the boom is 36 m wide and turns. Everything after that is what runs on a machine.
--latencies takes the table that `furrow-edge run` writes of its spans ([health] spans): what lies
beyond its 99 % is drawn --tail times as far out.
Wheel, GNSS, gyroscope and boom height have the errors of a working day; options make them fail.

Examples:
  furrow-edge sim --seed 1 --distance-m 20 --speed 6
  furrow-edge sim --seed 1 --distance-m 20 --speed 6 --soil no-till --stage seedling
  furrow-edge sim --seed 1 --distance-m 20 --speed 6 --crop beet --method net,hybrid \
    --model weeds.onnx
  furrow-edge sim --seed 1 --distance-m 1000 --speed 6 --no-pixels --json
  furrow-edge sim --seed 1 --distance-m 200 --speed 6 --no-pixels --latency-ms 400   too late
  furrow-edge sim --seed 1 --distance-m 900 --speed 6 --no-pixels --cameras 36 --latencies spans.csv
  furrow-edge sim --seed 1 --distance-m 700 --speed 6 --no-pixels --wheel-dead 5 --gnss-jump 3
  furrow-edge sim --seed 1 --distance-m 200 --speed 6 --no-pixels --log run1   for replay
)";

struct Options {
  SimulationOptions simulation;
  int cameras = 12;
  std::string latencies;
  double tail = 2;
  std::optional<double> transfer_ms;
  std::string boom, method = "adaptive", model, soil = "light", stage = "young", crop = "none";
  std::vector<std::string> weeds;
  double sun_deg = 50;
  bool no_pixels = false;
  std::optional<double> yaw_rate;
  double latency_ms = 30, latency_tail_ms = 4;
  double gnss_dropout_s = 10, gnss_jump_m = 0, wheel_scale = 0.002, wheel_slip = 0,
         wheel_dead_s = 0, gyro_bias = 0.002, boom_swing_m = 0;
  bool no_gnss = false;
  bool json = false;
};

Status Wrong(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

json::Value ToJson(const Spread& spread, bool upwards) {
  return json::Object{{"p50", spread.p50},
                      {upwards ? "p99" : "p1", spread.p99},
                      {upwards ? "p999" : "p01", spread.p999},
                      {upwards ? "max" : "min", spread.max}};
}

double Share(uint64_t part, uint64_t whole) {
  return whole == 0 ? 1 : static_cast<double>(part) / static_cast<double>(whole);
}

json::Value LateByCause(const SimulationReport& r) {
  json::Object causes;
  for (size_t i = 0; i < kLateCauses; ++i) {
    const LateCost& cost = r.late_by[i];
    causes.Append(std::string(LateCauseName(static_cast<LateCause>(i))),
                  json::Object{{"windows", cost.windows},
                               {"beyond_margin", cost.beyond},
                               {"m2", static_cast<double>(cost.mm2) / 1e6}});
  }
  return causes;
}

json::Value OffByCause(const SimulationReport& r) {
  json::Object causes;
  for (size_t i = 0; i < kLateCauses; ++i) {
    causes.Append(std::string(LateCauseName(static_cast<LateCause>(i))), r.off_by[i]);
  }
  causes.Append("otherwise", r.off_otherwise);
  return causes;
}

std::string Causes(const SimulationReport& r) {
  std::string text;
  for (size_t i = 0; i < kLateCauses; ++i) {
    const LateCost& cost = r.late_by[i];
    if (cost.windows == 0) continue;
    text += fmt::format("{}{} {} ({} beyond the margin, {:.4f} m2)", text.empty() ? "" : ", ",
                        LateCauseName(static_cast<LateCause>(i)), cost.windows, cost.beyond,
                        static_cast<double>(cost.mm2) / 1e6);
  }
  return text.empty() ? "none" : text;
}

std::string AsJson(const SimulationReport& r, const std::string& method, double width_m) {
  return json::Write(
      json::Object{{"method", method},
                   {"distance_m", r.distance_m},
                   {"seconds", r.seconds},
                   {"weeds", r.weeds},
                   {"hit_share", Share(r.hit, r.weeds)},
                   {"hit_whole_share", Share(r.hit_whole, r.weeds)},
                   {"sprays", r.sprays},
                   {"oracle_windows", r.windows},
                   {"within_2cm_share", Share(r.within_2cm, r.windows)},
                   {"open_time_ratio", r.oracle_open_s > 0 ? r.open_s / r.oracle_open_s : 1.0},
                   {"error_m", ToJson(r.error_m, true)},
                   {"slack_s", ToJson(r.slack_s, false)},
                   {"late", r.late},
                   {"late_m2", r.late_m2},
                   {"late_by", LateByCause(r)},
                   {"off_by", OffByCause(r)},
                   {"missed", r.missed},
                   {"missed_m2", r.missed_m2},
                   {"frames", r.frames},
                   {"frames_dropped", r.frames_dropped},
                   {"stalls", r.stalls},
                   {"way_error_m", ToJson(r.way_error_m, true)},
                   {"way_within_3_sigma_share", Share(r.within_sigma, r.ways)},
                   {"way_within_margin_share", Share(r.within_margin, r.ways)},
                   {"pose_unsure_s", r.unsure_s},
                   {"pose_held_s", r.held_s},
                   {"pose_absent_s", r.blind_s},
                   {"open_without_pose", r.open_without_pose},
                   {"gnss_in_doubt_s", r.gnss_doubt_s},
                   {"wheel_in_doubt_s", r.wheel_doubt_s},
                   {"fixes", r.fuser.fixes},
                   {"fixes_refused", r.fuser.fixes_refused},
                   {"wheel_slips", r.fuser.slips},
                   {"wheel_deaths", r.fuser.wheel_deaths},
                   {"sprayed_m2", r.sprayed_m2},
                   {"sprayed_share", r.sprayed_m2 / (r.judged_m * width_m)},
                   {"product_share", r.product_m2 / (r.judged_m * width_m)},
                   {"needed_share", r.needed_m2 / (r.judged_m * width_m)},
                   {"crops", r.crops},
                   {"crop_sprayed_share", r.crops == 0 ? 0.0 : Share(r.crops_sprayed, r.crops)},
                   {"hash", fmt::format("{:016x}", r.hash)}});
}

std::string AsText(const SimulationReport& r, const std::string& method, double width_m) {
  return fmt::format(
      "method          {}\n"
      "driven          {:.0f} m in {:.1f} s of the field's time\n"
      "weeds           {}\n"
      "hit             {:.3f} %, over their whole length {:.3f} %\n"
      "sprays          {}, {:.3f} % of the oracle's {} windows met within 2 cm at both ends\n"
      "open time       {:.3f} times the oracle's\n"
      "error           p50 {:.1f} mm, p99 {:.1f} mm, p99.9 {:.1f} mm, most {:.1f} mm\n"
      "slack           p50 {:.1f} ms, 1 % below {:.1f} ms, 0.1 % below {:.1f} ms, least {:.1f} ms\n"
      "late, missed    {} ({:.4f} m2), {} ({:.3f} m2)\n"
      "by cause        {}\n"
      "frames          {}, {} dropped, {} stalled\n"
      "pose            off over 1.5 m by p50 {:.1f} mm, p99 {:.1f} mm, p99.9 {:.1f} mm, most "
      "{:.1f} "
      "mm;\n"
      "                within 3 sigma {:.3f} %, within the margin {:.3f} %; 3 sigma beyond it for "
      "{:.1f} s\n"
      "sources         GNSS in doubt for {:.1f} s, wheel for {:.1f} s; speed held for {:.1f} s, no "
      "pose for {:.1f} s\n"
      "sprayed         {:.1f} m2, {:.2f} % of broadcast\n"
      "product         {:.2f} % of broadcast; for the true weeds alone {:.2f} %\n"
      "crop            {} plants, {} sprayed\n"
      "commands' hash  {:016x}\n",
      method, r.distance_m, r.seconds, r.weeds, 100 * Share(r.hit, r.weeds),
      100 * Share(r.hit_whole, r.weeds), r.sprays, 100 * Share(r.within_2cm, r.windows), r.windows,
      r.oracle_open_s > 0 ? r.open_s / r.oracle_open_s : 1.0, 1e3 * r.error_m.p50,
      1e3 * r.error_m.p99, 1e3 * r.error_m.p999, 1e3 * r.error_m.max, 1e3 * r.slack_s.p50,
      1e3 * r.slack_s.p99, 1e3 * r.slack_s.p999, 1e3 * r.slack_s.max, r.late, r.late_m2, r.missed,
      r.missed_m2, Causes(r), r.frames, r.frames_dropped, r.stalls, 1e3 * r.way_error_m.p50,
      1e3 * r.way_error_m.p99, 1e3 * r.way_error_m.p999, 1e3 * r.way_error_m.max,
      100 * Share(r.within_sigma, r.ways), 100 * Share(r.within_margin, r.ways), r.unsure_s,
      r.gnss_doubt_s, r.wheel_doubt_s, r.held_s, r.blind_s, r.sprayed_m2,
      100 * r.sprayed_m2 / (r.judged_m * width_m), 100 * r.product_m2 / (r.judged_m * width_m),
      100 * r.needed_m2 / (r.judged_m * width_m), r.crops, r.crops_sprayed, r.hash);
}

Status ReadLatencies(Options& options) {
  constexpr std::string_view kColumns[] = {"quantile", "found_after_s", "wake_late_s"};
  FURROW_ASSIGN(const NumberTable table, ReadNumberTable(options.latencies, kColumns));
  for (const size_t stage : {1u, 2u}) {
    auto spans = SpanQuantiles::Make(table.columns[0], table.columns[stage], options.tail);
    if (!spans.ok()) {
      return spans.status().With(fmt::format("{}: {}", options.latencies, kColumns[stage]));
    }
    (stage == 1 ? options.simulation.found_after : options.simulation.woken_after) = *spans;
  }
  return {};
}

/// One way to find plants.
struct Way {
  std::string name;
  DrawnCameraOptions detect;
};

/// The methods named, separated by commas. `model` receives the network that any of them needs.
Result<std::vector<Way>> ChooseWays(const Options& options,
                                    std::optional<SegmentationModel>& model) {
  std::vector<Way> ways;
  for (size_t begin = 0; begin <= options.method.size();) {
    const size_t end = std::min(options.method.find(',', begin), options.method.size());
    Way way{options.method.substr(begin, end - begin), options.simulation.detect};
    begin = end + 1;
    if (way.name == "net" || way.name == "hybrid") {
      if (options.model.empty()) return Wrong("--method " + way.name + " needs --model");
      if (!model) {
        FURROW_ASSIGN(SegmentationModel loaded, LoadSegmentation(options.model, 1));
        model.emplace(std::move(loaded));
      }
      way.detect.model = &*model;
      way.detect.net = way.name == "net" ? NetMethod::kNet : NetMethod::kHybrid;
    } else {
      const Result<Method> method = ParseMethod(way.name);
      if (!method.ok()) return Wrong(method.status().message() + ", net, hybrid");
      way.detect.method = *method;
    }
    ways.push_back(std::move(way));
  }
  if (!model && !options.model.empty()) {
    return Wrong("--model is for the methods net and hybrid, not for " + options.method);
  }
  if (options.no_pixels && (model || ways.size() > 1)) {
    return Wrong("with --no-pixels nothing is looked for: leave out --no-pixels or --method");
  }
  if (ways.size() > 1 && !options.simulation.log_folder.empty()) {
    return Wrong("a log is of one method: name one, or leave out --log");
  }
  return ways;
}

/// Several methods look at the same frames, which are kept meanwhile.
Status CheckMemory(const SimulationOptions& simulation) {
  constexpr double kMost = 4e9;
  double bytes = 0;  // of the slowest drive
  for (const Camera& camera : simulation.boom.cameras) {
    bytes += camera.fps * camera.width * camera.height;
  }
  bytes *= 2 * (simulation.distance_m + 5) / simulation.speed_mps;
  if (bytes <= kMost) return {};
  return Wrong(fmt::format("several methods keep every frame, {:.1f} GB: drive less than {:.0f} m",
                           bytes / 1e9, simulation.distance_m * kMost / bytes));
}

Status Run(Options options) {
  SimulationOptions& simulation = options.simulation;
  simulation.pixels = !options.no_pixels;
  simulation.yaw_rate_radps = options.yaw_rate.value_or(simulation.pixels ? 0 : 0.05);
  std::optional<SegmentationModel> model;
  FURROW_ASSIGN(const std::vector<Way> ways, ChooseWays(options, model));
  for (const std::string& weed : options.weeds) {
    FURROW_ASSIGN(const uint8_t species, WeedNamed(weed));
    simulation.field.weeds.push_back(species);
  }
  FURROW_ASSIGN(simulation.field.soil, SoilNamed(options.soil));
  FURROW_ASSIGN(simulation.field.stage, StageNamed(options.stage));
  FURROW_ASSIGN(simulation.field.crop, CropNamed(options.crop));
  simulation.field.sun_height_rad = options.sun_deg * kPi / 180;
  simulation.boom = simulation.pixels       ? StandardBoom(1)
                    : options.cameras == 36 ? CloseBoom()
                                            : StandardBoom();
  if (!options.boom.empty()) {
    FURROW_ASSIGN(options.simulation.boom, ReadBoom(options.boom));
  }
  options.simulation.latency_s = options.latency_ms / 1e3;
  options.simulation.latency_tail_s = options.latency_tail_ms / 1e3;
  if (options.transfer_ms) simulation.transfer_s = *options.transfer_ms / 1e3;
  if (!options.latencies.empty()) FURROW_TRY(ReadLatencies(options));
  SensorOptions& sensors = simulation.sensors;
  sensors.gnss_fitted = !options.no_gnss;
  sensors.gnss.dropout = ToBillionths(options.gnss_dropout_s);
  sensors.gnss.jump = ToMillionths(options.gnss_jump_m);
  sensors.wheel.scale_ppm = ToMillionths(options.wheel_scale);
  sensors.wheel.slip_ppm = ToMillionths(options.wheel_slip);
  sensors.wheel.slip_seconds_ppm = options.wheel_slip > 0 ? 100'000 : 0;
  sensors.wheel.dead = ToBillionths(options.wheel_dead_s);
  sensors.wheel.dead_every = 120 * kSecond;
  sensors.imu.bias = ToBillionths(options.gyro_bias);
  sensors.height.height = simulation.boom.height;
  sensors.height.swing = ToMillionths(options.boom_swing_m);
  const bool watched = isatty(STDERR_FILENO) != 0;
  double width_m = 0;
  for (const Nozzle& nozzle : options.simulation.boom.nozzles) {
    if (nozzle.x == options.simulation.boom.nozzles[0].x) width_m += FromMillionths(nozzle.swath);
  }
  if (ways.size() > 1) FURROW_TRY(CheckMemory(simulation));
  DrawnFrames frames;
  for (const Way& way : ways) {
    simulation.detect = way.detect;
    if (ways.size() > 1) simulation.detect.frames = &frames;
    FURROW_ASSIGN(const SimulationReport report, Simulate(simulation, [&](double done) {
                    if (watched) fmt::print(stderr, "\r{:3.0f} %", 100 * done);
                  }));
    if (watched) fmt::print(stderr, "\r     \r");
    const std::string name = options.no_pixels ? "told" : way.name;
    if (options.json) {
      fmt::print("{}\n", AsJson(report, name, width_m));
    } else {
      fmt::print("{}", AsText(report, name, width_m));
    }
  }
  return {};
}

}  // namespace

void AddSimCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  SimulationOptions& simulation = options->simulation;
  CLI::App* sim = app.add_subcommand("sim", "drive a boom over a generated field in virtual time");
  sim->footer(kExamples);
  sim->add_option("--seed", simulation.seed, "of field, drive and faults")->capture_default_str();
  sim->add_option("--distance-m", simulation.distance_m, "how far")->capture_default_str();
  sim->add_option("--speed", simulation.speed_mps, "m/s")->capture_default_str();
  sim->add_option("--density", simulation.field.weeds_per_m2, "weeds per m2")
      ->capture_default_str();
  sim->add_option("--boom", options->boom, "a boom's TOML file; else a standard one");
  sim->add_option("--braking", simulation.braking_mps2,
                  "m/s2, once in 20 s down to half the speed; 0: none")
      ->capture_default_str();
  sim->add_option("--yaw-rate", options->yaw_rate, "rad/s in curves; without pixels 0.05");
  sim->add_flag("--no-pixels", options->no_pixels, "tell the cameras what they see");
  sim->add_option("--method", options->method,
                  "that finds plants, as of detect; several, with commas, see the same frames")
      ->capture_default_str();
  sim->add_option("--model", options->model, "the network's file, for net and hybrid");
  sim->add_option("--soil", options->soil, "light dark wet stubble no-till")->capture_default_str();
  sim->add_option("--stage", options->stage, "seedling young grown")->capture_default_str();
  sim->add_option("--crop", options->crop, "none maize beet soy cereal")->capture_default_str();
  sim->add_option("--weed", options->weeds, "that grows, for each species; else all common ones");
  sim->add_option("--sun-deg", options->sun_deg, "above the horizon, 6 to 90")
      ->capture_default_str();
  sim->add_option("--cloud", simulation.field.cloud, "0 hard shadows, 1 none")
      ->capture_default_str();
  sim->add_option("--dew", simulation.field.dew, "on leaves, 0 to 1")->capture_default_str();
  sim->add_option("--dust", simulation.field.dust, "in the air, 0 to 1")->capture_default_str();
  sim->add_option("--latency-ms", options->latency_ms, "from mid-exposure to the scheduler")
      ->capture_default_str();
  sim->add_option("--latency-tail-ms", options->latency_tail_ms, "mean of the tail on top")
      ->capture_default_str();
  sim->add_option("--cameras", options->cameras,
                  "without pixels and --boom: 12 of 1920x1200 or 36 of 1456x1088")
      ->check(CLI::IsMember({12, 36}))
      ->capture_default_str();
  sim->add_option("--latencies", options->latencies,
                  "a table of spans to draw them from, in place of the two above");
  sim->add_option("--tail", options->tail, "what lies beyond its 99 % is so many times as far out")
      ->capture_default_str();
  sim->add_option("--transfer-ms", options->transfer_ms,
                  "with --latencies: a frame's way into memory; else by Gigabit Ethernet");
  sim->add_option("--drop-every", simulation.drop_every, "one frame in so many is lost; 0: none")
      ->capture_default_str();
  sim->add_option("--stall-every", simulation.stall_every,
                  "one frame in so many is 50 ms late; 0: none")
      ->capture_default_str();
  const struct {
    const char* name;
    double* value;
    double most;
    const char* what;
  } kFaults[] = {
      {"--gnss-dropout", &options->gnss_dropout_s, 60,
       "s without GNSS, once in two minutes; 0: none"},
      {"--gnss-jump", &options->gnss_jump_m, 1000,
       "m that GNSS jumps aside for 2 s, once a minute"},
      {"--wheel-scale", &options->wheel_scale, 0.1, "share by which the wheel counts too much"},
      {"--wheel-slip", &options->wheel_slip, 0.9,
       "share of the way not counted in one second of ten"},
      {"--wheel-dead", &options->wheel_dead_s, 60, "s without pulses, once in two minutes"},
      {"--gyro-bias", &options->gyro_bias, 0.1, "rad/s, standard deviation"},
      {"--boom-swing", &options->boom_swing_m, 0.3, "m up and down; measured, without pixels"},
  };
  for (const auto& fault : kFaults) {
    sim->add_option(fault.name, *fault.value, fault.what)
        ->check(CLI::Range(0.0, fault.most))
        ->capture_default_str();
  }
  sim->add_flag("--no-gnss", options->no_gnss, "there is no receiver");
  sim->add_option("--log", simulation.log_folder, "record the run in this new folder");
  sim->add_flag("--json", options->json, "the report as JSON");
  sim->callback([options, &exit_code] {
    const Status status = Run(*options);
    if (status.ok()) return;
    fmt::print(stderr, "furrow-edge sim: {}\n", status.message());
    exit_code = 1;
  });
}

}  // namespace furrow::edge
