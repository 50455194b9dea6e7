// SPDX-License-Identifier: Apache-2.0
#include "edge/image/image.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <jpeglib.h>

#include "edge/image/codec.h"

namespace furrow::edge {
namespace {

std::span<const uint8_t> Bytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// Smooth, so that a JPEG of it is close to it; every corner differs.
Image Gradient(int width, int height, int channels) {
  Image image = MakeImage(width, height, channels);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        const int value = c == 0 ? 40 + x * 200 / width : c == 1 ? 30 + y * 200 / height : 90;
        image.row(y)[x * channels + c] = static_cast<uint8_t>(value);
      }
    }
  }
  return image;
}

// Exif data with nothing but the orientation, in either byte order.
std::string Exif(int orientation, bool big_endian) {
  const auto number = [&](uint32_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) {
      const int shift = 8 * (big_endian ? bytes - 1 - i : i);
      out += static_cast<char>(value >> shift & 0xFF);
    }
    return out;
  };
  std::string out("Exif\0\0", 6);
  out += big_endian ? "MM" : "II";
  out += number(42, 2) + number(8, 4) + number(1, 2);
  out += number(0x0112, 2) + number(3, 2) + number(1, 4);
  out += number(static_cast<uint32_t>(orientation), 2) + number(0, 2) + number(0, 4);
  return out;
}

std::string Jpeg(const Image& image, const std::string& exif = "", bool progressive = false) {
  jpeg_compress_struct encoder = {};
  jpeg_error_mgr errors = {};
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&encoder, &memory, &size);
  encoder.image_width = static_cast<JDIMENSION>(image.width);
  encoder.image_height = static_cast<JDIMENSION>(image.height);
  encoder.input_components = image.channels;
  encoder.in_color_space = image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&encoder);
  jpeg_set_quality(&encoder, 95, TRUE);
  if (progressive) jpeg_simple_progression(&encoder);
  jpeg_start_compress(&encoder, TRUE);
  if (!exif.empty()) {
    jpeg_write_marker(&encoder, JPEG_APP0 + 1, Bytes(exif).data(),
                      static_cast<unsigned>(exif.size()));
  }
  for (int y = 0; y < image.height; ++y) {
    auto* row = const_cast<JSAMPLE*>(image.row(y));
    jpeg_write_scanlines(&encoder, &row, 1);
  }
  jpeg_finish_compress(&encoder);
  std::string out(reinterpret_cast<char*>(memory), size);
  jpeg_destroy_compress(&encoder);
  std::free(memory);
  return out;
}

int Distance(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height || a.channels != b.channels) return 255;
  int most = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) {
    most = std::max(most, std::abs(a.pixels[i] - b.pixels[i]));
  }
  return most;
}

TEST(Image, PngRoundTrip) {
  for (const int channels : {1, 3}) {
    for (const int width : {1, 7, 33}) {
      const Image image = Gradient(width, 5, channels);
      const auto png = EncodePng(image);
      ASSERT_TRUE(png.ok()) << png.status().message();
      const auto back = DecodeImage(Bytes(*png), "x.png");
      ASSERT_TRUE(back.ok()) << back.status().message();
      EXPECT_EQ(*back, image);
    }
  }
}

TEST(Image, JpegOfGreyAndColour) {
  for (const int channels : {1, 3}) {
    for (const bool progressive : {false, true}) {
      const Image image = Gradient(61, 43, channels);
      const auto back = DecodeImage(Bytes(Jpeg(image, "", progressive)), "x.jpg");
      ASSERT_TRUE(back.ok()) << back.status().message();
      EXPECT_LE(Distance(*back, image), 12);
    }
  }
}

TEST(Image, AnOrientationIsHonoured) {
  const Image stored = Gradient(48, 32, 3);
  const auto plain = DecodeImage(Bytes(Jpeg(stored)), "x.jpg");
  ASSERT_TRUE(plain.ok());
  for (const bool big_endian : {false, true}) {
    const auto turned = DecodeImage(Bytes(Jpeg(stored, Exif(6, big_endian))), "x.jpg");
    ASSERT_TRUE(turned.ok()) << turned.status().message();
    // 6: the file's first row is the picture's right side.
    ASSERT_EQ(turned->width, 32);
    ASSERT_EQ(turned->height, 48);
    for (int y = 0; y < 48; ++y) {
      for (int x = 0; x < 32; ++x) {
        ASSERT_EQ(turned->row(y)[x * 3], plain->row(31 - x)[y * 3]) << x << " " << y;
      }
    }
  }
}

TEST(Image, EveryOrientation) {
  // Two rows of three: a b c / d e f.
  const Image image{3, 2, 1, {'a', 'b', 'c', 'd', 'e', 'f'}};
  const auto text = [&](int orientation) {
    const Image out = Upright(image, orientation);
    return std::to_string(out.width) + std::string(out.pixels.begin(), out.pixels.end());
  };
  EXPECT_EQ(text(1), "3abcdef");
  EXPECT_EQ(text(2), "3cbafed");
  EXPECT_EQ(text(3), "3fedcba");
  EXPECT_EQ(text(4), "3defabc");
  EXPECT_EQ(text(5), "2adbecf");
  EXPECT_EQ(text(6), "2daebfc");
  EXPECT_EQ(text(7), "2fcebda");
  EXPECT_EQ(text(8), "2cfbead");
}

TEST(Image, UnsoundExifIsPassedOver) {
  const Image image = Gradient(16, 8, 3);
  for (const std::string& exif :
       {Exif(0, true), Exif(9, false), Exif(6, true).substr(0, 20), std::string("Exif\0\0", 6)}) {
    const auto read = DecodeImage(Bytes(Jpeg(image, exif)), "x.jpg");
    ASSERT_TRUE(read.ok()) << read.status().message();
    EXPECT_EQ(read->width, 16);
  }
}

TEST(Image, EveryTruncationIsAnErrorThatNamesTheFile) {
  const Image image = Gradient(40, 30, 3);
  for (const std::string& whole :
       {*EncodePng(image), Jpeg(image, Exif(6, true)), Jpeg(image, "", true)}) {
    for (size_t size = 0; size < whole.size(); ++size) {
      // A JPEG's pixels may be whole before its end mark, two bytes long.
      if (whole[0] != '\x89' && size + 2 >= whole.size()) continue;
      const auto read = DecodeImage(Bytes(whole.substr(0, size)), "field/7.png");
      ASSERT_FALSE(read.ok()) << size << " of " << whole.size();
      ASSERT_EQ(read.status().code(), Code::kInvalidArgument);
      ASSERT_TRUE(read.status().message().starts_with("field/7.png: "));
    }
  }
}

TEST(Image, StrayBytesBetweenSegmentsAreNoDamage) {
  const Image image = Gradient(16, 8, 3);
  std::string whole = Jpeg(image);
  const auto plain = DecodeImage(Bytes(whole), "x.jpg");
  const size_t second = 2 + 2 + 16;  // behind the start and the JFIF segment
  ASSERT_EQ(whole[second], '\xFF');
  whole.insert(second, "camera");
  const auto read = DecodeImage(Bytes(whole), "x.jpg");
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(*read, *plain);
}

TEST(Image, GarbageBehindASoundStart) {
  const Image image = Gradient(40, 30, 3);
  for (std::string whole : {*EncodePng(image), Jpeg(image)}) {
    for (size_t at = 8; at < whole.size(); at += 3) whole[at] = static_cast<char>(at * 37);
    EXPECT_FALSE(DecodeImage(Bytes(whole), "x").ok());
  }
  EXPECT_FALSE(DecodeImage(Bytes("GIF89a and more"), "x").ok());
}

TEST(Image, SizeIsBounded) {
  const Image image = Gradient(40, 30, 3);
  for (const std::string& whole : {*EncodePng(image), Jpeg(image)}) {
    EXPECT_TRUE(DecodeImage(Bytes(whole), "x", 40).ok());
    const auto read = DecodeImage(Bytes(whole), "x", 39);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.status().code(), Code::kTooLarge);
    EXPECT_EQ(read.status().message(), "x: the image has 40 x 30 pixels; at most 39 a side");
  }
}

TEST(Image, Files) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("image_test_" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = folder / "a.png";
  const Image image = Gradient(9, 4, 3);
  ASSERT_TRUE(WritePng(image, path).ok());
  const auto back = ReadImage(path);
  ASSERT_TRUE(back.ok()) << back.status().message();
  EXPECT_EQ(*back, image);
  EXPECT_EQ(ReadImage(folder / "none.png").status().code(), Code::kNotFound);
  EXPECT_FALSE(ReadImage(folder).ok());
  const Status unwritten = WritePng(image, folder / "none" / "a.png");
  EXPECT_NE(unwritten.message().find("none/a.png: cannot be written"), std::string::npos);
  std::ofstream(folder / "empty.jpg");
  EXPECT_FALSE(ReadImage(folder / "empty.jpg").ok());
  std::filesystem::remove_all(folder);
}

TEST(Image, GreyBecomesRgb) {
  const Image rgb = ToRgb(Image{2, 1, 1, {5, 9}});
  EXPECT_EQ(rgb, (Image{2, 1, 3, {5, 5, 5, 9, 9, 9}}));
  const FrameView view = View(rgb);
  EXPECT_EQ(view.stride, 6);
  EXPECT_EQ(view.format, PixelFormat::kRgb8);
}

}  // namespace
}  // namespace furrow::edge
