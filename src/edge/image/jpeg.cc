// SPDX-License-Identifier: Apache-2.0
#include <csetjmp>
#include <cstdio>
#include <cstring>

#include <jerror.h>
#include <jpeglib.h>

#include "edge/image/codec.h"

namespace furrow::edge {
namespace {

// A progressive file may repeat scans over the whole picture as often as it likes; real ones have
// about ten.
constexpr int kScansMax = 200;

/// libjpeg's state and where its errors go. The base classes come first: libjpeg hands back
/// pointers to them.
struct ErrorSink : jpeg_error_mgr {
  std::jmp_buf out;
  char text[JMSG_LENGTH_MAX];
};

struct Progress : jpeg_progress_mgr {};

[[noreturn]] void Fail(j_common_ptr state) {
  auto* sink = static_cast<ErrorSink*>(state->err);
  sink->format_message(state, sink->text);
  std::longjmp(sink->out, 1);
}

/// Damage that libjpeg would paint over in grey is an error here.
void OnMessage(j_common_ptr state, int level) {
  if (level >= 0) return;
  switch (state->err->msg_code) {
    case JWRN_ADOBE_XFORM:      // an odd colour note
    case JWRN_BOGUS_ICC:        // colour profiles are not used
    case JWRN_EXTRANEOUS_DATA:  // stray bytes between segments; some cameras write them
    case JWRN_JFIF_MAJOR:       // a version of the future
      return;
    default:
      Fail(state);
  }
}

void Mute(j_common_ptr) {}

void OnProgress(j_common_ptr state) {
  const auto* decoder = reinterpret_cast<j_decompress_ptr>(state);
  if (decoder->input_scan_number > kScansMax) ERREXIT(state, JERR_BAD_PROGRESSION);
}

bool ReadHeader(jpeg_decompress_struct* decoder, ErrorSink* sink, std::span<const uint8_t> bytes) {
  if (setjmp(sink->out) != 0) return false;
  jpeg_mem_src(decoder, bytes.data(), bytes.size());
  jpeg_save_markers(decoder, JPEG_APP0 + 1, 0xFFFF);
  jpeg_read_header(decoder, TRUE);
  decoder->out_color_space = decoder->num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  decoder->dct_method = JDCT_ISLOW;
  return true;
}

bool ReadRows(jpeg_decompress_struct* decoder, ErrorSink* sink, Image* image) {
  if (setjmp(sink->out) != 0) return false;
  jpeg_start_decompress(decoder);
  while (decoder->output_scanline < decoder->output_height) {
    JSAMPROW row = image->row(static_cast<int>(decoder->output_scanline));
    jpeg_read_scanlines(decoder, &row, 1);
  }
  jpeg_finish_decompress(decoder);
  return true;
}

int Orientation(const jpeg_decompress_struct& decoder) {
  constexpr char kMark[] = "Exif\0";  // with the literal's own zero: six bytes
  for (auto* marker = decoder.marker_list; marker != nullptr; marker = marker->next) {
    if (marker->data_length < sizeof(kMark)) continue;
    if (std::memcmp(marker->data, kMark, sizeof(kMark)) != 0) continue;
    return ExifOrientation({marker->data, marker->data_length});
  }
  return 1;
}

/// Frees libjpeg's memory however the decoding ends.
struct Decoder {
  Decoder() {
    state.err = jpeg_std_error(&sink);
    sink.error_exit = Fail;
    sink.emit_message = OnMessage;
    sink.output_message = Mute;
    progress.progress_monitor = OnProgress;
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { jpeg_destroy_decompress(&state); }

  jpeg_decompress_struct state = {};
  ErrorSink sink = {};
  Progress progress = {};
};

bool Create(Decoder* decoder) {
  if (setjmp(decoder->sink.out) != 0) return false;
  jpeg_create_decompress(&decoder->state);
  decoder->state.progress = &decoder->progress;
  return true;
}

}  // namespace

Result<Image> DecodeJpeg(std::span<const uint8_t> bytes, int side_max) {
  Decoder decoder;
  const auto damaged = [&decoder] {
    return Status(Code::kInvalidArgument, std::string("not a sound JPEG: ") + decoder.sink.text);
  };
  if (!Create(&decoder)) return damaged();
  if (!ReadHeader(&decoder.state, &decoder.sink, bytes)) return damaged();
  const int64_t width = decoder.state.image_width, height = decoder.state.image_height;
  if (width > side_max || height > side_max) return TooLarge(width, height, side_max);
  Image image = MakeImage(static_cast<int>(width), static_cast<int>(height),
                          decoder.state.num_components == 1 ? 1 : 3);
  const int orientation = Orientation(decoder.state);  // libjpeg forgets markers when it finishes
  if (!ReadRows(&decoder.state, &decoder.sink, &image)) return damaged();
  return Upright(std::move(image), orientation);
}

}  // namespace furrow::edge
