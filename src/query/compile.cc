// SPDX-License-Identifier: Apache-2.0
#include "query/compile.h"

#include <algorithm>
#include <span>

#include "query/errors.h"
#include "query/escape.h"
#include "query/lists.h"
#include "query/ranges.h"
#include "store/docs/regex.h"

namespace furrow::query {
namespace {

using docs::Predicate;

constexpr std::string_view kTextScore = "@text_score";
constexpr std::string_view kAnyProject = "*";
constexpr int64_t kPageMax = int64_t{1} << 32;
// Objects in requests nest no deeper than dotted paths do.
constexpr int kDepthMax = 8;

Status CheckPattern(const std::string& pattern, bool ignore_case) {
  return docs::Regex::Compile(pattern, ignore_case).status();
}

Result<Predicate> CompilePattern(const std::string& path, const json::Value& value) {
  const std::span<const json::Value> patterns =
      value.IsArray() ? std::span(value.array()) : std::span(&value, 1);
  std::vector<Predicate> any;
  for (const json::Value& v : patterns) {
    if (!v.IsString()) return BadRequest(path + ": a pattern is a text");
    if (v.AsString().empty()) continue;
    FURROW_TRY(CheckPattern(v.AsString(), false));
    Predicate p;
    p.kind = Predicate::Kind::kRegex;
    p.path = path;
    p.pattern = v.AsString();
    any.push_back(std::move(p));
  }
  return any.empty() ? Predicate() : Predicate::Or(std::move(any));
}

Result<Predicate> CompileExact(const std::string& path, const json::Value& value) {
  if (!value.IsArray()) return Predicate::Equals(path, value);
  if (value.array().empty()) return Predicate();
  return Predicate::In(path, value.array());
}

Result<Predicate> CompileField(const Field& field, const std::string& path,
                               const json::Value& value) {
  switch (field.op) {
    case Operator::kExact:
      return CompileExact(path, value);
    case Operator::kPattern:
      return CompilePattern(path, value);
    case Operator::kList:
      return CompileList(path, value, field.minus_excludes);
    case Operator::kRange:
      return CompileRange(path, value);
    case Operator::kTimes:
      return CompileTimes(path, value);
    case Operator::kMoment:
      return CompileMoment(path, value);
  }
  return Status(Code::kInternal, "no such operator");
}

// {fields: [...], pattern: "..."} or {fields: [...], datetime: ...}
Result<Predicate> CompileMultiField(const EntitySchema& schema, const std::string& name,
                                    const json::Value& spec, bool any) {
  if (spec.IsNull()) return Predicate();
  if (spec.IsArray()) {
    std::vector<Predicate> all;
    for (const json::Value& one : spec.array()) {
      if (one.IsArray()) return BadRequest(name + " must be an object");
      FURROW_ASSIGN(Predicate p, CompileMultiField(schema, name, one, any));
      all.push_back(std::move(p));
    }
    return Predicate::And(std::move(all));
  }
  if (!spec.IsObject()) return BadRequest(name + " must be an object");
  std::vector<std::string> paths;
  for (const json::Value& field : spec.At("fields").array()) {
    if (!field.IsString() || field.AsString().empty()) {
      return BadRequest(name + ".fields must be texts");
    }
    paths.push_back(EscapePath(field.AsString(), schema));
  }
  const json::Value &pattern = spec.At("pattern"), &datetime = spec.At("datetime");
  if (pattern.IsNull() && datetime.IsNull()) return Predicate();
  if (paths.empty()) return BadRequest(name + " needs fields");
  std::vector<Predicate> each;
  if (!pattern.IsNull()) {
    if (!pattern.IsString()) return BadRequest(name + ".pattern must be a text");
    FURROW_TRY(CheckPattern(pattern.AsString(), true));
  }
  for (const std::string& path : paths) {
    Predicate p;
    if (!pattern.IsNull()) {
      p.kind = Predicate::Kind::kRegex;
      p.path = path;
      p.pattern = pattern.AsString();
      p.ignore_case = true;
    } else {
      FURROW_ASSIGN(p, CompileMoment(path, datetime));
    }
    each.push_back(std::move(p));
  }
  return any ? Predicate::Or(std::move(each)) : Predicate::And(std::move(each));
}

// One member of a request. Objects on the way to a field ({"runtime": {"version": 1}}, as dotted
// query arguments arrive) are walked into.
Status AddMember(const EntitySchema& schema, const std::string& name, const json::Value& value,
                 int depth, std::vector<Predicate>& all) {
  if (value.IsNull() || name.empty()) return {};
  const std::string path = EscapePath(name, schema);
  if (value.IsObject()) {
    const bool on_the_way = schema.LeadsToFields(path) || schema.Find(path);
    if (!on_the_way || depth >= kDepthMax) return {};
    const bool in_map = schema.IsMap(path.substr(0, path.find('.')));
    for (const json::Member& m : value.object()) {
      const std::string key = in_map ? EscapeKey(UnescapeKey(m.key)) : m.key;
      FURROW_TRY(AddMember(schema, path + "." + key, m.value, depth + 1, all));
    }
    return {};
  }
  const Field* field = schema.Find(path);
  if (!field) return {};
  if (path == schema.project_path) {
    const json::Array one{value};
    const json::Array& ids = value.IsArray() ? value.array() : one;
    if (std::find(ids.begin(), ids.end(), json::Value(kAnyProject)) != ids.end()) return {};
  }
  FURROW_ASSIGN(Predicate p, CompileField(*field, path, value));
  all.push_back(std::move(p));
  return {};
}

// Projects named anywhere in the filter stand for their descendants too.
Status ExpandProjects(const EntitySchema& schema, const CompileContext& context, Predicate& p) {
  for (Predicate& child : p.children) FURROW_TRY(ExpandProjects(schema, context, child));
  const bool in = p.kind == Predicate::Kind::kIn;
  const bool has_all = p.kind == Predicate::Kind::kHasAll;
  if (p.path != schema.project_path || (!in && !has_all)) return {};
  std::vector<Predicate> each;
  std::vector<std::string> ids;
  for (const json::Value& v : p.values) {
    if (v.IsString()) ids.push_back(v.AsString());
  }
  if (in) {
    FURROW_ASSIGN(const std::vector<std::string> expanded, context.expand_projects(ids));
    for (const std::string& id : expanded) p.values.emplace_back(id);
    return {};
  }
  for (const std::string& id : ids) {
    FURROW_ASSIGN(const std::vector<std::string> expanded, context.expand_projects({id}));
    Predicate one = Predicate::In(p.path, {json::Value(id)});
    for (const std::string& e : expanded) one.values.emplace_back(e);
    each.push_back(std::move(one));
  }
  p = Predicate::And(std::move(each));
  return {};
}

bool Asked(const json::Value& value) {
  if (value.IsArray()) return !value.array().empty();
  return !value.IsNull() && !(value.IsString() && value.AsString().empty());
}

Predicate HasTag(std::string_view tag) { return Predicate::Equals("system_tags", tag); }

bool HasText(const Predicate& p) {
  return p.kind == Predicate::Kind::kText ||
         std::any_of(p.children.begin(), p.children.end(), HasText);
}

Result<int64_t> ReadCount(const json::Value& request, const char* name, int64_t otherwise) {
  const json::Value& v = request.At(name);
  if (v.IsNull()) return otherwise;
  const int64_t n = v.AsInt(-1);
  if (!v.IsNumber() || n < 0 || static_cast<double>(n) != v.AsDouble()) {
    return BadRequest(std::string(name) + " must be a whole number, 0 or more");
  }
  return n;
}

}  // namespace

Result<Predicate> CompileWhere(const EntitySchema& schema, const json::Value& request,
                               const CompileContext& context) {
  std::vector<Predicate> all;
  for (const json::Member& m : request.object()) {
    const bool any = m.key == "_any_" || m.key == "_or_";
    if (any || m.key == "_all_" || m.key == "_and_") {
      FURROW_ASSIGN(Predicate p, CompileMultiField(schema, m.key, m.value, any));
      all.push_back(std::move(p));
    } else if (m.key == "filters") {
      if (!m.value.IsNull() && !m.value.IsObject()) return BadRequest("filters must be an object");
      for (const json::Member& f : m.value.object()) {
        if (f.value.IsNull()) continue;
        FURROW_ASSIGN(Predicate p, CompileFilter(EscapePath(f.key, schema), f.value));
        all.push_back(std::move(p));
      }
    } else {
      FURROW_TRY(AddMember(schema, m.key, m.value, 0, all));
    }
  }
  if (request.At("include_subprojects").AsBool() && context.expand_projects &&
      !schema.project_path.empty()) {
    for (Predicate& p : all) FURROW_TRY(ExpandProjects(schema, context, p));
  }
  if (request.At("shallow_search").AsBool() && !schema.shallow_path.empty() &&
      !Asked(request.At(schema.shallow_path))) {
    Predicate top;
    top.kind = Predicate::Kind::kEmpty;
    top.path = schema.shallow_path;
    all.push_back(std::move(top));
  }
  const bool shows_hidden = request.At("search_hidden").AsBool() || Asked(request.At("id")) ||
                            (schema.name_shows_hidden && Asked(request.At("name")));
  if (context.hide_hidden && !schema.hidden_tag.empty() && !shows_hidden) {
    all.push_back(Predicate::Not(HasTag(schema.hidden_tag)));
  }
  const json::Value& search = request.At("search_text");
  if (!search.IsNull() && !search.IsString()) return BadRequest("search_text must be a text");
  if (search.AsString().find_first_not_of(" \t\r\n\"") != std::string::npos) {
    Predicate p;
    p.kind = Predicate::Kind::kText;
    p.pattern = search.AsString();
    for (const TextField& field : schema.text) {
      p.paths.emplace_back(field.path);
      p.weights.push_back(field.weight);
    }
    all.push_back(std::move(p));
  }
  return Predicate::And(std::move(all));
}

Result<std::vector<docs::OrderBy>> CompileOrder(const EntitySchema& schema,
                                                const json::Value& request) {
  const json::Value& value = request.At("order_by");
  const json::Array one{value};
  std::vector<docs::OrderBy> order;
  if (value.IsNull()) return order;
  for (const json::Value& v : value.IsArray() ? value.array() : one) {
    std::string_view name = v.AsString();
    if (!v.IsString()) return BadRequest("order_by must be texts");
    docs::OrderBy by;
    if (name.starts_with('-')) {
      by.descending = true;
      name.remove_prefix(1);
    }
    if (name.empty()) continue;
    if (name == kTextScore) {
      by.text_score = by.descending = true;
    } else {
      by.path = EscapePath(name, schema);
      for (const char* root : {"hyperparams.", "last_metrics.", "metadata."}) {
        by.numeric_text = by.numeric_text || by.path.starts_with(root);
      }
    }
    order.push_back(std::move(by));
  }
  return order;
}

Result<docs::Plan> Compile(const EntitySchema& schema, const json::Value& request,
                           const CompileContext& context) {
  docs::Plan plan;
  FURROW_ASSIGN(plan.where, CompileWhere(schema, request, context));
  FURROW_ASSIGN(plan.order, CompileOrder(schema, request));
  if (HasText(plan.where)) {
    if (plan.order.empty()) plan.order.push_back({.descending = true, .text_score = true});
  } else {
    // There is no score to order by.
    std::erase_if(plan.order, [](const docs::OrderBy& by) { return by.text_score; });
  }
  FURROW_ASSIGN(const int64_t page, ReadCount(request, "page", 0));
  FURROW_ASSIGN(int64_t page_size, ReadCount(request, "page_size", kPageSizeMax));
  if (page_size == 0 || page_size > kPageSizeMax) page_size = kPageSizeMax;
  plan.offset = std::min(page, kPageMax) * page_size;
  plan.limit = page_size;
  return plan;
}

}  // namespace furrow::query
