// SPDX-License-Identifier: Apache-2.0
#include "store/events/block.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "store/events/bytes.h"
#include "store/events/seal.h"
#include "store/events/value_column.h"

namespace furrow::events {
namespace {

constexpr uint8_t kVersion = 1;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Status Damaged(const char* what) {
  return {Code::kCorruption, std::string("a block of points is damaged: ") + what};
}

void PutSection(std::string& out, const std::string& section) {
  PutVarint(out, section.size());
  out.append(section);
}

// The workers of points [from, to) as a small dictionary and runs.
void PutWorkers(const Columns& columns, size_t from, size_t to,
                const std::vector<std::string>& names, std::string& out) {
  std::vector<uint32_t> used;
  std::vector<Columns::Run> runs;
  for (const Columns::Run& run : columns.runs) {
    if (run.end <= from) continue;
    const auto end = static_cast<uint32_t>(std::min<size_t>(run.end, to) - from);
    auto at = std::find(used.begin(), used.end(), run.worker);
    if (at == used.end()) at = used.insert(used.end(), run.worker);
    runs.push_back({end, static_cast<uint32_t>(at - used.begin())});
    if (run.end >= to) break;
  }
  PutVarint(out, used.size());
  for (uint32_t w : used) PutString(out, names[w]);
  if (used.size() == 1) return;
  PutVarint(out, runs.size());
  uint32_t last = 0;
  for (const Columns::Run& run : runs) {
    PutVarint(out, run.end - last);
    PutVarint(out, run.worker);
    last = run.end;
  }
}

// Extremes and mean per group, each a column of its own.
std::string EncodePyramid(std::span<const int64_t> iter, std::span<const double> value,
                          ValueKind kind) {
  std::vector<int64_t> first, last;
  std::vector<double> min, max, mean;
  for (size_t i = 0; i < value.size(); i += kGroupPoints) {
    const size_t n = std::min(kGroupPoints, value.size() - i);
    const auto group = value.subspan(i, n);
    first.push_back(iter[i]);
    last.push_back(iter[i + n - 1]);
    min.push_back(*std::min_element(group.begin(), group.end()));
    max.push_back(*std::max_element(group.begin(), group.end()));
    double sum = 0;
    for (double v : group) sum += v;
    const double average = sum / static_cast<double>(n);
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

  double min = kNaN, max = kNaN, sum = 0;
  bool finite = true;
  for (double v : value) {
    finite = finite && std::isfinite(v);
    if (std::isnan(v)) continue;
    if (!(min <= v)) min = v;
    if (!(max >= v)) max = v;
    sum += v;
  }

  std::string out;
  PutU8(out, kVersion);
  PutVarint(out, count);
  PutSigned(out, iter.front());
  PutVarint(out, static_cast<uint64_t>(iter.back()) - static_cast<uint64_t>(iter.front()));
  PutSigned(out, time.front());
  PutSigned(out, time.back());
  for (double v : {min, max, sum, value.front(), value.back()}) PutDouble(out, v);
  PutWorkers(columns, from, from + count, workers, out);

  std::string values, section;
  const ValueKind kind = EncodeValues(value, values);
  PutSection(out, finite && count > kGroupPoints ? EncodePyramid(iter, value, kind) : "");
  EncodeInts(iter, section);
  PutSection(out, section);
  section.clear();
  EncodeInts(time, section);
  PutSection(out, section);
  PutSection(out, values);
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
  b.head_.iter_last =
      static_cast<int64_t>(static_cast<uint64_t>(b.head_.iter_first) + in.Varint());
  b.head_.time_first = in.Signed();
  b.head_.time_last = in.Signed();
  for (double* v : {&b.head_.min, &b.head_.max, &b.head_.sum, &b.head_.first, &b.head_.last}) {
    *v = in.Double();
  }
  const size_t workers = in.Bounded(b.head_.count);
  for (size_t i = 0; i < workers && in.ok(); ++i) b.worker_names_.push_back(in.String());
  if (workers == 1) {
    b.runs_.push_back({b.head_.count, 0});
  } else {
    const size_t runs = in.Bounded(b.head_.count);
    uint64_t end = 0;
    for (size_t i = 0; i < runs && in.ok(); ++i) {
      end += in.Bounded(b.head_.count);
      const auto worker = static_cast<uint32_t>(in.Varint());
      if (end > b.head_.count || worker >= workers) return Damaged("its workers");
      b.runs_.push_back({static_cast<uint32_t>(end), worker});
    }
  }
  b.pyramid_ = in.String();
  b.iter_ = in.String();
  b.time_ = in.String();
  b.value_ = in.String();
  if (!in.done() || b.head_.count == 0 || b.runs_.empty() ||
      b.runs_.back().end != b.head_.count) {
    return Damaged("its head");
  }
  return b;
}

Status Block::Read(Columns& to) const {
  const size_t at = to.size(), n = head_.count;
  auto read = [&](std::string_view section, auto& column, auto decode, const char* what) -> Status {
    column.resize(at + n);
    Reader in(section);
    if (decode(in, std::span(column).subspan(at)) && in.done()) return {};
    return Damaged(what);
  };
  FURROW_TRY(read(iter_, to.iter, DecodeInts, "its iterations"));
  FURROW_TRY(read(time_, to.time_ms, DecodeInts, "its times"));
  return read(value_, to.value, DecodeValues, "its values");
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
