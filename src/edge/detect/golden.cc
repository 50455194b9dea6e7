// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/golden.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "edge/boom/text_file.h"
#include "edge/image/image.h"
#include "json/text.h"

namespace furrow::edge {
namespace {

constexpr size_t kTableBytesMax = 1 << 20, kFramesMax = 100;

Status Wrong(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

struct Number {
  const char* name;
  double Camera::*member;
  double least, most;
};
// Bounds are those of the boom's file.
constexpr Number kCameraNumbers[] = {
    {"focal_px", &Camera::focal, 1, 1e6},
    {"centre_u_px", &Camera::centre_u, -1e5, 1e5},
    {"centre_v_px", &Camera::centre_v, -1e5, 1e5},
    {"k1", &Camera::k1, -10, 10},
    {"k2", &Camera::k2, -10, 10},
    {"x_m", &Camera::x, -100, 100},
    {"y_m", &Camera::y, -100, 100},
    {"height_m", &Camera::height_m, 0.05, 20},
    {"pitch_rad", &Camera::pitch, -1.6, 1.6},
    {"roll_rad", &Camera::roll, -3.2, 3.2},
    {"yaw_rad", &Camera::yaw, -3.2, 3.2},
};

Status ReadNumber(const json::Value& from, const char* name, double least, double most,
                  double& out) {
  const json::Value& value = from.At(name);
  if (!value.IsNumber() || !(value.AsDouble() >= least && value.AsDouble() <= most)) {
    return Wrong(fmt::format("{}: must be a number between {} and {}", name, least, most));
  }
  out = value.AsDouble();
  return {};
}

Status ReadWhole(const json::Value& from, const char* name, int least, int most, int& out) {
  const json::Value& value = from.At(name);
  if (!value.IsInt() || value.AsInt() < least || value.AsInt() > most) {
    return Wrong(fmt::format("{}: must be a whole number between {} and {}", name, least, most));
  }
  out = static_cast<int>(value.AsInt());
  return {};
}

/// Only names beside the table: a table from elsewhere shall not choose what is read.
bool IsBeside(const std::string& name) {
  return !name.empty() && name.size() <= 200 && name.front() != '.' &&
         std::ranges::none_of(name, [](char c) { return c == '/' || c == '\\' || c == '\0'; });
}

Status ReadFrame(const json::Value& from, GoldenFrame& frame) {
  frame.file = from.At("file").AsString();
  if (!IsBeside(frame.file)) return Wrong("file: must be the name of a file beside the table");
  int cells = 0;
  FURROW_TRY(ReadWhole(from, "cells", 1, 10'000'000, cells));
  const auto open = CellsFromBits(from.At("open").AsString(), static_cast<size_t>(cells));
  if (!open.ok()) return open.status().With("open");
  frame.open = *open;
  return {};
}

std::string NameBeside(const std::string& path, const std::string& file) {
  const size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? file : path.substr(0, slash + 1) + file;
}

}  // namespace

Result<GoldenTable> ParseGolden(std::string_view text) {
  FURROW_ASSIGN(const json::Value root, json::Parse(text, {.depth_max = 4, .values_max = 5000}));
  int format = 0;
  FURROW_TRY(ReadWhole(root, "format", 1, 1, format));
  GoldenTable table;
  const json::Value& camera = root.At("camera");
  for (const Number& number : kCameraNumbers) {
    FURROW_TRY(
        ReadNumber(camera, number.name, number.least, number.most, table.camera.*number.member)
            .With("camera"));
  }
  FURROW_TRY(ReadWhole(camera, "width", 1, kImageSideMax, table.camera.width).With("camera"));
  FURROW_TRY(ReadWhole(camera, "height", 1, kImageSideMax, table.camera.height).With("camera"));
  FURROW_TRY(ReadNumber(root, "pitch_m", 0.005, 100, table.grid.pitch_m));
  FURROW_TRY(ReadNumber(root, "left_m", -1000, 1000, table.grid.left_m));
  FURROW_TRY(ReadWhole(root, "columns", 1, 10'000, table.grid.columns));
  FURROW_TRY(ReadWhole(root, "differ_max", 0, 10'000'000, table.differ_max));
  const json::Array& frames = root.At("frames").array();
  if (frames.empty() || frames.size() > kFramesMax) {
    return Wrong(fmt::format("frames: must be a list of 1 to {}", kFramesMax));
  }
  for (size_t i = 0; i < frames.size(); ++i) {
    GoldenFrame frame;
    FURROW_TRY(ReadFrame(frames[i], frame).With(fmt::format("frames[{}]", i)));
    table.frames.push_back(std::move(frame));
  }
  return table;
}

std::string GoldenText(const GoldenTable& table) {
  json::Object camera{{"width", table.camera.width}, {"height", table.camera.height}};
  for (const Number& number : kCameraNumbers) camera[number.name] = table.camera.*number.member;
  json::Array frames;
  for (const GoldenFrame& frame : table.frames) {
    frames.emplace_back(json::Object{
        {"file", frame.file}, {"cells", frame.open.size()}, {"open", CellBits(frame.open)}});
  }
  return json::WritePretty(json::Object{{"format", 1},
                                        {"camera", std::move(camera)},
                                        {"pitch_m", table.grid.pitch_m},
                                        {"left_m", table.grid.left_m},
                                        {"columns", table.grid.columns},
                                        {"differ_max", table.differ_max},
                                        {"frames", std::move(frames)}}) +
         "\n";
}

Result<std::vector<GoldenOutcome>> RepeatGolden(const SegmentationModel& model, NetMethod method,
                                                int area_min, const std::string& path) {
  FURROW_ASSIGN(const std::string text, ReadTextFile(path, kTableBytesMax));
  const Result<GoldenTable> table = ParseGolden(text);
  if (!table.ok()) return table.status().With(path);
  const Camera& camera = table->camera;
  const Result<NozzleCells> cells = NozzleCells::Make(camera, table->grid);
  if (!cells.ok()) return cells.status().With(path);
  std::optional<NetDetector> detectors[2];  // for colour, and for Bayer frames
  std::vector<GoldenOutcome> outcomes;
  std::vector<Detection> found;
  std::vector<uint8_t> open;
  for (const GoldenFrame& frame : table->frames) {
    const std::string file = NameBeside(path, frame.file);
    FURROW_ASSIGN(const Image image, ReadImage(file));
    if (image.width != camera.width || image.height != camera.height ||
        frame.open.size() != cells->count()) {
      return Wrong(fmt::format("{}: has {} x {} pixels and {} cells, its camera {} x {} and {}",
                               file, image.width, image.height, frame.open.size(), camera.width,
                               camera.height, cells->count()));
    }
    const bool bayer = image.channels == 1;
    std::optional<NetDetector>& detector = detectors[bayer ? 1 : 0];
    FrameView view{.data = image.pixels.data(),
                   .width = image.width,
                   .height = image.height,
                   .stride = static_cast<ptrdiff_t>(image.stride()),
                   .format = bayer ? PixelFormat::kBayerRggb8 : PixelFormat::kRgb8};
    if (!detector) {
      FURROW_ASSIGN(NetDetector made, NetDetector::Make(model, {.method = method,
                                                                .area_min = area_min,
                                                                .width = camera.width,
                                                                .height = camera.height,
                                                                .format = view.format}));
      detector.emplace(std::move(made));
      FURROW_TRY(detector->Detect({&view, 1}, {&found, 1}));
    }
    const auto begin = std::chrono::steady_clock::now();
    FURROW_TRY(detector->Detect({&view, 1}, {&found, 1}));
    cells->Decide(found, open);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    GoldenOutcome outcome{.file = frame.file, .took_ms = took.count()};
    for (size_t i = 0; i < open.size(); ++i) outcome.differ += open[i] != frame.open[i] ? 1 : 0;
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

}  // namespace furrow::edge
