// SPDX-License-Identifier: Apache-2.0
// Texts to dense numbers and back, packed into one buffer.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace furrow::docs {

/// Numbers are given from 0 up and never taken back. Not thread-safe; views die with the next Add.
class Dictionary {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  /// The number of `text`, new or old.
  uint32_t Add(std::string_view text);
  /// kNone when it was never added.
  uint32_t Find(std::string_view text) const;
  std::string_view Text(uint32_t number) const {
    const uint32_t from = number == 0 ? 0 : ends_[number - 1];
    return {text_.data() + from, ends_[number] - from};
  }
  uint32_t size() const { return static_cast<uint32_t>(ends_.size()); }
  /// False when another text of this size might not fit the 32-bit offsets.
  bool HasRoom(size_t bytes) const { return text_.size() + bytes < (size_t{1} << 31); }
  size_t bytes() const {
    return text_.capacity() + (ends_.capacity() + slots_.capacity()) * sizeof(uint32_t);
  }

 private:
  size_t Slot(std::string_view text) const;

  std::string text_;
  std::vector<uint32_t> ends_;
  std::vector<uint32_t> slots_;  // open addressing; a number, or kNone
};

}  // namespace furrow::docs
