// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/status.h"
#include "edge/detect/detection.h"
#include "edge/image/image.h"
#include "edge/programs/commands.h"
#include "edge/programs/plant_finder.h"
#include "json/text.h"
#include "json/value.h"

namespace furrow::edge {
namespace {

namespace fs = std::filesystem;

constexpr char kExamples[] =
    "Examples:\n"
    "  furrow-edge detect --method adaptive field.jpg\n"
    "  furrow-edge detect --method exhsv --mask-out masks photos/*.jpg\n"
    "  furrow-edge detect --method adaptive --json --area-min 50 photos/*.png | jq .share\n"
    "  furrow-edge detect --method hybrid --model weeds.onnx --mask-out masks photos/*.jpg\n"
    "\n"
    "A mask is a PNG of the image's name and size: 255 is plant, 0 is not; for net and hybrid 255\n"
    "is weed, 128 is crop. Boxes are in pixels, right and bottom one past the last.\n"
    "docs/edge/detect.md describes the methods, examples/weednet trains a network.\n";

struct Options {
  PlantFinderOptions how{.area_min = 10};
  std::string mask_folder;
  bool json = false;
  std::vector<std::string> images;
};

Status Wrong(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

/// Where each image's mask goes. An error when a mask would replace another one or an input.
Result<std::vector<fs::path>> MaskPaths(const Options& options) {
  std::vector<fs::path> paths;
  std::map<fs::path, std::string> taken;
  for (const std::string& image : options.images) {
    const fs::path path =
        fs::path(options.mask_folder) / (fs::path(image).stem().string() + ".png");
    const auto [other, fresh] = taken.emplace(path, image);
    if (!fresh) {
      return Wrong(fmt::format("{} and {} would both write the mask {}: give them separate runs",
                               other->second, image, path.string()));
    }
    paths.push_back(path);
  }
  for (const fs::path& path : paths) {
    std::error_code absent;
    if (!fs::exists(path, absent)) continue;
    for (const std::string& image : options.images) {
      if (!fs::equivalent(image, path, absent)) continue;
      return Wrong(fmt::format("the mask {} would replace the image {}: choose another folder",
                               path.string(), image));
    }
  }
  return paths;
}

/// What a box of a network's is called; nullptr for a box of an index's.
const char* KindName(PlantKind kind) {
  switch (kind) {
    case PlantKind::kWeed:
      return "weed";
    case PlantKind::kCrop:
      return "crop";
    default:
      return nullptr;
  }
}

void PrintJson(const std::string& file, const Image& image, const Options& options,
               const std::string& model_sha256, const FoundPlants& found) {
  json::Array boxes;
  boxes.reserve(found.boxes.size());
  for (const Detection& d : found.boxes) {
    json::Object box{{"left", d.left},
                     {"top", d.top},
                     {"right", d.right},
                     {"bottom", d.bottom},
                     {"area", d.area}};
    if (const char* kind = KindName(d.kind)) box["class"] = kind;
    boxes.push_back(std::move(box));
  }
  json::Object line{{"file", file},
                    {"width", image.width},
                    {"height", image.height},
                    {"method", options.how.method},
                    {"share", found.share}};
  if (!model_sha256.empty()) {
    line["weed_share"] = found.weed_share;
    line["model_sha256"] = model_sha256;
  }
  line["boxes"] = std::move(boxes);
  fmt::print("{}\n", json::Write(line));
}

Status DoOne(const std::string& file, const fs::path* mask_path, PlantFinder& finder,
             const Options& options, size_t file_width) {
  FURROW_ASSIGN(Image image, ReadImage(file));
  image = ToRgb(std::move(image));
  Result<FoundPlants> result = finder.Find(image);
  if (!result.ok()) return result.status().With(file);
  const FoundPlants& found = *result;
  if (mask_path != nullptr) FURROW_TRY(WritePng(found.mask, mask_path->string()));
  const std::string model = finder.model_sha256();
  if (options.json) {
    PrintJson(file, image, options, model, found);
    return {};
  }
  const std::string weeds = model.empty() ? "" : fmt::format("  {:>7.3f}", 100 * found.weed_share);
  fmt::print("{:<{}}  {:>5}  {:>6}  {:>7.3f}{}  {:>5}\n", file, file_width, image.width,
             image.height, 100 * found.share, weeds, found.boxes.size());
  return {};
}

void Complain(const Status& status) {
  std::fflush(stdout);  // so that what was said before stands before
  fmt::print(stderr, "furrow-edge detect: {}\n", status.message());
}

int RunDetect(const Options& options) {
  const Result<std::unique_ptr<PlantFinder>> finder = MakePlantFinder(options.how);
  if (!finder.ok()) return Complain(finder.status()), 1;
  std::vector<fs::path> masks;
  if (!options.mask_folder.empty()) {
    Result<std::vector<fs::path>> paths = MaskPaths(options);
    if (!paths.ok()) return Complain(paths.status()), 1;
    masks = std::move(paths).value();
    std::error_code error;
    fs::create_directories(options.mask_folder, error);
    if (error) {
      Complain(Status(Code::kIoError, options.mask_folder + ": " + error.message()));
      return 1;
    }
  }
  size_t file_width = 4;
  for (const std::string& file : options.images) file_width = std::max(file_width, file.size());
  if (!options.json) {
    const char* weeds = (*finder)->model_sha256().empty() ? "" : "   WEED %";
    fmt::print("{:<{}}  {:>5}  {:>6}  {:>7}{}  {:>5}\n", "FILE", file_width, "WIDTH", "HEIGHT",
               "PLANT %", weeds, "BOXES");
  }
  int exit_code = 0;
  for (size_t i = 0; i < options.images.size(); ++i) {
    const Status done = DoOne(options.images[i], masks.empty() ? nullptr : &masks[i], **finder,
                              options, file_width);
    if (done.ok()) continue;
    Complain(done);
    exit_code = 1;
  }
  std::fflush(stdout);
  return exit_code;
}

}  // namespace

void AddDetectCommand(CLI::App& app, int& exit_code) {
  CLI::App* detect = app.add_subcommand("detect", "say what is plant in photographs");
  detect->footer(kExamples);
  auto options = std::make_shared<Options>();
  detect
      ->add_option("--method", options->how.method,
                   "exg, exgr, maxg, nexg, exhsv, hsv, gndvi (as OpenWeedLocator has them), "
                   "adaptive (finds its threshold itself), net (a network) or hybrid (adaptive, "
                   "and a network tells crop from weed)")
      ->required();
  detect->add_option("--model", options->how.model, "ONNX file of the network for net and hybrid");
  detect->add_option("--threads", options->how.threads, "that a network runs on")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  detect->add_option("--mask-out", options->mask_folder,
                     "folder that masks are written to; made where it is missing");
  detect->add_flag("--json", options->json, "one line of JSON an image");
  detect
      ->add_option("--area-min", options->how.area_min,
                   "smallest patch that gets a box, in pixels; the mask shows all")
      ->check(CLI::Range(1, 1 << 28))
      ->capture_default_str();
  detect->add_option("IMAGE", options->images, "PNG or JPEG files")->required();
  detect->callback([options, &exit_code] { exit_code = RunDetect(*options); });
}

}  // namespace furrow::edge
