// SPDX-License-Identifier: Apache-2.0
#include "service/users/users_service.h"

namespace furrow::service::users {

Status Update(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"user"}));
  const std::string id = call.Text("user"), name = call.Text("name");
  json::Value fields = json::Object{};
  for (const char* f : {"given_name", "family_name", "avatar"}) {
    if (call.Has(f)) fields[f] = call.Text(f);
  }
  FURROW_TRY(call.Check());
  if (id != call.identity.user_id) {
    FURROW_TRY(auth::Require(call.identity, auth::Permission::kManageUsers));
  }
  if (!context.core.docs.Exists(entities::kUsers, id)) {
    return api::Fail(api::kInvalidUserId, "id=" + id);
  }
  // The directory has the last word on names: it signs people in by them.
  if (call.Has("name")) FURROW_TRY(context.directory.Rename(id, name));
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(json::Value user, t.Get(entities::kUsers, id));
    for (const json::Member& m : fields.object()) user[m.key] = m.value;
    return t.Put(entities::kUsers, id, std::move(user));
  }));
  if (call.Has("name")) fields["name"] = name;
  call.response["updated"] = 1;
  call.response["fields"] = std::move(fields);
  return {};
}

}  // namespace furrow::service::users
