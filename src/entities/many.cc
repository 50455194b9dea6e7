// SPDX-License-Identifier: Apache-2.0
#include "entities/many.h"

#include "entities/tags.h"

namespace furrow::entities {
namespace {

Result<json::Value> GetOr(docs::Transaction& t, docs::CollectionId collection,
                          const std::string& id, const api::Error& missing) {
  auto doc = t.Get(collection, id);
  if (!doc.ok() && doc.status().code() == Code::kNotFound) {
    return api::Fail(missing, "id=" + id);
  }
  return doc;
}

}  // namespace

Status RunMany(Core& core, api::Call& call, const OneOfMany& op) {
  FURROW_TRY(call.Require({"ids"}));
  const auto ids = call.Texts("ids");
  FURROW_TRY(call.Check());
  json::Array succeeded, failed;
  for (const std::string& id : ids) {
    json::Value answer;
    const Status done = core.docs.Transact([&](docs::Transaction& t) -> Status {
      FURROW_ASSIGN(answer, op(t, id));
      return {};
    });
    if (done.ok()) {
      answer["id"] = id;
      succeeded.push_back(std::move(answer));
    } else {
      failed.push_back(api::FailedItem(id, done));
    }
  }
  call.response["succeeded"] = std::move(succeeded);
  call.response["failed"] = std::move(failed);
  return {};
}

Status UpdateTags(Core& core, api::Call& call, docs::CollectionId collection,
                  const api::Error& missing) {
  FURROW_TRY(call.Require({"ids"}));
  const auto ids = call.Texts("ids");
  const auto add = call.Texts("add_tags"), remove = call.Texts("remove_tags");
  FURROW_TRY(call.Check());
  FURROW_TRY(CheckUserTags(call.Field("add_tags")));
  int64_t updated = 0;
  FURROW_TRY(core.docs.Transact([&](docs::Transaction& t) -> Status {
    for (const std::string& id : ids) {
      FURROW_ASSIGN(json::Value doc, GetOr(t, collection, id, missing));
      FURROW_TRY(CheckWritable(doc));
      bool changed = false;
      for (const std::string& tag : add) changed |= AddTag(doc["tags"], tag);
      for (const std::string& tag : remove) changed |= RemoveTag(doc["tags"], tag);
      if (!changed) continue;
      doc["last_update"] = FormatTime(call.now);
      FURROW_TRY(t.Put(collection, id, std::move(doc)));
      ++updated;
    }
    return {};
  }));
  call.response["updated"] = updated;
  return {};
}

Status CheckWritable(const json::Value& doc) {
  if (!IsPublic(doc)) return {};
  return api::Fail(api::kNoWritePermission, "a public object cannot be changed");
}

Status SetPublic(Core& core, api::Call& call, docs::CollectionId collection,
                 const api::Error& missing, bool to_public) {
  FURROW_TRY(call.Require({"ids"}));
  const auto ids = call.Texts("ids");
  FURROW_TRY(call.Check());
  int64_t updated = 0;
  FURROW_TRY(core.docs.Transact([&](docs::Transaction& t) -> Status {
    for (const std::string& id : ids) {
      FURROW_ASSIGN(json::Value doc, GetOr(t, collection, id, missing));
      if (IsPublic(doc) == to_public) continue;
      doc["company"] = to_public ? std::string() : core.company_id;
      FURROW_TRY(t.Put(collection, id, std::move(doc)));
      ++updated;
    }
    return {};
  }));
  call.response["updated"] = updated;
  return {};
}

}  // namespace furrow::entities
