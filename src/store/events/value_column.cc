// SPDX-License-Identifier: Apache-2.0
#include "store/events/value_column.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "store/events/int_column.h"

namespace furrow::events {
namespace {

constexpr int kDigitsMax = 9;
constexpr std::array<double, kDigitsMax + 1> kPowers = {1e0, 1e1, 1e2, 1e3, 1e4,
                                                        1e5, 1e6, 1e7, 1e8, 1e9};
constexpr double kExactMax = 9007199254740992.0;  // 2^53: whole numbers below are exact

uint64_t Bits(double v) { return std::bit_cast<uint64_t>(v); }
bool Same(double a, double b) { return Bits(a) == Bits(b); }

// Floating-point numbers as integers of the same order; its own inverse.
int64_t Order64(int64_t bits) {
  return bits ^ static_cast<int64_t>(static_cast<uint64_t>(bits >> 63) >> 1);
}
int32_t Order32(int32_t bits) {
  return bits ^ static_cast<int32_t>(static_cast<uint32_t>(bits >> 31) >> 1);
}
int64_t FromDouble(double v) { return Order64(std::bit_cast<int64_t>(v)); }
double ToDouble(int64_t k) { return std::bit_cast<double>(Order64(k)); }
int64_t FromFloat(float v) { return Order32(std::bit_cast<int32_t>(v)); }
float ToFloat(int64_t k) { return std::bit_cast<float>(Order32(static_cast<int32_t>(k))); }

// The double that a reader of the float's shortest decimal gets.
double TextOf(float v) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), v).ptr;
  double back = 0;
  std::from_chars(text.data(), end, back);
  return back;
}

double RestoreOne(ValueKind kind, int digits, int64_t k) {
  switch (kind) {
    case ValueKind::kFloat64:
      return ToDouble(k);
    case ValueKind::kFloat32:
      return ToFloat(k);
    case ValueKind::kDecimal:
      return static_cast<double>(k) / kPowers[static_cast<size_t>(digits)];
    case ValueKind::kDecimalFloat32:
      return static_cast<float>(static_cast<double>(k) / kPowers[static_cast<size_t>(digits)]);
    case ValueKind::kTextFloat32:
      return TextOf(ToFloat(k));
  }
  return 0;
}

// The integer that RestoreOne would turn into exactly `v`, if there is one.
bool Recognise(ValueKind kind, int digits, double v, int64_t& k) {
  switch (kind) {
    case ValueKind::kFloat64:
      k = FromDouble(v);
      return true;
    case ValueKind::kFloat32:
    case ValueKind::kTextFloat32: {
      if (!(std::fabs(v) <= 3.4028234663852886e38)) return false;
      const auto f = static_cast<float>(v);
      k = FromFloat(f);
      return Same(v, kind == ValueKind::kFloat32 ? static_cast<double>(f) : TextOf(f));
    }
    case ValueKind::kDecimal:
    case ValueKind::kDecimalFloat32: {
      const double scaled = v * kPowers[static_cast<size_t>(digits)];
      if (!(std::fabs(scaled) < kExactMax)) return false;
      k = static_cast<int64_t>(std::nearbyint(scaled));
      return Same(v, RestoreOne(kind, digits, k));
    }
  }
  return false;
}

struct Attempt {
  ValueKind kind;
  int digits;
  std::vector<int64_t> ints;
  std::vector<uint32_t> exceptions;
};

// Few exceptions are worth a compact column; more, and the kind is wrong.
size_t ExceptionsMax(size_t n) { return n / 64 + (n >= 8 ? 1 : 0); }

bool Try(std::span<const double> v, Attempt& a) {
  const size_t limit = ExceptionsMax(v.size());
  a.ints.resize(v.size());
  a.exceptions.clear();
  int64_t last = 0;
  for (size_t i = 0; i < v.size(); ++i) {
    int64_t k = 0;
    if (Recognise(a.kind, a.digits, v[i], k)) {
      last = k;
    } else {
      if (a.exceptions.size() == limit) return false;
      a.exceptions.push_back(static_cast<uint32_t>(i));
    }
    a.ints[i] = last;
  }
  // Exceptions at the front take after the first that fits, so that they widen nothing.
  size_t front = 0;
  while (front < a.exceptions.size() && a.exceptions[front] == front) ++front;
  if (front < v.size()) std::fill_n(a.ints.begin(), front, a.ints[front]);
  return true;
}

// The fewest digits, up to `most`, that reproduce most of a sample, or -1.
int SampleDigits(std::span<const double> v, ValueKind kind, int most) {
  constexpr size_t kSample = 48;
  const size_t stride = std::max<size_t>(1, v.size() / kSample);
  int digits = 0;
  size_t misses = 0, seen = 0;
  for (size_t i = 0; i < v.size(); i += stride) {
    ++seen;
    int64_t k = 0;
    int d = digits;
    while (d <= most && !Recognise(kind, d, v[i], k)) ++d;
    if (d <= most) {
      digits = d;
    } else if (++misses > ExceptionsMax(v.size()) || misses * 4 > seen + 8) {
      return -1;
    }
  }
  return digits;
}

bool TryDigits(std::span<const double> v, ValueKind kind, int most, Attempt& a) {
  a.kind = kind;
  a.digits = SampleDigits(v, kind, most);
  if (a.digits < 0) return false;
  for (; a.digits <= most; ++a.digits) {
    if (Try(v, a)) return true;
  }
  return false;
}

bool TryFloat(std::span<const double> v, ValueKind kind, Attempt& a) {
  a.kind = kind;
  a.digits = 0;
  return Try(v, a);
}

// From the kind that leaves least to the one that always fits. More than six decimals are most
// often a float32 in text, and then say more than is known; more than five of a float32, chance.
void Choose(std::span<const double> v, Attempt& a) {
  (void)(TryDigits(v, ValueKind::kDecimal, 6, a) ||
         TryDigits(v, ValueKind::kDecimalFloat32, 5, a) || TryFloat(v, ValueKind::kFloat32, a) ||
         TryFloat(v, ValueKind::kTextFloat32, a) ||
         TryDigits(v, ValueKind::kDecimal, kDigitsMax, a) || TryFloat(v, ValueKind::kFloat64, a));
}

}  // namespace

ValueKind EncodeValues(std::span<const double> v, std::string& out) {
  Attempt a;
  Choose(v, a);
  PutU8(out, static_cast<uint8_t>(static_cast<uint8_t>(a.kind) << 4 | a.digits));
  PutVarint(out, a.exceptions.size());
  uint32_t last = 0;
  for (uint32_t i : a.exceptions) {
    PutVarint(out, i - last);
    PutDouble(out, v[i]);
    last = i;
  }
  EncodeInts(a.ints, out);
  return a.kind;
}

bool DecodeValues(Reader& in, std::span<double> out) {
  const size_t n = out.size();
  const uint8_t head = in.U8();
  const int digits = head & 15;
  if ((head >> 4) > static_cast<uint8_t>(ValueKind::kTextFloat32) || digits > kDigitsMax) {
    return false;
  }
  const auto kind = static_cast<ValueKind>(head >> 4);
  const size_t exceptions = in.Bounded(n);
  std::vector<std::pair<size_t, double>> kept;
  size_t at = 0;
  for (size_t i = 0; i < exceptions; ++i) {
    at += in.Bounded(n);
    const double value = in.Double();
    if (!in.ok() || at >= n) return false;
    kept.emplace_back(at, value);
  }
  thread_local std::vector<int64_t> ints(kColumnMax);
  if (n == 0 || n > kColumnMax || !DecodeInts(in, {ints.data(), n})) return false;
  switch (kind) {
    case ValueKind::kFloat64:
      for (size_t i = 0; i < n; ++i) out[i] = ToDouble(ints[i]);
      break;
    case ValueKind::kFloat32:
      for (size_t i = 0; i < n; ++i) out[i] = ToFloat(ints[i]);
      break;
    case ValueKind::kDecimal: {
      const double power = kPowers[static_cast<size_t>(digits)];
      for (size_t i = 0; i < n; ++i) out[i] = static_cast<double>(ints[i]) / power;
      break;
    }
    default:
      for (size_t i = 0; i < n; ++i) out[i] = RestoreOne(kind, digits, ints[i]);
  }
  for (const auto& [i, value] : kept) out[i] = value;
  return true;
}

}  // namespace furrow::events
