// SPDX-License-Identifier: Apache-2.0
#include "query/ranges.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "query/errors.h"

namespace furrow::query {
namespace {

using docs::Predicate;

// Beyond these a number since 1970 is milliseconds or microseconds: the year 5138 in seconds.
constexpr double kSecondsMax = 1e11, kMillisMax = 1e14;

std::optional<double> NumberIn(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

Result<double> ReadNumber(const std::string& path, const json::Value& v) {
  if (v.IsNumber()) return v.AsDouble();
  if (v.IsString()) {
    if (const auto number = NumberIn(v.AsString())) return *number;
  }
  return BadRequest(path + ": a range takes numbers");
}

Result<double> ReadTime(const std::string& path, const json::Value& v) {
  std::optional<double> number;
  if (v.IsNumber()) number = v.AsDouble();
  if (v.IsString()) {
    if (const auto time = ParseTime(v.AsString())) return static_cast<double>(*time);
    number = NumberIn(v.AsString());
  }
  if (!number || !std::isfinite(*number)) {
    return BadRequest(path + ": not a time: " + v.AsString("a value of another type"));
  }
  const double size = std::abs(*number);
  return *number * (size <= kSecondsMax ? 1e6 : size <= kMillisMax ? 1e3 : 1);
}

using Read = Result<double> (*)(const std::string& path, const json::Value& v);

Result<Predicate> CompilePair(const std::string& path, const json::Value& value, bool is_time) {
  const Read read = is_time ? ReadTime : ReadNumber;
  Predicate p;
  p.kind = Predicate::Kind::kRange;
  p.path = path;
  p.is_time = is_time;
  if (!value.IsArray()) {
    FURROW_ASSIGN(p.low, read(path, value));
    p.high = p.low;
    return p;
  }
  if (value.array().empty()) return Predicate();
  if (value.array().size() != 2) return BadRequest(path + ": a range is [min, max]");
  const json::Value &low = value.array()[0], &high = value.array()[1];
  if (low.IsNull() && high.IsNull()) return Predicate();
  if (!low.IsNull()) {
    FURROW_ASSIGN(p.low, read(path, low));
  }
  if (!high.IsNull()) {
    FURROW_ASSIGN(p.high, read(path, high));
  }
  p.missing_matches = low.IsNull();
  return p;
}

bool HasPrefix(const json::Value& v) {
  const std::string& text = v.AsString();
  return !text.empty() && (text.front() == '>' || text.front() == '<');
}

Result<Predicate> CompilePrefixed(const std::string& path, const json::Value& v) {
  Predicate p;
  p.kind = Predicate::Kind::kRange;
  p.path = path;
  p.is_time = true;
  if (!HasPrefix(v)) {
    FURROW_ASSIGN(p.low, ReadTime(path, v));
    p.high = p.low;
    return p;
  }
  std::string_view text = v.AsString();
  const bool above = text.front() == '>';
  text.remove_prefix(1);
  const bool open = !text.starts_with('=');
  if (!open) text.remove_prefix(1);
  while (text.starts_with(' ')) text.remove_prefix(1);
  FURROW_ASSIGN(const double time, ReadTime(path, text));
  (above ? p.low : p.high) = time;
  (above ? p.low_open : p.high_open) = open;
  return p;
}

}  // namespace

Result<Predicate> CompileRange(const std::string& path, const json::Value& value) {
  return CompilePair(path, value, false);
}

Result<Predicate> CompileTimes(const std::string& path, const json::Value& value) {
  const json::Array one{value};
  for (const json::Value& v : value.IsArray() ? value.array() : one) {
    if (HasPrefix(v)) return CompileMoment(path, value);
  }
  return CompilePair(path, value, true);
}

Result<Predicate> CompileMoment(const std::string& path, const json::Value& value) {
  if (!value.IsArray()) return CompilePrefixed(path, value);
  const json::Array& items = value.array();
  if (items.size() == 2 && !HasPrefix(items[0]) && !HasPrefix(items[1])) {
    return CompilePair(path, value, true);
  }
  std::vector<Predicate> all;
  for (const json::Value& item : items) {
    if (item.IsNull()) continue;
    FURROW_ASSIGN(Predicate p, CompilePrefixed(path, item));
    all.push_back(std::move(p));
  }
  return Predicate::And(std::move(all));
}

}  // namespace furrow::query
