// SPDX-License-Identifier: Apache-2.0
// Whole learning curves, as many as fill a store: loss * (1 + 0.05 * N(0, 1)) over iterations that
// count up by one, every 100 ms with 2 ms of jitter. The same seed gives the same bytes.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "driver.h"
#include "wire.h"

namespace furrow::loadgen {

enum class ValueForm {
  kFloat32,       ///< as Python prints a float32 it has widened
  kFourDecimals,  ///< rounded before it was reported
};

struct Run {
  std::string task;
  size_t series = 1;
  uint64_t iterations = 0;  ///< of each series
};

struct FillOptions {
  std::vector<Run> runs;  ///< each is written by one connection, in order
  size_t connections = 1;
  ValueForm form = ValueForm::kFloat32;
  size_t events = 1000;  ///< of one request, at most
  uint64_t seed = 1;
};

class FillWork final : public Work {
 public:
  FillWork(const Target& target, FillOptions options);
  std::string_view Next(size_t connection) override;
  int64_t Done(size_t connection, const Answer& answer) override;

 private:
  struct Lane {
    std::string request;
    size_t run = SIZE_MAX;                   // the one it writes
    uint64_t next = 0;                       // iteration
    size_t sent = 0;                         // events of the request on its way
    std::vector<std::string> before, after;  // what stands around each series' numbers
    Random random{0};
    std::normal_distribution<double> noise;
  };

  bool TakeRun(Lane& lane);
  void Line(Lane& lane, size_t series, uint64_t iteration, double loss) const;

  const FillOptions options_;
  const std::string head_;
  std::vector<Lane> lanes_;
  size_t next_run_ = 0;
};

/// Few events for very many runs: one point of each of `series` metrics, ten runs to a request.
class SprinkleWork final : public Work {
 public:
  SprinkleWork(const Target& target, std::vector<std::string> tasks, size_t series,
               size_t connections, uint64_t seed);
  std::string_view Next(size_t connection) override;
  int64_t Done(size_t connection, const Answer& answer) override;

 private:
  struct Lane {
    std::string request;
    size_t sent = 0;
  };
  const std::vector<std::string> tasks_;
  const size_t series_;
  const uint64_t seed_;
  const std::string head_;
  std::vector<Lane> lanes_;
  size_t next_ = 0;
};

}  // namespace furrow::loadgen
