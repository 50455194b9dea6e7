// SPDX-License-Identifier: Apache-2.0
// A sealed block: up to 8,192 points of one series, strictly ascending by iteration, in compressed
// columns with a pyramid of exact extremes per 64 points. Bytes: docs/formats/events.md, "Block".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "store/events/int_column.h"

namespace furrow::events {

inline constexpr size_t kBlockPointsMax = kColumnMax;
inline constexpr size_t kGroupPoints = 64;

/// Points side by side in order of acceptance, each with the worker that sent it.
struct Columns {
  std::vector<int64_t> iter, time_ms;
  std::vector<double> value;
  /// Who sent which: runs[i].worker sent all points from the end of the run before up to `end`.
  struct Run {
    uint32_t end;
    uint32_t worker;
  };
  std::vector<Run> runs;

  size_t size() const { return iter.size(); }
  bool empty() const { return iter.empty(); }
  void Add(int64_t it, int64_t time, double v, uint32_t worker);
  /// Says that `worker` sent the points from the last run up to `end`.
  void AddRun(uint32_t end, uint32_t worker);
  /// The worker of each point.
  std::vector<uint32_t> Workers() const;
  /// Appends all of `other`, its worker w becoming workers[w]; without `workers` w stays w.
  void Append(const Columns& other, const std::vector<uint32_t>& workers = {});
  /// Appends points [from, from + count) of `other`; its workers keep their numbers.
  void AppendSlice(const Columns& other, size_t from, size_t count);
  size_t MemoryBytes() const;
  /// Sorts by iteration; of points with one iteration the last added stays.
  void Normalise();
  bool ascending() const;  ///< strictly, by iteration
};

/// What can be known of a block without its points.
struct BlockHead {
  uint32_t count = 0;
  int64_t iter_first = 0, iter_last = 0, time_first = 0, time_last = 0;
  /// Over all values that are numbers; NaN when none is.
  double min = 0, max = 0, sum = 0;
  double first = 0, last = 0;
};

/// One step of the pyramid: kGroupPoints points, fewer in the last.
struct Group {
  int64_t iter_first, iter_last;
  double min, max;
  double mean;  ///< to float32 precision unless the block needs float64
  uint32_t count;
};

/// Encodes points [from, from + count) of `columns` (1 to kBlockPointsMax, ascending), with the
/// names of their workers.
std::string EncodeBlock(const Columns& columns, size_t from, size_t count,
                        const std::vector<std::string>& workers);

/// A block whose seal was checked. Views into the bytes it was opened from.
class Block {
 public:
  /// kCorruption when the seal or the head is wrong.
  static Result<Block> Open(std::string_view bytes);
  const BlockHead& head() const { return head_; }
  /// Appends iterations, times and values to the columns (not the workers).
  Status Read(Columns& to) const;
  /// Iterations and values alone; both take head().count.
  Status ReadCurve(std::span<int64_t> iter, std::span<double> value) const;
  /// Appends all, its worker w becoming workers[w].
  Status ReadInto(Columns& to, const std::vector<uint32_t>& workers) const;
  const std::vector<std::string_view>& worker_names() const { return worker_names_; }
  /// Empty when there is none: fewer than two groups, or a value that is not finite.
  Result<std::vector<Group>> Pyramid() const;

 private:
  Block() = default;
  BlockHead head_;
  std::vector<std::string_view> worker_names_;
  std::vector<Columns::Run> runs_;
  std::string_view pyramid_, iter_, time_, value_;
};

}  // namespace furrow::events
