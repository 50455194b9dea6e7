// SPDX-License-Identifier: Apache-2.0
#include "convert/scores.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "edge/detect/network_input.h"
#include "edge/detect/tiling.h"

namespace furrow::convert {
namespace {

size_t Size(int64_t n) { return static_cast<size_t>(n); }

}  // namespace

struct ScoreReader::State {
  edge::SegmentationModel model;
  edge::Tiling across, down;
  int batch = 1;
  infer::Shape in, out;
  std::vector<float> input, scores, all;
  edge::Scorer scorer;
  std::optional<infer::Binding> binding;  // none with a scorer
};

ScoreReader::ScoreReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ScoreReader::ScoreReader(ScoreReader&&) noexcept = default;
ScoreReader::~ScoreReader() = default;

Result<ScoreReader> ScoreReader::Make(const edge::SegmentationModel& model, int width, int height,
                                      edge::PixelFormat format, const edge::Scorer& scorer) {
  const edge::Segmentation& how = model.how;
  width /= how.scale;
  height /= how.scale;
  if (width < 1 || height < 1 || (format == edge::PixelFormat::kBayerRggb8 && how.scale % 2 != 0)) {
    return Status(Code::kInvalidArgument, fmt::format("{}: these frames do not go with scale {}",
                                                      model.model.name(), how.scale));
  }
  auto s = std::make_unique<State>(State{.model = model});
  s->across = model.width > 0 ? edge::CutEvenly(width, model.width, how.multiple, how.overlap)
                              : edge::CutToFit(width, how.tile_max, how.multiple, how.overlap);
  s->down = model.height > 0 ? edge::CutEvenly(height, model.height, how.multiple, how.overlap)
                             : edge::CutToFit(height, how.tile_max, how.multiple, how.overlap);
  s->batch = std::max(1, model.batch);
  s->in = {s->batch, 3, s->down.length, s->across.length};
  FURROW_ASSIGN(const std::vector<infer::Shape> shapes, model.model.OutputShapes({&s->in, 1}));
  s->out = shapes.front();
  if (s->out.size() != 4 || s->out[0] != s->batch || s->out[1] != 3) {
    return Status(Code::kInvalidArgument,
                  fmt::format("{}: gives {}, not three scores a pixel", model.model.name(),
                              infer::ShapeText(s->out)));
  }
  s->input.resize(infer::ElementCount(s->in));
  s->scores.resize(infer::ElementCount(s->out));
  s->scorer = scorer;
  if (scorer) return ScoreReader(std::move(s));
  const infer::TensorView from{s->in, s->input}, to{s->out, s->scores};
  FURROW_ASSIGN(infer::Binding binding, model.model.Bind({&from, 1}, {&to, 1}));
  s->binding.emplace(std::move(binding));
  return ScoreReader(std::move(s));
}

const std::vector<float>& ScoreReader::FillTile(const edge::FrameView& frame, size_t tile) {
  State& s = *state_;
  const int column = static_cast<int>(tile) % s.across.count;
  const int row = static_cast<int>(tile) / s.across.count;
  edge::FillInput(frame, s.model.how, s.across.begin(column), s.down.begin(row), s.across.length,
                  s.down.length, s.input.data());
  return s.input;
}

Result<std::vector<float>*> ScoreReader::Read(const edge::FrameView& frame) {
  State& s = *state_;
  const edge::Segmentation& how = s.model.how;
  s.all.clear();
  for (size_t tile = 0; tile < tiles(); ++tile) {
    FillTile(frame, tile);
    FURROW_TRY(s.binding ? s.binding->Run() : s.scorer(s.input, s.in, s.scores));
    for (const int place : {how.background, how.crop, how.weed}) {
      const float* from = s.scores.data() + Size(place) * plane();
      s.all.insert(s.all.end(), from, from + plane());
    }
  }
  return &s.all;
}

size_t ScoreReader::tiles() const { return Size(state_->across.count) * Size(state_->down.count); }
size_t ScoreReader::plane() const { return Size(state_->out[2]) * Size(state_->out[3]); }
std::vector<int64_t> ScoreReader::input_shape() const { return state_->in; }

std::string ScoreReader::layout() const {
  const State& s = *state_;
  return fmt::format("{} x {} tiles of {} x {} pixels with {} x {} scores, at scale {}",
                     s.across.count, s.down.count, s.across.length, s.down.length, s.out[3],
                     s.out[2], s.model.how.scale);
}

void ScoreErrors::Add(const std::vector<float>& source, const std::vector<float>& result,
                      size_t plane) {
  const size_t tile = 3 * plane;
  for (size_t first = 0; first + tile <= std::min(source.size(), result.size()); first += tile) {
    for (size_t i = first; i < first + plane; ++i) {
      std::array<double, 3> a{}, b{};
      double a_mean = 0, b_mean = 0;
      bool finite = true;
      for (size_t c = 0; c < 3; ++c) {
        a[c] = source[i + c * plane];
        b[c] = result[i + c * plane];
        source_not_finite_ += std::isfinite(a[c]) ? 0 : 1;
        not_finite_ += std::isfinite(b[c]) ? 0 : 1;
        finite = finite && std::isfinite(a[c]) && std::isfinite(b[c]);
        a_mean += a[c] / 3;
        b_mean += b[c] / 3;
      }
      if (!finite) continue;
      for (size_t c = 0; c < 3; ++c) {
        const double x = a[c] - a_mean, y = b[c] - b_mean;
        errors_.Add(std::abs(y - x));
        source_square_ += x * x;
        result_square_ += y * y;
        product_ += x * y;
        ++values_;
      }
    }
  }
}

double ScoreErrors::source_rms() const {
  return values_ == 0 ? 0 : std::sqrt(source_square_ / static_cast<double>(values_));
}

double ScoreErrors::mean() const {
  return values_ == 0 ? 0 : errors_.sum() / static_cast<double>(values_);
}

double ScoreErrors::cosine() const {
  const double norm = std::sqrt(source_square_) * std::sqrt(result_square_);
  return norm > 0 ? product_ / norm : 0;
}

uint64_t BitsOf(const std::vector<float>& scores) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const float score : scores) {
    uint32_t bits = 0;
    std::memcpy(&bits, &score, sizeof(bits));
    hash = (hash ^ bits) * 0x100000001b3;
  }
  return hash;
}

}  // namespace furrow::convert
