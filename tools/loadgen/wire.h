// SPDX-License-Identifier: Apache-2.0
// Requests as the official SDK's session writes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace furrow::loadgen {

struct Target {
  uint16_t port = 0;
  std::string token;   ///< bearer token of auth.login
  std::string worker;  ///< part of who a batch comes from
};

/// The head of a call with room for a Content-Length of ten digits, to be set by SetLength.
std::string Head(const Target& target, std::string_view method, std::string_view path,
                 std::string_view content_type);
/// Sets the length of the body that follows the first `head_size` bytes of `request`.
void SetLength(std::string& request, size_t head_size);
/// A whole request.
std::string Call(const Target& target, std::string_view method, std::string_view path,
                 std::string_view content_type, std::string_view body);

/// Puts `number` as `digits` decimal digits, leading zeros included.
inline void PutDigits(char* at, uint64_t number, int digits) {
  for (int i = digits - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
}

/// Deterministic and quick: splitmix64.
class Random {
 public:
  using result_type = uint64_t;
  explicit Random(uint64_t seed) : state_(seed) {}
  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() { return UINT64_MAX; }
  uint64_t operator()() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }

 private:
  uint64_t state_;
};

}  // namespace furrow::loadgen
