// SPDX-License-Identifier: Apache-2.0
#include "service/auth/auth_service.h"

namespace furrow::service::auth {
namespace {

using furrow::auth::Permission;

constexpr api::RouteOf<Context> kRoutes[] = {
    {"auth.create_credentials", {2, 1}, Permission::kSelf, CreateCredentials},
    {"auth.create_user", {2, 1}, Permission::kSystem, CreateUser},
    {"auth.edit_credentials", {2, 19}, Permission::kSelf, EditCredentials},
    {"auth.edit_user", {2, 1}, Permission::kManageUsers, EditUser},
    {"auth.fixed_users_mode", {2, 1}, Permission::kOpen, FixedUsersMode, true},
    {"auth.get_credentials", {2, 1}, Permission::kRead, GetCredentials, true},
    {"auth.get_token_for_user", {2, 1}, Permission::kSystem, GetTokenForUser},
    // Open, because it takes the credentials itself.
    {"auth.login", {2, 1}, Permission::kOpen, Login},
    {"auth.logout", {2, 2}, Permission::kSelf, Logout},
    {"auth.revoke_credentials", {2, 1}, Permission::kSelf, RevokeCredentials},
    {"auth.validate_token", {2, 1}, Permission::kSystem, ValidateToken},
    {"login.logout", {2, 13}, Permission::kOpen, Logout},
    {"login.supported_modes", {2, 9}, Permission::kOpen, SupportedModes, true},
};

}  // namespace

void AddEndpoints(Context& context, std::vector<api::Endpoint>& out) {
  api::Bind(kRoutes, context, out);
}

}  // namespace furrow::service::auth
