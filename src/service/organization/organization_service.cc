// SPDX-License-Identifier: Apache-2.0
#include "service/organization/organization_service.h"

#include "entities/filter.h"
#include "entities/find.h"
#include "entities/tag_lists.h"
#include "query/entities.h"

namespace furrow::service::organization {
namespace {

using auth::Permission;
using docs::Predicate;

constexpr api::RouteOf<Context> kRoutes[] = {
    {"organization.get_entities_count", {2, 20}, Permission::kRead, GetEntitiesCount, true},
    {"organization.get_tags", {2, 8}, Permission::kRead, GetTags, true},
    {"organization.get_user_companies", {2, 12}, Permission::kRead, GetUserCompanies, true},
};

// A member of the request and of the answer: how many of these match its filter.
struct Counted {
  std::string_view field;
  docs::CollectionId collection;
  const query::EntitySchema* schema;
  std::string_view system_tag;  ///< "" for any
  std::string_view type;        ///< "" for any
  bool hides = false;           ///< hidden ones count only with search_hidden
};

const Counted kCounted[] = {
    {"projects", entities::kProjects, &query::kProjectSchema, "", "", true},
    {"tasks", entities::kTasks, &query::kTaskSchema, "", "", true},
    {"models", entities::kModels, &query::kModelSchema, "", "", false},
    {"datasets", entities::kProjects, &query::kProjectSchema, "dataset", "", false},
    {"dataset_versions", entities::kTasks, &query::kTaskSchema, "dataset", "", false},
    {"pipelines", entities::kProjects, &query::kProjectSchema, "pipeline", "", false},
    {"pipeline_runs", entities::kTasks, &query::kTaskSchema, "pipeline", "", false},
    {"reports", entities::kTasks, &query::kTaskSchema, "", "report", false},
};

Result<int64_t> Count(const docs::Store& docs, const Counted& what, const json::Value& filter,
                      const std::vector<std::string>& users, bool search_hidden) {
  std::vector<Predicate> all;
  FURROW_ASSIGN(Predicate asked, entities::FilterOf(*what.schema, filter));
  all.push_back(std::move(asked));
  if (!what.system_tag.empty()) {
    all.push_back(Predicate::Equals("system_tags", what.system_tag));
  }
  if (!what.type.empty()) all.push_back(Predicate::Equals("type", what.type));
  if (what.hides && !search_hidden && filter.At("id").IsNull()) {
    all.push_back(Predicate::Not(Predicate::Equals("system_tags", "hidden")));
  }
  if (!users.empty()) all.push_back(entities::AnyOf("user", users));
  return docs.Count(what.collection, Predicate::And(std::move(all)));
}

}  // namespace

void AddEndpoints(Context& context, std::vector<api::Endpoint>& out) {
  api::Bind(kRoutes, context, out);
}

Status GetTags(Context& context, api::Call& call) {
  return entities::AnswerTags(
      context.core.docs, call,
      {{entities::kTasks, &query::kTaskSchema, {}}, {entities::kModels, &query::kModelSchema, {}}});
}

Status GetUserCompanies(Context& context, api::Call& call) {
  call.response["companies"] = json::Array{json::Object{{"id", context.core.company_id},
                                                        {"name", context.core.company_name},
                                                        {"allocated", true},
                                                        {"owners", json::Array{}}}};
  return {};
}

Status GetEntitiesCount(Context& context, api::Call& call) {
  const auto users = call.Texts("active_users");
  const bool search_hidden = call.Flag("search_hidden");
  FURROW_TRY(call.Check());
  json::Value errors = json::Object{};
  for (const Counted& what : kCounted) {
    if (!call.Has(what.field)) continue;
    const auto count = Count(context.core.docs, what, call.Field(what.field), users, search_hidden);
    // One search that cannot be made does not keep the others from being answered.
    if (!count.ok()) errors[what.field] = count.status().message();
    call.response[what.field] = count.ok() ? *count : 0;
  }
  if (!errors.object().empty()) call.response["errors"] = std::move(errors);
  return {};
}

}  // namespace furrow::service::organization
