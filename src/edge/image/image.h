// SPDX-License-Identifier: Apache-2.0
// Photographs in memory, from and to files. Not for the real-time path: everything here allocates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "edge/image/frame.h"

namespace furrow::edge {

/// The longest side that is read or written, in pixels.
constexpr int kImageSideMax = 16384;
/// The largest file that is read, in bytes.
constexpr size_t kImageBytesMax = size_t{1} << 30;

/// Pixels of 8 bits a channel, rows from the top without gaps. Owns them.
struct Image {
  int width = 0, height = 0;  // pixels
  int channels = 3;           // 3: red, green, blue; 1: grey
  std::vector<uint8_t> pixels;

  size_t stride() const { return static_cast<size_t>(width) * static_cast<size_t>(channels); }
  uint8_t* row(int y) { return pixels.data() + static_cast<size_t>(y) * stride(); }
  const uint8_t* row(int y) const { return pixels.data() + static_cast<size_t>(y) * stride(); }
  bool operator==(const Image&) const = default;
};

/// Black pixels of that size.
Image MakeImage(int width, int height, int channels);

/// The same picture in three channels.
Image ToRgb(Image image);

/// An RGB image as a frame, valid as long as the image. Not for grey.
FrameView View(const Image& rgb);

/// A PNG or a JPEG, told apart by their first bytes.
///
/// PNG: palettes are resolved, 16 bits become 8, transparency is dropped, and colour profiles are
/// not applied. JPEG: grey and colour; one whose Exif data name an orientation is turned upright.
/// `name` is what errors call it. Errors: kInvalidArgument for what is neither format or damaged (a
/// file that ends early included), kTooLarge for a side beyond `side_max`.
Result<Image> DecodeImage(std::span<const uint8_t> bytes, const std::string& name,
                          int side_max = kImageSideMax);

/// The same from a file. Errors also: kNotFound, kIoError, kTooLarge beyond kImageBytesMax.
Result<Image> ReadImage(const std::string& path);

/// The picture as a PNG of one channel or three. An error is kInternal.
Result<std::string> EncodePng(const Image& image);

/// The same into a file, whose folder exists already; replaces what was there. Errors name `path`.
Status WritePng(const Image& image, const std::string& path);

}  // namespace furrow::edge
