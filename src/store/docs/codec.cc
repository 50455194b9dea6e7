// SPDX-License-Identifier: Apache-2.0
#include "store/docs/codec.h"

#include "json/text.h"

namespace furrow::docs {
namespace {

// Wider than what a request may hold, so that a document can always be read again.
constexpr json::ParseLimits kStoredLimits{.depth_max = 256, .values_max = 64'000'000};

}  // namespace

std::string CollectionPrefix(int collection) {
  return std::string(1, static_cast<char>(collection));
}

std::string DocumentKey(int collection, std::string_view id) {
  std::string key = CollectionPrefix(collection);
  key += id;
  return key;
}

std::string_view IdOfKey(std::string_view key) { return key.substr(1); }

std::string EncodeDocument(const json::Value& doc) {
  std::string bytes(1, kJsonFormat);
  json::WriteTo(bytes, doc);
  return bytes;
}

Result<std::string_view> DocumentText(std::string_view bytes) {
  if (bytes.empty() || bytes.front() != kJsonFormat) {
    return Status(Code::kCorruption, "a document has an unknown format byte");
  }
  return bytes.substr(1);
}

Result<json::Value> DecodeDocument(std::string_view bytes) {
  FURROW_ASSIGN(const std::string_view text, DocumentText(bytes));
  Result<json::Value> doc = json::Parse(text, kStoredLimits);
  if (!doc.ok()) return Status(Code::kCorruption, doc.status().message());
  if (!doc->IsObject()) return Status(Code::kCorruption, "a document is not an object");
  return doc;
}

}  // namespace furrow::docs
