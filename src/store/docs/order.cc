// SPDX-License-Identifier: Apache-2.0
#include "store/docs/order.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace furrow::docs {
namespace {

std::optional<double> NumberIn(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text.front() == '+') text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || std::isnan(number)) {
    return std::nullopt;
  }
  return number;
}

// A scalar with texts that are numbers turned into numbers.
Scalar Numeric(const Scalar& s) {
  if (s.tag != Tag::kText) return s;
  const auto number = NumberIn(s.text);
  return number ? Scalar{.tag = Tag::kDouble, .real = *number} : s;
}

OrderClass ClassOf(const Scalar& s) {
  switch (s.tag) {
    case Tag::kInt:
    case Tag::kDouble:
      return kNumbers;
    case Tag::kText:
    case Tag::kLong:
    case Tag::kTime:
      return kTexts;
    case Tag::kBool:
      return kBools;
    default:
      return kOthers;
  }
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Compares runs of digits by value, all else by byte.
int CompareNatural(std::string_view a, std::string_view b) {
  size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (IsDigit(a[i]) && IsDigit(b[j])) {
      const auto run = [](std::string_view s, size_t& at) {
        while (at < s.size() && s[at] == '0') ++at;
        const size_t from = at;
        while (at < s.size() && IsDigit(s[at])) ++at;
        return s.substr(from, at - from);
      };
      const std::string_view x = run(a, i), y = run(b, j);
      if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
      if (const int c = x.compare(y)) return c;
    } else {
      if (a[i] != b[j]) {
        return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]) ? -1 : 1;
      }
      ++i, ++j;
    }
  }
  if (i < a.size() || j < b.size()) return i < a.size() ? 1 : -1;
  return a.compare(b);
}

int CompareTexts(const Scalar& a, const Scalar& b, bool numeric_text) {
  if (a.tag == Tag::kTime && b.tag == Tag::kTime) {
    return a.whole < b.whole ? -1 : a.whole > b.whole;
  }
  const std::string a_time = a.tag == Tag::kTime ? FormatTime(a.whole) : "";
  const std::string b_time = b.tag == Tag::kTime ? FormatTime(b.whole) : "";
  const std::string_view x = a.tag == Tag::kTime ? std::string_view(a_time) : a.text;
  const std::string_view y = b.tag == Tag::kTime ? std::string_view(b_time) : b.text;
  return numeric_text ? CompareNatural(x, y) : x.compare(y);
}

// Exact: rounding a whole number to a double would let three values be in a circle.
int CompareNumbers(const Scalar& a, const Scalar& b) {
  const double x = a.number(), y = b.number();
  if (x != y) return x < y ? -1 : 1;
  if (a.tag != Tag::kInt && b.tag != Tag::kInt) return 0;
  const auto whole = [](const Scalar& s) {
    if (s.tag == Tag::kInt) return s.whole;
    return s.real >= 0x1p63 ? INT64_MAX : static_cast<int64_t>(s.real);
  };
  return whole(a) < whole(b) ? -1 : whole(a) > whole(b);
}

}  // namespace

Scalar ForOrder(const Scalar& s) {
  if (s.tag == Tag::kDouble && std::isnan(s.real)) return {};
  if (s.tag == Tag::kText) {
    if (s.text.size() > kTextKeptMax)
      return {.tag = Tag::kLong, .text = s.text.substr(0, kLongTextPrefix)};
    if (const auto time = FixedTime(s.text)) return {.tag = Tag::kTime, .whole = *time};
  }
  return s;
}

Scalar ForOrder(const Found& found, bool descending) {
  Scalar best;
  if (found.list && found.scalars.size() > kListKeptMax) return {.tag = Tag::kLongList};
  for (const Scalar& element : found.scalars) {
    const Scalar s = ForOrder(element);
    // Whether a column or the document is asked, the answer is the same.
    if (found.list && s.tag == Tag::kLong) return {.tag = Tag::kLongList};
    if (s.tag == Tag::kMissing) continue;
    if (best.tag == Tag::kMissing) {
      best = s;
      continue;
    }
    const int c = CompareScalars(s, best, false);
    if (descending ? c > 0 : c < 0) best = s;
  }
  return best;
}

int CompareScalars(const Scalar& a_in, const Scalar& b_in, bool numeric_text) {
  const Scalar a = numeric_text ? Numeric(a_in) : a_in, b = numeric_text ? Numeric(b_in) : b_in;
  const OrderClass x = ClassOf(a), y = ClassOf(b);
  if (x != y) return x < y ? -1 : 1;
  switch (x) {
    case kNumbers:
      return CompareNumbers(a, b);
    case kTexts:
      return CompareTexts(a, b, numeric_text);
    case kBools:
      return a.whole < b.whole ? -1 : a.whole > b.whole;
    default:
      return 0;
  }
}

uint64_t RankKey(uint32_t rank) { return static_cast<uint64_t>(kTexts) << kValueBits | rank; }

std::optional<uint64_t> NumberKey(std::string_view text) {
  const auto number = NumberIn(text);
  if (!number) return std::nullopt;
  return NumberKey(*number);
}

uint64_t SortKey(const Scalar& s_in, bool numeric_text, bool times_only) {
  if (s_in.tag == Tag::kMissing) return UINT64_MAX;
  const Scalar s = numeric_text ? Numeric(s_in) : s_in;
  const OrderClass c = ClassOf(s);
  if (c == kNumbers) return NumberKey(s.number());
  if (c == kTexts && times_only) return TimeKey(s.whole);
  uint64_t value = 0;
  if (c == kTexts && !numeric_text) {
    const std::string time = s.tag == Tag::kTime ? FormatTime(s.whole) : "";
    const std::string_view text = s.tag == Tag::kTime ? std::string_view(time) : s.text;
    for (size_t i = 0; i < 8; ++i) {
      value = value << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0);
    }
    value >>= 64 - kValueBits;
  } else if (c == kBools) {
    value = static_cast<uint64_t>(s.whole);
  }
  return static_cast<uint64_t>(c) << kValueBits | value;
}

}  // namespace furrow::docs
