// SPDX-License-Identifier: Apache-2.0
#include "store/events/block.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "store/events/bytes.h"
#include "store/events/column_section.h"
#include "store/events/seal.h"
#include "store/events/value_column.h"

namespace furrow::events {
namespace {

constexpr uint8_t kVersion = 1;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Status Damaged(const char* what) {
  return {Code::kCorruption, std::string("a block of points is damaged: ") + what};
}

// Extremes and sum of some values, without NaN.
struct Summary {
  double min = kNaN, max = kNaN, sum = 0;
  bool finite = true;
};

Summary Summarise(std::span<const double> values) {
  Summary s;
  double min = std::numeric_limits<double>::infinity(), max = -min;
  size_t numbers = 0;
  for (const double v : values) {
    // Comparisons with NaN are false: it moves neither.
    min = v < min ? v : min;
    max = v > max ? v : max;
    const bool number = v == v;
    s.sum += number ? v : 0;
    numbers += number ? 1 : 0;
  }
  s.finite = numbers == values.size() && min > -std::numeric_limits<double>::infinity() &&
             max < std::numeric_limits<double>::infinity();
  if (numbers > 0) {
    s.min = min;
    s.max = max;
  }
  return s;
}

// Extremes and mean per group, each a column of its own.
std::string EncodePyramid(std::span<const int64_t> iter, const std::vector<Summary>& groups,
                          ValueKind kind) {
  std::vector<int64_t> first, last;
  std::vector<double> min, max, mean;
  for (size_t g = 0; g < groups.size(); ++g) {
    const size_t from = g * kGroupPoints;
    const size_t n = std::min(kGroupPoints, iter.size() - from);
    first.push_back(iter[from]);
    last.push_back(iter[from + n - 1]);
    min.push_back(groups[g].min);
    max.push_back(groups[g].max);
    const double average = groups[g].sum / static_cast<double>(n);
    const double rounded = static_cast<float>(average);
    mean.push_back(kind == ValueKind::kFloat64 || !std::isfinite(rounded) ? average : rounded);
  }
  std::string out;
  EncodeInts(first, out);
  EncodeInts(last, out);
  EncodeValues(min, out);
  EncodeValues(max, out);
  EncodeValues(mean, out);
  return out;
}

}  // namespace

std::string EncodeBlock(const Columns& columns, size_t from, size_t count,
                        const std::vector<std::string>& workers) {
  const std::span iter(columns.iter.data() + from, count);
  const std::span time(columns.time_ms.data() + from, count);
  const std::span value(columns.value.data() + from, count);

  std::vector<Summary> groups;
  groups.reserve(count / kGroupPoints + 1);
  Summary all;
  for (size_t i = 0; i < count; i += kGroupPoints) {
    const Summary g = Summarise(value.subspan(i, std::min(kGroupPoints, count - i)));
    if (!(all.min <= g.min)) all.min = std::isnan(g.min) ? all.min : g.min;
    if (!(all.max >= g.max)) all.max = std::isnan(g.max) ? all.max : g.max;
    all.sum += g.sum;
    all.finite = all.finite && g.finite;
    groups.push_back(g);
  }

  std::string out;
  PutU8(out, kVersion);
  PutVarint(out, count);
  PutSigned(out, iter.front());
  PutVarint(out, static_cast<uint64_t>(iter.back()) - static_cast<uint64_t>(iter.front()));
  PutSigned(out, time.front());
  PutSigned(out, time.back());
  for (double v : {all.min, all.max, all.sum, value.front(), value.back()}) PutDouble(out, v);
  PutWorkers(columns, from, from + count, workers, out);

  std::string values;
  const ValueKind kind = EncodeValues(value, values);
  PutString(out, all.finite && count > kGroupPoints ? EncodePyramid(iter, groups, kind) : "");
  PutIntSection(out, iter);
  PutIntSection(out, time);
  PutString(out, values);
  Seal(out);
  return out;
}

Result<Block> Block::Open(std::string_view bytes) {
  const auto body = Unseal(bytes);
  if (!body) return Damaged("its checksum does not match");
  Reader in(*body);
  if (const uint8_t version = in.U8(); version != kVersion) {
    return Status(Code::kCorruption, "a block of points has version " + std::to_string(version) +
                                         ", this program reads version 1");
  }
  Block b;
  b.head_.count = static_cast<uint32_t>(in.Bounded(kBlockPointsMax));
  b.head_.iter_first = in.Signed();
  b.head_.iter_last = static_cast<int64_t>(static_cast<uint64_t>(b.head_.iter_first) + in.Varint());
  b.head_.time_first = in.Signed();
  b.head_.time_last = in.Signed();
  for (double* v : {&b.head_.min, &b.head_.max, &b.head_.sum, &b.head_.first, &b.head_.last}) {
    *v = in.Double();
  }
  if (b.head_.count == 0 || !TakeWorkers(in, b.head_.count, b.worker_names_, b.runs_)) {
    return Damaged("its head");
  }
  b.pyramid_ = in.String();
  b.iter_ = in.String();
  b.time_ = in.String();
  b.value_ = in.String();
  if (!in.done()) return Damaged("its length");
  return b;
}

Status Block::Read(Columns& to) const {
  if (TakeColumns(iter_, time_, value_, head_.count, to)) return {};
  return Damaged("its columns");
}

Status Block::ReadCurve(std::span<int64_t> iter, std::span<double> value) const {
  Reader iters(iter_), values(value_);
  if (DecodeInts(iters, iter) && iters.done() && DecodeValues(values, value) && values.done()) {
    return {};
  }
  return Damaged("its columns");
}

Status Block::ReadInto(Columns& to, const std::vector<uint32_t>& workers) const {
  const auto at = static_cast<uint32_t>(to.size());
  FURROW_TRY(Read(to));
  for (const Columns::Run& run : runs_) to.AddRun(at + run.end, workers[run.worker]);
  return {};
}

Result<std::vector<Group>> Block::Pyramid() const {
  std::vector<Group> groups;
  if (pyramid_.empty()) return groups;
  const size_t n = (head_.count + kGroupPoints - 1) / kGroupPoints;
  std::vector<int64_t> first(n), last(n);
  std::vector<double> min(n), max(n), mean(n);
  Reader in(pyramid_);
  if (!DecodeInts(in, first) || !DecodeInts(in, last) || !DecodeValues(in, min) ||
      !DecodeValues(in, max) || !DecodeValues(in, mean) || !in.done()) {
    return Damaged("its pyramid");
  }
  groups.reserve(n);
  for (size_t i = 0; i < n; ++i) {
    const size_t count = std::min<size_t>(kGroupPoints, head_.count - i * kGroupPoints);
    groups.push_back({first[i], last[i], min[i], max[i], mean[i], static_cast<uint32_t>(count)});
  }
  return groups;
}

}  // namespace furrow::events
