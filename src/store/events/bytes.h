// SPDX-License-Identifier: Apache-2.0
// Writing and reading the store's binary forms: little-endian numbers, LEB128 varints, zigzag for
// signed ones, strings behind their length. Everything a reader meets may be damaged, so a read
// past the end or a varint that is too long makes the reader fail once and for all, and yields
// zeros.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace furrow::events {

constexpr uint64_t ZigZag(int64_t v) {
  return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
}
constexpr int64_t UnZigZag(uint64_t v) { return static_cast<int64_t>((v >> 1) ^ (~(v & 1) + 1)); }

static_assert(std::endian::native == std::endian::little,
              "the formats are little-endian: add byte swaps here for another machine");

inline void PutU8(std::string& out, uint8_t v) { out.push_back(static_cast<char>(v)); }
inline void PutU32(std::string& out, uint32_t v) {
  out.append(reinterpret_cast<const char*>(&v), sizeof v);
}
inline void PutU64(std::string& out, uint64_t v) {
  out.append(reinterpret_cast<const char*>(&v), sizeof v);
}
inline void PutDouble(std::string& out, double v) { PutU64(out, std::bit_cast<uint64_t>(v)); }
inline void PutFloat(std::string& out, float v) { PutU32(out, std::bit_cast<uint32_t>(v)); }
inline void PutVarint(std::string& out, uint64_t v) {
  char buffer[10];
  size_t n = 0;
  for (; v >= 0x80; v >>= 7) buffer[n++] = static_cast<char>(v | 0x80);
  buffer[n++] = static_cast<char>(v);
  out.append(buffer, n);
}
inline void PutSigned(std::string& out, int64_t v) { PutVarint(out, ZigZag(v)); }
inline void PutString(std::string& out, std::string_view s) {
  PutVarint(out, s.size());
  out.append(s);
}

/// Does not own what it reads.
class Reader {
 public:
  explicit Reader(std::string_view data) : p_(data.data()), end_(data.data() + data.size()) {}

  bool ok() const { return ok_; }
  /// Nothing failed and nothing is left.
  bool done() const { return ok_ && p_ == end_; }
  size_t left() const { return static_cast<size_t>(end_ - p_); }
  void Fail() {
    ok_ = false;
    p_ = end_;
  }

  uint8_t U8() { return Fixed<uint8_t>(); }
  uint32_t U32() { return Fixed<uint32_t>(); }
  uint64_t U64() { return Fixed<uint64_t>(); }
  double Double() { return std::bit_cast<double>(U64()); }
  float Float() { return std::bit_cast<float>(U32()); }
  uint64_t Varint() {
    uint64_t v = 0;
    for (int shift = 0; shift < 64 && p_ < end_; shift += 7) {
      const auto byte = static_cast<uint8_t>(*p_++);
      if (shift == 63 && byte > 1) break;
      v |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return v;
    }
    Fail();
    return 0;
  }
  /// A varint that must not exceed `max`.
  uint64_t Bounded(uint64_t max) {
    const uint64_t v = Varint();
    if (v > max) {
      Fail();
      return 0;
    }
    return v;
  }
  int64_t Signed() { return UnZigZag(Varint()); }
  std::string_view Bytes(size_t n) {
    if (n > left()) {
      Fail();
      return {};
    }
    const std::string_view v(p_, n);
    p_ += n;
    return v;
  }
  std::string_view String() { return Bytes(Bounded(left())); }

 private:
  template <typename T>
  T Fixed() {
    T v{};
    if (left() < sizeof v) {
      Fail();
      return v;
    }
    std::memcpy(&v, p_, sizeof v);
    p_ += sizeof v;
    return v;
  }

  const char* p_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace furrow::events
