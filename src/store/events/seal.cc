// SPDX-License-Identifier: Apache-2.0
#include "store/events/seal.h"

#include <array>
#include <cstring>

#include "store/events/bytes.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

namespace furrow::events {
namespace {

using Table = std::array<std::array<uint32_t, 256>, 8>;

constexpr Table MakeTable() {
  Table t{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c >> 1) ^ ((c & 1) ? 0x82f63b78u : 0u);
    t[0][i] = c;
  }
  for (uint32_t i = 0; i < 256; ++i) {
    for (size_t k = 1; k < 8; ++k) t[k][i] = (t[k - 1][i] >> 8) ^ t[0][t[k - 1][i] & 0xff];
  }
  return t;
}
constexpr Table kTable = MakeTable();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t Crc32cMachine(std::string_view data, uint32_t crc) {
  uint64_t c = ~crc;
  const char* p = data.data();
  size_t n = data.size();
  for (; n >= 8; n -= 8, p += 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    c = _mm_crc32_u64(c, word);
  }
  auto c32 = static_cast<uint32_t>(c);
  for (; n > 0; --n, ++p) c32 = _mm_crc32_u8(c32, static_cast<uint8_t>(*p));
  return ~c32;
}
const bool kMachineCan = __builtin_cpu_supports("sse4.2");
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
uint32_t Crc32cMachine(std::string_view data, uint32_t crc) {
  uint32_t c = ~crc;
  const char* p = data.data();
  size_t n = data.size();
  for (; n >= 8; n -= 8, p += 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    c = __crc32cd(c, word);
  }
  for (; n > 0; --n, ++p) c = __crc32cb(c, static_cast<uint8_t>(*p));
  return ~c;
}
constexpr bool kMachineCan = true;
#else
uint32_t Crc32cMachine(std::string_view data, uint32_t crc) { return Crc32cPortable(data, crc); }
constexpr bool kMachineCan = false;
#endif

}  // namespace

uint32_t Crc32cPortable(std::string_view data, uint32_t crc) {
  uint32_t c = ~crc;
  const char* p = data.data();
  size_t n = data.size();
  for (; n >= 8; n -= 8, p += 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    word ^= c;
    c = 0;
    for (size_t k = 0; k < 8; ++k) c ^= kTable[7 - k][(word >> (8 * k)) & 0xff];
  }
  for (; n > 0; --n, ++p) c = (c >> 8) ^ kTable[0][(c ^ static_cast<uint8_t>(*p)) & 0xff];
  return ~c;
}

uint32_t Crc32c(std::string_view data, uint32_t crc) {
  return kMachineCan ? Crc32cMachine(data, crc) : Crc32cPortable(data, crc);
}

void Seal(std::string& value) { PutU32(value, Crc32c(value)); }

std::optional<std::string_view> Unseal(std::string_view value) {
  if (value.size() < 4) return std::nullopt;
  const std::string_view body = value.substr(0, value.size() - 4);
  if (Reader(value.substr(body.size())).U32() != Crc32c(body)) return std::nullopt;
  return body;
}

}  // namespace furrow::events
