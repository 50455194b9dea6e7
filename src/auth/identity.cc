// SPDX-License-Identifier: Apache-2.0
#include "auth/identity.h"

#include <array>

namespace furrow::auth {
namespace {

constexpr std::array<std::string_view, 7> kRoleNames = {"system", "root",      "admin", "superuser",
                                                        "user",   "annotator", "guest"};

}  // namespace

std::string_view RoleName(Role role) { return kRoleNames[static_cast<size_t>(role)]; }

std::optional<Role> ParseRole(std::string_view name) {
  for (size_t i = 0; i < kRoleNames.size(); ++i) {
    if (kRoleNames[i] == name) return static_cast<Role>(i);
  }
  return std::nullopt;
}

bool Allowed(const Identity& identity, Permission permission) {
  if (permission == Permission::kOpen) return true;
  if (identity.user_id.empty()) return false;
  switch (permission) {
    case Permission::kOpen:
    case Permission::kRead:
    case Permission::kSelf:
      return true;
    case Permission::kEdit:
      return identity.role <= Role::kUser;
    case Permission::kManageUsers:
      return identity.role <= Role::kAdmin;
    case Permission::kSystem:
      return identity.role <= Role::kRoot;
  }
  return false;
}

Status Require(const Identity& identity, Permission permission) {
  if (Allowed(identity, permission)) return {};
  return Status(Code::kPermissionDenied, kWireRoleNotAllowed, "Forbidden (not allowed for role)");
}

}  // namespace furrow::auth
