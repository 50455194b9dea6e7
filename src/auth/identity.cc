// SPDX-License-Identifier: Apache-2.0
#include "auth/identity.h"

#include <array>

namespace furrow::auth {
namespace {

constexpr std::array<std::string_view, 8> kRoleNames = {"system", "root",      "admin", "superuser",
                                                        "user",   "annotator", "guest", "device"};

constexpr std::string_view kBundlesFolder = "bundles/";
constexpr std::string_view kTractorsFolder = "tractors/";

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
      return true;
    case Permission::kRead:
    case Permission::kSelf:
      return identity.role != Role::kDevice;
    case Permission::kEdit:
      return identity.role <= Role::kUser;
    case Permission::kManageUsers:
      return identity.role <= Role::kAdmin;
    case Permission::kSystem:
      return identity.role <= Role::kRoot;
    case Permission::kDevice:
      return identity.role == Role::kDevice;
  }
  return false;
}

bool MayUseFile(const Identity& identity, FileUse use, std::string_view path) {
  if (identity.role != Role::kDevice) {
    return Allowed(identity, use == FileUse::kRead ? Permission::kRead : Permission::kEdit);
  }
  if (use == FileUse::kDelete || identity.user_name.empty()) return false;
  if (use == FileUse::kRead && path.starts_with(kBundlesFolder)) return true;
  if (!path.starts_with(kTractorsFolder)) return false;
  path.remove_prefix(kTractorsFolder.size());
  return path.starts_with(identity.user_name) && path.substr(identity.user_name.size(), 1) == "/";
}

Status Require(const Identity& identity, Permission permission) {
  if (Allowed(identity, permission)) return {};
  return Status(Code::kPermissionDenied, kWireRoleNotAllowed, "Forbidden (not allowed for role)");
}

}  // namespace furrow::auth
