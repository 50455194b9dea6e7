// SPDX-License-Identifier: Apache-2.0
// What a frame costs to render, in pixels a second of one core, and a stretch of field to grow.
#include <benchmark/benchmark.h>

#include "edge/boom/sine.h"
#include "edge/field/render.h"

namespace furrow::edge {
namespace {

/// 1920x1200 at 1.56 mm a pixel, 1.5 m before the nozzles, straight down unless told otherwise.
Camera Usual(double pitch) {
  Camera camera;
  camera.width = 1920;
  camera.height = 1200;
  camera.focal = 960;
  camera.centre_u = 960;
  camera.centre_v = 600;
  camera.x = 1.5;
  camera.height_m = 1.5;
  camera.pitch = pitch;
  return camera;
}

void Frames(benchmark::State& state, const FieldOptions& options, double pitch, Shot shot,
            PixelFormat format) {
  const Field field(options);
  Renderer renderer(field, Usual(pitch));
  std::vector<uint8_t> pixels, mask;
  for (auto _ : state) {
    renderer.Render(shot, format, pixels, &mask);
    shot.s += kMetre / 2;
    ++shot.sequence;
  }
  state.SetItemsProcessed(state.iterations() * 1920 * 1200);
}

FieldOptions Usual(Soil soil, Crop crop) {
  return {.seed = 7, .width_m = 12, .weeds_per_m2 = 5, .soil = soil, .crop = crop};
}

void Soils(benchmark::State& state) {
  Frames(state, Usual(static_cast<Soil>(state.range(0)), Crop::kBeet), kPi / 2, {},
         PixelFormat::kRgb8);
}
BENCHMARK(Soils)->DenseRange(0, kSoils - 1)->Unit(benchmark::kMillisecond);

void Bayer(benchmark::State& state) {
  Frames(state, Usual(Soil::kLight, Crop::kBeet), kPi / 2, {}, PixelFormat::kBayerRggb8);
}
BENCHMARK(Bayer)->Unit(benchmark::kMillisecond);

void Pitched(benchmark::State& state) {
  Frames(state, Usual(Soil::kNoTill, Crop::kBeet), 0.9, {}, PixelFormat::kRgb8);
}
BENCHMARK(Pitched)->Unit(benchmark::kMillisecond);

void Everything(benchmark::State& state) {
  FieldOptions options = Usual(Soil::kNoTill, Crop::kSoy);
  options.weeds_per_m2 = 30;
  options.stage = Stage::kGrown;
  options.dew = options.dust = 0.5;
  Frames(state, options, kPi / 2, {.speed_mps = 6, .exposure_s = 0.001}, PixelFormat::kRgb8);
}
BENCHMARK(Everything)->Unit(benchmark::kMillisecond);

void Growing(benchmark::State& state) {
  const Field field({.seed = 7, .width_m = 36, .weeds_per_m2 = 5});
  std::vector<Plant> plants;
  Microns x = 0;
  for (auto _ : state) {
    plants.clear();
    field.PlantsIn(x, x + 10 * kMetre, plants);
    x += 10 * kMetre;
  }
  state.SetItemsProcessed(x / kMetre * 36);  // square metres
}
BENCHMARK(Growing)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace furrow::edge
