// SPDX-License-Identifier: Apache-2.0
#include "edge/capture/fault.h"

#include <iterator>

#include <fmt/format.h>

namespace furrow::edge {
namespace {

constexpr std::string_view kNames[] = {"dead", "black", "stuck", "overexposed", "late", "hung"};

}  // namespace

Result<CameraFaultKind> CameraFaultNamed(std::string_view name) {
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] == name) return static_cast<CameraFaultKind>(i);
  }
  return Status(
      Code::kInvalidArgument,
      fmt::format("'{}' is no fault; there are: dead black stuck overexposed late hung", name));
}

const CameraFault* FaultAt(std::span<const CameraFault> faults, int camera, Nanos since_start) {
  for (const CameraFault& fault : faults) {
    if (fault.camera == camera && since_start >= fault.from && since_start < fault.until) {
      return &fault;
    }
  }
  return nullptr;
}

}  // namespace furrow::edge
