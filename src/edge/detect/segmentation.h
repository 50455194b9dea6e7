// SPDX-License-Identifier: Apache-2.0
// A network that says of each pixel whether it is ground, crop or weed, and what its file says
// about how it wants to be shown a frame. The file: docs/formats/edge-model.md.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"
#include "infer/model.h"

namespace furrow::edge {

/// How a frame becomes the network's input, and what its scores stand for. Lengths are in pixels of
/// the network, each the mean of scale x scale pixels of the frame.
struct Segmentation {
  int background = 0, crop = 1, weed = 2;  // places among the scores
  bool blue_first = false;                 // the order of the input's channels
  int scale = 1;                           // 1, 2, 4 or 8
  // Of red, green and blue between 0 and 1: the input is (colour - mean) / deviation.
  std::array<double, 3> mean{}, deviation{};
  int multiple = 1;  // sides of the input are multiples of it
  int tile_max = 1;  // the longest side of an input
  int overlap = 0;   // of a tile that another tile continues, this much is seen but not used

  bool operator==(const Segmentation&) const = default;
};

/// Reads the entry `furrow.segmentation`. Errors: kInvalidArgument, naming the member.
Result<Segmentation> ParseSegmentation(std::string_view json);

/// The JSON that ParseSegmentation reads.
std::string SegmentationText(const Segmentation& how);

/// Whether a model file ends with the digest of all before it. Errors: kInvalidArgument when there
/// is no digest, kCorruption when it is another.
Status CheckSeal(std::string_view file);

/// The file's content with its digest behind it.
std::string Sealed(std::string content);

/// A loaded network that fits what its file says.
struct SegmentationModel {
  infer::Model model;
  Segmentation how;
  std::string sha256;         // of the file, to know it by
  int batch = 0;              // inputs a run; 0 when any number goes
  int width = 0, height = 0;  // of the input; 0 when left open
};

/// Reads a network. Errors name the file: those of CheckSeal, ParseSegmentation and
/// infer::Model::FromBytes, and kInvalidArgument when inputs or outputs are not what is asked for;
/// kNotFound, kIoError, kTooLarge.
Result<SegmentationModel> LoadSegmentation(const std::string& path, int threads);

}  // namespace furrow::edge
