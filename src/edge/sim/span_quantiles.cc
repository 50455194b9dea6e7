// SPDX-License-Identifier: Apache-2.0
#include "edge/sim/span_quantiles.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace furrow::edge {
namespace {

constexpr double kLongest = 10;  // seconds
constexpr double kTailMost = 1000;

double Mixed(double from, double to, double part) { return from + (to - from) * part; }

}  // namespace

Result<SpanQuantiles> SpanQuantiles::Make(std::span<const double> shares,
                                          std::span<const double> seconds, double tail) {
  const auto wrong = [](size_t row, std::string_view what) {
    return Status(Code::kInvalidArgument, fmt::format("quantile {}: {}", row, what));
  };
  if (!(tail >= 0 && tail <= kTailMost)) {
    return Status(Code::kInvalidArgument,
                  fmt::format("a tail is multiplied by 0 to {}", kTailMost));
  }
  if (shares.size() != seconds.size() || shares.size() < 2) {
    return Status(Code::kInvalidArgument, "there must be two quantiles or more");
  }
  if (shares.front() != 0) return wrong(0, "the first must be 0");
  if (shares.back() != 1) return wrong(shares.size() - 1, "the last must be 1");
  SpanQuantiles made;
  for (size_t i = 0; i < shares.size(); ++i) {
    if (!(seconds[i] >= 0 && seconds[i] <= kLongest)) {
      return wrong(i,
                   fmt::format("{:g} s; a span lies between 0 and {:g} s", seconds[i], kLongest));
    }
    if (i > 0 && !(shares[i] > shares[i - 1])) return wrong(i, "not above the one before");
    if (i > 0 && seconds[i] < seconds[i - 1]) return wrong(i, "its span is less than that before");
    made.points_.push_back({shares[i], seconds[i] * 1e9});
  }
  // A corner where the tail begins.
  const auto after = std::ranges::find_if(
      made.points_, [](const Point& point) { return point.share >= kTailFrom; });
  if (after->share > kTailFrom) {
    const Point before = *(after - 1);
    const double part = (kTailFrom - before.share) / (after->share - before.share);
    made.points_.insert(after, {kTailFrom, Mixed(before.span, after->span, part)});
  }
  double from = 0;
  for (Point& point : made.points_) {
    if (point.share == kTailFrom) from = point.span;
    if (point.share > kTailFrom) point.span = from + tail * (point.span - from);
  }
  return made;
}

Nanos SpanQuantiles::At(double share) const {
  const auto after =
      std::lower_bound(points_.begin() + 1, points_.end() - 1, share,
                       [](const Point& point, double one) { return point.share < one; });
  const Point &from = *(after - 1), &to = *after;
  const double part = std::clamp((share - from.share) / (to.share - from.share), 0.0, 1.0);
  return std::llround(Mixed(from.span, to.span, part));
}

Nanos SpanQuantiles::Draw(Draws& draws) const {
  constexpr int64_t kSteps = int64_t{1} << 32;
  return At((static_cast<double>(draws.Below(kSteps)) + 0.5) / static_cast<double>(kSteps));
}

}  // namespace furrow::edge
