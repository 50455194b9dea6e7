// SPDX-License-Identifier: Apache-2.0
// What an edge log holds. docs/formats/edge-log.md says how it lies on disk.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "edge/boom/units.h"
#include "edge/detect/detection.h"
#include "edge/image/frame.h"

namespace furrow::edge {

/// The numbers are those of the format.
enum class RecordKind : uint8_t {
  kTick = 1,
  kPose = 2,
  kCommand = 3,
  kDetections = 4,
  kFrame = 5,
  kBoom = 6,
  kNote = 7,
  kSprayed = 8,
  kGap = 9,
  kEnd = 10,
  kUnseen = 11,
  kMaster = 12,
  kModel = 13,
};

/// The deciding thread woke and planned for this moment.
struct TickRecord {
  Nanos now = 0;
  bool operator==(const TickRecord&) const = default;
};

/// Where the boom was. What the flags mean is for those who write them (edge/pose/marks.h); 0 is a
/// pose without doubt.
struct PoseRecord {
  Nanos t = 0;
  Microns s = 0;  // along the path of the boom's centre
  MicronsPerSecond v = 0;
  NanoradsPerSecond yaw_rate = 0;
  uint32_t flags = 0;
  Microns lift = 0;  // how much higher the boom was than its file says
  bool operator==(const PoseRecord&) const = default;
};

/// A valve was told to open or to close at `at`.
struct CommandRecord {
  int32_t nozzle = 0;
  bool open = false;
  Nanos at = 0;
  bool operator==(const CommandRecord&) const = default;
};

/// What was seen in one frame.
struct DetectionsRecord {
  int32_t camera = 0;
  uint64_t sequence = 0;
  Nanos captured = 0;   // mid-exposure
  Nanos published = 0;  // when the deciding thread could have it
  int32_t width = 0, height = 0;
  std::vector<Detection> found;
  bool operator==(const DetectionsRecord&) const = default;
};

struct FrameRecord {
  int32_t camera = 0;
  uint64_t sequence = 0;
  Nanos captured = 0, exposure = 0;
  PixelFormat format = PixelFormat::kRgb8;
  int32_t width = 0, height = 0;
  std::vector<uint8_t> pixels;  // rows from the top without room between them
  bool operator==(const FrameRecord&) const = default;

  /// Valid as long as this record is.
  FrameView View() const {
    return {pixels.data(), width,
            height,        static_cast<ptrdiff_t>(width) * (format == PixelFormat::kRgb8 ? 3 : 1),
            format,        camera,
            sequence,      captured,
            exposure};
  }
};

/// The boom's file, word for word, and the SHA-256 of it in hexadecimal digits.
struct BoomRecord {
  std::string toml, sha256;
  bool operator==(const BoomRecord&) const = default;
};

struct NoteRecord {
  std::string text;
  bool operator==(const NoteRecord&) const = default;
};

/// A piece of ground that one nozzle's droplets reached; as_applied.h says what each member means.
struct SprayedRecord {
  int32_t nozzle = 0;
  bool continues = false;            // the valve stayed open since the piece before
  Nanos t_open = 0, t_close = 0;     // of the flow at the nozzle
  Microns s_open = 0, s_close = 0;   // where the first and the last droplets land
  Microns x_open = 0, y_open = 0;    // the same on the ground, under the nozzle's middle
  Microns x_close = 0, y_close = 0;  //
  int64_t heading_open = 0;          // nanoradians to the left of the first heading
  int64_t heading_close = 0;         //
  MicronsPerSecond speed = 0;        // mean, of this nozzle over the ground
  int64_t nanolitres = 0;            //
  uint32_t flags = 0;                // of the poses in that time, united
  bool operator==(const SprayedRecord&) const = default;
};

/// Records are missing at this place.
struct GapRecord {
  enum Reason : uint8_t { kRing = 0, kDisk = 1 };
  uint8_t reason = kRing;
  uint64_t records = 0;  // lost, frames included
  uint64_t frames = 0;
  bool operator==(const GapRecord&) const = default;
};

/// The log was closed, and these are its sums.
struct EndRecord {
  uint64_t records = 0;  // written, without this one
  uint64_t lost = 0, lost_frames = 0;
  bool operator==(const EndRecord&) const = default;
};

/// Ground under a camera's view that no frame of it showed in time, in path coordinates.
struct UnseenRecord {
  int32_t camera = 0;
  bool sprayed = false;  // as if a weed covered it; else it was left out
  Microns near = 0, far = 0, right = 0, left = 0;
  bool operator==(const UnseenRecord&) const = default;
};

/// The operator's switch: off, every valve closes and stays closed.
struct MasterRecord {
  bool on = false;
  bool operator==(const MasterRecord&) const = default;
};

/// From this frame of a camera on another network judges. Zeros where there is none: the index
/// alone judges, or the network came without a bundle.
struct ModelRecord {
  int32_t camera = 0;
  uint64_t sequence = 0;                      // of the first frame that it judged
  uint64_t version = 0;                       // of its bundle
  std::array<uint8_t, 32> bundle{}, model{};  // the bundle's id; SHA-256 of the network's file
  bool operator==(const ModelRecord&) const = default;
};

using Record = std::variant<TickRecord, PoseRecord, CommandRecord, DetectionsRecord, FrameRecord,
                            BoomRecord, NoteRecord, SprayedRecord, GapRecord, EndRecord,
                            UnseenRecord, MasterRecord, ModelRecord>;

constexpr size_t kPixelBytesMax = 64u << 20;
constexpr int kFrameSideMax = 16384;

/// Bytes of a frame's pixels; 0 when it is no frame that a log takes.
inline size_t PixelBytes(PixelFormat format, int width, int height) {
  if (width < 1 || height < 1 || width > kFrameSideMax || height > kFrameSideMax) return 0;
  if (format != PixelFormat::kRgb8 && format != PixelFormat::kBayerRggb8) return 0;
  const size_t bytes = static_cast<size_t>(width) * static_cast<size_t>(height) *
                       (format == PixelFormat::kRgb8 ? 3 : 1);
  return bytes <= kPixelBytesMax ? bytes : 0;
}

}  // namespace furrow::edge
