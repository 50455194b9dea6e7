// SPDX-License-Identifier: Apache-2.0
// furrow-edge truth: the masks of frames that a machine over a generated field has recorded.
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "edge/capture/field_source.h"
#include "edge/field/render.h"
#include "edge/image/image.h"
#include "edge/programs/commands.h"
#include "edge/programs/field_machine.h"

namespace furrow::edge {
namespace {

constexpr const char* kExamples = R"(
CONFIG is the file that furrow-edge run had, with a [field] that it drove over. A frame is named by
camera and number at its end, as furrow-edge select names its files: 0-000120.png is frame 120 of
the boom's first camera, and so is 000002-000001-0-000120.png. Writes for each the truth of its
pixels into the folder OUT, under the frame's name: 0 soil, 128 crop, 255 weed, in the camera's
size. This is what a person would draw on the image.

Examples:
  furrow-edge truth machine.toml --out masks 0-000120.png 0-000160.png
  furrow-edge truth machine.toml --out masks chosen/*.png
  furrow-edge truth machine.toml --out masks --images images 0-000120.png
)";

struct Options {
  std::string config, out, images;
  std::vector<std::string> frames;
};

struct Name {
  std::string stem;
  int camera = 0;
  uint64_t sequence = 0;
};

/// CAMERA-NUMBER at the end of a name, with any folder before and any ending behind.
std::optional<Name> NameOf(const std::string& file) {
  Name name;
  name.stem = std::filesystem::path(file).stem().string();
  std::string_view stem = name.stem;
  const size_t number_at = stem.rfind('-');
  if (number_at == std::string_view::npos || number_at == 0) return std::nullopt;
  const size_t camera_at = stem.rfind('-', number_at - 1);
  if (camera_at != std::string_view::npos) stem.remove_prefix(camera_at + 1);
  const char *end = stem.data() + stem.size(), *at = stem.data();
  const auto camera = std::from_chars(at, end, name.camera);
  if (camera.ec != std::errc() || name.camera < 0 || camera.ptr == end || *camera.ptr != '-') {
    return std::nullopt;
  }
  const auto number = std::from_chars(camera.ptr + 1, end, name.sequence);
  // A drive ends long before; and beyond, times would not fit.
  if (number.ec != std::errc() || number.ptr != end || name.sequence > 1'000'000'000) {
    return std::nullopt;
  }
  return name;
}

Status MakeFolder(const std::string& folder) {
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) return Status(Code::kIoError, fmt::format("{}: {}", folder, error.message()));
  return {};
}

Status Run(const Options& options) {
  FURROW_ASSIGN(const MachineConfig machine, ReadFieldMachine(options.config));
  const Field field(machine.field);
  FURROW_ASSIGN(const Drive drive,
                DriveNamed(machine.drive, ToMillionths(machine.speed_mps), kEndlessDrive));
  FURROW_TRY(MakeFolder(options.out));
  FURROW_TRY(MakeFolder(options.images));
  std::map<int, std::unique_ptr<Renderer>> renderers;
  Image image, mask;
  for (const std::string& file : options.frames) {
    const std::optional<Name> name = NameOf(file);
    if (!name) {
      return Status(Code::kInvalidArgument,
                    fmt::format("{}: is not named CAMERA-NUMBER.png, like 0-000120.png", file));
    }
    if (static_cast<size_t>(name->camera) >= machine.boom.cameras.size()) {
      return Status(Code::kInvalidArgument,
                    fmt::format("{}: the boom has no camera {}, it has {}", file, name->camera,
                                machine.boom.cameras.size()));
    }
    const Camera& camera = machine.boom.cameras[static_cast<size_t>(name->camera)];
    auto& renderer = renderers[name->camera];
    if (!renderer) renderer = std::make_unique<Renderer>(field, camera);
    image.width = mask.width = camera.width;
    image.height = mask.height = camera.height;
    image.channels = 3;
    mask.channels = 1;
    const Shot shot = DrawnFrameShot({&field, &drive}, machine.boom, name->camera, name->sequence);
    renderer->Render(shot, PixelFormat::kRgb8, image.pixels, &mask.pixels);
    FURROW_TRY(WritePng(mask, options.out + "/" + name->stem + ".png"));
    if (!options.images.empty()) {
      FURROW_TRY(WritePng(image, options.images + "/" + name->stem + ".png"));
    }
  }
  fmt::print("{} masks\n", options.frames.size());
  return {};
}

}  // namespace

void AddTruthCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* truth = app.add_subcommand("truth", "masks of frames taken over a generated field");
  truth->footer(kExamples);
  truth->add_option("CONFIG", options->config, "the machine's TOML file")->required();
  truth->add_option("FRAMES", options->frames, "their names; folders are ignored")->required();
  truth->add_option("--out", options->out, "a folder, which is made")->required();
  truth->add_option("--images", options->images, "a folder for the frames themselves, drawn again");
  truth->callback([options, &exit_code] {
    const Status status = Run(*options);
    if (status.ok()) return;
    fmt::print(stderr, "furrow-edge truth: {}\n", status.message());
    exit_code = 1;
  });
}

}  // namespace furrow::edge
