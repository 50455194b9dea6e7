// SPDX-License-Identifier: Apache-2.0
#include "service/auth/auth_service.h"

namespace furrow::service::auth {

Status CreateCredentials(Context& context, api::Call& call) {
  const std::string label = call.Text("label");
  FURROW_TRY(call.Check());
  FURROW_ASSIGN(furrow::auth::NewCredential made,
                context.directory.CreateCredential(call.identity.user_id, label));
  call.response["credentials"] = json::Object{{"access_key", std::move(made.access_key)},
                                              {"secret_key", std::move(made.secret_key)},
                                              {"label", std::move(made.label)}};
  return {};
}

Status GetCredentials(Context& context, api::Call& call) {
  json::Array credentials;
  for (const auto& info : context.directory.Credentials(call.identity.user_id)) {
    const bool used = info.last_used != 0;
    credentials.push_back(
        json::Object{{"access_key", info.access_key},
                     {"label", info.label},
                     {"last_used", used ? json::Value(FormatTime(info.last_used)) : json::Value()},
                     {"last_used_from", used ? json::Value(info.last_used_from) : json::Value()}});
  }
  call.response["credentials"] = std::move(credentials);
  return {};
}

Status EditCredentials(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"access_key"}));
  const std::string key = call.Text("access_key"), label = call.Text("label");
  FURROW_TRY(call.Check());
  FURROW_ASSIGN(const bool edited, context.directory.EditLabel(call.identity.user_id, key, label));
  call.response["updated"] = edited ? 1 : 0;
  return {};
}

Status RevokeCredentials(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"access_key"}));
  const std::string key = call.Text("access_key");
  FURROW_TRY(call.Check());
  FURROW_ASSIGN(const bool revoked, context.directory.RevokeCredential(call.identity.user_id, key));
  call.response["revoked"] = revoked ? 1 : 0;
  return {};
}

}  // namespace furrow::service::auth
