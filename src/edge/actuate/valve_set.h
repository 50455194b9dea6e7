// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace furrow::edge {

/// Which valves are open, by nozzle: a bitmap of fixed size, so that it can be copied, compared and
/// kept in shared memory without an allocation. A boom has at most 1,000 nozzles.
struct ValveSet {
  static constexpr size_t kMax = 1024;

  std::array<uint64_t, kMax / 64> words{};  // nozzle n is bit n % 64 of word n / 64

  bool Test(size_t nozzle) const noexcept { return (words[nozzle / 64] >> (nozzle % 64) & 1) != 0; }
  void Set(size_t nozzle, bool open) noexcept {
    const uint64_t bit = uint64_t{1} << (nozzle % 64);
    words[nozzle / 64] = open ? words[nozzle / 64] | bit : words[nozzle / 64] & ~bit;
  }
  size_t Count() const noexcept {
    size_t count = 0;
    for (const uint64_t word : words) count += static_cast<size_t>(std::popcount(word));
    return count;
  }
  bool Any() const noexcept { return *this != ValveSet{}; }

  bool operator==(const ValveSet&) const = default;
};

}  // namespace furrow::edge
