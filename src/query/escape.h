// SPDX-License-Identifier: Apache-2.0
// Keys that users choose (hyperparams, runtime, metadata…) as they are kept: with no '.' in them,
// so that a dotted path always means one thing. The table of escapes: docs/formats/documents.md.
#pragma once

#include <string>
#include <string_view>

#include "json/value.h"
#include "query/schema.h"

namespace furrow::query {

/// A key as it is kept: '.' -> %2E, '$' -> %24, '%' -> %%, "__" -> %_%_, '_' in front -> %_.
std::string EscapeKey(std::string_view key);
/// The key that was escaped. What is no escape stays as it is.
std::string UnescapeKey(std::string_view key);

/// All keys of a map, at every depth.
json::Value EscapeKeys(const json::Value& map);
json::Value UnescapeKeys(const json::Value& map);

/// A dotted path of a request, whose keys are escaped by halves or in full
/// ("hyperparams.Args.lr%2Ex.value"), as the path of a kept document.
std::string EscapePath(std::string_view path, const EntitySchema& schema);

}  // namespace furrow::query
