// SPDX-License-Identifier: Apache-2.0
#include "entities/find.h"
#include "entities/scope.h"
#include "query/entities.h"
#include "service/users/users_service.h"

namespace furrow::service::users {
namespace {

// Rows a table's download may have.
constexpr int64_t kDownloadItemsMax = 50'000;

entities::Listing UserListing(bool extended) {
  return {.collection = entities::kUsers,
          .schema = &query::kUserSchema,
          .answer_field = "users",
          .extended = extended,
          .hide_hidden = false};
}

Result<json::Value> Find(const Context& context, const std::string& id) {
  auto user = context.core.docs.Get(entities::kUsers, id);
  if (!user.ok() && user.status().code() == Code::kNotFound) {
    return api::Fail(api::kInvalidUserId, "id=" + id);
  }
  return user;
}

}  // namespace

Status GetAll(Context& context, api::Call& call) {
  return context.lister.List(call, UserListing(false));
}

Status GetAllEx(Context& context, api::Call& call) {
  entities::Listing listing = UserListing(true);
  if (call.Has("active_in_projects")) {
    FURROW_ASSIGN(const auto scope,
                  entities::InProjects(context.core.docs, call.Texts("active_in_projects"), true));
    FURROW_ASSIGN(const auto active,
                  entities::DistinctTexts(context.core.docs, entities::kTasks, "user", scope));
    listing.also = entities::AnyOf("id", active);
  }
  FURROW_TRY(call.Check());
  return context.lister.List(call, listing);
}

Status GetById(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"user"}));
  const std::string id = call.Text("user");
  FURROW_TRY(call.Check());
  FURROW_ASSIGN(call.response["user"], Find(context, id));
  return {};
}

Status GetCurrentUser(Context& context, api::Call& call) {
  FURROW_ASSIGN(json::Value user, Find(context, call.identity.user_id));
  user["role"] = auth::RoleName(call.identity.role);
  user["company"] =
      json::Object{{"id", call.identity.company_id}, {"name", call.identity.company_name}};
  user["created_in_version"] = api::kServerVersion;
  call.response["user"] = std::move(user);
  call.response["getting_started"] = nullptr;
  call.response["settings"] = json::Object{{"max_download_items", kDownloadItemsMax}};
  return {};
}

}  // namespace furrow::service::users
