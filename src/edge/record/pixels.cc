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

/// The middle one of a, b and a + b - c: without a branch, so that a compiler makes vectors of it.
uint8_t Predict(int a, int b, int c) {
  const int low = std::min(a, b), high = std::max(a, b);
  return static_cast<uint8_t>(std::max(low, std::min(high, a + b - c)));
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

/// Into memory that is large enough.
class BitWriter {
 public:
  explicit BitWriter(char* out) : out_(out) {}
  void Put(uint64_t bits, unsigned count) {  // count at most 32
    held_ |= bits << count_;
    count_ += count;
    if (count_ < 32) return;
    for (int i = 0; i < 4; ++i) out_[i] = static_cast<char>(held_ >> (8 * i));
    out_ += 4;
    held_ >>= 32;
    count_ -= 32;
  }
  void PutRice(uint8_t u, unsigned k) {
    unsigned ones = u >> k;
    for (; ones >= 24; ones -= 24) Put((1u << 24) - 1, 24);
    const uint64_t low = u & ((1u << k) - 1);
    Put(((uint64_t{1} << ones) - 1) | low << (ones + 1), ones + 1 + k);
  }
  /// Where the text ends.
  char* Finish() {
    for (; count_ > 0; count_ -= std::min(count_, 8u), held_ >>= 8) {
      *out_++ = static_cast<char>(held_);
    }
    return out_;
  }

 private:
  char* out_;
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

/// The k with which a group becomes shortest: near the logarithm of the mean.
unsigned BestK(const uint8_t* u, size_t count) {
  unsigned sum = 0;
  for (size_t i = 0; i < count; ++i) sum += u[i];
  const auto near = static_cast<unsigned>(std::bit_width(sum / count));
  unsigned best = kPlain;
  size_t least = 8 * count;
  for (unsigned k = near > 1 ? near - 2 : 0; k <= near && k < kPlain; ++k) {
    unsigned bits = (k + 1) * static_cast<unsigned>(count);
    for (size_t i = 0; i < count; ++i) bits += static_cast<unsigned>(u[i] >> k);
    if (bits < least) {
      least = bits;
      best = k;
    }
  }
  return best;
}

void PutGroup(BitWriter& bits, const uint8_t* u, size_t count) {
  const unsigned k = BestK(u, count);
  bits.Put(k, 3);
  for (size_t i = 0; i < count; ++i) {
    if (k == kPlain) {
      bits.Put(u[i], 8);
    } else {
      bits.PutRice(u[i], k);
    }
  }
}

/// What is left of a row after prediction.
void FoldRow(const uint8_t* row, const uint8_t* above, size_t bytes, size_t across, uint8_t* u) {
  const size_t edge = above == nullptr ? bytes : std::min(across, bytes);
  for (size_t x = 0; x < edge; ++x) {
    u[x] = Fold(static_cast<uint8_t>(row[x] - PredictAt(row, above, x, across)));
  }
  for (size_t x = edge; x < bytes; ++x) {
    const uint8_t predicted = Predict(row[x - across], above[x], above[x - across]);
    u[x] = Fold(static_cast<uint8_t>(row[x] - predicted));
  }
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
  const auto [across, up] = StepsOf(format);
  const size_t bytes = pixels.size() / static_cast<size_t>(height);
  (void)width;
  // A group takes at most three bits more than its bytes.
  out.resize(pixels.size() + pixels.size() / kGroup + 16);
  BitWriter bits(out.data());
  // The last `up` rows and the one at work, so that the caller's pixels stay as they are; then what
  // the groups have left over and the folded row.
  std::vector<uint8_t> memory((static_cast<size_t>(up) + 2) * bytes + kGroup);
  uint8_t* const waiting = memory.data() + (static_cast<size_t>(up) + 1) * bytes;
  size_t left = 0;
  for (int y = 0; y < height; ++y) {
    const auto slot = [&](int row) {
      return memory.data() + static_cast<size_t>(row % (up + 1)) * bytes;
    };
    uint8_t* const row = slot(y);
    std::memcpy(row, pixels.data() + static_cast<size_t>(y) * bytes, bytes);
    if (format == PixelFormat::kRgb8) ShiftColours(row, bytes, -1);
    FoldRow(row, y >= up ? slot(y - up) : nullptr, bytes, static_cast<size_t>(across),
            waiting + left);
    left += bytes;
    size_t done = 0;
    for (; left - done >= kGroup; done += kGroup) PutGroup(bits, waiting + done, kGroup);
    left -= done;
    std::memmove(waiting, waiting + done, left);
  }
  if (left > 0) PutGroup(bits, waiting, left);
  out.resize(static_cast<size_t>(bits.Finish() - out.data()));
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
