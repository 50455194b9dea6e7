// SPDX-License-Identifier: Apache-2.0
// What is plant in photographs of any size, by any method that the command line names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "edge/detect/detection.h"
#include "edge/image/image.h"

namespace furrow::edge {

struct PlantFinderOptions {
  std::string method;  // an index's name, `net` or `hybrid`
  std::string model;   // the network's file; for these two, and needed there
  int area_min = 1;    // pixels; smaller patches have no box
  int threads = 1;     // of a network
};

struct FoundPlants {
  Image mask;                    // one channel: 255 plant; with a network 255 weed, 128 crop
  double share = 0;              // of the pixels that are plant, 0..1
  double weed_share = 0;         // with a network: of those that are weed
  std::vector<Detection> boxes;  // with a network each is of weed or of crop
};

/// One thread at a time.
class PlantFinder {
 public:
  virtual ~PlantFinder() = default;

  /// An error is kInvalidArgument: an image smaller than a network's pixel, or a network that
  /// fails.
  virtual Result<FoundPlants> Find(const Image& rgb) = 0;

  /// The digest of the network's file; empty without one.
  virtual std::string model_sha256() const { return {}; }
};

/// Errors: kInvalidArgument for an unknown method, a network too many or too few; those of
/// LoadSegmentation.
Result<std::unique_ptr<PlantFinder>> MakePlantFinder(const PlantFinderOptions& options);

}  // namespace furrow::edge
