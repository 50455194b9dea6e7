// SPDX-License-Identifier: Apache-2.0
// The photographs that a conversion is proved on, and the cameras that took them.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "edge/boom/boom.h"
#include "edge/image/image.h"

namespace furrow::convert {

struct FrameFile {
  std::string image;  // path
  std::string mask;   // path; empty: there is no truth
  size_t slice = 0;   // index of FrameSet::slices
  size_t camera = 0;  // index in Boom::cameras
};

struct FrameSet {
  std::vector<std::string> slices;  // a folder's name each
  std::vector<FrameFile> frames;    // in the order of slices and names
};

/// The photographs below `folder`: it, or each of the folders in it, holds images/ and maybe masks/
/// with files of the same names, as furrow_fieldgen writes them; each such folder is a slice.
/// `most` frames are taken evenly from all. A frame's camera is the one that the folder's
/// frames.csv names, else the first of the boom whose image is as large. Errors name the folder or
/// file: kNotFound, kInvalidArgument when there is no image, or one that no camera of the boom
/// takes.
Result<FrameSet> FindFrames(const std::string& folder, const edge::Boom& boom, size_t most);

/// A photograph with its truth, ready to be judged.
struct Frame {
  edge::Image image;  // three channels, or one: Bayer
  edge::Image mask;   // one channel; empty without truth

  edge::PixelFormat format() const {
    return image.channels == 1 ? edge::PixelFormat::kBayerRggb8 : edge::PixelFormat::kRgb8;
  }
  edge::FrameView view() const;
};

/// Errors: those of ReadImage; kInvalidArgument when image and mask differ in size, or from the
/// camera.
Result<Frame> ReadFrame(const FrameFile& file, const edge::Camera& camera);

}  // namespace furrow::convert
