// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/net_detector.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "edge/detect/class_rows.h"
#include "edge/detect/components.h"
#include "edge/detect/kernels.h"
#include "edge/detect/network_input.h"
#include "edge/detect/tiling.h"
#include "infer/model.h"

namespace furrow::edge {
namespace {

size_t Size(int64_t n) { return static_cast<size_t>(n); }

Status Wrong(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

bool AnyBit(const uint64_t* words, int begin, int end) {
  for (int x = begin; x < end;) {
    const int bit = x % 64, count = std::min(64 - bit, end - x);
    const uint64_t part = words[x / 64] >> bit;
    if ((count == 64 ? part : part & ((uint64_t{1} << count) - 1)) != 0) return true;
    x += count;
  }
  return false;
}

}  // namespace

struct NetDetector::State {
  State(const SegmentationModel& m, const NetOptions& o) : model(m), options(o) {}

  struct Tile {
    size_t frame;
    int column, row;
  };

  Status Prepare();
  Status PrepareRuns();
  /// The pixels of the mask that a tile answers for.
  struct Area {
    int left, right, top, bottom;
  };
  Area Own(const Tile& tile) const;
  bool HasPlant(const Tile& tile) const;
  Status RunTiles(std::span<const FrameView> frames, size_t first, size_t count);
  void WriteClasses(const Tile& tile, const float* scores);
  void FindPatches(size_t frame, std::vector<Detection>& found);
  uint8_t* ClassRow(size_t frame, int y) { return classes.data() + ClassAt(frame, y); }
  uint64_t* SureRow(size_t frame, int y) {
    return sure.data() + (frame * Size(mask_height) + Size(y)) * weed_words.size();
  }
  size_t ClassAt(size_t frame, int y) const {
    return (frame * Size(mask_height) + Size(y)) * Size(mask_width);
  }

  const SegmentationModel model;
  const NetOptions options;
  int mask_scale = 1, mask_width = 0, mask_height = 0;
  Tiling across, down;  // in pixels of the network
  int batch = 1;
  int scores_width = 0, scores_height = 0;
  std::vector<float> inputs, scores;     // of a whole batch
  infer::Shape input_shape;              // where a scorer stands in for the library
  std::vector<infer::Binding> bindings;  // one for each number of tiles; one if that is fixed
  std::optional<ClassRows> rows;
  std::vector<std::unique_ptr<Detector>> indices;  // hybrid: one a frame, which keeps its mask
  std::vector<Detection> plants;
  std::vector<Tile> tiles;
  std::vector<uint8_t> classes;
  std::vector<uint8_t> line;  // a row of classes, with zeros up to a whole word
  std::vector<uint64_t> weed_words, plant_words;
  std::vector<uint64_t> sure;  // hybrid: which pixels are surely weed, row by row of every frame
  std::optional<Components> weeds, crops;
  std::vector<Detection> crop_patches;
};

Status NetDetector::State::Prepare() {
  const Segmentation& how = model.how;
  const bool bayer = options.format == PixelFormat::kBayerRggb8;
  if (bayer && how.scale % 2 != 0) {
    return Wrong(fmt::format("scale {} is odd, and a Bayer sensor needs an even one", how.scale));
  }
  const int width = options.width / how.scale, height = options.height / how.scale;
  if (width < 1 || height < 1) {
    return Wrong(fmt::format("{} x {} pixels are less than one of the network's, which are {} wide",
                             options.width, options.height, how.scale));
  }
  across = model.width > 0 ? CutEvenly(width, model.width, how.multiple, how.overlap)
                           : CutToFit(width, how.tile_max, how.multiple, how.overlap);
  down = model.height > 0 ? CutEvenly(height, model.height, how.multiple, how.overlap)
                          : CutToFit(height, how.tile_max, how.multiple, how.overlap);
  mask_scale = bayer ? 2 : 1;
  mask_width = options.width / mask_scale;
  mask_height = options.height / mask_scale;
  FURROW_TRY(PrepareRuns());

  const size_t frames = Size(options.frames_max);
  const size_t words = (Size(mask_width) + 63) / 64;
  tiles.reserve(frames * Size(across.count) * Size(down.count));
  classes.resize(frames * Size(mask_height) * Size(mask_width));
  line.resize(words * 64);
  weed_words.resize(words);
  plant_words.resize(words);
  weeds.emplace(mask_width);
  crops.emplace(mask_width);
  if (options.method == NetMethod::kHybrid) {
    sure.resize(frames * Size(mask_height) * words);
    for (size_t i = 0; i < frames; ++i) {
      indices.push_back(std::make_unique<Detector>(Method::kAdaptive, DetectorOptions{},
                                                   options.width, options.height));
    }
  }
  return {};
}

Status NetDetector::State::PrepareRuns() {
  const int tiles_at_once = options.scorer ? 1 : options.frames_max * across.count * down.count;
  batch = model.batch > 0 ? model.batch : std::clamp(options.batch_max, 1, tiles_at_once);
  infer::Shape in = {batch, 3, down.length, across.length};
  FURROW_ASSIGN(std::vector<infer::Shape> shapes, model.model.OutputShapes({&in, 1}));
  infer::Shape out = shapes.front();
  scores_height = static_cast<int>(out.size() == 4 ? out[2] : 0);
  scores_width = static_cast<int>(out.size() == 4 ? out[3] : 0);
  const int stride = scores_width > 0 ? across.length / scores_width : 0;
  if (out.size() != 4 || out[0] != batch || out[1] != 3 || stride < 1 ||
      scores_width * stride != across.length || scores_height * stride != down.length) {
    return Wrong(
        fmt::format("for {} it gives {}; it must give three scores for each pixel, or for "
                    "each square of pixels",
                    infer::ShapeText(in), infer::ShapeText(out)));
  }
  rows.emplace(stride * model.how.scale / mask_scale, scores_width);
  inputs.resize(infer::ElementCount(in));
  scores.resize(infer::ElementCount(out));
  if (options.scorer) {
    input_shape = in;
    return {};
  }
  for (int64_t count = model.batch > 0 ? batch : 1; count <= batch; ++count) {
    in[0] = out[0] = count;
    const infer::TensorView from{in, std::span(inputs).first(infer::ElementCount(in))};
    const infer::TensorView to{out, std::span(scores).first(infer::ElementCount(out))};
    FURROW_ASSIGN(infer::Binding binding, model.model.Bind({&from, 1}, {&to, 1}));
    FURROW_TRY(binding.Run());  // so that the library's arena has its size
    bindings.push_back(std::move(binding));
  }
  return {};
}

NetDetector::State::Area NetDetector::State::Own(const Tile& tile) const {
  const int scale = model.how.scale / mask_scale;
  // A frame's last columns and rows may be too few for a pixel of the network; the last tile's
  // outermost scores hold for them.
  const auto end = [scale](const Tiling& tiling, int i, int most) {
    return i + 1 == tiling.count ? most : tiling.own_end(i) * scale;
  };
  return {.left = across.own_begin(tile.column) * scale,
          .right = end(across, tile.column, mask_width),
          .top = down.own_begin(tile.row) * scale,
          .bottom = end(down, tile.row, mask_height)};
}

bool NetDetector::State::HasPlant(const Tile& tile) const {
  const MaskView mask = indices[tile.frame]->last_mask();
  const Area own = Own(tile);
  for (int y = own.top; y < own.bottom; ++y) {
    if (AnyBit(mask.row(y), own.left, own.right)) return true;
  }
  return false;
}

Status NetDetector::State::RunTiles(std::span<const FrameView> frames, size_t first, size_t count) {
  const size_t in = Size(3) * Size(across.length) * Size(down.length);
  const size_t out = Size(3) * Size(scores_width) * Size(scores_height);
  for (size_t i = 0; i < count; ++i) {
    const Tile& tile = tiles[first + i];
    FillInput(frames[tile.frame], model.how, across.begin(tile.column), down.begin(tile.row),
              across.length, down.length, inputs.data() + i * in);
  }
  FURROW_TRY(options.scorer ? options.scorer(inputs, input_shape, scores)
                            : bindings[bindings.size() == 1 ? 0 : count - 1].Run());
  for (size_t i = 0; i < count; ++i) WriteClasses(tiles[first + i], scores.data() + i * out);
  return {};
}

void NetDetector::State::WriteClasses(const Tile& tile, const float* tile_scores) {
  const size_t plane = Size(scores_width) * Size(scores_height);
  const auto at = [&](int place) { return tile_scores + Size(place) * plane; };
  const ScoreTile tile_view{.background = at(model.how.background),
                            .crop = at(model.how.crop),
                            .weed = at(model.how.weed),
                            .width = scores_width,
                            .height = scores_height};
  const int scale = model.how.scale / mask_scale;
  const int x0 = across.begin(tile.column) * scale, y0 = down.begin(tile.row) * scale;
  const Area own = Own(tile);
  for (int y = own.top; y < own.bottom; ++y) {
    uint8_t* out = ClassRow(tile.frame, y) + own.left;
    if (options.method == NetMethod::kNet) {
      rows->Write(tile_view, y - y0, own.left - x0, own.right - x0, out);
      continue;
    }
    const uint64_t* plant = indices[tile.frame]->last_mask().row(y);
    if (!AnyBit(plant, own.left, own.right)) continue;
    rows->WritePlants(tile_view, y - y0, own.left - x0, own.right - x0, plant, Size(own.left), out,
                      SureRow(tile.frame, y));
  }
}

void NetDetector::State::FindPatches(size_t frame, std::vector<Detection>& found) {
  const Kernels& kernels = BestKernels();
  const int words = static_cast<int>(weed_words.size());
  crop_patches.clear();
  weeds->Begin(options.area_min, mask_scale);
  crops->Begin(options.area_min, mask_scale);
  for (int y = 0; y < mask_height; ++y) {
    const uint8_t* from = ClassRow(frame, y);
    std::copy(from, from + mask_width, line.begin());
    kernels.pack_above(line.data(), words, kCropPixel, weed_words.data());
    kernels.pack_above(line.data(), words, kNoPlant, plant_words.data());
    for (size_t i = 0; i < weed_words.size(); ++i) plant_words[i] &= ~weed_words[i];
    weeds->AddRow(weed_words.data(), words, found, sure.empty() ? nullptr : SureRow(frame, y));
    crops->AddRow(plant_words.data(), words, crop_patches);
  }
  weeds->Finish(found);
  for (Detection& patch : found) patch.kind = PlantKind::kWeed;
  crops->Finish(crop_patches);
  for (Detection& patch : crop_patches) patch.kind = PlantKind::kCrop;
  found.insert(found.end(), crop_patches.begin(), crop_patches.end());
}

NetDetector::NetDetector(std::unique_ptr<State> state) : state_(std::move(state)) {}
NetDetector::NetDetector(NetDetector&&) noexcept = default;
NetDetector& NetDetector::operator=(NetDetector&&) noexcept = default;
NetDetector::~NetDetector() = default;

Result<NetDetector> NetDetector::Make(const SegmentationModel& model, const NetOptions& options) {
  auto state = std::make_unique<State>(model, options);
  const Status prepared = state->Prepare();
  if (prepared.ok()) return NetDetector(std::move(state));
  const std::string& name = model.model.name();
  return prepared.message().starts_with(name + ": ") ? prepared : prepared.With(name);
}

Status NetDetector::Detect(std::span<const FrameView> frames,
                           std::span<std::vector<Detection>> found) {
  State& s = *state_;
  for (std::vector<Detection>& patches : found) patches.clear();
  const bool fit = frames.size() == found.size() && frames.size() <= Size(s.options.frames_max) &&
                   std::ranges::all_of(frames, [&](const FrameView& frame) {
                     return frame.width == s.options.width && frame.height == s.options.height &&
                            frame.format == s.options.format;
                   });
  if (!fit) return Wrong("these are not the frames that the detector was made for");
  s.tiles.clear();
  for (size_t f = 0; f < frames.size(); ++f) {
    if (s.options.method == NetMethod::kHybrid) {
      s.indices[f]->Detect(frames[f], s.plants);
      std::fill(s.ClassRow(f, 0), s.ClassRow(f + 1, 0), kNoPlant);
      std::fill(s.SureRow(f, 0), s.SureRow(f + 1, 0), 0);
    }
    for (int row = 0; row < s.down.count; ++row) {
      for (int column = 0; column < s.across.count; ++column) {
        const State::Tile tile{f, column, row};
        if (s.options.method == NetMethod::kNet || s.HasPlant(tile)) s.tiles.push_back(tile);
      }
    }
  }
  for (size_t first = 0; first < s.tiles.size(); first += Size(s.batch)) {
    const size_t count = std::min(Size(s.batch), s.tiles.size() - first);
    FURROW_TRY(s.RunTiles(frames, first, count));
  }
  for (size_t f = 0; f < frames.size(); ++f) s.FindPatches(f, found[f]);
  return {};
}

ClassView NetDetector::last_classes(size_t frame) const {
  const State& s = *state_;
  return {.classes = s.classes.data() + s.ClassAt(frame, 0),
          .width = s.mask_width,
          .height = s.mask_height,
          .scale = s.mask_scale};
}

int NetDetector::tiles_per_frame() const { return state_->across.count * state_->down.count; }
int NetDetector::last_tiles() const { return static_cast<int>(state_->tiles.size()); }

}  // namespace furrow::edge
