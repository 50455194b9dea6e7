// SPDX-License-Identifier: Apache-2.0
#include "edge/capture/folder_source.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "edge/capture/pace.h"
#include "edge/image/image.h"

namespace furrow::edge {
namespace {

constexpr Nanos kPatience = kSecond / 5;

class Folder : public FrameSource {
 public:
  Folder(std::vector<Image> images, const Camera& camera, int index, bool again)
      : images_(std::move(images)),
        index_(index),
        again_(again),
        period_(ToBillionths(1 / camera.fps)) {}

  PixelFormat format() const override {
    return images_[0].channels == 1 ? PixelFormat::kBayerRggb8 : PixelFormat::kRgb8;
  }
  void Begin(Nanos start) override { pace_ = Pace(start, period_); }

  Result<Got> Next(FrameSlot& slot) override {
    if (!pace_.Await(kPatience)) return Got::kNothing;
    if (!again_ && pace_.number() >= images_.size()) return Got::kEnd;
    const Image& image = images_[pace_.number() % images_.size()];
    slot.view = {
        .data = image.pixels.data(),
        .width = image.width,
        .height = image.height,
        .stride = static_cast<ptrdiff_t>(image.stride()),
        .format = format(),
        .camera = index_,
        .sequence = pace_.number(),
        .captured = pace_.at(),
    };
    return Got::kFrame;
  }

 private:
  const std::vector<Image> images_;
  const int index_;
  const bool again_;
  const Nanos period_;
  Pace pace_;
};

bool IsImage(const std::filesystem::path& path) {
  const std::string ending = path.extension().string();
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg" || ending == ".PNG" ||
         ending == ".JPG" || ending == ".JPEG";
}

}  // namespace

Result<std::unique_ptr<FrameSource>> FolderFrames(const std::string& folder, const Camera& camera,
                                                  int index, bool again) {
  std::error_code error;
  std::vector<std::string> paths;
  std::filesystem::directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    if (IsImage(at->path())) paths.push_back(at->path().string());
  }
  if (error) return Status(Code::kNotFound, fmt::format("{}: {}", folder, error.message()));
  if (paths.empty()) {
    return Status(Code::kNotFound, folder + ": holds no PNG or JPEG image");
  }
  std::ranges::sort(paths);
  std::vector<Image> images;
  size_t bytes = 0;
  for (const std::string& path : paths) {
    FURROW_ASSIGN(Image image, ReadImage(path));
    if (image.width != camera.width || image.height != camera.height) {
      return Status(Code::kInvalidArgument,
                    fmt::format("{}: {} x {} pixels, camera {} has {} x {}", path, image.width,
                                image.height, index, camera.width, camera.height));
    }
    if (!images.empty() && image.channels != images[0].channels) {
      return Status(Code::kInvalidArgument,
                    fmt::format("{}: Bayer images and coloured ones are mixed", path));
    }
    bytes += image.pixels.size();
    if (bytes > kFolderBytesMax) {
      return Status(Code::kTooLarge,
                    fmt::format("{}: more than {} GiB of pixels up to {}; leave images out", folder,
                                kFolderBytesMax >> 30, path));
    }
    images.push_back(std::move(image));
  }
  return std::unique_ptr<FrameSource>(
      std::make_unique<Folder>(std::move(images), camera, index, again));
}

}  // namespace furrow::edge
