// SPDX-License-Identifier: Apache-2.0
#include "store/docs/dictionary.h"

namespace furrow::docs {

size_t Dictionary::Slot(std::string_view text) const {
  const size_t mask = slots_.size() - 1;
  size_t at = std::hash<std::string_view>()(text) & mask;
  while (slots_[at] != kNone && Text(slots_[at]) != text) at = (at + 1) & mask;
  return at;
}

uint32_t Dictionary::Find(std::string_view text) const {
  return slots_.empty() ? kNone : slots_[Slot(text)];
}

uint32_t Dictionary::Add(std::string_view text) {
  if ((ends_.size() + 1) * 2 > slots_.size()) {
    const size_t grown = slots_.empty() ? 16 : slots_.size() * 2;
    slots_.assign(grown, kNone);
    for (uint32_t i = 0; i < size(); ++i) slots_[Slot(Text(i))] = i;
  }
  const size_t slot = Slot(text);
  if (slots_[slot] != kNone) return slots_[slot];
  const uint32_t number = size();
  text_ += text;
  ends_.push_back(static_cast<uint32_t>(text_.size()));
  slots_[slot] = number;
  return number;
}

}  // namespace furrow::docs
