// SPDX-License-Identifier: Apache-2.0
#include "edge/record/pixels.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "edge/record/record.h"

namespace furrow::edge {
namespace {

constexpr size_t kGroup = 16;
constexpr unsigned kPlain = 7;  // this k: eight bits each

/// How far away the neighbours of the same colour are.
struct Steps {
  int across;  // bytes
  int up;      // rows
};
Steps StepsOf(PixelFormat format) {
  return format == PixelFormat::kRgb8 ? Steps{3, 1} : Steps{2, 2};
}

uint8_t Predict(int a, int b, int c) {
  const int low = std::min(a, b), high = std::max(a, b);
  if (c >= high) return static_cast<uint8_t>(low);
  if (c <= low) return static_cast<uint8_t>(high);
  return static_cast<uint8_t>(a + b - c);
}

/// The prediction of byte `x` of `row`; `above` is null where there is no row.
uint8_t PredictAt(const uint8_t* row, const uint8_t* above, size_t x, size_t across) {
  if (x < across) return above != nullptr ? above[x] : 128;
  if (above == nullptr) return row[x - across];
  return Predict(row[x - across], above[x], above[x - across]);
}

uint8_t Fold(uint8_t difference) {
  return static_cast<uint8_t>(difference << 1) ^ ((difference & 0x80) != 0 ? 0xff : 0);
}
uint8_t Unfold(uint8_t u) { return static_cast<uint8_t>(u >> 1) ^ ((u & 1) != 0 ? 0xff : 0); }

class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}
  void Put(uint64_t bits, unsigned count) {  // count at most 32
    held_ |= bits << count_;
    count_ += count;
    while (count_ >= 8) {
      out_.push_back(static_cast<char>(held_));
      held_ >>= 8;
      count_ -= 8;
    }
  }
  void PutRice(uint8_t u, unsigned k) {
    unsigned ones = u >> k;
    for (; ones >= 24; ones -= 24) Put((1u << 24) - 1, 24);
    Put((1u << ones) - 1, ones + 1);
    Put(u & ((1u << k) - 1), k);
  }
  void Finish() {
    if (count_ > 0) out_.push_back(static_cast<char>(held_));
  }

 private:
  std::string& out_;
  uint64_t held_ = 0;
  unsigned count_ = 0;
};

class BitReader {
 public:
  explicit BitReader(std::string_view in) : in_(in) {}
  unsigned Take(unsigned count) {  // at most 8
    if (count_ < count) Fill();
    if (count_ < count) {
      ok_ = false;
      return 0;
    }
    const auto bits = static_cast<unsigned>(held_ & ((uint64_t{1} << count) - 1));
    held_ >>= count;
    count_ -= count;
    return bits;
  }
  uint8_t TakeRice(unsigned k) {
    unsigned ones = 0;
    while (true) {
      if (count_ == 0) Fill();
      if (count_ == 0) {
        ok_ = false;
        return 0;
      }
      const unsigned run =
          std::min<unsigned>(static_cast<unsigned>(std::countr_one(held_)), count_);
      ones += run;
      held_ = run < 64 ? held_ >> run : 0;
      count_ -= run;
      if (ones > 255u >> k) {
        ok_ = false;
        return 0;
      }
      if (count_ > 0) break;
    }
    (void)Take(1);
    return static_cast<uint8_t>(ones << k | Take(k));
  }
  bool ok() const { return ok_; }
  /// Everything was taken but the zeros that fill up the last byte.
  bool AtEnd() const { return ok_ && at_ == in_.size() && count_ < 8 && held_ == 0; }

 private:
  void Fill() {
    while (count_ <= 48 && at_ < in_.size()) {
      held_ |= static_cast<uint64_t>(static_cast<uint8_t>(in_[at_++])) << count_;
      count_ += 8;
    }
  }
  std::string_view in_;
  size_t at_ = 0;
  uint64_t held_ = 0;
  unsigned count_ = 0;
  bool ok_ = true;
};

unsigned BestK(const uint8_t* u, size_t count) {
  unsigned best = kPlain;
  size_t least = 8 * count;
  for (unsigned k = 0; k < kPlain; ++k) {
    size_t bits = (k + 1) * count;
    for (size_t i = 0; i < count; ++i) bits += u[i] >> k;
    if (bits < least) {
      least = bits;
      best = k;
    }
  }
  return best;
}

/// Red and blue to their difference from green (sign +1 back again).
void ShiftColours(uint8_t* row, size_t bytes, int sign) {
  for (size_t x = 0; x + 2 < bytes; x += 3) {
    const int green = row[x + 1] * sign;
    row[x] = static_cast<uint8_t>(row[x] + green);
    row[x + 2] = static_cast<uint8_t>(row[x + 2] + green);
  }
}

}  // namespace

void PackPixels(PixelFormat format, int width, int height, std::string_view pixels,
                std::string& out) {
  out.clear();
  const auto [across, up] = StepsOf(format);
  const size_t bytes = pixels.size() / static_cast<size_t>(height);
  (void)width;
  // The last `up` rows and the one at work, so that the caller's pixels stay as they are.
  std::vector<uint8_t> rows((static_cast<size_t>(up) + 1) * bytes);
  BitWriter bits(out);
  uint8_t group[kGroup];
  size_t count = 0;
  const auto flush = [&] {
    const unsigned k = BestK(group, count);
    bits.Put(k, 3);
    for (size_t i = 0; i < count; ++i) {
      if (k == kPlain) {
        bits.Put(group[i], 8);
      } else {
        bits.PutRice(group[i], k);
      }
    }
    count = 0;
  };
  for (int y = 0; y < height; ++y) {
    const auto slot = [&](int row) {
      return rows.data() + static_cast<size_t>(row % (up + 1)) * bytes;
    };
    uint8_t* const row = slot(y);
    std::memcpy(row, pixels.data() + static_cast<size_t>(y) * bytes, bytes);
    if (format == PixelFormat::kRgb8) ShiftColours(row, bytes, -1);
    const uint8_t* const above = y >= up ? slot(y - up) : nullptr;
    for (size_t x = 0; x < bytes; ++x) {
      const uint8_t predicted = PredictAt(row, above, x, static_cast<size_t>(across));
      group[count++] = Fold(static_cast<uint8_t>(row[x] - predicted));
      if (count == kGroup) flush();
    }
  }
  if (count > 0) flush();
  bits.Finish();
}

bool UnpackPixels(PixelFormat format, int width, int height, std::string_view packed,
                  std::vector<uint8_t>& pixels) {
  const size_t size = PixelBytes(format, width, height);
  // A pixel takes at least one bit: a short text cannot ask for much memory.
  if (size == 0 || packed.size() < (size + 7) / 8) return false;
  pixels.resize(size);
  const auto [across, up] = StepsOf(format);
  const size_t bytes = size / static_cast<size_t>(height);
  BitReader bits(packed);
  unsigned k = 0;
  size_t done = 0;
  for (int y = 0; y < height; ++y) {
    uint8_t* const row = pixels.data() + static_cast<size_t>(y) * bytes;
    const uint8_t* const above = y >= up ? row - static_cast<size_t>(up) * bytes : nullptr;
    for (size_t x = 0; x < bytes; ++x, ++done) {
      if (done % kGroup == 0) k = bits.Take(3);
      const auto u = k == kPlain ? static_cast<uint8_t>(bits.Take(8)) : bits.TakeRice(k);
      row[x] =
          static_cast<uint8_t>(Unfold(u) + PredictAt(row, above, x, static_cast<size_t>(across)));
    }
    if (!bits.ok()) return false;
  }
  if (format == PixelFormat::kRgb8) {
    for (int y = 0; y < height; ++y) {
      ShiftColours(pixels.data() + static_cast<size_t>(y) * bytes, bytes, 1);
    }
  }
  return bits.AtEnd();
}

}  // namespace furrow::edge
