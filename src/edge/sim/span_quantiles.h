// SPDX-License-Identifier: Apache-2.0
// How long a stage takes, drawn as it was measured: the table that `furrow-edge run` writes of its
// spans (docs/edge/run.md), with a tail made heavier than it was.
#pragma once

#include <span>
#include <vector>

#include "base/status.h"
#include "edge/boom/units.h"
#include "edge/field/random.h"

namespace furrow::edge {

/// A quantile function that goes by straight lines between the quantiles that were measured.
/// Drawing is inversion (Devroye, Non-Uniform Random Variate Generation, 1986, II.2). A value.
class SpanQuantiles {
 public:
  /// Beyond this share the distance to its span is multiplied by `tail`.
  static constexpr double kTailFrom = 0.99;

  /// `seconds[i]` is what a share `shares[i]` of all spans does not exceed. kInvalidArgument, with
  /// the row (from 0) that is wrong: shares must rise from 0 to 1 (each given once), spans must not
  /// fall and lie between 0 and 10 s; `tail` between 0 and 1000.
  static Result<SpanQuantiles> Make(std::span<const double> shares, std::span<const double> seconds,
                                    double tail);

  /// The span that a share of all does not exceed, of the heavier tail.
  Nanos At(double share) const;

  Nanos Draw(Draws& draws) const;

 private:
  struct Point {
    double share, span;  // nanoseconds
  };
  std::vector<Point> points_;
};

}  // namespace furrow::edge
