// SPDX-License-Identifier: Apache-2.0
// The file that says what `furrow-edge run` is to run. docs/edge/run.md describes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "edge/actuate/options.h"
#include "edge/boom/boom.h"
#include "edge/capture/fault.h"
#include "edge/detect/detector.h"
#include "edge/detect/net_detector.h"
#include "edge/field/field.h"
#include "edge/runtime/coverage.h"

namespace furrow::edge {

enum class CaptureKind : uint8_t { kField, kStock, kFolder, kV4l2, kVideo };

struct MachineConfig {
  std::string boom_text;  // as it was read
  Boom boom;
  std::vector<int> cameras;  // of the boom's, those that are there

  // A generated field to drive over.
  bool has_field = false;  // the file has a [field]
  FieldOptions field;
  std::string drive = "constant";
  double speed_mps = 2;

  CaptureKind capture = CaptureKind::kField;
  int stock = 48;                     // kStock: frames held for all cameras of a size
  std::vector<std::string> devices;   // kFolder, kV4l2, kVideo: of each camera
  bool again = true;                  // kFolder, kVideo: from the beginning when it ends
  Nanos exposure = kMillisecond / 5;  // kV4l2: what the cameras are set to
  std::vector<CameraFault> faults;    // kField; those of kind kHung for every source

  std::string gnss_device;  // a receiver; empty: the poses of the generated drive
  int gnss_baud = 38400;
  Nanos gnss_latency = 60 * kMillisecond;

  Method method = Method::kAdaptive;  // with a network: what stands in for it
  std::optional<NetMethod> net;
  std::string model;               // the network's file
  std::string slot;                // or a folder with an unpacked bundle; need not be there yet
  int area_min = 10;               // pixels
  int threads = 1;                 // that detect
  Nanos hung_after = kSecond / 4;  // one of them is replaced that looks at a frame for so long

  WhenUnseen when_unseen = WhenUnseen::kSpray;
  Nanos alarm_after = kSecond / 5;

  ActuateOptions actuate;

  std::string log_folder;              // empty: nothing is recorded
  bool log_numbered = false;           // it gets a new folder for each run: 000001, 000002, ...
  uint64_t segment_bytes = 64u << 20;  // a segment of the log is ended at this size
  uint64_t log_reserve = 16u << 20;    // bytes of the disk, kept for what is no frame
  int frames_every = 0;  // every so many frames of a camera goes into the log; 0: none

  std::string link_file;  // between it and furrow-device; empty: none

  std::string health_file;  // empty: none
  std::string spans_file;   // written at the end; empty: none
  Nanos health_every = kSecond;
};

/// The configuration in `text`; files that it names are relative to the folder of `path`, and the
/// boom's is read. An error names file, line, column and what to do.
Result<MachineConfig> ParseMachine(std::string_view text, const std::string& path);

/// The same from a file.
Result<MachineConfig> ReadMachine(const std::string& path);

}  // namespace furrow::edge
