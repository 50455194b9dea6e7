// SPDX-License-Identifier: Apache-2.0
#include "convert/golden_frames.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "edge/boom/text_file.h"
#include "edge/detect/golden.h"

namespace furrow::convert {
namespace {

/// Scores differ in their last digits between processors: this share of the cells may, too.
constexpr double kDifferShare = 0.005;

/// Indices of the chosen frames, in order.
std::vector<size_t> Choose(const FrameSet& set, const Figures& figures, size_t camera,
                           size_t count) {
  std::vector<const FrameTally*> of_camera;
  for (const FrameTally& tally : figures.tallies) {
    if (set.frames[tally.frame].camera == camera) of_camera.push_back(&tally);
  }
  std::ranges::stable_sort(of_camera, {}, [](const FrameTally* t) { return t->open_result; });
  const size_t last = of_camera.size() - 1;
  const auto flipped =
      std::ranges::max_element(of_camera, {}, [](const FrameTally* t) { return t->flips; });
  std::vector<size_t> wanted = {last, 0, last / 2,
                                static_cast<size_t>(flipped - of_camera.begin())};
  for (size_t i = 0; i < of_camera.size(); ++i) wanted.push_back(i * 7 % of_camera.size());
  for (size_t i = 0; i < of_camera.size(); ++i) wanted.push_back(i);
  std::vector<size_t> chosen;
  for (const size_t place : wanted) {
    const size_t frame = of_camera[place]->frame;
    if (chosen.size() < count && std::ranges::find(chosen, frame) == chosen.end()) {
      chosen.push_back(frame);
    }
  }
  std::ranges::sort(chosen);
  return chosen;
}

}  // namespace

Result<GoldenMade> MakeGolden(const CheckOptions& options, const edge::Boom& boom,
                              const FrameSet& set, const Figures& figures, const Policy& policy,
                              const std::string& folder) {
  std::map<size_t, size_t> taken;
  for (const FrameFile& frame : set.frames) ++taken[frame.camera];
  const size_t camera =
      std::ranges::max_element(taken, {}, [](const auto& one) { return one.second; })->first;

  edge::GoldenTable table{.camera = boom.cameras[camera], .grid = edge::GridOf(boom)};
  FURROW_ASSIGN(const edge::NozzleCells cells, edge::NozzleCells::Make(table.camera, table.grid));
  FURROW_ASSIGN(const edge::SegmentationModel model,
                edge::LoadSegmentation(options.result, options.threads));
  std::vector<edge::Detection> found;
  GoldenMade made;
  for (const size_t frame :
       Choose(set, figures, camera, static_cast<size_t>(policy.golden_frames))) {
    FURROW_ASSIGN(const Frame photograph, ReadFrame(set.frames[frame], table.camera));
    const edge::FrameView view = photograph.view();
    FURROW_ASSIGN(edge::NetDetector detector,
                  edge::NetDetector::Make(model, {.method = options.method,
                                                  .area_min = options.area_min,
                                                  .width = view.width,
                                                  .height = view.height,
                                                  .format = view.format}));
    FURROW_TRY(detector.Detect({&view, 1}, {&found, 1}));
    edge::GoldenFrame golden{.file = fmt::format("{}.png", made.frames)};
    cells.Decide(found, golden.open);
    made.cells += static_cast<int>(golden.open.size());
    made.open += static_cast<int>(std::ranges::count(golden.open, 1));
    FURROW_TRY(edge::WritePng(photograph.image, folder + "/" + golden.file));
    table.frames.push_back(std::move(golden));
    ++made.frames;
  }
  table.differ_max = static_cast<int>(std::ceil(kDifferShare * made.cells));
  const std::string path = folder + "/golden.json";
  FURROW_TRY(edge::WriteTextFile(path, edge::GoldenText(table)));
  FURROW_ASSIGN(const std::vector<edge::GoldenOutcome> outcomes,
                edge::RepeatGolden(model, options.method, options.area_min, path));
  for (const edge::GoldenOutcome& outcome : outcomes) made.differ += outcome.differ;
  return made;
}

}  // namespace furrow::convert
