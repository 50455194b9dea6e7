// SPDX-License-Identifier: Apache-2.0
#include "store/docs/scalar.h"

#include <cstdlib>

#include "store/docs/walk.h"

namespace furrow::docs {
namespace {

// What Walk needs to know of a tree of json::Values.
struct ValueNode {
  const json::Value* value;

  bool IsObject() const { return value->IsObject(); }
  bool IsArray() const { return value->IsArray(); }
  template <typename Visit>
  bool Member(std::string_view key, Visit&& visit) const {
    const json::Value* found = value->Find(key);
    if (!found) return false;
    visit(ValueNode{found});
    return true;
  }
  template <typename Visit>
  void Elements(Visit&& visit) const {
    for (const json::Value& e : value->array()) visit(ValueNode{&e});
  }
  Scalar Read() const { return ToScalar(*value); }
};

// Two digits at `p`, -1 when they are none.
int Two(const char* p) {
  const unsigned a = static_cast<unsigned char>(p[0]) - '0',
                 b = static_cast<unsigned char>(p[1]) - '0';
  return a > 9 || b > 9 ? -1 : static_cast<int>(a * 10 + b);
}

int64_t DaysFromCivil(int64_t y, int m, int d) {
  y -= m <= 2;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t yoe = y - era * 400;
  const int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  const int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + doe - 719468;
}

bool DayExists(int y, int m, int d) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (m < 1 || m > 12 || d < 1) return false;
  const bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
  return d <= kDays[m - 1] + (m == 2 && leap ? 1 : 0);
}

}  // namespace

std::optional<Micros> FixedTime(std::string_view t) {
  // 0123456789012345678901234567890 1
  // 2026-11-23T20:31:43.123456+00:00
  if (t.size() != 32 || t[4] != '-' || t[7] != '-' || t[10] != 'T' || t[13] != ':' ||
      t[16] != ':' || t[19] != '.' || t.substr(26) != "+00:00") {
    return std::nullopt;
  }
  const char* p = t.data();
  const int century = Two(p), year = Two(p + 2), month = Two(p + 5), day = Two(p + 8);
  const int hour = Two(p + 11), minute = Two(p + 14), second = Two(p + 17);
  const int f1 = Two(p + 20), f2 = Two(p + 22), f3 = Two(p + 24);
  if ((century | year | month | day | hour | minute | second | f1 | f2 | f3) < 0)
    return std::nullopt;
  const int y = century * 100 + year;
  if (y < 1 || !DayExists(y, month, day) || hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  const int64_t seconds = DaysFromCivil(y, month, day) * 86400 + hour * 3600 + minute * 60 + second;
  return seconds * 1'000'000 + f1 * 10000 + f2 * 100 + f3;
}

Scalar ToScalar(const json::Value& v) {
  Scalar s;
  if (v.IsString()) {
    s.tag = Tag::kText;
    s.text = v.AsString();
  } else if (v.IsInt()) {
    s.tag = Tag::kInt;
    s.whole = v.AsInt();
  } else if (v.IsNumber()) {
    s.tag = Tag::kDouble;
    s.real = v.AsDouble();
  } else if (v.IsBool()) {
    s.tag = Tag::kBool;
    s.whole = v.AsBool();
  } else if (!v.IsNull()) {
    s.tag = Tag::kOther;
  }
  return s;
}

json::Value ToValue(const Scalar& s) {
  switch (s.tag) {
    case Tag::kBool:
      return s.whole != 0;
    case Tag::kInt:
      return s.whole;
    case Tag::kDouble:
      return s.real;
    case Tag::kTime:
      return FormatTime(s.whole);
    case Tag::kText:
      return s.text;
    default:
      return nullptr;
  }
}

bool SameScalar(const Scalar& a, const Scalar& b) {
  if (a.tag == Tag::kTime && b.tag == Tag::kText) return FixedTime(b.text) == a.whole;
  if (a.tag == Tag::kText && b.tag == Tag::kTime) return FixedTime(a.text) == b.whole;
  const bool a_number = a.tag == Tag::kInt || a.tag == Tag::kDouble;
  const bool b_number = b.tag == Tag::kInt || b.tag == Tag::kDouble;
  if (a_number && b_number) {
    if (a.tag == Tag::kInt && b.tag == Tag::kInt) return a.whole == b.whole;
    return a.number() == b.number();
  }
  if (a.tag != b.tag) return false;
  switch (a.tag) {
    case Tag::kMissing:
      return true;
    case Tag::kBool:
    case Tag::kTime:
      return a.whole == b.whole;
    case Tag::kText:
      return a.text == b.text;
    default:
      return false;
  }
}

void Extract(const json::Value& doc, std::string_view path, Found& found) {
  found.Clear();
  Walk(ValueNode{&doc}, path, found);
}

}  // namespace furrow::docs
