// SPDX-License-Identifier: Apache-2.0
#include "store/docs/ranks.h"

#include <algorithm>
#include <numeric>

#include "store/docs/order.h"

namespace furrow::docs {
namespace {

Scalar TextScalar(const Dictionary& texts, uint32_t number) {
  return {.tag = Tag::kText, .text = texts.Text(number)};
}

// Odd ranks for the places themselves, even ones for the gaps before them.
uint64_t PlaceKey(size_t place) { return RankKey(2 * static_cast<uint32_t>(place) + 1); }
uint64_t GapKey(size_t place) { return RankKey(2 * static_cast<uint32_t>(place)); }

}  // namespace

Ranks::Ranks(const Dictionary& texts, bool numeric_text) : numeric_text_(numeric_text) {
  if (numeric_text_) {
    keys_.resize(texts.size());
    for (uint32_t i = 0; i < texts.size(); ++i) {
      if (const auto key = NumberKey(texts.Text(i))) {
        keys_[i] = *key;
      } else {
        sorted_.push_back(i);
      }
    }
    std::sort(sorted_.begin(), sorted_.end(), [&](uint32_t a, uint32_t b) {
      return CompareScalars(TextScalar(texts, a), TextScalar(texts, b), true) < 0;
    });
    for (size_t i = 0; i < sorted_.size(); ++i) keys_[sorted_[i]] = PlaceKey(i);
    return;
  }
  sorted_.resize(texts.size());
  place_.resize(texts.size());
  std::iota(sorted_.begin(), sorted_.end(), 0u);
  std::sort(sorted_.begin(), sorted_.end(),
            [&](uint32_t a, uint32_t b) { return texts.Text(a) < texts.Text(b); });
  for (uint32_t i = 0; i < sorted_.size(); ++i) place_[sorted_[i]] = i;
}

uint64_t Ranks::Key(const Dictionary& texts, uint32_t number) const {
  if (number < keys_.size()) return keys_[number];
  if (number < place_.size()) return PlaceKey(place_[number]);
  const Scalar text = TextScalar(texts, number);
  if (numeric_text_) {
    if (const auto key = NumberKey(text.text)) return *key;
  }
  const auto at =
      std::lower_bound(sorted_.begin(), sorted_.end(), text, [&](uint32_t n, const Scalar& wanted) {
        return CompareScalars(TextScalar(texts, n), wanted, numeric_text_) < 0;
      });
  return GapKey(static_cast<size_t>(at - sorted_.begin()));
}

bool Ranks::Fresh(const Dictionary& texts) const {
  const size_t known = numeric_text_ ? keys_.size() : place_.size();
  return texts.size() <= known + known / 8 + 64;
}

}  // namespace furrow::docs
