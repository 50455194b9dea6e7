// SPDX-License-Identifier: Apache-2.0
// The order of scalars: numbers, then texts (times among them by their text), then booleans. A
// missing value, an empty list and NaN have no place in it: they come last in either direction.
#pragma once

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

/// The SortKey of what is never missing, the other way round.
uint64_t Descending(uint64_t key);

/// The SortKey of a number (NaN: of what is missing), and of a time where `times_only`.
uint64_t NumberKey(double number);
uint64_t TimeKey(Micros time);
/// Of a text that counts as a number where numeric_text; nullopt: it does not.
std::optional<uint64_t> NumberKey(std::string_view text);
/// Of a text by its place among others (Ranks), where no times stand between them.
uint64_t RankKey(uint32_t rank);

}  // namespace furrow::docs
