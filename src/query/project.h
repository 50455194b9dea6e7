// SPDX-License-Identifier: Apache-2.0
// The part of a document a request asks for: `only_fields` or `projection`.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "json/value.h"
#include "query/schema.h"

namespace furrow::query {

/// Immutable once made. Thread-safe.
class Projection {
 public:
  /// How the documents it is applied to spell the keys of their maps.
  enum class Keys {
    kStored,  ///< escaped, as they are kept
    kPlain,   ///< as users wrote them
  };

  /// Everything.
  Projection() { root_.whole = true; }
  /// Dotted names, through lists into their elements; "-name" leaves one out; "*" is everything;
  /// `id` is always there. Errors: 400/12 for anything but texts.
  static Result<Projection> Compile(const EntitySchema& schema, const json::Value& request,
                                    Keys keys = Keys::kStored);

  /// True when Apply would change nothing.
  bool whole() const { return root_.whole && excluded_.children.empty(); }
  /// A copy of what is asked for. A parent that is there stays though nothing below it is asked and
  /// found, and a map stays as {} even when it is not there; a scalar where a path goes on stays,
  /// for whoever turns ids into objects.
  json::Value Apply(const json::Value& doc) const;

  /// The names asked for below `path`: {"name"} for "project" when `project.name` is asked for.
  std::vector<std::string> Below(std::string_view path) const;

 private:
  struct Node {
    bool whole = false;
    bool map = false;  ///< {} when absent
    std::map<std::string, Node, std::less<>> children;
  };
  static void Add(Node& node, const EntitySchema& schema, std::string_view path, Keys keys);
  static json::Value Keep(const Node& node, const json::Value& value);
  static void Drop(const Node& node, json::Value& value);

  Node root_, excluded_;
  std::vector<std::string> names_;
};

}  // namespace furrow::query
