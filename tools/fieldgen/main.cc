// SPDX-License-Identifier: Apache-2.0
// furrow_fieldgen: a field from a seed, as photographs with the truth beside them.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "dataset.h"
#include "edge/boom/standard.h"

namespace furrow::fieldgen {
namespace {

constexpr const char* kExamples = R"(
Writes into the folder OUT:
  images/CAMERA-NNNNNN.png   what the camera sees
  masks/CAMERA-NNNNNN.png    the same pixels: 0 soil, 128 crop, 255 weed
  frames.csv                 when and where each was taken
  truth.csv                  every plant
  weeds.csv                  the weeds as `furrow-edge plan` reads them (unless the drive turns)
  odometry.csv               what the machine's wheel and gyroscope say

The same options give the same files on every processor. docs/edge/fieldgen.md says more.

Examples:
  furrow_fieldgen /tmp/field --frames 5
  furrow_fieldgen /tmp/beet --seed 7 --length-m 50 --density 8 --soil dark --stage seedling \
    --crop beet --boom boom.toml --camera left --frames 100
  furrow_fieldgen /tmp/hard --soil no-till --crop soy --unseen 0.2 --dew 0.6 --dust 0.3 \
    --fault overexposed --drive braking --odometry poor
  furrow_fieldgen /tmp/two --weed thistle --weed foxtail
)";

struct Arguments {
  DatasetOptions data;
  std::string soil = "light", stage = "young", crop = "none", boom, fault = "none";
  std::string odometry = "perfect";
  std::vector<std::string> cameras, weeds;
  double sun_deg = 50, sun_heading_deg = 45, exposure_us = 250, width_m = 0;
  bool force = false;
};

Status Wrong(const std::string& what) { return Status(Code::kInvalidArgument, what); }

Status ChooseCameras(Arguments& a) {
  const std::vector<edge::Camera>& all = a.data.boom.cameras;
  if (all.empty()) return Wrong("the boom has no camera: add a [[camera]] to its file");
  if (a.cameras.empty()) a.cameras.push_back(all[0].name);
  std::string names;
  for (const edge::Camera& camera : all) names += " \"" + camera.name + '"';
  for (const std::string& name : a.cameras) {
    const size_t before = a.data.cameras.size();
    for (size_t i = 0; i < all.size(); ++i) {
      if (name == "all" || name == all[i].name) a.data.cameras.push_back(i);
    }
    if (a.data.cameras.size() == before) {
      return Wrong(fmt::format("there is no camera \"{}\"; there are: all{}", name, names));
    }
  }
  return {};
}

/// What the options mean; fills in what they leave open.
Status Resolve(Arguments& a) {
  edge::FieldOptions& field = a.data.field;
  FURROW_ASSIGN(field.soil, edge::SoilNamed(a.soil));
  FURROW_ASSIGN(field.stage, edge::StageNamed(a.stage));
  FURROW_ASSIGN(field.crop, edge::CropNamed(a.crop));
  for (const std::string& weed : a.weeds) {
    FURROW_ASSIGN(const uint8_t species, edge::WeedNamed(weed));
    field.weeds.push_back(species);
  }
  if (a.boom.empty()) {
    a.data.boom = edge::StandardBoom();
  } else {
    FURROW_ASSIGN(a.data.boom, edge::ReadBoom(a.boom));
  }
  FURROW_TRY(ChooseCameras(a));
  field.width_m = a.width_m;
  if (field.width_m == 0) {
    // As wide as the nozzles reach, and to what cameras see beyond them.
    double reach = 0.5;
    for (const edge::Nozzle& nozzle : a.data.boom.nozzles) {
      reach = std::max(
          reach, std::abs(edge::FromMillionths(nozzle.y)) + edge::FromMillionths(nozzle.swath) / 2);
    }
    for (const edge::Camera& camera : a.data.boom.cameras) {
      reach = std::max(reach, std::abs(camera.y));
    }
    field.width_m = std::min(2 * reach + 4, 200.0);
  }
  constexpr double kRadians = edge::kPi / 180;
  field.sun_height_rad = std::min(a.sun_deg * kRadians, edge::kPi / 2);
  field.sun_heading_rad = a.sun_heading_deg * kRadians;
  a.data.exposure_s = a.exposure_us * 1e-6;
  const auto choose = [](auto& into, std::string_view what, const std::string& name,
                         std::initializer_list<const char*> names) -> Status {
    int index = 0;
    std::string list;
    for (const char* one : names) {
      if (name == one) {
        into = static_cast<std::remove_reference_t<decltype(into)>>(index);
        return {};
      }
      list += std::string(" ") + one;
      ++index;
    }
    return Wrong(fmt::format("there is no {} \"{}\"; there are:{}", what, name, list));
  };
  FURROW_TRY(choose(a.data.fault, "fault", a.fault, {"none", "black", "stuck", "overexposed"}));
  FURROW_TRY(choose(a.data.odometry, "odometry", a.odometry, {"perfect", "good", "poor"}));
  std::error_code error;
  if (!a.force && std::filesystem::exists(a.data.out, error) &&
      !(std::filesystem::is_directory(a.data.out, error) &&
        std::filesystem::is_empty(a.data.out, error))) {
    return Status(Code::kAlreadyExists,
                  a.data.out + " is there and not an empty folder: name another, or add --force");
  }
  return {};
}

/// A line on the terminal once a second; nothing where nobody watches.
Progress Watch() {
  using Clock = std::chrono::steady_clock;
  const bool watched = isatty(STDERR_FILENO) == 1;
  const Clock::time_point begin = Clock::now();
  return [watched, begin, last = begin](size_t done, size_t all) mutable {
    const Clock::time_point now = Clock::now();
    if (!watched || (done < all && now - last < std::chrono::seconds(1))) return;
    last = now;
    const double spent = std::chrono::duration<double>(now - begin).count();
    const double left = spent / static_cast<double>(done) * static_cast<double>(all - done);
    fmt::print(stderr, "\r{} of {} images, {:.0f} s left \x1b[K{}", done, all, left,
               done == all ? "\n" : "");
  };
}

void AddOptions(CLI::App& app, Arguments& a) {
  DatasetOptions& d = a.data;
  app.add_option("OUT", d.out, "folder, which is made")->required();
  app.add_option("--seed", d.field.seed, "of everything");
  app.add_option("--length-m", d.length_m, "of the drive")->check(CLI::Range(0.1, 100'000.0));
  app.add_option("--width-m", a.width_m, "of the field; 0: the boom's and 4 m more");
  app.add_option("--density", d.field.weeds_per_m2, "weeds a square metre, 0 to 100");
  app.add_option("--patchiness", d.field.patchiness, "0 even, 1 all in patches");
  app.add_option("--unseen", d.field.unseen_share, "share of weeds of species kept from training");
  app.add_option("--weed", a.weeds, "that grows, for each species; without it all known ones");
  app.add_option("--soil", a.soil, "light, dark, wet, stubble, no-till");
  app.add_option("--stage", a.stage, "of growth: seedling, young, grown");
  app.add_option("--crop", a.crop, "none, maize, beet, soy, cereal");
  app.add_option("--row-m", d.field.row_m, "between crop rows");
  app.add_option("--in-row-m", d.field.in_row_m, "between plants of a row");
  app.add_option("--sun-deg", a.sun_deg, "above the horizon, 6 to 90");
  app.add_option("--sun-heading-deg", a.sun_heading_deg, "to the left of forward");
  app.add_option("--cloud", d.field.cloud, "0 hard shadows, 1 none");
  app.add_option("--dew", d.field.dew, "on leaves, 0 to 1");
  app.add_option("--dust", d.field.dust, "in the air, 0 to 1");
  app.add_option("--boom", a.boom, "TOML file; without it a 36 m boom of 12 cameras");
  app.add_option("--camera", a.cameras, "by name, or all; without it the boom's first");
  app.add_option("--frames", d.frames, "of each camera, spread evenly; 0: tables alone")
      ->check(CLI::Range(0, 1'000'000));
  app.add_option("--drive", d.drive, "constant, braking, stops, turns");
  app.add_option("--speed", d.speed_mps, "m/s")->check(CLI::Range(0.01, 50.0));
  app.add_option("--odometry", a.odometry, "perfect, good, poor");
  app.add_option("--ahead-m", d.ahead_m, "how far ahead weeds.csv knows a weed");
  app.add_option("--exposure-us", a.exposure_us, "smears along the way")
      ->check(CLI::Range(0.0, 1e6));
  app.add_option("--gain", d.gain, "of light")->check(CLI::Range(0.01, 100.0));
  app.add_option("--noise", d.noise, "standard deviation, of 255")->check(CLI::Range(0.0, 50.0));
  app.add_option("--fault", a.fault, "black, stuck, overexposed");
  app.add_option("--fault-every", d.fault_every, "frames")->check(CLI::Range(1, 1'000'000));
  app.add_flag("--bayer", d.bayer, "images are the sensor's RGGB mosaic, in grey");
  app.add_flag("--force", a.force, "write into a folder that is not empty");
  app.footer(kExamples);
}

int Main(int argc, char** argv) {
  CLI::App app{"Makes photographs of a generated field, with the truth beside them",
               "furrow_fieldgen"};
  Arguments a;
  app.option_defaults()->always_capture_default();
  AddOptions(app, a);
  CLI11_PARSE(app, argc, argv);
  Status status = Resolve(a);
  if (status.ok()) status = MakeDataset(a.data, Watch());
  if (status.ok()) return 0;
  fmt::print(stderr, "furrow_fieldgen: {}\n", status.message());
  return 1;
}

}  // namespace
}  // namespace furrow::fieldgen

int main(int argc, char** argv) { return furrow::fieldgen::Main(argc, argv); }
