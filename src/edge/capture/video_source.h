// SPDX-License-Identifier: Apache-2.0
// Frames from a video file of any format, decoded by the program ffmpeg in a process of its own: a
// file that makes a decoder crash or hang takes nothing of the machine with it, and a machine
// without video files needs no decoder.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "edge/boom/boom.h"
#include "edge/capture/source.h"

namespace furrow::edge {

/// The frames of `file` in their order, one each 1 / camera.fps, whatever rate the file was taken
/// with; from the beginning when it ends and `again`. Coloured frames of the camera's size, turned
/// as the file says. Starts ffmpeg (found by PATH) and waits for the first frame, ten seconds at
/// the most. Errors name the file: kNotFound when it cannot be opened, kFailedPrecondition without
/// ffmpeg, kInvalidArgument for what is no video or of another size.
Result<std::unique_ptr<FrameSource>> VideoFrames(const std::string& file, const Camera& camera,
                                                 int index, bool again);

}  // namespace furrow::edge
