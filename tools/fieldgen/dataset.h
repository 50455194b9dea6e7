// SPDX-License-Identifier: Apache-2.0
// A data set of a generated field: images with masks, and the tables beside them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "edge/boom/boom.h"
#include "edge/field/drive.h"
#include "edge/field/field.h"
#include "edge/field/render.h"
#include "tables.h"

namespace furrow::fieldgen {

struct DatasetOptions {
  std::string out;  // a folder, which is made
  edge::FieldOptions field;
  edge::Boom boom;
  std::vector<size_t> cameras;     // indices in the boom
  std::string drive = "constant";  // a name of DriveNamed
  double speed_mps = 6;
  double length_m = 100;
  int frames = 10;     // of each camera, spread evenly over the length
  bool bayer = false;  // the sensor's mosaic as a grey image
  double exposure_s = 0.00025;
  double gain = 1;
  double noise = 1.5;
  edge::FrameFault fault = edge::FrameFault::kNone;
  int fault_every = 10;  // frames from one with the fault to the next
  double ahead_m = 1.5;  // of weeds.csv
  Odometry odometry = Odometry::kPerfect;
};

/// Called with the images done and all of them, now and then.
using Progress = std::function<void(size_t done, size_t all)>;

/// Makes it. What is in the folder already is replaced where names agree. Errors say what to
/// change, or which file could not be written.
Status MakeDataset(const DatasetOptions& options, const Progress& progress);

/// A camera's name as a part of file names: letters, digits, - and _ stay, all else becomes _.
std::string FileNamed(const std::string& camera);

}  // namespace furrow::fieldgen
