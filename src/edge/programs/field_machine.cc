// SPDX-License-Identifier: Apache-2.0
#include "edge/programs/field_machine.h"

namespace furrow::edge {

Result<MachineConfig> ReadFieldMachine(const std::string& path) {
  FURROW_ASSIGN(MachineConfig machine, ReadMachine(path));
  if (!machine.has_field) {
    return Status(Code::kFailedPrecondition,
                  path + ": has no [field], so nobody knows what stood where it drove");
  }
  if (machine.capture != CaptureKind::kField) {
    return Status(Code::kFailedPrecondition,
                  path + ": its cameras do not show its field ([capture] source is not \"field\")");
  }
  if (!machine.gnss_device.empty()) {
    return Status(Code::kFailedPrecondition,
                  path + ": its way is a receiver's ([pose] gnss), not that of its field's drive");
  }
  return machine;
}

}  // namespace furrow::edge
