// SPDX-License-Identifier: Apache-2.0
#include "query/escape.h"

namespace furrow::query {
namespace {

using Convert = std::string (*)(std::string_view);

json::Value ConvertKeys(const json::Value& value, Convert convert) {
  if (value.IsArray()) {
    json::Array out;
    out.reserve(value.array().size());
    for (const json::Value& e : value.array()) out.push_back(ConvertKeys(e, convert));
    return out;
  }
  if (!value.IsObject()) return value;
  json::Object out;
  for (const json::Member& m : value.object()) {
    out.Append(convert(m.key), ConvertKeys(m.value, convert));
  }
  return out;
}

}  // namespace

std::string EscapeKey(std::string_view key) {
  std::string out;
  out.reserve(key.size());
  for (size_t i = 0; i < key.size(); ++i) {
    switch (key[i]) {
      case '%':
        out += "%%";
        break;
      case '.':
        out += "%2E";
        break;
      case '$':
        out += "%24";
        break;
      case '_':
        if (i + 1 < key.size() && key[i + 1] == '_') {
          out += "%_%_";
          ++i;
        } else {
          out += i == 0 ? "%_" : "_";
        }
        break;
      default:
        out += key[i];
    }
  }
  return out;
}

std::string UnescapeKey(std::string_view key) {
  std::string out;
  out.reserve(key.size());
  for (size_t i = 0; i < key.size(); ++i) {
    const std::string_view rest = key.substr(i);
    if (rest.starts_with("%%")) {
      out += '%';
      ++i;
    } else if (rest.starts_with("%_")) {
      out += '_';
      ++i;
    } else if (rest.starts_with("%2E") || rest.starts_with("%2e")) {
      out += '.';
      i += 2;
    } else if (rest.starts_with("%24")) {
      out += '$';
      i += 2;
    } else {
      out += key[i];
    }
  }
  return out;
}

json::Value EscapeKeys(const json::Value& map) { return ConvertKeys(map, EscapeKey); }
json::Value UnescapeKeys(const json::Value& map) { return ConvertKeys(map, UnescapeKey); }

std::string EscapePath(std::string_view path, const EntitySchema& schema) {
  const size_t dot = path.find('.');
  if (dot == std::string_view::npos || !schema.IsMap(path.substr(0, dot))) return std::string(path);
  std::string out(path.substr(0, dot));
  std::string_view rest = path.substr(dot + 1);
  for (;;) {
    const size_t next = rest.find('.');
    out += '.';
    out += EscapeKey(UnescapeKey(rest.substr(0, next)));
    if (next == std::string_view::npos) return out;
    rest.remove_prefix(next + 1);
  }
}

}  // namespace furrow::query
