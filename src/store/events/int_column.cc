// SPDX-License-Identifier: Apache-2.0
#include "store/events/int_column.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string_view>
#include <vector>

#include <zstd.h>

namespace furrow::events {
namespace {

// Their numbers are part of the format.
enum class Predictor : uint8_t { kFloor = 0, kDelta = 1, kDelta2 = 2, kLine = 3, kMean = 4 };
enum class Plane : uint8_t { kConstant = 0, kRaw = 1, kZstd = 2 };

constexpr int kMeanShift = 4;   // the running mean moves by 1/16 of its error
constexpr int kLineShift = 16;  // the line's slope counts in 1/65536
constexpr int kZstdLevel = 3;
// Shorter planes cost more in zstd's headers and set-up than they save.
constexpr size_t kZstdPointsMin = 192;

struct Model {
  Predictor predictor = Predictor::kFloor;
  int64_t first = 0;   // kFloor: the minimum, else the first value
  int64_t second = 0;  // kDelta: the usual step, kDelta2: the first step, kLine: the slope
};

uint64_t U(int64_t v) { return static_cast<uint64_t>(v); }
int64_t S(uint64_t v) { return static_cast<int64_t>(v); }

int64_t LineAt(const Model& m, size_t i) {
  return S(U(m.first) + U(S(U(m.second) * i) >> kLineShift));
}
int64_t MeanStep(int64_t error) {
  return (error >> kMeanShift) + ((error >> (kMeanShift - 1)) & 1);
}

// The residuals of x[from, to), as if the column were read from `from` on (but for the line, which
// knows its place).
void Residuals(const Model& m, std::span<const int64_t> x, size_t from, size_t to, uint64_t* out) {
  switch (m.predictor) {
    case Predictor::kFloor:
      for (size_t i = from; i < to; ++i) *out++ = U(x[i]) - U(m.first);
      break;
    case Predictor::kDelta:
      *out++ = 0;
      for (size_t i = from + 1; i < to; ++i) {
        *out++ = ZigZag(S(U(x[i]) - U(x[i - 1]) - U(m.second)));
      }
      break;
    case Predictor::kDelta2: {
      *out++ = 0;
      uint64_t step = from == 0 ? U(m.second) : U(x[from]) - U(x[from - 1]);
      for (size_t i = from + 1; i < to; ++i) {
        const uint64_t now = U(x[i]) - U(x[i - 1]);
        *out++ = ZigZag(S(now - step));
        step = now;
      }
      break;
    }
    case Predictor::kLine:
      for (size_t i = from; i < to; ++i) *out++ = ZigZag(S(U(x[i]) - U(LineAt(m, i))));
      break;
    case Predictor::kMean: {
      uint64_t mean = U(x[from]);
      for (size_t i = from; i < to; ++i) {
        const int64_t error = S(U(x[i]) - mean);
        *out++ = ZigZag(error);
        mean += U(MeanStep(error));
      }
      break;
    }
  }
}

// Undoes Residuals over the whole column, in place of `z`.
bool Restore(const Model& m, std::span<const uint64_t> z, std::span<int64_t> x) {
  const size_t n = x.size();
  switch (m.predictor) {
    case Predictor::kFloor:
      for (size_t i = 0; i < n; ++i) x[i] = S(z[i] + U(m.first));
      return true;
    case Predictor::kDelta: {
      uint64_t v = U(m.first);
      if (z[0] != 0) return false;
      x[0] = m.first;
      for (size_t i = 1; i < n; ++i) x[i] = S(v += U(UnZigZag(z[i])) + U(m.second));
      return true;
    }
    case Predictor::kDelta2: {
      uint64_t v = U(m.first), step = U(m.second);
      if (z[0] != 0) return false;
      x[0] = m.first;
      for (size_t i = 1; i < n; ++i) x[i] = S(v += step += U(UnZigZag(z[i])));
      return true;
    }
    case Predictor::kLine:
      for (size_t i = 0; i < n; ++i) x[i] = S(U(LineAt(m, i)) + U(UnZigZag(z[i])));
      return true;
    case Predictor::kMean: {
      uint64_t mean = U(m.first);
      for (size_t i = 0; i < n; ++i) {
        const int64_t error = UnZigZag(z[i]);
        x[i] = S(mean + U(error));
        mean += U(MeanStep(error));
      }
      return true;
    }
  }
  return false;
}

struct Candidates {
  std::array<Model, 5> models;
  size_t size = 0;
  void Add(Predictor predictor, int64_t first, int64_t second) {
    models[size++] = {predictor, first, second};
  }
};

Candidates Propose(std::span<const int64_t> x) {
  const size_t n = x.size();
  Candidates c;
  int64_t floor = x[0];
  for (const int64_t v : x) floor = v < floor ? v : floor;
  c.Add(Predictor::kFloor, floor, 0);
  if (n < 2) return c;

  // The median of some steps: a pause does not move it.
  std::array<int64_t, 65> steps;
  size_t count = 0;
  const size_t stride = std::max<size_t>(1, (n - 1) / steps.size());
  for (size_t i = 1; i < n && count < steps.size(); i += stride) {
    steps[count++] = S(U(x[i]) - U(x[i - 1]));
  }
  std::nth_element(steps.begin(), steps.begin() + static_cast<long>(count / 2),
                   steps.begin() + static_cast<long>(count));
  c.Add(Predictor::kDelta, x[0], steps[count / 2]);
  if (n < 4) return c;
  c.Add(Predictor::kDelta2, x[0], S(U(x[1]) - U(x[0])));
  c.Add(Predictor::kMean, x[0], 0);
  const int64_t rise = S(U(x[n - 1]) - U(x[0]));
  if (rise > -(1ll << 46) && rise < (1ll << 46)) {
    c.Add(Predictor::kLine, x[0], rise * (1ll << kLineShift) / static_cast<int64_t>(n - 1));
  }
  return c;
}

// Bits left after prediction, over some windows of the column: near enough to what the planes will
// take to rank the models.
uint64_t Cost(const Model& m, std::span<const int64_t> x) {
  constexpr size_t kWindow = 256;
  std::array<uint64_t, 4 * kWindow> z;
  const size_t n = x.size();
  uint64_t bits = 0;
  auto window = [&](size_t from, size_t to) {
    Residuals(m, x, from, to, z.data());
    for (size_t i = 0; i < to - from; ++i) bits += static_cast<uint64_t>(std::bit_width(z[i]));
  };
  if (n <= z.size()) {
    window(0, n);
  } else {
    window(0, kWindow);
    window(n / 2, n / 2 + kWindow);
    window(n - kWindow, n);
  }
  return bits;
}

// Loops over sixteen at a time have a length the compiler knows, and become vector code.
constexpr size_t kStep = 16;
constexpr size_t RoundUp(size_t n) { return (n + kStep - 1) / kStep * kStep; }

struct Scratch {
  std::array<uint64_t, kColumnMax> residuals;
  std::array<uint8_t, kColumnMax> plane;
  std::array<std::array<uint8_t, kColumnMax>, 8> planes;
};
static_assert(kColumnMax % kStep == 0);

Scratch& ThreadScratch() {
  thread_local const std::unique_ptr<Scratch> scratch = std::make_unique<Scratch>();
  return *scratch;
}

void Split(const uint64_t* z, unsigned p, size_t n, uint8_t* plane) {
  for (size_t i = 0; i < n; i += kStep) {
    for (size_t j = 0; j < kStep; ++j) plane[i + j] = static_cast<uint8_t>(z[i + j] >> (8 * p));
  }
}

template <unsigned kWidth>
void JoinWidth(const std::array<const uint8_t*, 8>& planes, size_t n, uint64_t* z) {
  auto one = [&](size_t i) {
    uint64_t v = 0;
    for (unsigned p = 0; p < kWidth; ++p) v |= static_cast<uint64_t>(planes[p][i]) << (8 * p);
    return v;
  };
  // A raw plane lies in the input and has no room behind it.
  const size_t whole = n / kStep * kStep;
  for (size_t i = 0; i < whole; i += kStep) {
    for (size_t j = 0; j < kStep; ++j) z[i + j] = one(i + j);
  }
  for (size_t i = whole; i < n; ++i) z[i] = one(i);
}

void Join(const std::array<const uint8_t*, 8>& planes, unsigned width, size_t n, uint64_t* z) {
  switch (width) {
    case 0:
      std::fill_n(z, n, 0);
      break;
    case 1:
      JoinWidth<1>(planes, n, z);
      break;
    case 2:
      JoinWidth<2>(planes, n, z);
      break;
    case 3:
      JoinWidth<3>(planes, n, z);
      break;
    case 4:
      JoinWidth<4>(planes, n, z);
      break;
    case 5:
      JoinWidth<5>(planes, n, z);
      break;
    case 6:
      JoinWidth<6>(planes, n, z);
      break;
    case 7:
      JoinWidth<7>(planes, n, z);
      break;
    default:
      JoinWidth<8>(planes, n, z);
      break;
  }
}

struct CompressorDeleter {
  void operator()(ZSTD_CCtx* c) const { ZSTD_freeCCtx(c); }
  void operator()(ZSTD_DCtx* c) const { ZSTD_freeDCtx(c); }
};

ZSTD_CCtx* Compressor() {
  thread_local std::unique_ptr<ZSTD_CCtx, CompressorDeleter> context(ZSTD_createCCtx());
  return context.get();
}
ZSTD_DCtx* Decompressor() {
  thread_local std::unique_ptr<ZSTD_DCtx, CompressorDeleter> context(ZSTD_createDCtx());
  return context.get();
}

// Bits per byte by a code without memory; close to 8 means zstd need not be asked.
double Entropy(std::span<const uint8_t> plane) {
  // Two histograms: equal neighbours would wait for each other.
  std::array<uint32_t, 256> even{}, odd{};
  size_t i = 0;
  for (; i + 1 < plane.size(); i += 2) {
    ++even[plane[i]];
    ++odd[plane[i + 1]];
  }
  if (i < plane.size()) ++even[plane[i]];
  double bits = 0;
  const auto n = static_cast<double>(plane.size());
  for (size_t b = 0; b < 256; ++b) {
    const double c = even[b] + odd[b];
    if (c != 0) bits -= c * std::log2(c / n);
  }
  return bits / n;
}

void PutPlane(std::span<const uint8_t> plane, std::string& out) {
  const size_t n = plane.size();
  const auto* bytes = reinterpret_cast<const char*>(plane.data());
  if (std::all_of(plane.begin(), plane.end(), [&](uint8_t b) { return b == plane[0]; })) {
    PutU8(out, static_cast<uint8_t>(Plane::kConstant));
    PutU8(out, plane[0]);
    return;
  }
  if (n >= kZstdPointsMin && Entropy(plane) < 7.8) {
    thread_local std::vector<char> packed(ZSTD_compressBound(kColumnMax));
    const size_t size =
        ZSTD_compressCCtx(Compressor(), packed.data(), packed.size(), bytes, n, kZstdLevel);
    if (!ZSTD_isError(size) && size + 2 < n) {
      PutU8(out, static_cast<uint8_t>(Plane::kZstd));
      PutString(out, {packed.data(), size});
      return;
    }
  }
  PutU8(out, static_cast<uint8_t>(Plane::kRaw));
  out.append(bytes, n);
}

// Where the plane's n bytes are, or nullptr. `scratch` holds n bytes.
const uint8_t* TakePlane(Reader& in, size_t n, uint8_t* scratch) {
  switch (static_cast<Plane>(in.U8())) {
    case Plane::kConstant:
      std::memset(scratch, in.U8(), n);
      return in.ok() ? scratch : nullptr;
    case Plane::kRaw: {
      const std::string_view raw = in.Bytes(n);
      return in.ok() ? reinterpret_cast<const uint8_t*>(raw.data()) : nullptr;
    }
    case Plane::kZstd: {
      const std::string_view packed = in.String();
      if (!in.ok()) return nullptr;
      const size_t size =
          ZSTD_decompressDCtx(Decompressor(), scratch, n, packed.data(), packed.size());
      return size == n ? scratch : nullptr;
    }
  }
  return nullptr;
}

}  // namespace

void EncodeInts(std::span<const int64_t> x, std::string& out) {
  const size_t n = x.size();
  const Candidates candidates = Propose(x);
  const Model* best = &candidates.models[0];
  uint64_t best_cost = Cost(*best, x);
  for (size_t i = 1; i < candidates.size && best_cost > 0; ++i) {
    const uint64_t cost = Cost(candidates.models[i], x);
    if (cost >= best_cost) continue;
    best = &candidates.models[i];
    best_cost = cost;
  }
  Scratch& scratch = ThreadScratch();
  uint64_t* const residuals = scratch.residuals.data();
  Residuals(*best, x, 0, n, residuals);
  std::fill(residuals + n, residuals + RoundUp(n), 0);
  uint64_t all = 0;
  for (size_t i = 0; i < n; ++i) all |= residuals[i];
  const auto width = static_cast<uint8_t>((std::bit_width(all) + 7) / 8);

  PutU8(out, static_cast<uint8_t>(static_cast<uint8_t>(best->predictor) << 4 | width));
  PutSigned(out, best->first);
  const bool two = best->predictor != Predictor::kFloor && best->predictor != Predictor::kMean;
  if (two) PutSigned(out, best->second);
  for (unsigned p = 0; p < width; ++p) {
    Split(residuals, p, n, scratch.plane.data());
    PutPlane({scratch.plane.data(), n}, out);
  }
}

bool DecodeInts(Reader& in, std::span<int64_t> out) {
  const size_t n = out.size();
  if (n == 0 || n > kColumnMax) return false;
  const uint8_t head = in.U8();
  const unsigned width = head & 15;
  if (width > 8 || (head >> 4) > static_cast<uint8_t>(Predictor::kMean)) return false;
  Model model;
  model.predictor = static_cast<Predictor>(head >> 4);
  model.first = in.Signed();
  if (model.predictor != Predictor::kFloor && model.predictor != Predictor::kMean) {
    model.second = in.Signed();
  }
  if (!in.ok()) return false;
  Scratch& scratch = ThreadScratch();
  std::array<const uint8_t*, 8> planes{};
  for (unsigned p = 0; p < width; ++p) {
    planes[p] = TakePlane(in, n, scratch.planes[p].data());
    if (planes[p] == nullptr) return false;
  }
  Join(planes, width, n, scratch.residuals.data());
  return Restore(model, {scratch.residuals.data(), n}, out);
}

}  // namespace furrow::events
