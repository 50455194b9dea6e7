// SPDX-License-Identifier: Apache-2.0
// furrow-edge score: how well a recorded drive over a generated field went.
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "edge/live/machine_config.h"
#include "edge/programs/commands.h"
#include "edge/programs/field_machine.h"
#include "edge/sim/score.h"
#include "json/text.h"

namespace furrow::edge {
namespace {

constexpr const char* kExamples = R"(
CONFIG is what furrow-edge run had, with a [field] that it drove over; LOG what it recorded.
Judged are the weeds of 2 cm and more under the boom that were passed while the switch was on, three
metres after the start at the earliest: a weed is hit when the nozzle over its middle put droplets
there. Product is compared with a broadcast of the same ground. docs/edge/run.md says more.

Examples:
  furrow-edge score machine.toml log
  furrow-edge score machine.toml log --json
  furrow-edge score machine.toml log --from-m 20 --to-m 60
)";

struct Options {
  std::string config, log;
  double from_m = 0, to_m = 1e9;
  uint64_t slice_min = 20;
  bool json = false;
};

json::Value ToJson(const ScoreSlice& slice) {
  return json::Object{{"slice", slice.name},        {"weeds", slice.weeds}, {"hit", slice.hit},
                      {"hit_share", slice.share()}, {"low", slice.low()},   {"high", slice.high()}};
}

double Share(double part, double whole) { return whole > 0 ? part / whole : 0; }

std::string AsJson(const Score& score) {
  json::Array slices;
  for (const ScoreSlice& slice : score.slices) slices.push_back(ToJson(slice));
  const json::Value worst =
      score.worst < 0 ? json::Value() : ToJson(score.slices[static_cast<size_t>(score.worst)]);
  return json::Write(json::Object{
      {"format", 1},
      {"distance_m", score.distance_m},
      {"seconds", score.seconds},
      {"judged_m", score.judged_m},
      {"weeds", score.all.weeds},
      {"hit", score.all.hit},
      {"hit_share", score.all.share()},
      {"hit_low", score.all.low()},
      {"hit_high", score.all.high()},
      {"hit_whole_share",
       Share(static_cast<double>(score.hit_whole), static_cast<double>(score.all.weeds))},
      {"crops", score.crops},
      {"crop_sprayed_share",
       Share(static_cast<double>(score.crops_sprayed), static_cast<double>(score.crops))},
      {"product_m2", score.product_m2},
      {"broadcast_m2", score.broadcast_m2},
      {"product_share", Share(score.product_m2, score.broadcast_m2)},
      {"needed_share", Share(score.needed_m2, score.broadcast_m2)},
      {"sprays", score.sprays},
      {"frames", score.frames},
      {"frames_skipped", score.skipped},
      {"records_lost", score.records_lost},
      {"slices", std::move(slices)},
      {"worst", worst}});
}

std::string AsText(const Score& score) {
  std::string text = fmt::format(
      "driven          {:.1f} m in {:.1f} s, {:.1f} m of them judged\n"
      "frames          {}, {} left out\n"
      "weeds           {}\n"
      "hit             {:.1f} % ({:.1f} to {:.1f}), over their whole length {:.1f} %\n"
      "crop            {} plants, {:.1f} % sprayed\n"
      "product         {:.1f} % of broadcast; for the true weeds alone {:.1f} %\n",
      score.distance_m, score.seconds, score.judged_m, score.frames, score.skipped, score.all.weeds,
      100 * score.all.share(), 100 * score.all.low(), 100 * score.all.high(),
      100 * Share(static_cast<double>(score.hit_whole), static_cast<double>(score.all.weeds)),
      score.crops,
      100 * Share(static_cast<double>(score.crops_sprayed), static_cast<double>(score.crops)),
      100 * Share(score.product_m2, score.broadcast_m2),
      100 * Share(score.needed_m2, score.broadcast_m2));
  if (score.records_lost > 0) {
    text += fmt::format("lost            {} records: what they held counts as not sprayed\n",
                        score.records_lost);
  }
  text += fmt::format("\n{:28} {:>6} {:>7}  {}\n", "slice", "weeds", "hit", "95 % interval");
  for (size_t i = 0; i < score.slices.size(); ++i) {
    const ScoreSlice& slice = score.slices[i];
    text += fmt::format("{:28} {:6} {:6.1f} %  {:.1f} to {:.1f} %{}\n", slice.name, slice.weeds,
                        100 * slice.share(), 100 * slice.low(), 100 * slice.high(),
                        static_cast<int>(i) == score.worst ? "   the worst" : "");
  }
  return text;
}

Status Run(const Options& options) {
  FURROW_ASSIGN(const MachineConfig machine, ReadFieldMachine(options.config));
  std::vector<std::string> damage;
  FURROW_ASSIGN(const Score score, ScoreLog(options.log,
                                            {.boom = machine.boom,
                                             .field = machine.field,
                                             .drive = machine.drive,
                                             .speed_mps = machine.speed_mps,
                                             .from_m = options.from_m,
                                             .to_m = options.to_m,
                                             .slice_min = options.slice_min},
                                            damage));
  for (const std::string& one : damage) {
    fmt::print(stderr, "furrow-edge score: left out: {}\n", one);
  }
  if (options.json) {
    fmt::print("{}\n", AsJson(score));
  } else {
    fmt::print("{}", AsText(score));
  }
  return {};
}

}  // namespace

void AddScoreCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* score = app.add_subcommand("score", "judge a drive over a generated field");
  score->footer(kExamples);
  score->add_option("CONFIG", options->config, "the machine's TOML file")->required();
  score->add_option("LOG", options->log, "what it recorded")->required();
  score->add_option("--from-m", options->from_m, "of the way, judged from here on")
      ->capture_default_str();
  score->add_option("--to-m", options->to_m, "of the way, judged up to here");
  score->add_option("--slice-min", options->slice_min, "weeds that the worst slice has at least")
      ->capture_default_str();
  score->add_flag("--json", options->json, "the figures as JSON");
  score->callback([options, &exit_code] {
    const Status status = Run(*options);
    if (status.ok()) return;
    fmt::print(stderr, "furrow-edge score: {}\n", status.message());
    exit_code = 1;
  });
}

}  // namespace furrow::edge
