// SPDX-License-Identifier: Apache-2.0
// Who a caller is, and the one function that decides what a caller may do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace furrow::auth {

/// From strong to weak. The last is no person's: a tractor has it from its enrolment (devices.h).
enum class Role : uint8_t {
  kSystem,
  kRoot,
  kAdmin,
  kSuperuser,
  kUser,
  kAnnotator,
  kGuest,
  kDevice
};

/// The name on the wire, e.g. "superuser".
std::string_view RoleName(Role role);
/// nullopt for a name no role has.
std::optional<Role> ParseRole(std::string_view name);

/// A caller whose token or credentials were checked.
struct Identity {
  std::string user_id;    ///< of a device "device:" and its name
  std::string user_name;  ///< of a device its name
  std::string company_id;
  std::string company_name;
  Role role = Role::kGuest;
  std::string session_id;      ///< of the token; empty before a login made one
  std::string credential_key;  ///< the access key the session began with; empty for a password
};

/// What a route asks of its caller, from weak to strong. There is no value for "not decided".
enum class Permission : uint8_t {
  kOpen,         ///< no credentials: only what the allow-list of docs/security names
  kRead,         ///< every signed-in user, no device
  kSelf,         ///< changes only what is the caller's own (preferences, credentials, session):
                 ///< every signed-in user, no device
  kEdit,         ///< changes what all share: not annotator, not guest
  kManageUsers,  ///< users and others' credentials: admin, root, system
  kSystem,       ///< root and system
  kDevice,       ///< a tractor speaks of itself: devices alone
};

/// True when the role suffices. The one place where authority is decided; a narrower rule (per
/// project, per object) belongs in here too.
bool Allowed(const Identity& identity, Permission permission);

/// What a caller wants of a file on the file server.
enum class FileUse : uint8_t { kRead, kWrite, kDelete };

/// True when the caller may; `path` is the file's, without a slash in front. People read with kRead
/// and do the rest with kEdit, wherever the file lies. A device reads what lies below `bundles`
/// and reads and writes below `tractors/<its name>`; it deletes nothing.
bool MayUseFile(const Identity& identity, FileUse use, std::string_view path);

/// OK, or kPermissionDenied with wire code 403/20.
Status Require(const Identity& identity, Permission permission);

// Wire codes of refused callers: HTTP code * 10000 + subcode.
inline constexpr uint32_t kWireBadAuthType = 401'0010;
inline constexpr uint32_t kWireNoCredentials = 401'0020;
inline constexpr uint32_t kWireBadCredentials = 401'0021;
inline constexpr uint32_t kWireInvalidCredentials = 401'0022;
inline constexpr uint32_t kWireInvalidToken = 401'0030;
inline constexpr uint32_t kWireBlockedToken = 401'0031;
inline constexpr uint32_t kWireRoleNotAllowed = 403'0020;
inline constexpr uint32_t kWireImpersonation = 400'0006;
inline constexpr uint32_t kWireTooManyRequests = 429'0000;

}  // namespace furrow::auth
