// SPDX-License-Identifier: Apache-2.0
// The order of scalars: numbers, then texts (times among them by their text), then booleans. A
// missing value, an empty list and NaN have no place in it: they come last in either direction.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>

#include "store/docs/scalar.h"

namespace furrow::docs {

/// The form in which a value takes part in an order: long texts by their first bytes, fixed time
/// texts as kTime, NaN as kMissing.
Scalar ForOrder(const Scalar& s);
/// Of a list the least element, or the greatest when `descending`; of one too long for a column
/// nothing is known but that it is there.
Scalar ForOrder(const Found& found, bool descending);

/// <0, 0 or >0; neither may be kMissing. `numeric_text`: texts that are numbers count as numbers,
/// and runs of digits within other texts compare as numbers ("step 9" before "step 10").
int CompareScalars(const Scalar& a, const Scalar& b, bool numeric_text);

/// A number that orders as CompareScalars does but for ties, which need it; missing is greatest.
/// `times_only`: no text but times is among what is compared.
uint64_t SortKey(const Scalar& s, bool numeric_text, bool times_only);

/// How a SortKey is made: a class above the bits of its value.
inline constexpr int kValueBits = 61;
enum OrderClass : uint64_t { kNumbers, kTexts, kBools, kOthers, kClassCount };

/// The SortKey of a number; NaN: of what is missing.
inline uint64_t NumberKey(double number) {
  if (number != number) return UINT64_MAX;
  const auto bits = std::bit_cast<uint64_t>(number + 0.0);  // -0.0 equals 0.0
  const uint64_t ordered = bits >> 63 ? ~bits : bits | uint64_t{1} << 63;
  return static_cast<uint64_t>(kNumbers) << kValueBits | ordered >> (64 - kValueBits);
}
/// Of a time where `times_only`.
inline uint64_t TimeKey(Micros time) {
  return static_cast<uint64_t>(kTexts) << kValueBits |
         static_cast<uint64_t>(time + (int64_t{1} << (kValueBits - 1)));
}
/// The SortKey of what is not missing, the other way round.
inline uint64_t Descending(uint64_t key) {
  return (static_cast<uint64_t>(kClassCount) << kValueBits) - key;
}
/// Of a text that counts as a number where numeric_text; nullopt: it does not.
std::optional<uint64_t> NumberKey(std::string_view text);
/// Of a text by its place among others (Ranks), where no times stand between them.
uint64_t RankKey(uint32_t rank);

}  // namespace furrow::docs
