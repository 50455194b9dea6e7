// SPDX-License-Identifier: Apache-2.0
// What a camera can be made to suffer, for tests and drills.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "edge/boom/units.h"

namespace furrow::edge {

enum class CameraFaultKind : uint8_t { kDead, kBlack, kStuck, kOverexposed, kLate, kHung };

/// "dead black stuck overexposed late hung".
Result<CameraFaultKind> CameraFaultNamed(std::string_view name);

struct CameraFault {
  int camera = 0;
  CameraFaultKind kind = CameraFaultKind::kDead;
  Nanos from = 0, until = 0;  // since the machine's start
  Nanos delay = 0;            // kLate: how much later a frame arrives
  // kHung is no fault of the camera: whoever looks at a frame of that time is not back before its
  // end.
};

/// The one that a camera suffers at a time; null when none.
const CameraFault* FaultAt(std::span<const CameraFault> faults, int camera, Nanos since_start);

}  // namespace furrow::edge
