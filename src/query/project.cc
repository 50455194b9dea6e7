// SPDX-License-Identifier: Apache-2.0
#include "query/project.h"

#include <algorithm>

#include "query/errors.h"
#include "query/escape.h"

namespace furrow::query {

void Projection::Add(Node& node, const EntitySchema& schema, std::string_view path, Keys keys) {
  Node* at = &node;
  const std::string_view root = path.substr(0, path.find('.'));
  const bool in_map = schema.IsMap(root);
  for (bool first = true;; first = false) {
    const size_t dot = path.find('.');
    const std::string_view step = path.substr(0, dot);
    std::string key(step);
    if (in_map && !first) {
      key = UnescapeKey(step);
      if (keys == Keys::kStored) key = EscapeKey(key);
    }
    at = &at->children[key];
    if (first) at->map = in_map;
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  at->whole = true;
}

Result<Projection> Projection::Compile(const EntitySchema& schema, const json::Value& request,
                                       Keys keys) {
  const json::Value& only = request.At("only_fields");
  const json::Value& value = only.IsNull() ? request.At("projection") : only;
  Projection projection;
  const json::Array one{value};
  if (value.IsNull()) return projection;
  bool includes = false;
  for (const json::Value& v : value.IsArray() ? value.array() : one) {
    std::string_view name = v.AsString();
    if (!v.IsString()) return BadRequest("only_fields must be texts");
    if (name.empty()) continue;
    if (name.starts_with('-')) {
      name.remove_prefix(1);
      if (!name.empty() && name != "id") Add(projection.excluded_, schema, name, keys);
      continue;
    }
    projection.names_.emplace_back(name);
    if (!includes) projection.root_.whole = false;
    includes = true;
    if (name == "*") {
      projection.root_.whole = true;
    } else {
      Add(projection.root_, schema, name, keys);
    }
  }
  if (includes) Add(projection.root_, schema, "id", keys);
  return projection;
}

json::Value Projection::Keep(const Node& node, const json::Value& value) {
  if (node.whole) return value;
  if (value.IsArray()) {
    json::Array out;
    out.reserve(value.array().size());
    for (const json::Value& e : value.array()) out.push_back(Keep(node, e));
    return out;
  }
  if (!value.IsObject()) return value;
  json::Object out;
  for (const json::Member& m : value.object()) {
    const auto child = node.children.find(m.key);
    if (child != node.children.end()) out.Append(m.key, Keep(child->second, m.value));
  }
  return out;
}

void Projection::Drop(const Node& node, json::Value& value) {
  if (value.IsArray()) {
    for (json::Value& e : value.array()) Drop(node, e);
  } else if (value.IsObject()) {
    for (const auto& [key, child] : node.children) {
      if (child.whole) {
        value.object().Erase(key);
      } else if (json::Value* inner = value.Find(key)) {
        Drop(child, *inner);
      }
    }
  }
}

json::Value Projection::Apply(const json::Value& doc) const {
  json::Value out = Keep(root_, doc);
  if (!root_.whole) {
    for (const auto& [key, child] : root_.children) {
      if (child.map && out.IsObject() && !out.Find(key)) out[key] = json::Object();
    }
  }
  Drop(excluded_, out);
  return out;
}

std::vector<std::string> Projection::Below(std::string_view path) const {
  std::vector<std::string> names;
  for (const std::string& name : names_) {
    if (name.size() > path.size() + 1 && name.starts_with(path) && name[path.size()] == '.') {
      names.push_back(name.substr(path.size() + 1));
    }
  }
  return names;
}

}  // namespace furrow::query
