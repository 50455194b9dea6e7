// SPDX-License-Identifier: Apache-2.0
// A folder of images as a camera.
#pragma once

#include <memory>
#include <string>

#include "edge/boom/boom.h"
#include "edge/capture/source.h"

namespace furrow::edge {

/// The images that are held at once, bytes.
constexpr size_t kFolderBytesMax = size_t{2} << 30;

/// The PNG and JPEG files of `folder` in order of their names, all read here and now, at the
/// camera's rate; over and over when `again`. PNGs of one channel are Bayer images (RGGB). Errors
/// name the folder or the file: nothing in it, another size than the camera's, images of both
/// kinds, not an image, more than kFolderBytesMax of pixels.
Result<std::unique_ptr<FrameSource>> FolderFrames(const std::string& folder, const Camera& camera,
                                                  int index, bool again);

}  // namespace furrow::edge
