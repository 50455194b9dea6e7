// SPDX-License-Identifier: Apache-2.0
// A camera of the kernel's video interface (V4L2). Not run on hardware yet: docs/edge/run.md.
#pragma once

#include <memory>
#include <string>

#include "edge/boom/boom.h"
#include "edge/capture/source.h"

namespace furrow::edge {

/// Opens `device` ("/dev/video0") for raw Bayer frames (RGGB, 8 bits) of the camera's size and
/// rate, with buffers that are mapped from the driver. `exposure` is what the camera is set to:
/// with the driver's stamp it gives the middle of the exposure. Errors name the device and what it
/// lacks.
Result<std::unique_ptr<FrameSource>> V4l2Frames(const std::string& device, const Camera& camera,
                                                int index, Nanos exposure);

/// The middle of an exposure, from the driver's time stamp and what it says that this stands for:
/// V4L2_BUF_FLAG_TSTAMP_SRC_SOE (start of exposure) in `flags`, or the end of the frame, which lies
/// a readout of `readout` after the end of the exposure.
Nanos MiddleOfExposure(Nanos stamp, uint32_t flags, Nanos exposure, Nanos readout);

}  // namespace furrow::edge
