// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <utility>

#include <libexif/exif-data.h>

#include "edge/image/codec.h"

namespace furrow::edge {

int ExifOrientation(std::span<const uint8_t> exif) {
  const auto free_data = [](ExifData* data) { exif_data_unref(data); };
  const std::unique_ptr<ExifData, decltype(free_data)> data(
      exif_data_new_from_data(exif.data(), static_cast<unsigned>(exif.size())), free_data);
  if (data == nullptr) return 1;
  const ExifEntry* entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  if (entry == nullptr || entry->format != EXIF_FORMAT_SHORT || entry->size < 2) return 1;
  const int value = exif_get_short(entry->data, exif_data_get_byte_order(data.get()));
  return value >= 1 && value <= 8 ? value : 1;
}

Image Upright(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const bool sideways = orientation >= 5;
  Image out = MakeImage(sideways ? image.height : image.width,
                        sideways ? image.width : image.height, image.channels);
  for (int y = 0; y < out.height; ++y) {
    uint8_t* to = out.row(y);
    for (int x = 0; x < out.width; ++x) {
      int column = sideways ? y : x;
      int row = sideways ? x : y;
      if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8) {
        column = image.width - 1 - column;
      }
      if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7) {
        row = image.height - 1 - row;
      }
      const uint8_t* from = image.row(row) + column * image.channels;
      to = std::copy_n(from, image.channels, to);
    }
  }
  return out;
}

}  // namespace furrow::edge
