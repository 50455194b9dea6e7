// SPDX-License-Identifier: Apache-2.0
#include "convert/frames.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

#include "edge/boom/text_file.h"

namespace furrow::convert {
namespace {

namespace fs = std::filesystem;

constexpr size_t kTableBytesMax = size_t{64} << 20;

Status Wrong(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

bool IsPhotograph(const fs::path& path) {
  std::string end = path.extension().string();
  std::ranges::transform(end, end.begin(), [](unsigned char c) { return std::tolower(c); });
  return end == ".png" || end == ".jpg" || end == ".jpeg";
}

std::vector<std::string> Names(const fs::path& folder, bool folders) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (folders ? entry->is_directory(error) : IsPhotograph(entry->path())) {
      names.push_back(entry->path().filename().string());
    }
  }
  std::ranges::sort(names);
  return names;
}

/// As furrow_fieldgen writes a camera's name into files.
std::string FileNamed(std::string name) {
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_') c = '_';
  }
  return name;
}

/// The camera of each photograph, by the columns `file` and `camera` of a folder's frames.csv.
Result<std::map<std::string, std::string>> CamerasOf(const fs::path& folder) {
  std::map<std::string, std::string> cameras;
  const std::string path = (folder / "frames.csv").string();
  std::error_code error;
  if (!fs::exists(path, error)) return cameras;
  FURROW_ASSIGN(const std::string text, edge::ReadTextFile(path, kTableBytesMax));
  std::istringstream lines(text);
  std::string line;
  std::optional<size_t> file_at, camera_at;
  while (std::getline(lines, line)) {
    std::vector<std::string> cells(1);
    for (const char c : line) {
      if (c == ',') {
        cells.emplace_back();
      } else if (c != '\r') {
        cells.back() += c;
      }
    }
    if (!file_at) {
      for (size_t i = 0; i < cells.size(); ++i) {
        if (cells[i] == "file") file_at = i;
        if (cells[i] == "camera") camera_at = i;
      }
      if (!file_at || !camera_at) return Wrong(path + ":1: has no columns file and camera");
      continue;
    }
    if (cells.size() > std::max(*file_at, *camera_at)) {
      cameras[cells[*file_at]] = cells[*camera_at];
    }
  }
  return cameras;
}

struct Size {
  int width, height;
};

/// Of a photograph, without keeping it.
Result<Size> SizeOf(const std::string& path) {
  FURROW_ASSIGN(const edge::Image image, edge::ReadImage(path));
  return Size{image.width, image.height};
}

Result<size_t> CameraFor(const FrameFile& frame, const std::map<std::string, std::string>& named,
                         const edge::Boom& boom) {
  const auto found = named.find(fs::path(frame.image).filename().string());
  if (found != named.end()) {
    for (size_t i = 0; i < boom.cameras.size(); ++i) {
      if (FileNamed(boom.cameras[i].name) == found->second) return i;
    }
  }
  FURROW_ASSIGN(const Size size, SizeOf(frame.image));
  for (size_t i = 0; i < boom.cameras.size(); ++i) {
    if (boom.cameras[i].width == size.width && boom.cameras[i].height == size.height) return i;
  }
  return Wrong(
      fmt::format("{}: is {} x {} pixels, and no camera of the boom \"{}\" has such images",
                  frame.image, size.width, size.height, boom.name));
}

}  // namespace

edge::FrameView Frame::view() const {
  return {.data = image.pixels.data(),
          .width = image.width,
          .height = image.height,
          .stride = static_cast<ptrdiff_t>(image.stride()),
          .format = format()};
}

Result<FrameSet> FindFrames(const std::string& folder, const edge::Boom& boom, size_t most) {
  const fs::path root(folder);
  std::error_code error;
  if (!fs::is_directory(root, error)) return Status(Code::kNotFound, folder + ": is no folder");
  std::vector<fs::path> slices;
  if (fs::is_directory(root / "images", error)) slices.push_back(root);
  for (const std::string& name : Names(root, true)) {
    if (fs::is_directory(root / name / "images", error)) slices.push_back(root / name);
  }
  FrameSet set;
  std::vector<FrameFile> all;
  for (const fs::path& slice : slices) {
    const std::vector<std::string> names = Names(slice / "images", false);
    if (names.empty()) continue;
    fs::path plain = slice.lexically_normal();
    if (plain.filename().empty()) plain = plain.parent_path();
    set.slices.push_back(plain.filename().string());
    for (const std::string& name : names) {
      FrameFile frame{.image = (slice / "images" / name).string(), .slice = set.slices.size() - 1};
      const fs::path mask = slice / "masks" / (fs::path(name).stem().string() + ".png");
      if (fs::exists(mask, error)) frame.mask = mask.string();
      all.push_back(std::move(frame));
    }
  }
  if (all.empty()) {
    return Wrong(folder + ": neither it nor a folder in it holds images/ with a PNG or JPEG");
  }
  const size_t count = std::min(all.size(), std::max<size_t>(most, 1));
  std::optional<size_t> slice;
  std::map<std::string, std::string> named;
  for (size_t i = 0; i < count; ++i) {
    FrameFile& frame = all[i * all.size() / count];
    if (slice != frame.slice) {
      slice = frame.slice;
      FURROW_ASSIGN(named, CamerasOf(fs::path(frame.image).parent_path().parent_path()));
    }
    FURROW_ASSIGN(frame.camera, CameraFor(frame, named, boom));
    set.frames.push_back(std::move(frame));
  }
  return set;
}

Result<Frame> ReadFrame(const FrameFile& file, const edge::Camera& camera) {
  Frame frame;
  FURROW_ASSIGN(frame.image, edge::ReadImage(file.image));
  if (frame.image.width != camera.width || frame.image.height != camera.height) {
    return Wrong(fmt::format("{}: is {} x {} pixels, its camera \"{}\" has {} x {}", file.image,
                             frame.image.width, frame.image.height, camera.name, camera.width,
                             camera.height));
  }
  if (file.mask.empty()) return frame;
  FURROW_ASSIGN(frame.mask, edge::ReadImage(file.mask));
  if (frame.mask.channels != 1 || frame.mask.width != camera.width ||
      frame.mask.height != camera.height) {
    return Wrong(fmt::format("{}: a mask is grey and as large as its image", file.mask));
  }
  return frame;
}

}  // namespace furrow::convert
