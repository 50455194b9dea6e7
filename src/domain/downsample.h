// SPDX-License-Identifier: Apache-2.0
// How curves are thinned for a chart: points fall into buckets of equal width on the x axis and
// each bucket shows the average of its points. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace furrow::domain {

inline constexpr size_t kSamplesDefault = 2000;
inline constexpr size_t kSamplesMax = 6000;
/// Curves of nearly equal width share one width, in groups of at most so many curves and buckets.
inline constexpr size_t kGroupBucketsMax = 6000;
inline constexpr size_t kGroupCurvesMax = 50;

/// What of a curve decides its bucket width.
struct CurveExtent {
  int64_t x_min = 0, x_max = 0;
  size_t count = 0;
};

/// The bucket width of a curve by itself: 1 while it has fewer than `samples` points, else its
/// extent divided by `samples`, rounded up.
int64_t BucketWidth(const CurveExtent& curve, size_t samples);

/// The bucket width of each curve of one chart. Curves are taken by growing width; one joins the
/// group before it while its width is within 10 % of the group's first and the group stays within
/// kGroupBucketsMax and kGroupCurvesMax. All of a group use its largest width.
std::vector<int64_t> SharedWidths(std::span<const CurveExtent> curves, size_t samples);

struct Curve {
  std::vector<int64_t> x;
  std::vector<double> y;
};

/// The same as Downsample for points that come in order of x, piece by piece.
class Downsampler {
 public:
  explicit Downsampler(int64_t width) : width_(width) {}
  void Add(std::span<const int64_t> x, std::span<const double> y);
  Curve Take();

 private:
  void Close();

  int64_t width_;
  int64_t bucket_ = 0, last_ = 0;  // the bucket's x, and the last x that falls into it
  double sum_ = 0;
  size_t points_ = 0;
  Curve out_;
};

/// Buckets of `width` (> 0) over the points, which need no order: x is floor(x / width) * width,
/// y the average. Empty buckets are left out. Sorted by x.
Curve Downsample(std::span<const int64_t> x, std::span<const double> y, int64_t width);

}  // namespace furrow::domain
