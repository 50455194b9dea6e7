// SPDX-License-Identifier: Apache-2.0
#include "store/docs/reader.h"

#include "store/docs/codec.h"

namespace furrow::docs {

Result<DocPtr> Reader::Load(const std::string& key, uint64_t stamp) const {
  FURROW_ASSIGN(const std::optional<std::string> bytes, engine_.Get(store::Family::kDocs, key));
  if (!bytes) return DocPtr();
  Result<json::Value> doc = DecodeDocument(*bytes);
  if (!doc.ok()) {
    return doc.status().With(collection_.name + " " + std::string(IdOfKey(key)));
  }
  auto stored = std::make_shared<const json::Value>(std::move(*doc));
  cache_.Keep(key, stamp, stored);
  return DocPtr(std::move(stored));
}

Result<DocPtr> Reader::Stored(std::string_view id) const {
  const std::string key = DocumentKey(id_, id);
  Cache::Hit hit = cache_.Find(key);
  if (hit.stored) return std::move(hit.stored);
  return Load(key, hit.stamp);
}

Result<DocPtr> Reader::Merged(std::string_view id) const {
  if (!collection_.derived) return Stored(id);
  const std::string key = DocumentKey(id_, id);
  Cache::Hit hit = cache_.Find(key);
  if (hit.merged) return std::move(hit.merged);
  if (!hit.stored) {
    FURROW_ASSIGN(hit.stored, Load(key, hit.stamp));
    if (!hit.stored) return DocPtr();
  }
  FURROW_TRY(collection_.derived->Check(id));
  auto merged = std::make_shared<json::Value>(*hit.stored);
  collection_.derived->Merge(id, *merged);
  cache_.KeepMerged(key, hit.stamp, merged);
  return DocPtr(std::move(merged));
}

}  // namespace furrow::docs
