// SPDX-License-Identifier: Apache-2.0
#include "store/docs/rows.h"

#include <algorithm>
#include <cstring>
#include <functional>

namespace furrow::docs {
namespace {

constexpr uint32_t kEmptySlot = UINT32_MAX;
constexpr uint32_t kRemovedSlot = UINT32_MAX - 1;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

bool Bits::Any() const {
  return std::any_of(words_.begin(), words_.end(), [](uint64_t w) { return w != 0; });
}

size_t Bits::Count() const {
  size_t n = 0;
  for (const uint64_t w : words_) n += static_cast<size_t>(std::popcount(w));
  return n;
}

Bits& Bits::operator&=(const Bits& other) {
  for (size_t i = 0; i < words_.size(); ++i) {
    words_[i] &= i < other.words_.size() ? other.words_[i] : 0;
  }
  return *this;
}

Bits& Bits::operator|=(const Bits& other) {
  if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
  for (size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
  return *this;
}

Bits& Bits::operator-=(const Bits& other) {
  const size_t n = std::min(words_.size(), other.words_.size());
  for (size_t i = 0; i < n; ++i) words_[i] &= ~other.words_[i];
  return *this;
}

namespace {

// Packs an id: all of it when it is 32 hexadecimal digits (true), else its first bytes.
bool Pack(std::string_view id, std::array<unsigned char, 16>& packed) {
  packed.fill(0);
  bool hex = id.size() == 32;
  for (size_t i = 0; hex && i < 16; ++i) {
    const int high = HexDigit(id[2 * i]), low = HexDigit(id[2 * i + 1]);
    hex = high >= 0 && low >= 0;
    if (hex) packed[i] = static_cast<unsigned char>(high << 4 | low);
  }
  if (!hex) {
    packed.fill(0);
    std::memcpy(packed.data(), id.data(), std::min<size_t>(id.size(), 16));
  }
  return hex;
}

size_t Mix(const std::array<unsigned char, 16>& packed) {
  uint64_t a, b;
  std::memcpy(&a, packed.data(), 8);
  std::memcpy(&b, packed.data() + 8, 8);
  uint64_t h = (a ^ (b * 0x9E3779B97F4A7C15ull)) * 0xBF58476D1CE4E5B9ull;
  return static_cast<size_t>(h ^ h >> 32);
}

}  // namespace

bool RowIndex::Is(Row row, std::string_view id, Kind kind, const Packed& packed) const {
  if (kinds_[row] != kind || packed_[row] != packed) return false;
  return kind == kHex || odd_.at(row) == id;
}

// The slot that holds the id, or the one to put it into.
size_t RowIndex::Slot(std::string_view id, Kind kind, const Packed& packed) const {
  const size_t mask = slots_.size() - 1;
  size_t at = Mix(packed) & mask;
  size_t reuse = SIZE_MAX;
  for (;; at = (at + 1) & mask) {
    if (slots_[at] == kEmptySlot) return reuse != SIZE_MAX ? reuse : at;
    if (slots_[at] == kRemovedSlot) {
      if (reuse == SIZE_MAX) reuse = at;
    } else if (Is(slots_[at], id, kind, packed)) {
      return at;
    }
  }
}

void RowIndex::Rehash(size_t slots) {
  slots_.assign(slots, kEmptySlot);
  const size_t mask = slots - 1;
  used_ = 0;
  live_.Each([&](Row row) {
    size_t at = Mix(packed_[row]) & mask;
    while (slots_[at] != kEmptySlot) at = (at + 1) & mask;
    slots_[at] = row;
    ++used_;
  });
}

Row RowIndex::Find(std::string_view id) const {
  if (slots_.empty()) return kNoRow;
  Packed packed;
  const Kind kind = Pack(id, packed) ? kHex : kOdd;
  const uint32_t found = slots_[Slot(id, kind, packed)];
  return found >= kRemovedSlot ? kNoRow : found;
}

Row RowIndex::Add(std::string_view id) {
  if ((used_ + 1) * 3 > slots_.size() * 2) {
    size_t wanted = 16;
    while (wanted < (size() + 1) * 2) wanted *= 2;
    Rehash(wanted);
  }
  Packed packed;
  const Kind kind = Pack(id, packed) ? kHex : kOdd;
  const size_t slot = Slot(id, kind, packed);
  if (slots_[slot] < kRemovedSlot) return slots_[slot];
  Row row;
  if (!free_.empty()) {
    row = free_.back();
    free_.pop_back();
  } else {
    row = static_cast<Row>(kinds_.size());
    kinds_.push_back(kFree);
    packed_.emplace_back();
    live_.Grow(kinds_.size());
  }
  kinds_[row] = kind;
  packed_[row] = packed;
  if (kind == kOdd) odd_[row] = id;
  live_.Set(row);
  if (slots_[slot] == kEmptySlot) ++used_;
  slots_[slot] = row;
  return row;
}

Row RowIndex::Remove(std::string_view id) {
  if (slots_.empty()) return kNoRow;
  Packed packed;
  const Kind kind = Pack(id, packed) ? kHex : kOdd;
  const size_t slot = Slot(id, kind, packed);
  if (slots_[slot] >= kRemovedSlot) return kNoRow;
  const Row row = slots_[slot];
  slots_[slot] = kRemovedSlot;
  kinds_[row] = kFree;
  if (kind == kOdd) odd_.erase(row);
  live_.Reset(row);
  free_.push_back(row);
  return row;
}

std::string_view RowIndex::Id(Row row, std::array<char, 32>& buffer) const {
  if (kinds_[row] == kOdd) return odd_.at(row);
  static constexpr char kDigits[] = "0123456789abcdef";
  for (size_t i = 0; i < 16; ++i) {
    buffer[2 * i] = kDigits[packed_[row][i] >> 4];
    buffer[2 * i + 1] = kDigits[packed_[row][i] & 15];
  }
  return {buffer.data(), buffer.size()};
}

std::string RowIndex::Id(Row row) const {
  std::array<char, 32> buffer;
  return std::string(Id(row, buffer));
}

int RowIndex::Compare(Row a, Row b) const {
  if (kinds_[a] == kHex && kinds_[b] == kHex) {
    return std::memcmp(packed_[a].data(), packed_[b].data(), 16);
  }
  return Id(a).compare(Id(b));
}

uint64_t RowIndex::SortKey(Row row) const {
  std::array<char, 32> buffer;
  const std::string_view id = Id(row, buffer);
  uint64_t key = 0;
  for (size_t i = 0; i < 8; ++i) {
    key = key << 8 | (i < id.size() ? static_cast<unsigned char>(id[i]) : 0);
  }
  return key;
}

size_t RowIndex::bytes() const {
  return packed_.capacity() * 16 + kinds_.capacity() + slots_.capacity() * 4 +
         free_.capacity() * 4 + odd_.size() * 100 + kinds_.size() / 8;
}

}  // namespace furrow::docs
