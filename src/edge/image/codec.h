// SPDX-License-Identifier: Apache-2.0
// What image.cc and the files of the single formats share.
//
// libpng and libjpeg report an error by longjmp, which skips destructors. So a function that calls
// setjmp holds only plain values, and whatever must be freed belongs to its caller.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/status.h"
#include "edge/image/image.h"

namespace furrow::edge {

/// Their errors do not name the file yet.
Result<Image> DecodePng(std::span<const uint8_t> bytes, int side_max);
Result<Image> DecodeJpeg(std::span<const uint8_t> bytes, int side_max);

/// "the image is 20000 x 10 pixels, ...", kTooLarge.
Status TooLarge(int64_t width, int64_t height, int side_max);

/// The orientation that Exif data ("Exif", two zeros, TIFF) name; 1 when they name none or a value
/// outside 1..8, or are damaged: a picture is worth more than its notes.
int ExifOrientation(std::span<const uint8_t> exif);

/// The picture turned and mirrored so that it stands upright. `orientation` is 1..8 as in Exif 2.3,
/// tag 0x0112: the row 0 and the column 0 of the file lie at 1 top left, 2 top right, 3 bottom
/// right, 4 bottom left, 5 left top, 6 right top, 7 right bottom, 8 left bottom.
Image Upright(Image image, int orientation);

}  // namespace furrow::edge
