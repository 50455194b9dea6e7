// SPDX-License-Identifier: Apache-2.0
// From an HTTP request to the call's name, version and request object.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/version.h"
#include "base/status.h"
#include "http/message.h"
#include "json/value.h"

namespace furrow::api {

struct Target {
  std::string name;  ///< "tasks.get_all"
  Version version = kNewest;
  std::string requested_version;  ///< as asked, kNewestText when none was
};

/// Reads "/v2.23/tasks.get_all" or "/tasks.get_all/". Errors: 400/0 for anything else.
Result<Target> ParseTarget(std::string_view path);

struct ParsedBody {
  json::Value request;             ///< always an object
  std::vector<json::Value> batch;  ///< lines of a json-lines body
};

/// Parses the body (JSON whatever its content type; one value a line for json-lines; form fields)
/// and merges the query arguments: dotted names nest, "a[]" and repeats make lists, digits become
/// numbers, true and false become booleans. An empty body is {}. Errors: 400/0, 400/18.
/// `keep_lines`: leaves json-lines to the handler, which reads the raw body itself.
Result<ParsedBody> ParseBody(const http::Request& request, bool keep_lines);

bool IsJsonLines(const http::RequestHead& head);

}  // namespace furrow::api
