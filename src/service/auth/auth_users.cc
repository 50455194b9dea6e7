// SPDX-License-Identifier: Apache-2.0
#include "service/auth/auth_service.h"

namespace furrow::service::auth {
namespace {

using furrow::auth::ParseRole;
using furrow::auth::Role;

// The role a request names. Nobody hands out more than they have, and nobody makes the server's
// own.
Result<Role> GrantedRole(const api::Call& call, const std::string& name) {
  const auto role = ParseRole(name);
  if (!role) return api::Fail(api::kFieldsValue, "role=" + name);
  if (*role == Role::kSystem || *role < call.identity.role) {
    return api::Fail(api::kRoleNotAllowed, "role=" + name);
  }
  return *role;
}

}  // namespace

Status CreateUser(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"name", "company", "email"}));
  const std::string company = call.Text("company");
  furrow::auth::UserSpec spec{.name = call.Text("name")};
  for (const char* f : {"email", "given_name", "family_name", "avatar"}) {
    if (call.Has(f)) spec.extra[f] = call.Text(f);
  }
  const std::string role = call.Text("role", "user");
  FURROW_TRY(call.Check());
  if (company != context.directory.company_id()) {
    return api::Fail(api::kFieldsValue, "company=" + company);
  }
  FURROW_ASSIGN(spec.role, GrantedRole(call, role));
  FURROW_ASSIGN(const furrow::auth::User user, context.directory.AddUser(spec));
  call.response["id"] = user.id;
  return {};
}

Status EditUser(Context& context, api::Call& call) {
  const std::string id = call.Text("user", call.identity.user_id), role = call.Text("role");
  FURROW_TRY(call.Check());
  const auto user = context.directory.Get(id);
  if (!user.ok()) return api::Fail(api::kInvalidUserId, "id=" + id);
  json::Value fields = json::Object{};
  if (!role.empty()) {
    FURROW_ASSIGN(const Role granted, GrantedRole(call, role));
    if (user->role < call.identity.role) return api::Fail(api::kRoleNotAllowed, "user=" + id);
    FURROW_TRY(context.directory.SetRole(id, granted));
    fields["role"] = role;
  }
  call.response["updated"] = role.empty() ? 0 : 1;
  call.response["fields"] = std::move(fields);
  return {};
}

}  // namespace furrow::service::auth
