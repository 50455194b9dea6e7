// SPDX-License-Identifier: Apache-2.0
// furrow-edge replay: the decisions of a log, made again.
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "edge/programs/commands.h"
#include "edge/runtime/replay.h"
#include "json/text.h"

namespace furrow::edge {
namespace {

constexpr const char* kExamples = R"(
LOG is a folder of segments or one of them. The exit status is 0 when every command came out as it
was recorded, 3 when one did not, 1 when the log cannot be read to its end. What a log does not hold
is the machine's area_min_px: with --detect name it by --area-min unless it was 10.

Examples:
  furrow-edge sim --seed 1 --distance-m 200 --log /tmp/run1 && furrow-edge replay /tmp/run1
  furrow-edge replay /tmp/run1 --json
  furrow-edge replay /tmp/run2 --detect adaptive --threads 8    in the frames it holds
)";

struct Options {
  std::string path, method;
  ReplayOptions replay;
  bool json = false;
};

std::string Hex(const std::array<uint8_t, 32>& bytes) {
  std::string text;
  for (const uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

json::Array Models(const ReplayReport& r) {
  json::Array all;
  for (const ModelRecord& one : r.models) {
    all.push_back(json::Object{{"camera", one.camera},
                               {"sequence", one.sequence},
                               {"version", one.version},
                               {"bundle", Hex(one.bundle)},
                               {"model", Hex(one.model)}});
  }
  return all;
}

std::string AsJson(const ReplayReport& r, double took_s) {
  return json::Write(json::Object{
      {"boom", r.boom},
      {"seconds", r.seconds},
      {"times_real_time", r.seconds / took_s},
      {"ticks", r.ticks},
      {"poses", r.poses},
      {"frames", r.frames},
      {"frames_detected", r.frames_detected},
      {"detections", r.detections},
      {"commands", r.commands.count()},
      {"hash", fmt::format("{:016x}", r.commands.value())},
      {"recorded_commands", r.recorded.count()},
      {"recorded_hash", fmt::format("{:016x}", r.recorded.value())},
      {"same", r.same()},
      {"differs_at_s", r.differs ? json::Value(FromBillionths(*r.differs)) : json::Value()},
      {"models", Models(r)},
      {"records_lost", r.lost},
      {"damage", r.damage.ok() ? json::Value() : json::Value(std::string(r.damage.message()))},
      {"closed", r.closed}});
}

std::string AsText(const ReplayReport& r, double took_s) {
  std::string text = fmt::format(
      "boom            {}\n"
      "log             {:.1f} s, {} ticks, {} poses, {} frames with {} detections\n"
      "replayed        in {:.2f} s, {:.0f} times real time; {} frames detected anew\n"
      "commands        {}, hash {:016x}\n"
      "recorded        {}, hash {:016x}: {}\n",
      r.boom, r.seconds, r.ticks, r.poses, r.frames, r.detections, took_s, r.seconds / took_s,
      r.frames_detected, r.commands.count(), r.commands.value(), r.recorded.count(),
      r.recorded.value(), r.same() ? "the same" : "NOT the same");
  if (r.differs) text += fmt::format("first differs   at {:.6f} s\n", FromBillionths(*r.differs));
  for (const ModelRecord& one : r.models) {
    text += fmt::format("judged by       camera {}, from frame {} on: model {:.12}", one.camera,
                        one.sequence, Hex(one.model));
    text += one.version > 0
                ? fmt::format(", bundle {:.12}, version {}\n", Hex(one.bundle), one.version)
                : std::string("\n");
  }
  if (r.lost > 0) text += fmt::format("lost            {} records while recording\n", r.lost);
  if (!r.damage.ok()) {
    text += "end             damaged: what comes behind was not replayed\n";
  } else if (!r.closed) {
    text += "end             cut off: the recording was not closed\n";
  }
  return text;
}

Result<int> Run(Options options) {
  if (!options.method.empty()) {
    FURROW_ASSIGN(options.replay.method, ParseMethod(options.method));
  }
  const auto begin = std::chrono::steady_clock::now();
  FURROW_ASSIGN(const ReplayReport report, Replay(options.path, options.replay));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (options.json) {
    fmt::print("{}\n", AsJson(report, took.count()));
  } else {
    fmt::print("{}", AsText(report, took.count()));
  }
  FURROW_TRY(report.damage);
  return report.same() ? 0 : 3;
}

}  // namespace

void AddReplayCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* replay = app.add_subcommand("replay", "make the decisions of a log again");
  replay->footer(kExamples);
  replay->add_option("LOG", options->path, "a log")->required();
  replay->add_option("--detect", options->method, "detect anew by this method");
  replay
      ->add_option("--area-min", options->replay.detector.area_min,
                   "with --detect: smaller patches are left out, as by the machine's area_min_px")
      ->check(CLI::Range(1, 1'000'000))
      ->default_val(10);
  replay->add_option("--threads", options->replay.threads, "that detect")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  replay->add_flag("--json", options->json, "the report as JSON");
  replay->callback([options, &exit_code] {
    const auto code = Run(*options);
    exit_code = code.ok() ? *code : 1;
    if (!code.ok()) fmt::print(stderr, "furrow-edge replay: {}\n", code.status().message());
  });
}

}  // namespace furrow::edge
