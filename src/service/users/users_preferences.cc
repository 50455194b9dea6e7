// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "json/text.h"
#include "service/users/users_service.h"

namespace furrow::service::users {
namespace {

constexpr int kDepthMax = 32;
constexpr size_t kBytesMax = 2u << 20;

Status Refuse(std::string_view why) { return api::Fail(api::kInvalidPreferences, why); }

// Sets what `changes` name, by dotted path or nested object, and leaves the rest alone.
Status Merge(json::Value& into, const json::Object& changes, int depth) {
  for (const json::Member& m : changes) {
    const int steps = static_cast<int>(std::count(m.key.begin(), m.key.end(), '.')) + 1;
    const bool bad_path = m.key.empty() || m.key.front() == '.' || m.key.back() == '.' ||
                          m.key.find("..") != std::string::npos;
    if (bad_path) return Refuse("a path has no empty element");
    if (depth + steps > kDepthMax) return Refuse("too deep");
    json::Value& slot = into.MakePath(m.key);
    if (m.value.IsObject() && !m.value.object().empty()) {
      FURROW_TRY(Merge(slot, m.value.object(), depth + steps));
    } else {
      slot = m.value;
    }
  }
  return {};
}

}  // namespace

Status GetPreferences(Context& context, api::Call& call) {
  auto kept = context.core.docs.Get(entities::kPreferences, call.identity.user_id);
  if (!kept.ok() && kept.status().code() != Code::kNotFound) return kept.status();
  call.response["preferences"] = kept.ok() ? kept->At("preferences") : json::Value(json::Object{});
  return {};
}

Status SetPreferences(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"preferences"}));
  const json::Value& changes = call.Field("preferences");
  if (!changes.IsObject()) return Refuse("preferences must be an object");
  const bool return_updated = call.Flag("return_updated", true);
  FURROW_TRY(call.Check());
  const std::string& user = call.identity.user_id;
  json::Value preferences;
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    auto kept = t.Get(entities::kPreferences, user);
    if (!kept.ok() && kept.status().code() != Code::kNotFound) return kept.status();
    preferences = kept.ok() ? kept->At("preferences") : json::Value(json::Object{});
    FURROW_TRY(Merge(preferences, changes.object(), 0));
    if (json::Write(preferences).size() > kBytesMax) return Refuse("they take more than 2 MiB");
    return t.Put(
        entities::kPreferences, user,
        json::Object{
            {"id", user}, {"last_update", FormatTime(call.now)}, {"preferences", preferences}});
  }));
  call.response["updated"] = 1;
  call.response["fields"] = json::Object{};
  if (return_updated) call.response["fields"]["preferences"] = std::move(preferences);
  return {};
}

}  // namespace furrow::service::users
