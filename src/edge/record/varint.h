// SPDX-License-Identifier: Apache-2.0
// The integers of a log's records: LEB128, and zigzag for signed ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace furrow::edge {

constexpr uint64_t ZigZag(int64_t v) {
  return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
}
constexpr int64_t UnZigZag(uint64_t z) { return static_cast<int64_t>((z >> 1) ^ (0 - (z & 1))); }

/// Differences and sums modulo 2^64, which no value can make undefined.
constexpr int64_t Less(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
constexpr int64_t Plus(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

inline void PutU(std::string& out, uint64_t v) {
  while (v >= 0x80) {
    out.push_back(static_cast<char>(v | 0x80));
    v >>= 7;
  }
  out.push_back(static_cast<char>(v));
}
inline void PutZ(std::string& out, int64_t v) { PutU(out, ZigZag(v)); }

/// Takes values from the front of bytes. After a failure every further value is 0 and ok() false.
class Taker {
 public:
  explicit Taker(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool empty() const { return rest_.empty(); }
  size_t left() const { return rest_.size(); }

  uint8_t Byte() {
    if (rest_.empty()) return static_cast<uint8_t>(Fail());
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  uint64_t U() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint64_t byte = Byte();
      if (!ok_ || (shift == 63 && byte > 1)) return Fail();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return Fail();
  }
  int64_t Z() { return UnZigZag(U()); }
  /// U and Z that must fit 32 bits; a negative number was written as one without sign.
  uint32_t U32() { return Narrow<uint32_t>(static_cast<int64_t>(U())); }
  int32_t Int() { return static_cast<int32_t>(U32()); }
  int32_t IntFrom(int64_t base) { return Narrow<int32_t>(Plus(base, Z())); }
  std::string_view Bytes(uint64_t count) {
    if (count > rest_.size()) {
      Fail();
      return {};
    }
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }
  uint64_t Fail() {
    ok_ = false;
    rest_ = {};
    return 0;
  }

 private:
  template <typename T>
  T Narrow(int64_t value) {
    const T narrow = static_cast<T>(value);
    if (static_cast<int64_t>(narrow) != value) return static_cast<T>(Fail());
    return narrow;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace furrow::edge
