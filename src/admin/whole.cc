// SPDX-License-Identifier: Apache-2.0
#include "admin/whole.h"

#include <unistd.h>

namespace furrow::admin {

Status CheckWhole(const std::string& dir) {
  if (::access((dir + "/" + kRestoreMark).c_str(), F_OK) != 0) return {};
  return Status(Code::kFailedPrecondition,
                dir + " holds half a restore: empty it and run furrow restore again");
}

}  // namespace furrow::admin
