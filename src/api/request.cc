// SPDX-License-Identifier: Apache-2.0
#include "api/request.h"

#include <algorithm>
#include <charconv>

#include "api/error.h"
#include "json/text.h"

namespace furrow::api {
namespace {

// Far beyond any document of a client, and little enough that neither the values nor look-ups in
// an object, which are linear, can be made to cost much.
constexpr json::ParseLimits kBodyLimits{
    .depth_max = 64, .values_max = 250'000, .members_max = 25'000};

size_t CountValues(const json::Value& value) {
  size_t count = 1;
  for (const json::Value& v : value.array()) count += CountValues(v);
  for (const json::Member& m : value.object()) count += CountValues(m.value);
  return count;
}

bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The value an argument's text stands for.
json::Value Argument(const std::string& text) {
  if (text == "true" || text == "True") return true;
  if (text == "false" || text == "False") return false;
  const char* end = text.data() + text.size();
  const bool signed_digits =
      !text.empty() && text.find_first_not_of("0123456789.-") == std::string::npos;
  if (signed_digits) {
    int64_t n = 0;
    if (auto r = std::from_chars(text.data(), end, n); r.ec == std::errc() && r.ptr == end)
      return n;
    double d = 0;
    if (auto r = std::from_chars(text.data(), end, d); r.ec == std::errc() && r.ptr == end)
      return d;
  }
  return text;
}

void MergeArguments(std::string_view query, json::Value& request) {
  constexpr size_t kArgumentsMax = 1000;
  std::vector<std::string> seen;
  for (auto& [name, value] : http::ParseQuery(query)) {
    if (seen.size() >= kArgumentsMax) return;
    bool list = false;
    if (name.size() > 2 && name.ends_with("[]")) {
      name.resize(name.size() - 2);
      list = true;
    }
    if (name.empty() || std::count(name.begin(), name.end(), '.') > 8) continue;
    const bool again = std::find(seen.begin(), seen.end(), name) != seen.end();
    json::Value& slot = request.MakePath(name);
    if (again && !slot.IsArray()) slot = json::Array{slot};
    if (again || list) {
      if (!again) slot = json::Array{};
      slot.array().push_back(Argument(value));
    } else {
      slot = Argument(value);
    }
    seen.push_back(name);
  }
}

}  // namespace

Result<Target> ParseTarget(std::string_view path) {
  const Status bad = Fail(kBadRequest, "Invalid request path");
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  Target target;
  target.requested_version = kNewestText;
  if (const size_t slash = path.find('/'); slash != std::string_view::npos) {
    std::string_view version = path.substr(0, slash);
    if (!version.starts_with('v')) return bad;
    version.remove_prefix(1);
    const auto parsed = ParseVersion(version);
    if (!parsed) return Fail(kInvalidVersion);
    target.version = *parsed;
    target.requested_version = version;
    path.remove_prefix(slash + 1);
  }
  const size_t dot = path.find('.');
  if (dot == 0 || dot == std::string_view::npos || dot + 1 == path.size()) return bad;
  for (size_t i = 0; i < path.size(); ++i) {
    if (i != dot && !IsNameChar(path[i])) return bad;
  }
  target.name = path;
  return target;
}

bool IsJsonLines(const http::RequestHead& head) {
  const std::string_view type = head.headers.Get("content-type");
  return type.starts_with("application/json-lines") || type.starts_with("application/ndjson");
}

Result<ParsedBody> ParseBody(const http::Request& request, bool keep_lines) {
  ParsedBody parsed;
  parsed.request = json::Object{};
  std::string_view body = request.body;
  if (IsJsonLines(request)) {
    json::ParseLimits left = kBodyLimits;  // of all lines together
    while (!keep_lines && !body.empty()) {
      const size_t end = std::min(body.find('\n'), body.size());
      const std::string_view line = body.substr(0, end);
      body.remove_prefix(std::min(end + 1, body.size()));
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      auto value = json::Parse(line, left);
      if (!value.ok()) return Fail(kBatchValidation, value.status().message());
      left.values_max -= CountValues(*value);
      parsed.batch.push_back(std::move(value).value());
    }
  } else if (request.headers.Get("content-type").starts_with("application/x-www-form-urlencoded")) {
    MergeArguments(body, parsed.request);
  } else if (body.find_first_not_of(" \t\r\n") != std::string_view::npos) {
    auto value = json::Parse(body, kBodyLimits);
    if (!value.ok()) return Fail(kBadRequest, value.status().message());
    if (value->IsObject()) {
      parsed.request = std::move(value).value();
    } else if (!value->IsNull()) {
      return Fail(kBadRequest, "the body must be a JSON object");
    }
  }
  if (!request.query.empty()) MergeArguments(request.query, parsed.request);
  return parsed;
}

}  // namespace furrow::api
