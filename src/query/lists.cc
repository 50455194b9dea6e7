// SPDX-License-Identifier: Apache-2.0
#include "query/lists.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "query/errors.h"

namespace furrow::query {
namespace {

using docs::Predicate;

enum class Join { kDefault, kAny, kAll };

struct Group {
  Join join = Join::kDefault;
  json::Array include, exclude;

  bool empty() const { return include.empty() && exclude.empty(); }
};

Predicate Empty(const std::string& path) {
  Predicate p;
  p.kind = Predicate::Kind::kEmpty;
  p.path = path;
  return p;
}

Predicate Nothing() { return Predicate::Or({}); }

// Null among the values stands for an empty field.
Predicate AnyOf(const std::string& path, const json::Array& values) {
  json::Array there;
  bool empty = false;
  for (const json::Value& v : values) {
    if (v.IsNull()) {
      empty = true;
    } else {
      there.push_back(v);
    }
  }
  std::vector<Predicate> any;
  if (!there.empty()) any.push_back(Predicate::In(path, std::move(there)));
  if (empty) any.push_back(Empty(path));
  return any.empty() ? Nothing() : Predicate::Or(std::move(any));
}

Predicate AllOf(const std::string& path, const json::Array& values) {
  Predicate has;
  has.kind = Predicate::Kind::kHasAll;
  has.path = path;
  bool empty = false;
  for (const json::Value& v : values) {
    if (v.IsNull()) {
      empty = true;
    } else {
      has.values.push_back(v);
    }
  }
  std::vector<Predicate> all;
  if (!has.values.empty()) all.push_back(std::move(has));
  if (empty) all.push_back(Empty(path));
  return Predicate::And(std::move(all));
}

Predicate CompileGroup(const std::string& path, const Group& group) {
  if (group.join == Join::kAny) {
    std::vector<Predicate> any;
    if (!group.include.empty()) any.push_back(AnyOf(path, group.include));
    for (const json::Value& v : group.exclude) {
      any.push_back(Predicate::Not(AnyOf(path, json::Array{v})));
    }
    return Predicate::Or(std::move(any));
  }
  std::vector<Predicate> all;
  if (!group.include.empty()) {
    all.push_back(group.join == Join::kAll ? AllOf(path, group.include)
                                           : AnyOf(path, group.include));
  }
  if (!group.exclude.empty()) all.push_back(Predicate::Not(AnyOf(path, group.exclude)));
  return Predicate::And(std::move(all));
}

}  // namespace

Result<Predicate> CompileList(const std::string& path, const json::Value& value,
                              bool minus_excludes) {
  const json::Array one{value};
  const json::Array& items = value.IsArray() ? value.array() : one;
  std::vector<Group> groups(1);
  std::optional<Join> joined;
  bool exclude_next = false;
  for (const json::Value& item : items) {
    const std::string& text = item.AsString();
    if (text.starts_with("__$")) {
      if (text == "__$not") {
        exclude_next = true;
        continue;
      }
      Group group;
      if (text == "__$all" || text == "__$and") {
        group.join = Join::kAll;
      } else if (text == "__$any" || text == "__$or") {
        group.join = Join::kAny;
      } else if (text != "__$nop") {
        return BadRequest(path + ": unknown operator " + text);
      }
      if (!joined) {
        // An operator further on joins nothing: the list before it did.
        joined = groups.back().empty() && group.join == Join::kAny ? Join::kAny : Join::kAll;
      }
      groups.push_back(std::move(group));
      continue;
    }
    if (!joined) joined = Join::kAll;
    if (minus_excludes && text.size() > 1 && text.front() == '-') {
      groups.back().exclude.emplace_back(text.substr(1));
    } else if (exclude_next) {
      groups.back().exclude.push_back(item);
    } else {
      groups.back().include.push_back(item);
    }
    exclude_next = false;
  }
  std::vector<Predicate> compiled;
  for (const Group& group : groups) {
    if (!group.empty()) compiled.push_back(CompileGroup(path, group));
  }
  if (compiled.empty()) return Predicate();
  return joined == Join::kAny ? Predicate::Or(std::move(compiled))
                              : Predicate::And(std::move(compiled));
}

Result<Predicate> CompileFilter(const std::string& path, const json::Value& spec) {
  if (!spec.IsObject()) return BadRequest("filters." + path + " must be an object");
  const auto read = [&](const char* side, const char* part, json::Array& out) -> Status {
    const json::Value& of_side = spec.At(side);
    if (!of_side.IsNull() && !of_side.IsObject()) {
      return BadRequest("filters." + path + "." + side + " must be an object");
    }
    const json::Value& values = of_side.At(part);
    if (values.IsArray()) {
      out = values.array();
    } else if (!values.IsNull()) {
      out.push_back(values);
    }
    return {};
  };
  json::Array any_include, any_exclude, all_include, all_exclude;
  FURROW_TRY(read("any", "include", any_include));
  FURROW_TRY(read("any", "exclude", any_exclude));
  FURROW_TRY(read("all", "include", all_include));
  FURROW_TRY(read("all", "exclude", all_exclude));
  const std::string op = spec.At("op").AsString("and");
  if (op != "and" && op != "or") return BadRequest("filters." + path + ".op is 'and' or 'or'");

  std::vector<Predicate> parts, any;
  if (!any_include.empty()) any.push_back(AnyOf(path, any_include));
  if (!any_exclude.empty()) any.push_back(Predicate::Not(AllOf(path, any_exclude)));
  if (!any.empty()) parts.push_back(Predicate::Or(std::move(any)));
  if (!all_include.empty() || !all_exclude.empty()) {
    parts.push_back(CompileGroup(path, {.join = Join::kAll,
                                        .include = std::move(all_include),
                                        .exclude = std::move(all_exclude)}));
  }
  if (parts.empty()) return Predicate();
  return op == "or" ? Predicate::Or(std::move(parts)) : Predicate::And(std::move(parts));
}

}  // namespace furrow::query
