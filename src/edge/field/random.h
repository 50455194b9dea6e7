// SPDX-License-Identifier: Apache-2.0
// Chance that can be asked at any place in any order: a number is a function of a seed, a cell of
// the field and a purpose, so a field of any length needs no memory. Integers throughout; the same
// numbers on every processor.
//
// Counter-based generation after J. Salmon et al., Parallel random numbers: as easy as 1, 2, 3
// (SC11); the mixing is the finaliser of SplitMix64 (G. Steele et al., OOPSLA 2014), which passes
// BigCrush on counters. Not for secrets.
#pragma once

#include <cstdint>

namespace furrow::edge {

/// What a number is for: streams of different purposes have nothing to do with one another.
enum class Purpose : uint64_t {
  kWeedCell = 1,
  kWeed,
  kPatch,
  kCrop,
  kGround,
  kResidue,
  kStone,
  kSensor,
  kHaze,
  kOdometry,
  kGnss,
  kImu,
  kHeight,
  kWake
};

constexpr uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// The key of a cell's stream.
constexpr uint64_t KeyOf(uint64_t seed, Purpose purpose, int64_t x, int64_t y = 0) {
  constexpr uint64_t kStep = 0x9e3779b97f4a7c15;  // 2^64 over the golden ratio
  uint64_t key = Mix(seed + kStep * static_cast<uint64_t>(purpose));
  key = Mix(key + kStep * static_cast<uint64_t>(x));
  return Mix(key ^ (kStep * static_cast<uint64_t>(y)));
}

/// The numbers of one key, in order. A value; copying it repeats the rest of the stream.
class Draws {
 public:
  explicit constexpr Draws(uint64_t key) : key_(key) {}

  constexpr uint64_t Next() { return Mix(key_ += 0x9e3779b97f4a7c15); }

  /// Within [0, count); count from 1 to 2^32. The bias is below count / 2^32.
  constexpr int64_t Below(int64_t count) {
    return static_cast<int64_t>(((Next() >> 32) * static_cast<uint64_t>(count)) >> 32);
  }

  /// Within [low, high].
  constexpr int64_t Between(int64_t low, int64_t high) { return low + Below(high - low + 1); }

  /// True with a chance in millionths.
  constexpr bool Chance(int64_t ppm) { return Below(1'000'000) < ppm; }

  /// Nearly normal, with mean 0 and this standard deviation (up to 2^40): the sum of twelve uniform
  /// numbers, hence never beyond six deviations.
  constexpr int64_t Normal(int64_t deviation) {
    int64_t sum = -6 * 65536;
    for (int i = 0; i < 3; ++i) {
      const uint64_t four = Next();
      for (int j = 0; j < 4; ++j) sum += static_cast<int64_t>((four >> (16 * j)) & 0xffff);
    }
    return deviation * (sum + 6) / 65536;
  }

  /// A count with this mean, in 65536ths, by inversion in steps of mean 1 at most. Bounded by
  /// `most`.
  constexpr int Poisson(int64_t mean_q16, int most) {
    int count = 0;
    for (; mean_q16 > 0 && count < most; mean_q16 -= 65536) {
      count += PoissonOne(mean_q16 < 65536 ? mean_q16 : 65536);
    }
    return count < most ? count : most;
  }

 private:
  constexpr int PoissonOne(int64_t mean_q16) {
    constexpr int64_t kOne = int64_t{1} << 40;
    // e^-mean by its series; terms fall to nothing within twenty.
    int64_t none = kOne;
    int64_t term = kOne;
    for (int n = 1; n <= 20; ++n) {
      term = -(term * mean_q16 / 65536) / n;
      none += term;
    }
    const auto at = static_cast<int64_t>(Next() >> 24);
    int count = 0;
    int64_t below = none;
    for (term = none; at >= below && count < 20; below += term) {
      ++count;
      term = term * mean_q16 / 65536 / count;
    }
    return count;
  }

  uint64_t key_;
};

}  // namespace furrow::edge
