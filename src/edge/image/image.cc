// SPDX-License-Identifier: Apache-2.0
#include "edge/image/image.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "edge/image/codec.h"

namespace furrow::edge {
namespace {

constexpr uint8_t kPngStart[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr uint8_t kJpegStart[] = {0xFF, 0xD8, 0xFF};

template <size_t N>
bool StartsWith(std::span<const uint8_t> bytes, const uint8_t (&start)[N]) {
  return bytes.size() >= N && std::memcmp(bytes.data(), start, N) == 0;
}

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

Status Failed(const std::string& path, const char* what) {
  const int error = errno;
  return Status(error == ENOENT ? Code::kNotFound : Code::kIoError,
                fmt::format("{}: {}: {}", path, what, std::strerror(error)));
}

}  // namespace

Image MakeImage(int width, int height, int channels) {
  Image image{width, height, channels, {}};
  image.pixels.resize(image.stride() * static_cast<size_t>(height));
  return image;
}

Image ToRgb(Image image) {
  if (image.channels == 3) return image;
  Image rgb = MakeImage(image.width, image.height, 3);
  uint8_t* to = rgb.pixels.data();
  for (const uint8_t grey : image.pixels) {
    to[0] = to[1] = to[2] = grey;
    to += 3;
  }
  return rgb;
}

FrameView View(const Image& rgb) {
  FrameView view;
  view.data = rgb.pixels.data();
  view.width = rgb.width;
  view.height = rgb.height;
  view.stride = static_cast<ptrdiff_t>(rgb.stride());
  return view;
}

Status TooLarge(int64_t width, int64_t height, int side_max) {
  return Status(Code::kTooLarge, fmt::format("the image has {} x {} pixels; at most {} a side",
                                             width, height, side_max));
}

Result<Image> DecodeImage(std::span<const uint8_t> bytes, const std::string& name, int side_max) {
  Result<Image> image = Status(Code::kInvalidArgument, "neither a PNG nor a JPEG");
  if (StartsWith(bytes, kPngStart)) image = DecodePng(bytes, side_max);
  if (StartsWith(bytes, kJpegStart)) image = DecodeJpeg(bytes, side_max);
  if (!image.ok()) return image.status().With(name);
  return image;
}

Result<Image> ReadImage(const std::string& path) {
  const File file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) return Failed(path, "cannot be opened");
  struct stat about = {};
  if (fstat(fileno(file.get()), &about) != 0) return Failed(path, "cannot be read");
  if (!S_ISREG(about.st_mode)) return Status(Code::kInvalidArgument, path + ": not a file");
  const auto size = static_cast<size_t>(about.st_size);
  if (size > kImageBytesMax) {
    return Status(Code::kTooLarge,
                  fmt::format("{}: {} bytes; at most {}", path, size, kImageBytesMax));
  }
  std::vector<uint8_t> bytes(size);
  // A file that was cut meanwhile is then one that ends early.
  bytes.resize(std::fread(bytes.data(), 1, size, file.get()));
  if (std::ferror(file.get()) != 0) return Failed(path, "cannot be read");
  return DecodeImage(bytes, path);
}

Status WritePng(const Image& image, const std::string& path) {
  Result<std::string> bytes = EncodePng(image);
  if (!bytes.ok()) return bytes.status().With(path);
  File file(std::fopen(path.c_str(), "wbe"));
  if (file == nullptr) return Failed(path, "cannot be written");
  if (std::fwrite(bytes->data(), 1, bytes->size(), file.get()) != bytes->size()) {
    return Failed(path, "cannot be written");
  }
  // What the last write could not place shows only here.
  if (std::fclose(file.release()) != 0) return Failed(path, "cannot be written");
  return {};
}

}  // namespace furrow::edge
