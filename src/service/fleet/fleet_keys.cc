// SPDX-License-Identifier: Apache-2.0
#include "entities/audit.h"
#include "service/fleet/fleet_service.h"

namespace furrow::service::fleet {
namespace {

constexpr size_t kPublicKeyHex = 64;

bool IsHexKey(const std::string& text) {
  return text.size() == kPublicKeyHex &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

Result<json::Array> TrustedKeys(const entities::Core& core) {
  json::Array keys;
  FURROW_TRY(
      core.docs.ForEach(entities::kFleetKeys, [&](std::string_view id, const json::Value& doc) {
        keys.push_back(json::Object{{"name", id}, {"public_key", doc.At("public_key")}});
        return true;
      }));
  return keys;
}

Status AddKey(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"name", "public_key"}));
  const std::string name = call.Text("name"), key = call.Text("public_key");
  FURROW_TRY(call.Check());
  // A key's file has a name of the same form as a tractor.
  if (!auth::IsDeviceName(name)) {
    return api::Fail(api::kInvalidFleetKey,
                     "a key's name has 1 to 64 of A-Z a-z 0-9 . _ - and begins with a letter or "
                     "digit");
  }
  if (!IsHexKey(key)) {
    return api::Fail(api::kInvalidFleetKey, "public_key is 64 lowercase hexadecimal digits");
  }
  const std::string who = entities::WhoCalls(call);
  FURROW_ASSIGN(const json::Array keys, TrustedKeys(context.core));
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    if (t.Exists(entities::kFleetKeys, name)) {
      return api::Fail(api::kNotUnique, "there is a key named " + name + ", remove it first");
    }
    if (keys.size() >= kKeysMax) {
      return Status(Code::kResourceExhausted,
                    "there are " + std::to_string(kKeysMax) + " keys already");
    }
    FURROW_TRY(t.Put(entities::kFleetKeys, name,
                     json::Object{{"id", name},
                                  {"public_key", key},
                                  {"added", FormatTime(call.now)},
                                  {"added_by", who}}));
    return entities::Audit(t, call.now, {.who = who, .what = "key added", .why = name + " " + key});
  });
}

Status RemoveKey(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"name"}));
  const std::string name = call.Text("name");
  FURROW_TRY(call.Check());
  const std::string who = entities::WhoCalls(call);
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    if (name.empty() || !t.Exists(entities::kFleetKeys, name)) {
      return api::Fail(api::kInvalidFleetKey, "there is no key named " + name);
    }
    FURROW_TRY(t.Delete(entities::kFleetKeys, name));
    return entities::Audit(t, call.now, {.who = who, .what = "key removed", .why = name});
  });
}

Status GetKeys(Context& context, api::Call& call) {
  json::Array keys;
  FURROW_TRY(context.core.docs.ForEach(
      entities::kFleetKeys, [&](std::string_view id, const json::Value& doc) {
        keys.push_back(json::Object{{"name", id},
                                    {"public_key", doc.At("public_key")},
                                    {"added", doc.At("added")},
                                    {"added_by", doc.At("added_by")}});
        return true;
      }));
  call.response["keys"] = std::move(keys);
  return {};
}

}  // namespace furrow::service::fleet
