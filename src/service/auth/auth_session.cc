// SPDX-License-Identifier: Apache-2.0
#include "service/auth/auth_service.h"

namespace furrow::service::auth {
namespace {

using furrow::auth::Identity;

std::optional<int64_t> ExpirationOf(api::Call& call) {
  if (!call.Has("expiration_sec")) return std::nullopt;
  return call.Int("expiration_sec", 0);
}

void SetCookie(api::Call& call, std::string_view token, int64_t life_s) {
  call.response_headers.Add("Set-Cookie",
                            furrow::auth::TokenCookie(token, call.head->secure, life_s));
}

json::Value NoServerErrors() {
  return json::Object{{"missed_es_upgrade", false}, {"es_connection_error", false}};
}

}  // namespace

Status Login(Context& context, api::Call& call) {
  const auto expires_in = ExpirationOf(call);
  FURROW_TRY(call.Check());
  FURROW_ASSIGN(furrow::auth::Login login,
                context.authenticator.LogIn(call.head->headers, call.head->peer_address, call.now,
                                            expires_in));
  FURROW_ASSIGN(Identity identity,
                context.authenticator.Effective(login.identity, call.head->headers));
  if (identity.user_id != login.identity.user_id) {
    FURROW_ASSIGN(login,
                  context.authenticator.MakeToken(std::move(identity), call.now, expires_in));
  }
  SetCookie(call, login.token, login.expires_at_s - call.now / 1'000'000);
  call.response["token"] = std::move(login.token);
  return {};
}

Status Logout(Context& context, api::Call& call) {
  if (!call.identity.user_id.empty()) FURROW_TRY(context.authenticator.LogOut(call.identity));
  SetCookie(call, "", 0);
  return {};
}

Status SupportedModes(Context&, api::Call& call) {
  call.response["basic"] =
      json::Object{{"enabled", true}, {"guest", json::Object{{"enabled", false}}}};
  call.response["sso"] = json::Object{};
  call.response["sso_providers"] = json::Array{};
  call.response["server_errors"] = NoServerErrors();
  call.response["authenticated"] = !call.identity.user_id.empty();
  return {};
}

Status FixedUsersMode(Context&, api::Call& call) {
  call.response["enabled"] = true;
  call.response["server_errors"] = NoServerErrors();
  return {};
}

Status ValidateToken(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"token"}));
  const std::string token = call.Text("token");
  FURROW_TRY(call.Check());
  const auto identity = context.authenticator.CheckToken(token, call.now);
  call.response["valid"] = identity.ok();
  if (identity.ok()) {
    call.response["user"] = identity->user_id;
    call.response["company"] = identity->company_id;
  } else {
    call.response["msg"] = identity.status().message();
  }
  return {};
}

Status GetTokenForUser(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"user"}));
  const std::string user = call.Text("user"), company = call.Text("company");
  const auto expires_in = ExpirationOf(call);
  FURROW_TRY(call.Check());
  auto identity = context.directory.IdentityOf(user);
  if (!identity.ok()) return api::Fail(api::kInvalidUserId, "id=" + user);
  if (!company.empty() && company != identity->company_id) {
    return api::Fail(api::kFieldsValue, "company=" + company);
  }
  FURROW_ASSIGN(furrow::auth::Login login,
                context.authenticator.MakeToken(std::move(identity).value(), call.now, expires_in));
  call.response["token"] = std::move(login.token);
  return {};
}

}  // namespace furrow::service::auth
