// SPDX-License-Identifier: Apache-2.0
// The one reading of a dotted path, for any kind of JSON tree. A Node tells IsObject(), IsArray(),
// Read() (as a Scalar), Member(key, visit) and Elements(visit).
#pragma once

#include <charconv>
#include <string_view>

#include "store/docs/scalar.h"

namespace furrow::docs {

/// Appends what `path` reaches below `node` to `found`.
template <typename Node>
void Walk(const Node& node, std::string_view path, Found& found) {
  if (path.empty()) {
    if (!node.IsArray()) {
      Scalar s = node.Read();
      if (s.tag != Tag::kMissing || found.list) found.scalars.push_back(s);
      return;
    }
    // A list in a list is one element that equals nothing.
    found.list = true;
    node.Elements([&](const Node& e) {
      if (e.IsArray()) {
        found.scalars.push_back({.tag = Tag::kOther});
      } else {
        found.scalars.push_back(e.Read());
      }
    });
    return;
  }
  const size_t dot = path.find('.');
  const std::string_view step = path.substr(0, dot);
  const std::string_view rest = dot == std::string_view::npos ? "" : path.substr(dot + 1);
  if (node.IsObject()) {
    node.Member(step, [&](const Node& child) { Walk(child, rest, found); });
  } else if (node.IsArray()) {
    size_t index = 0;
    const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
    if (error == std::errc() && end == step.data() + step.size()) {
      size_t at = 0;
      node.Elements([&](const Node& e) {
        if (at++ == index) Walk(e, rest, found);
      });
      return;
    }
    found.list = true;
    node.Elements([&](const Node& e) {
      if (e.IsObject()) Walk(e, path, found);
    });
  }
}

}  // namespace furrow::docs
