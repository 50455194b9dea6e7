// SPDX-License-Identifier: Apache-2.0
// Where a camera's frames come from.
#pragma once

#include "base/status.h"
#include "edge/capture/frame_exchange.h"

namespace furrow::edge {

/// One camera. Used by one thread; destroyed when nobody looks at its frames any more.
class FrameSource {
 public:
  virtual ~FrameSource() = default;

  /// Of all its frames.
  virtual PixelFormat format() const { return PixelFormat::kBayerRggb8; }
  /// Next does little but wait. What computes its frames must not take the processor from those who
  /// look at them.
  virtual bool waits() const { return true; }
  /// Called once, before the first Next, with the moment at which the machine starts.
  virtual void Begin(Nanos /*start*/) {}

  /// Waits for the next frame and fills `slot` with it, its times on the clock of MonotonicNow().
  /// kNothing after a fifth of a second without one, so that whoever asks can end; kEnd when no
  /// more will come. A failing device is an error; asking again may help.
  enum class Got { kFrame, kNothing, kEnd };
  virtual Result<Got> Next(FrameSlot& slot) = 0;
};

}  // namespace furrow::edge
