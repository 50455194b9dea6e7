// SPDX-License-Identifier: Apache-2.0
// furrow-edge golden: whether a slot's model decides here what it decided where it was made.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "edge/boom/text_file.h"
#include "edge/detect/golden.h"
#include "edge/detect/segmentation.h"
#include "edge/live/slot.h"
#include "edge/programs/commands.h"
#include "json/text.h"

namespace furrow::edge {
namespace {

constexpr const char* kExamples = R"(
SLOT is a folder with an unpacked bundle (furrow bundle unpack, or furrow-device's slots/a). Each
golden frame is shown to its model; the decisions must be those of the bundle, and each frame's
quickest of three goes must be within the bundle's time. Prints a line of JSON. Exit codes: 0 all
of it is so, 3 it is not, 1 it could not be found out.

Examples:
  furrow-edge golden slots/b
  furrow-edge golden current | python3 -m json.tool
)";

constexpr size_t kTableBytesMax = 64u << 20;
constexpr int kGoes = 3;  // other programs may be in the way of one

struct Verdict {
  int frames = 0, cells_differ = 0, differ_max = 0;
  double slowest_ms = 0, budget_ms = 0;
  json::Array bad;

  bool passed() const { return cells_differ <= differ_max && slowest_ms <= budget_ms; }
};

Result<Verdict> Judge(const std::string& folder) {
  FURROW_ASSIGN(const Slot slot, ReadSlot(folder));
  FURROW_ASSIGN(const SegmentationModel model, LoadSegmentation(slot.model, 1));
  Verdict verdict;
  verdict.budget_ms = slot.budget_ms;
  if (slot.golden.empty()) return verdict;
  FURROW_ASSIGN(const std::string text, ReadTextFile(slot.golden, kTableBytesMax));
  const auto table = ParseGolden(text);
  if (!table.ok()) return table.status().With(slot.golden);
  verdict.differ_max = table->differ_max;
  std::vector<GoldenOutcome> best;
  for (int go = 0; go < kGoes; ++go) {
    FURROW_ASSIGN(std::vector<GoldenOutcome> outcomes,
                  RepeatGolden(model, slot.method, slot.area_min, slot.golden));
    for (size_t i = 0; i < outcomes.size() && go > 0; ++i) {
      outcomes[i].took_ms = std::min(outcomes[i].took_ms, best[i].took_ms);
      outcomes[i].differ = std::max(outcomes[i].differ, best[i].differ);
    }
    best = std::move(outcomes);
  }
  for (const GoldenOutcome& one : best) {
    ++verdict.frames;
    verdict.cells_differ += one.differ;
    verdict.slowest_ms = std::max(verdict.slowest_ms, one.took_ms);
    if (one.differ == 0 && one.took_ms <= slot.budget_ms) continue;
    verdict.bad.push_back(
        json::Object{{"file", one.file}, {"cells_differ", one.differ}, {"took_ms", one.took_ms}});
  }
  return verdict;
}

int Run(const std::string& folder) {
  const auto verdict = Judge(folder);
  if (!verdict.ok()) {
    fmt::print("{}\n",
               json::Write(json::Object{{"passed", false}, {"error", verdict.status().message()}}));
    fmt::print(stderr, "furrow-edge golden: {}\n", verdict.status().message());
    return 1;
  }
  fmt::print("{}\n", json::Write(json::Object{{"passed", verdict->passed()},
                                              {"frames", verdict->frames},
                                              {"cells_differ", verdict->cells_differ},
                                              {"differ_max", verdict->differ_max},
                                              {"slowest_ms", verdict->slowest_ms},
                                              {"budget_ms", verdict->budget_ms},
                                              {"bad", verdict->bad}}));
  return verdict->passed() ? 0 : 3;
}

}  // namespace

void AddGoldenCommand(CLI::App& app, int& exit_code) {
  auto folder = std::make_shared<std::string>();
  CLI::App* golden = app.add_subcommand("golden", "show a slot's model its golden frames");
  golden->footer(kExamples);
  golden->add_option("SLOT", *folder, "a folder with an unpacked bundle")->required();
  golden->callback([folder, &exit_code] { exit_code = Run(*folder); });
}

}  // namespace furrow::edge
