// SPDX-License-Identifier: Apache-2.0
// The golden frames of a bundle: photographs with the decisions that its model must repeat on the
// tractor. docs/formats/bundle.md describes the table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "edge/boom/boom.h"
#include "edge/detect/net_detector.h"
#include "edge/detect/nozzle_cells.h"
#include "edge/detect/segmentation.h"

namespace furrow::edge {

struct GoldenFrame {
  std::string file;           // a PNG beside the table; one channel: a Bayer frame
  std::vector<uint8_t> open;  // of each cell that the camera sees whole

  bool operator==(const GoldenFrame&) const = default;
};

struct GoldenTable {
  Camera camera;  // its fps and name say nothing
  CellGrid grid;
  int differ_max = 0;  // cells, over all frames
  std::vector<GoldenFrame> frames;

  bool operator==(const GoldenTable&) const = default;
};

/// Errors: kInvalidArgument, naming the member.
Result<GoldenTable> ParseGolden(std::string_view json);

/// What ParseGolden reads.
std::string GoldenText(const GoldenTable& table);

/// What came of a golden frame.
struct GoldenOutcome {
  std::string file;
  int differ = 0;      // cells decided otherwise
  double took_ms = 0;  // by the clock, the frame's reading not counted
};

/// Shows the model every golden frame of the table at `path`, in order, each once after one that
/// warms up. Errors name the file: those of the table and the photographs, and of NetDetector;
/// kInvalidArgument when a photograph is not as large as the camera's image.
Result<std::vector<GoldenOutcome>> RepeatGolden(const SegmentationModel& model, NetMethod method,
                                                int area_min, const std::string& path);

}  // namespace furrow::edge
