// SPDX-License-Identifier: Apache-2.0
#include "entities/metadata.h"

#include "api/error.h"
#include "query/escape.h"

namespace furrow::entities {
namespace {

Status AddItem(const std::string& key, const json::Value& item, json::Value& out) {
  if (key.empty()) return api::Fail(api::kValidation, "a metadata item needs a key");
  for (const char* member : {"type", "value"}) {
    const json::Value& v = item.At(member);
    if (!v.IsNull() && !v.IsString()) {
      return api::Fail(api::kFieldsType,
                       "a metadata item's " + std::string(member) + " must be a text");
    }
  }
  out[query::EscapeKey(key)] =
      json::Object{{"key", key}, {"type", item.At("type")}, {"value", item.At("value")}};
  return {};
}

}  // namespace

Result<json::Value> ReadMetadata(const json::Value& metadata) {
  json::Value out = json::Object{};
  if (metadata.IsArray()) {
    for (const json::Value& item : metadata.array()) {
      FURROW_TRY(AddItem(item.At("key").AsString(), item, out));
    }
  } else if (metadata.IsObject()) {
    for (const json::Member& m : metadata.object()) FURROW_TRY(AddItem(m.key, m.value, out));
  } else if (!metadata.IsNull()) {
    return api::Fail(api::kFieldsType, "metadata must be a list of items");
  }
  return out;
}

}  // namespace furrow::entities
