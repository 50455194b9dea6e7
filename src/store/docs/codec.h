// SPDX-License-Identifier: Apache-2.0
// Documents as bytes: docs/formats/documents.md.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "json/value.h"

namespace furrow::docs {

inline constexpr char kJsonFormat = 1;
inline constexpr size_t kIdBytesMax = 512;

std::string DocumentKey(int collection, std::string_view id);
/// The prefix of all keys of a collection.
std::string CollectionPrefix(int collection);
/// The id within a key.
std::string_view IdOfKey(std::string_view key);

std::string EncodeDocument(const json::Value& doc);
/// kCorruption for a format byte that is not known or a text that is not a JSON object.
Result<json::Value> DecodeDocument(std::string_view bytes);
/// The JSON text of a document, without reading it. kCorruption for an unknown format byte.
Result<std::string_view> DocumentText(std::string_view bytes);

}  // namespace furrow::docs
