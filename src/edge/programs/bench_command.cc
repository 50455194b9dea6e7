// SPDX-License-Identifier: Apache-2.0
// furrow-edge bench: how many frames one core of this machine searches for plants, and how far that
// is from reading the same bytes and doing nothing with them.
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "edge/boom/sine.h"
#include "edge/detect/detector.h"
#include "edge/field/render.h"
#include "edge/image/image.h"
#include "edge/programs/commands.h"
#include "json/text.h"
#include "json/value.h"

namespace furrow::edge {
namespace {

constexpr char kExamples[] =
    "Frames are of generated fields, all different, at least 48 and so many that no cache holds "
    "them.\n"
    "Pixels a second are by the processor time of the one thread; p50 and p99 are of what a frame\n"
    "took by the clock, with all that else ran on the machine.\n"
    "\n"
    "Examples:\n"
    "  furrow-edge bench\n"
    "  furrow-edge bench --method adaptive --size 1920x1200 --seconds 5\n"
    "  furrow-edge bench --json | jq '.rows[] | select(.format == \"rgb\")'\n";

constexpr size_t kFramesLeast = 48;
constexpr Method kMethods[] = {Method::kAdaptive, Method::kExg,   Method::kExgr, Method::kMaxg,
                               Method::kNexg,     Method::kExhsv, Method::kHsv,  Method::kGndvi};

struct Size {
  int width, height;
};
constexpr Size kSizes[] = {{416, 320}, {640, 480}, {1296, 966}, {1920, 1200}};

struct Options {
  std::vector<std::string> images;
  std::string method, size;
  double seconds = 0.5;
  int megabytes = 256;
  bool json = false;
};

double ThreadSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double ClockSeconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

/// What so many frames took.
struct Timing {
  std::vector<double> frame_s;  // by the clock, sorted
  double thread_s = 0;          // of processor time, all of them

  double At(double share) const {
    return frame_s[static_cast<size_t>(share * static_cast<double>(frame_s.size() - 1) + 0.5)];
  }
  double Frames() const { return static_cast<double>(frame_s.size()); }
};

using Bytes = std::vector<uint8_t>;

/// Calls `work` with one frame after another: each once at least, and for `seconds`.
template <typename Work>
Timing Timed(const std::vector<Bytes>& frames, double seconds, Work work) {
  for (size_t i = 0; i < 3; ++i)
    work(frames[i % frames.size()]);  // what is allocated or learnt once
  Timing timing;
  const double begin = ClockSeconds(), thread_begin = ThreadSeconds();
  double last = begin;
  for (size_t i = 0; i < frames.size() || last - begin < seconds; ++i) {
    work(frames[i % frames.size()]);
    const double now = ClockSeconds();
    timing.frame_s.push_back(now - last);
    last = now;
  }
  timing.thread_s = ThreadSeconds() - thread_begin;
  std::ranges::sort(timing.frame_s);
  return timing;
}

/// Frames of generated fields from light soil to straw. A few are drawn; each of the rest is one of
/// them, begun at another place of its rows, so that all bytes differ and a plant stays a plant.
std::vector<Bytes> Frames(Size size, PixelFormat format, size_t bytes_least) {
  std::vector<Bytes> drawn;
  for (const Soil soil : {Soil::kLight, Soil::kDark, Soil::kStubble, Soil::kNoTill}) {
    const Field field({.seed = 7 + drawn.size(), .width_m = 12, .weeds_per_m2 = 5, .soil = soil});
    Camera camera;
    camera.width = size.width;
    camera.height = size.height;
    camera.focal = size.width * 0.625;  // 3 m of ground in view
    camera.centre_u = size.width / 2.0;
    camera.centre_v = size.height / 2.0;
    camera.x = 1.5;
    camera.height_m = 1.9;
    camera.pitch = kPi / 2;
    Renderer renderer(field, camera);
    Shot shot;
    shot.s = 10 * kMetre;
    renderer.Render(shot, format, drawn.emplace_back());
  }
  const size_t size_bytes = drawn[0].size();
  const size_t pixel = format == PixelFormat::kRgb8 ? 3 : 2;  // a Bayer quad stays whole
  const size_t count = std::max(kFramesLeast, bytes_least / size_bytes + 1);
  std::vector<Bytes> frames;
  for (size_t i = 0; i < count; ++i) {
    Bytes frame = drawn[i % drawn.size()];
    const size_t row = frame.size() / static_cast<size_t>(size.height);
    const size_t shift = i / drawn.size() * 38 * pixel % row;
    for (size_t at = 0; at < frame.size(); at += row) {
      std::rotate(frame.begin() + static_cast<ptrdiff_t>(at),
                  frame.begin() + static_cast<ptrdiff_t>(at + shift),
                  frame.begin() + static_cast<ptrdiff_t>(at + row));
    }
    frames.push_back(std::move(frame));
  }
  return frames;
}

/// Reads every byte once.
Timing Read(const std::vector<Bytes>& frames, double seconds) {
  uint64_t seen = 0;
  Timing timing = Timed(frames, seconds, [&](const Bytes& frame) {
    uint64_t any[8] = {};
    for (size_t i = 0; i + 64 <= frame.size(); i += 64) {
      uint64_t words[8];
      std::memcpy(words, frame.data() + i, sizeof words);
      for (size_t j = 0; j < 8; ++j) any[j] |= words[j];
    }
    for (const uint64_t one : any) seen |= one;
  });
  if (seen == 0) timing.frame_s.clear();  // never: frames are not black; it keeps the loop
  return timing;
}

json::Object Row(const Options& options, Method method, Size size, PixelFormat format,
                 const std::vector<Bytes>& frames) {
  const int stride = format == PixelFormat::kRgb8 ? 3 * size.width : size.width;
  Detector detector(method, {.area_min = 10}, size.width, size.height);
  std::vector<Detection> found;
  size_t patches = 0;
  const Timing took = Timed(frames, options.seconds, [&](const Bytes& frame) {
    detector.Detect({frame.data(), size.width, size.height, stride, format}, found);
    patches += found.size();
  });
  // The limit is measured next to each figure: on a shared machine it changes.
  const Timing read = Read(frames, options.seconds / 4);
  const double pixels = static_cast<double>(size.width) * size.height;
  const auto bytes = static_cast<double>(frames[0].size());
  const double a_second = took.Frames() / took.thread_s;
  const double read_a_second = read.Frames() / read.thread_s;
  return {{"method", std::string(MethodName(method))},
          {"format", format == PixelFormat::kRgb8 ? "rgb" : "bayer"},
          {"width", size.width},
          {"height", size.height},
          {"frames", static_cast<int64_t>(frames.size())},
          {"timed", static_cast<int64_t>(took.frame_s.size())},
          {"frames_per_core_s", a_second},
          {"gpixels_per_core_s", 1e-9 * pixels * a_second},
          {"p50_ms", 1e3 * took.At(0.5)},
          {"p99_ms", 1e3 * took.At(0.99)},
          {"gbytes_per_core_s", 1e-9 * bytes * a_second},
          {"read_gbytes_per_core_s", 1e-9 * bytes * read_a_second},
          {"share_of_reading", a_second / read_a_second},
          {"patches", static_cast<double>(patches) / (took.Frames() + 3)}};
}

void PrintLine(const json::Object& row) {
  const auto number = [&](const char* name) { return row.Find(name)->AsDouble(); };
  fmt::print("{:<9} {:<6} {:>4}x{:<5} {:>9.1f} {:>8.3f} {:>8.3f} {:>8.3f} {:>8.2f} {:>6.0f} %\n",
             row.Find("method")->AsString(), row.Find("format")->AsString(),
             row.Find("width")->AsInt(), row.Find("height")->AsInt(), number("frames_per_core_s"),
             number("gpixels_per_core_s"), number("p50_ms"), number("p99_ms"),
             number("gbytes_per_core_s"), 100 * number("share_of_reading"));
  std::fflush(stdout);
}

void Bench(const Options& options, Size size, PixelFormat format, const std::vector<Bytes>& frames,
           json::Array& rows) {
  for (const Method method : kMethods) {
    if (!options.method.empty() && options.method != MethodName(method)) continue;
    json::Object row = Row(options, method, size, format, frames);
    if (!options.json) PrintLine(row);
    rows.push_back(std::move(row));
  }
}

/// Photographs of one size instead, as many as there are.
Status BenchImages(const Options& options, json::Array& rows) {
  std::vector<Bytes> frames;
  Size size{};
  for (const std::string& file : options.images) {
    FURROW_ASSIGN(Image image, ReadImage(file));
    image = ToRgb(std::move(image));
    if (frames.empty()) size = {image.width, image.height};
    if (image.width != size.width || image.height != size.height) {
      return Status(Code::kInvalidArgument,
                    fmt::format("{} is of {}x{} pixels, the first image of {}x{}: give images of "
                                "one size",
                                file, image.width, image.height, size.width, size.height));
    }
    Bytes& frame = frames.emplace_back();
    for (int y = 0; y < image.height; ++y) {
      frame.insert(frame.end(), image.row(y), image.row(y) + 3 * image.width);
    }
  }
  Bench(options, size, PixelFormat::kRgb8, frames, rows);
  return {};
}

void BenchFields(const Options& options, json::Array& rows) {
  for (const Size size : kSizes) {
    if (!options.size.empty() && options.size != fmt::format("{}x{}", size.width, size.height)) {
      continue;
    }
    for (const PixelFormat format : {PixelFormat::kRgb8, PixelFormat::kBayerRggb8}) {
      const auto frames = Frames(size, format, static_cast<size_t>(options.megabytes) << 20);
      Bench(options, size, format, frames, rows);
    }
  }
}

Status RunBench(const Options& options) {
  if (!options.method.empty()) FURROW_TRY(ParseMethod(options.method).status());
  if (!options.json) {
    fmt::print("{:<9} {:<6} {:>10} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8}\n", "METHOD", "FORMAT",
               "SIZE", "FRAMES/s", "GPIX/s", "P50 ms", "P99 ms", "GB/s", "OF READING");
  }
  json::Array rows;
  if (options.images.empty()) {
    BenchFields(options, rows);
  } else {
    FURROW_TRY(BenchImages(options, rows));
  }
  if (rows.empty()) {
    return Status(Code::kInvalidArgument, "there is no size " + options.size + "; --help has them");
  }
  if (options.json) {
    fmt::print("{}\n", json::Write(json::Object{{"kernels", std::string(BestKernels().name)},
                                                {"seconds", options.seconds},
                                                {"rows", std::move(rows)}}));
  }
  return {};
}

}  // namespace

void AddBenchCommand(CLI::App& app, int& exit_code) {
  CLI::App* bench = app.add_subcommand("bench", "measure detection on one core of this machine");
  bench->footer(kExamples);
  auto options = std::make_shared<Options>();
  bench->add_option("--method", options->method, "one alone, as of furrow-edge detect");
  bench->add_option("--size", options->size, "one alone: 416x320, 640x480, 1296x966 or 1920x1200");
  bench->add_option("--seconds", options->seconds, "of each figure, each frame once at least")
      ->check(CLI::Range(0.01, 600.0))
      ->capture_default_str();
  bench
      ->add_option("--megabytes", options->megabytes,
                   "of frames at least; more than the caches hold")
      ->check(CLI::Range(1, 16384))
      ->capture_default_str();
  bench->add_flag("--json", options->json, "the figures as JSON");
  bench->add_option("IMAGE", options->images,
                    "PNG or JPEG files of one size instead of generated fields");
  bench->callback([options, &exit_code] {
    const Status status = RunBench(*options);
    if (status.ok()) return;
    fmt::print(stderr, "furrow-edge bench: {}\n", status.message());
    exit_code = 1;
  });
}

}  // namespace furrow::edge
