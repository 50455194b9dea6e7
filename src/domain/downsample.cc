// SPDX-License-Identifier: Apache-2.0
#include "domain/downsample.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace furrow::domain {
namespace {

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

// The distance fits 64 bits unsigned whatever the two are.
uint64_t Distance(const CurveExtent& c) {
  return static_cast<uint64_t>(c.x_max) - static_cast<uint64_t>(c.x_min);
}

size_t BucketsAt(const CurveExtent& c, int64_t width) {
  const uint64_t buckets = Distance(c) / static_cast<uint64_t>(width) + 1;
  return static_cast<size_t>(std::min<uint64_t>(buckets, c.count));
}

}  // namespace

int64_t BucketWidth(const CurveExtent& curve, size_t samples) {
  if (samples == 0 || curve.count < samples) return 1;
  // ceil((distance + 1) / samples) without the sum, which might not fit.
  const uint64_t whole = Distance(curve) / samples;
  return whole >= static_cast<uint64_t>(kMax) ? kMax : static_cast<int64_t>(whole + 1);
}

std::vector<int64_t> SharedWidths(std::span<const CurveExtent> curves, size_t samples) {
  std::vector<int64_t> widths(curves.size());
  for (size_t i = 0; i < curves.size(); ++i) widths[i] = BucketWidth(curves[i], samples);
  std::vector<size_t> order(curves.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return widths[a] < widths[b]; });

  for (size_t begin = 0; begin < order.size();) {
    const int64_t first = widths[order[begin]];
    size_t buckets = BucketsAt(curves[order[begin]], first);
    size_t end = begin + 1;
    for (; end < order.size() && end - begin < kGroupCurvesMax; ++end) {
      const int64_t width = widths[order[end]];
      if (static_cast<double>(width) > static_cast<double>(first) * 1.1) break;
      buckets += BucketsAt(curves[order[end]], width);
      if (buckets > kGroupBucketsMax) break;
    }
    const int64_t shared = widths[order[end - 1]];
    for (; begin < end; ++begin) widths[order[begin]] = shared;
  }
  return widths;
}

void Downsampler::Close() {
  if (points_ == 0) return;
  out_.x.push_back(bucket_);
  out_.y.push_back(points_ == 1 ? sum_ : sum_ / static_cast<double>(points_));
  sum_ = 0;
  points_ = 0;
}

void Downsampler::Add(std::span<const int64_t> x, std::span<const double> y) {
  const size_t count = std::min(x.size(), y.size());
  for (size_t i = 0; i < count;) {
    if (points_ == 0 || x[i] > last_) {
      Close();
      int64_t rest = x[i] % width_;
      if (rest < 0) rest += width_;
      const int64_t left = width_ - 1 - rest;
      bucket_ = x[i] < kMin + rest ? kMin : x[i] - rest;
      last_ = x[i] > kMax - left ? kMax : x[i] + left;
    }
    const size_t from = i;
    const int64_t last = last_;
    double sum = sum_;  // not the member: it would be stored each time
    for (; i < count && x[i] <= last; ++i) sum += y[i];
    sum_ = sum;
    points_ += i - from;
  }
}

Curve Downsampler::Take() {
  Close();
  return std::move(out_);
}

Curve Downsample(std::span<const int64_t> x, std::span<const double> y, int64_t width) {
  const size_t count = std::min(x.size(), y.size());
  Downsampler sampler(width);
  if (std::is_sorted(x.begin(), x.begin() + static_cast<ptrdiff_t>(count))) {
    sampler.Add(x, y);
    return sampler.Take();
  }
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return x[a] < x[b]; });
  for (const size_t i : order) sampler.Add(x.subspan(i, 1), y.subspan(i, 1));
  return sampler.Take();
}

}  // namespace furrow::domain
