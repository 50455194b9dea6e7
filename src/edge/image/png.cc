// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <vector>

#include <png.h>

#include "edge/image/codec.h"

namespace furrow::edge {
namespace {

struct Source {
  const uint8_t* next;
  const uint8_t* end;
  char error[160];
};

void Read(png_structp png, png_bytep to, size_t count) {
  auto* source = static_cast<Source*>(png_get_io_ptr(png));
  if (count > static_cast<size_t>(source->end - source->next)) png_error(png, "it ends early");
  std::memcpy(to, source->next, count);
  source->next += count;
}

[[noreturn]] void OnError(png_structp png, png_const_charp message) {
  auto* source = static_cast<Source*>(png_get_error_ptr(png));
  std::strncpy(source->error, message, sizeof(source->error) - 1);
  png_longjmp(png, 1);
}

void OnWarning(png_structp, png_const_charp) {}

/// Reads up to the pixels and asks for 8 bits of grey or RGB. False after an error.
bool ReadHeader(png_structp png, png_infop info, int* width, int* height, int* channels) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_read_info(png, info);
  png_set_expand(png);
  png_set_scale_16(png);
  png_set_strip_alpha(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  *width = static_cast<int>(png_get_image_width(png, info));
  *height = static_cast<int>(png_get_image_height(png, info));
  *channels = png_get_channels(png, info);
  if (png_get_rowbytes(png, info) != static_cast<size_t>(*width) * static_cast<size_t>(*channels)) {
    png_error(png, "its pixels have an unknown form");
  }
  return true;
}

bool ReadRows(png_structp png, png_bytepp rows) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_read_image(png, rows);
  png_read_end(png, nullptr);
  return true;
}

/// Frees libpng's structures however the decoding ends.
struct Reader {
  explicit Reader(Source* source)
      : png(png_create_read_struct(PNG_LIBPNG_VER_STRING, source, OnError, OnWarning)),
        info(png == nullptr ? nullptr : png_create_info_struct(png)) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }

  png_structp png;
  png_infop info;
};

}  // namespace

Result<Image> DecodePng(std::span<const uint8_t> bytes, int side_max) {
  Source source{bytes.data(), bytes.data() + bytes.size(), {}};
  Reader reader(&source);
  if (reader.info == nullptr) return Status(Code::kInternal, "libpng could not be started");
  png_set_read_fn(reader.png, &source, Read);
  // Our own bound comes after the header, with a message that says what it is.
  png_set_user_limits(reader.png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_chunk_malloc_max(reader.png, 8'000'000);
  const auto damaged = [&source] {
    return Status(Code::kInvalidArgument, std::string("not a sound PNG: ") + source.error);
  };
  // The size stands at a fixed place; looking there first keeps libpng from allocating for it.
  if (bytes.size() < 24) return Status(Code::kInvalidArgument, "not a sound PNG: it ends early");
  const int64_t wide = png_get_uint_32(bytes.data() + 16);
  const int64_t high = png_get_uint_32(bytes.data() + 20);
  if (wide > side_max || high > side_max) return TooLarge(wide, high, side_max);
  int width = 0, height = 0, channels = 0;
  if (!ReadHeader(reader.png, reader.info, &width, &height, &channels)) return damaged();
  if (width > side_max || height > side_max) return TooLarge(width, height, side_max);
  if (channels != 1 && channels != 3) {
    return Status(Code::kInvalidArgument, "not a PNG of grey or colour");
  }
  Image image = MakeImage(width, height, channels);
  std::vector<png_bytep> rows(static_cast<size_t>(height));
  for (int y = 0; y < height; ++y) rows[static_cast<size_t>(y)] = image.row(y);
  if (!ReadRows(reader.png, rows.data())) return damaged();
  return image;
}

Result<std::string> EncodePng(const Image& image) {
  png_image head = {};
  head.version = PNG_IMAGE_VERSION;
  head.width = static_cast<png_uint_32>(image.width);
  head.height = static_cast<png_uint_32>(image.height);
  head.format = image.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  const auto stride = static_cast<png_int_32>(image.stride());
  // Compressed data that grow are stored instead, so this bound holds for any picture.
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(head);
  std::string bytes(size, '\0');
  if (png_image_write_to_memory(&head, bytes.data(), &size, 0, image.pixels.data(), stride,
                                nullptr) == 0) {
    return Status(Code::kInternal, std::string("no PNG could be made: ") + head.message);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace furrow::edge
