// SPDX-License-Identifier: Apache-2.0
#include "convert/check.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/sha256.h"
#include "convert/judge_frame.h"
#include "convert/scores.h"
#include "edge/boom/projection.h"
#include "edge/boom/text_file.h"
#include "infer/library.h"

namespace furrow::convert {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kClassPixelsMin = 200;  // of a class in a slice, so that its IoU says something
constexpr size_t kKept = 8;                // frames that latency is measured on
constexpr std::chrono::seconds kLatencyLongest{30};

double ResidentMb() {
  long pages = 0, resident = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  const int read = std::fscanf(file, "%ld %ld", &pages, &resident);
  std::fclose(file);
  return read == 2
             ? static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6
             : 0;
}

double MillisecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

/// A model with a detector and a reader of scores for each kind of frame.
class Runner {
 public:
  Runner(const CheckOptions& options, edge::SegmentationModel model, edge::Scorer scorer)
      : options_(options), model_(std::move(model)), scorer_(std::move(scorer)) {}

  static Result<Runner> Load(const CheckOptions& options, const std::string& file) {
    // What has a scorer of its own is shown frames as the source is.
    const bool foreign = options.scorer && file == options.result;
    FURROW_ASSIGN(edge::SegmentationModel model,
                  edge::LoadSegmentation(foreign ? options.source : file, options.threads));
    return Runner(options, std::move(model), foreign ? options.scorer : edge::Scorer());
  }
  const edge::SegmentationModel& model() const { return model_; }

  /// Without copying what was found: only to take the time.
  Status Run(const edge::FrameView& frame) {
    FURROW_ASSIGN(Pair * pair, PairFor(frame));
    return pair->detector.Detect({&frame, 1}, {&found_, 1});
  }
  Status Look(const edge::FrameView& frame, Judgement& out) {
    FURROW_TRY(Run(frame));
    FURROW_ASSIGN(Pair * pair, PairFor(frame));
    const edge::ClassView view = pair->detector.last_classes(0);
    out.found = found_;
    out.width = view.width;
    out.height = view.height;
    out.scale = view.scale;
    out.classes.assign(view.classes, view.row(view.height));
    return {};
  }
  Result<ScoreReader*> Reader(const edge::FrameView& frame) {
    FURROW_ASSIGN(Pair * pair, PairFor(frame));
    return &pair->reader;
  }

 private:
  struct Pair {
    edge::NetDetector detector;
    ScoreReader reader;
  };
  Result<Pair*> PairFor(const edge::FrameView& frame) {
    std::unique_ptr<Pair>& pair =
        pairs_[{frame.width, frame.height, static_cast<int>(frame.format)}];
    if (pair == nullptr) {
      FURROW_ASSIGN(edge::NetDetector detector,
                    edge::NetDetector::Make(model_, {.method = options_.method,
                                                     .area_min = options_.area_min,
                                                     .width = frame.width,
                                                     .height = frame.height,
                                                     .format = frame.format,
                                                     .scorer = scorer_}));
      FURROW_ASSIGN(ScoreReader reader,
                    ScoreReader::Make(model_, frame.width, frame.height, frame.format, scorer_));
      pair = std::make_unique<Pair>(Pair{std::move(detector), std::move(reader)});
    }
    return pair.get();
  }

  const CheckOptions& options_;
  edge::SegmentationModel model_;
  edge::Scorer scorer_;
  std::map<std::tuple<int, int, int>, std::unique_ptr<Pair>> pairs_;
  std::vector<edge::Detection> found_;
};

/// Loads a model and lets it judge a frame, to see what memory that takes.
Result<Runner> LoadMeasured(const CheckOptions& options, const std::string& file,
                            const edge::FrameView& frame, ModelFigures& figures) {
  FURROW_ASSIGN(const std::string bytes, edge::ReadTextFile(file, infer::kModelBytesMax));
  figures.file = file;
  figures.bytes = bytes.size();
  const double before = ResidentMb();
  FURROW_ASSIGN(Runner judge, Runner::Load(options, file));
  FURROW_TRY(judge.Run(frame));
  figures.memory_mb = std::max(0.0, ResidentMb() - before);
  Sha256 digest;
  digest.Add(bytes);
  figures.sha256 = digest.Hex();
  return judge;
}

std::vector<std::string> ChangesOf(const edge::Segmentation& a, const edge::Segmentation& b) {
  std::vector<std::string> changes;
  const auto compare = [&](const char* name, bool same) {
    if (!same) changes.emplace_back(name);
  };
  compare("classes", a.background == b.background && a.crop == b.crop && a.weed == b.weed);
  compare("channels", a.blue_first == b.blue_first);
  compare("scale", a.scale == b.scale);
  compare("mean", a.mean == b.mean);
  compare("deviation", a.deviation == b.deviation);
  compare("multiple", a.multiple == b.multiple);
  compare("tile_max", a.tile_max == b.tile_max);
  compare("overlap", a.overlap == b.overlap);
  return changes;
}

Decisions Summed(const std::vector<FrameTally>& tallies, std::optional<size_t> slice) {
  Decisions d;
  std::vector<double> weeds, missed, cells, wasted;
  for (const FrameTally& t : tallies) {
    if (slice && t.slice != *slice) continue;
    ++d.frames;
    AddTo(d.sum.source_result, t.source_result);
    AddTo(d.sum.truth_source, t.truth_source);
    AddTo(d.sum.truth_result, t.truth_result);
    for (const auto member :
         {&FrameTally::cells, &FrameTally::open_source, &FrameTally::open_result,
          &FrameTally::flips, &FrameTally::weeds, &FrameTally::missed_source,
          &FrameTally::missed_result, &FrameTally::wasted_source, &FrameTally::wasted_result}) {
      d.sum.*member += t.*member;
    }
    if (!t.has_truth) continue;
    ++d.frames_with_truth;
    const auto difference = [](uint64_t a, uint64_t b) {
      return static_cast<double>(a) - static_cast<double>(b);
    };
    weeds.push_back(static_cast<double>(t.weeds));
    missed.push_back(difference(t.missed_result, t.missed_source));
    cells.push_back(static_cast<double>(t.cells));
    wasted.push_back(difference(t.wasted_result, t.wasted_source));
  }
  for (size_t c = 0; c < 3; ++c) {
    d.iou_source[c] = Iou(d.sum.source_result, c, kClassPixelsMin);
    d.iou_truth_source[c] = Iou(d.sum.truth_source, c, kClassPixelsMin);
    d.iou_truth_result[c] = Iou(d.sum.truth_result, c, kClassPixelsMin);
  }
  d.flips = WilsonShare(d.sum.flips, d.sum.cells);
  // Either opens: both open, and those that flip. open_source + open_result counts the former
  // twice.
  const uint64_t either = (d.sum.open_source + d.sum.open_result + d.sum.flips) / 2;
  d.flips_of_open = either == 0 ? Interval{} : WilsonShare(d.sum.flips, either);
  d.missed_more = BootstrapRatio(missed, weeds);
  d.wasted_more = BootstrapRatio(wasted, cells);
  return d;
}

/// Of all threads of the process.
double ProcessorMilliseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

struct Times {
  std::vector<double> by_clock, busy;

  Status Take(Runner& runner, const edge::FrameView& view, int threads) {
    const double busy_before = ProcessorMilliseconds();
    const Clock::time_point begin = Clock::now();
    FURROW_TRY(runner.Run(view));
    by_clock.push_back(MillisecondsSince(begin));
    busy.push_back((ProcessorMilliseconds() - busy_before) / threads);
    return {};
  }
  Latency Summary() {
    std::ranges::sort(by_clock);
    std::ranges::sort(busy);
    Latency latency{.runs = by_clock.size(),
                    .p50_ms = Quantile(by_clock, 0.5),
                    .p99_ms = Quantile(by_clock, 0.99),
                    .p999_ms = Quantile(by_clock, 0.999),
                    .largest_ms = by_clock.empty() ? 0 : by_clock.back(),
                    .busy_p50_ms = Quantile(busy, 0.5),
                    .busy_p99_ms = Quantile(busy, 0.99)};
    for (int i = 0; i <= 20; ++i) latency.curve_ms.push_back(Quantile(by_clock, i / 20.0));
    return latency;
  }
};

/// By turns, so that whatever else the machine does falls on both alike.
Status MeasureLatency(const CheckOptions& options, Runner& source, Runner& result,
                      const std::vector<Frame>& frames, int runs, const Progress& progress,
                      Figures& figures) {
  Times of_source, of_result;
  const Clock::time_point begin = Clock::now();
  for (int i = 0; i < runs; ++i) {
    if (i >= 20 && Clock::now() - begin > kLatencyLongest) break;
    const edge::FrameView view = frames[static_cast<size_t>(i) % frames.size()].view();
    FURROW_TRY(of_source.Take(source, view, options.threads));
    if (!options.times) {
      FURROW_TRY(of_result.Take(result, view, options.threads));
    }
    progress("latency", static_cast<size_t>(i) + 1, static_cast<size_t>(runs));
  }
  if (options.times) {
    FURROW_ASSIGN(of_result.by_clock, options.times(runs));
    of_result.busy = of_result.by_clock;
  }
  figures.source.latency = of_source.Summary();
  figures.result.latency = of_result.Summary();
  return {};
}

Status MeasureDeterminism(const CheckOptions& options, Runner& result,
                          const std::vector<Frame>& frames, size_t repeats, Figures& figures) {
  FURROW_ASSIGN(Runner again, Runner::Load(options, options.result));
  for (size_t i = 0; i < std::min(repeats, frames.size()); ++i) {
    const edge::FrameView view = frames[i].view();
    FURROW_ASSIGN(ScoreReader * reader, result.Reader(view));
    FURROW_ASSIGN(std::vector<float> * scores, reader->Read(view));
    const uint64_t first = BitsOf(*scores);
    FURROW_ASSIGN(scores, reader->Read(view));
    const uint64_t second = BitsOf(*scores);
    FURROW_ASSIGN(ScoreReader * fresh, again.Reader(view));
    FURROW_ASSIGN(scores, fresh->Read(view));
    figures.differ_again += first != second ? 1 : 0;
    figures.differ_reloaded += BitsOf(*scores) != first ? 1 : 0;
    ++figures.repeated;
  }
  return {};
}

/// A frame that no camera takes: all black, all white, or noise.
Frame MadeUp(const std::string& name, int width, int height, int channels) {
  Frame frame{.image = edge::MakeImage(width, height, channels)};
  uint32_t state = 2463534242;
  for (uint8_t& pixel : frame.image.pixels) {
    // Marsaglia 2003, "Xorshift RNGs", J. Stat. Softw. 8(14).
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    pixel = name == "white" ? 255 : (name == "noise" ? static_cast<uint8_t>(state >> 24) : 0);
  }
  return frame;
}

Status MeasureStress(Runner& source, Runner& result, const Frame& like, Figures& figures) {
  for (const char* name : {"black", "white", "noise"}) {
    const Frame frame = MadeUp(name, like.image.width, like.image.height, like.image.channels);
    const edge::FrameView view = frame.view();
    FURROW_ASSIGN(ScoreReader * a, source.Reader(view));
    FURROW_ASSIGN(ScoreReader * b, result.Reader(view));
    FURROW_ASSIGN(const std::vector<float>* scores, b->Read(view));
    StressFigures stress{.name = name};
    stress.not_finite = static_cast<uint64_t>(
        std::ranges::count_if(*scores, [](float v) { return !std::isfinite(v); }));
    if (a->layout() == b->layout()) {
      FURROW_ASSIGN(const std::vector<float>* wanted, a->Read(view));
      ScoreErrors errors;
      errors.Add(*wanted, *scores, b->plane());
      stress.error_p99 = errors.source_rms() > 0 ? errors.p99() / errors.source_rms() : 0;
    }
    figures.stress.push_back(std::move(stress));
  }
  return {};
}

Status CompareScores(Runner& source, Runner& result, const edge::FrameView& view,
                     ScoreErrors& errors, OutputFigures& output) {
  FURROW_ASSIGN(ScoreReader * a, source.Reader(view));
  FURROW_ASSIGN(ScoreReader * b, result.Reader(view));
  FURROW_ASSIGN(const std::vector<float>* scores, b->Read(view));
  if (a->layout() != b->layout()) {
    output.comparable = false;
    output.why_not = fmt::format("the source has {}, the result {}", a->layout(), b->layout());
    output.not_finite += static_cast<uint64_t>(
        std::ranges::count_if(*scores, [](float v) { return !std::isfinite(v); }));
    return {};
  }
  FURROW_ASSIGN(const std::vector<float>* wanted, a->Read(view));
  errors.Add(*wanted, *scores, b->plane());
  return {};
}

void Summarise(const ScoreErrors& errors, OutputFigures& output) {
  if (!output.comparable) return;
  output.values = errors.values();
  output.not_finite = errors.not_finite();
  output.source_not_finite = errors.source_not_finite();
  output.source_rms = errors.source_rms();
  const double unit = output.source_rms > 0 ? output.source_rms : 1;
  output.largest = errors.largest() / unit;
  output.mean = errors.mean() / unit;
  output.p99 = errors.p99() / unit;
  output.cosine = errors.cosine();
}

}  // namespace

Budget BudgetOf(const edge::Boom& boom, const Policy& policy) {
  Budget budget{.speed_mps = policy.speed_mps};
  double deadline = INFINITY, period = INFINITY;
  for (const edge::Camera& camera : boom.cameras) {
    const edge::Projection projection(camera);
    double near = 0, far = 0, ignored = 0;
    if (!projection.ToGround(camera.width / 2.0, camera.height, near, ignored)) continue;
    if (!projection.ToGround(camera.width / 2.0, 0, far, ignored)) far = near;
    // The last place at which each weed has been in a frame for certain.
    const double seen = std::max(near, far - policy.speed_mps / camera.fps);
    const double way = seen - edge::FromMillionths(boom.margin_on + boom.footprint / 2);
    deadline = std::min(deadline, 1e3 * way / policy.speed_mps -
                                      edge::FromBillionths(boom.LongestOpenDelay()) * 1e3 -
                                      policy.other_ms);
    period = std::min(period, 1e3 / camera.fps / policy.cameras_per_thread);
  }
  budget.deadline_ms = std::isfinite(deadline) ? deadline : 0;
  budget.period_ms = std::isfinite(period) ? period : 0;
  budget.frame_ms = std::min(budget.deadline_ms, budget.period_ms);
  return budget;
}

Result<Figures> Check(const CheckOptions& options, const edge::Boom& boom, const FrameSet& set,
                      const Policy& policy, const Progress& progress) {
  FURROW_TRY(infer::LibraryVersion().status());  // its own memory counts for neither model
  Figures figures{.slices = set.slices, .budget = BudgetOf(boom, policy)};
  FURROW_ASSIGN(const Frame first,
                ReadFrame(set.frames.front(), boom.cameras[set.frames.front().camera]));
  FURROW_ASSIGN(Runner result, LoadMeasured(options, options.result, first.view(), figures.result));
  FURROW_ASSIGN(Runner source, LoadMeasured(options, options.source, first.view(), figures.source));
  figures.preprocessing_changes = ChangesOf(source.model().how, result.model().how);
  figures.output = {.name = source.model().model.outputs().front().name, .comparable = true};

  std::map<size_t, FrameTallier> talliers;
  const edge::CellGrid grid = edge::GridOf(boom);
  std::vector<Frame> kept;
  ScoreErrors errors;
  Judgement by_source, by_result;
  for (size_t i = 0; i < set.frames.size(); ++i) {
    const FrameFile& file = set.frames[i];
    const edge::Camera& camera = boom.cameras[file.camera];
    FURROW_ASSIGN(Frame frame, ReadFrame(file, camera));
    const edge::FrameView view = frame.view();
    FURROW_TRY(source.Look(view, by_source));
    FURROW_TRY(result.Look(view, by_result));
    FURROW_TRY(CompareScores(source, result, view, errors, figures.output));
    auto tallier = talliers.find(file.camera);
    if (tallier == talliers.end()) {
      FURROW_ASSIGN(edge::NozzleCells cells, edge::NozzleCells::Make(camera, grid));
      tallier =
          talliers.emplace(file.camera, FrameTallier(std::move(cells), options.area_min)).first;
    }
    FrameTally tally = tallier->second.Count(by_source, by_result, frame.mask);
    tally.frame = i;
    tally.slice = file.slice;
    figures.tallies.push_back(tally);
    if (kept.size() < kKept) kept.push_back(std::move(frame));
    progress("frames", i + 1, set.frames.size());
  }
  Summarise(errors, figures.output);
  figures.all = Summed(figures.tallies, std::nullopt);
  for (size_t slice = 0; slice < set.slices.size(); ++slice) {
    figures.by_slice.push_back(Summed(figures.tallies, slice));
  }
  FURROW_TRY(MeasureStress(source, result, first, figures));
  FURROW_TRY(
      MeasureDeterminism(options, result, kept, static_cast<size_t>(policy.repeats), figures));
  FURROW_TRY(MeasureLatency(options, source, result, kept, policy.latency_runs, progress, figures));
  return figures;
}

}  // namespace furrow::convert
