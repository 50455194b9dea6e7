// SPDX-License-Identifier: Apache-2.0
#include "store/events/chunk.h"

#include <algorithm>

#include "store/events/bytes.h"
#include "store/events/column_section.h"
#include "store/events/merge.h"
#include "store/events/seal.h"
#include "store/events/value_column.h"

namespace furrow::events {
namespace {

constexpr uint8_t kVersion = 1;

Status Damaged(const char* what) {
  return {Code::kCorruption, std::string("a chunk of points is damaged: ") + what};
}

}  // namespace

std::vector<std::string> EncodeChunks(const std::map<uint32_t, Columns>& series,
                                      const std::vector<std::string>& workers) {
  std::vector<std::string> chunks;
  Columns all;
  std::vector<std::pair<uint32_t, uint32_t>> counts;  // series, points
  auto finish = [&] {
    if (all.empty()) return;
    std::string out;
    PutU8(out, kVersion);
    PutVarint(out, counts.size());
    uint32_t last = 0;
    for (const auto& [number, count] : counts) {
      PutVarint(out, number - last);
      PutVarint(out, count);
      last = number;
    }
    PutWorkers(all, 0, all.size(), workers, out);
    PutIntSection(out, all.iter);
    PutIntSection(out, all.time_ms);
    std::string values;
    EncodeValues(all.value, values);
    PutString(out, values);
    Seal(out);
    chunks.push_back(std::move(out));
    all = {};
    counts.clear();
  };
  for (const auto& [number, points] : series) {
    for (size_t from = 0; from < points.size();) {
      const size_t n = std::min(points.size() - from, kColumnMax - all.size());
      all.AppendSlice(points, from, n);
      counts.emplace_back(number, static_cast<uint32_t>(n));
      from += n;
      if (all.size() == kColumnMax) finish();
    }
  }
  finish();
  return chunks;
}

Result<Chunk> Chunk::Open(std::string_view bytes) {
  const auto body = Unseal(bytes);
  if (!body) return Damaged("its checksum does not match");
  Reader in(*body);
  if (const uint8_t version = in.U8(); version != kVersion) {
    return Status(Code::kCorruption, "a chunk of points has version " + std::to_string(version) +
                                         ", this program reads version 1");
  }
  Chunk c;
  c.parts_.resize(in.Bounded(kColumnMax));
  uint64_t series = 0;
  for (Part& part : c.parts_) {
    series += in.Bounded(UINT32_MAX);
    part.series = static_cast<uint32_t>(series);
    part.from = c.count_;
    part.count = static_cast<uint32_t>(in.Bounded(kColumnMax - c.count_));
    c.count_ += part.count;
  }
  if (c.count_ == 0 || !TakeWorkers(in, c.count_, c.worker_names_, c.runs_)) {
    return Damaged("its head");
  }
  c.iter_ = in.String();
  c.time_ = in.String();
  c.value_ = in.String();
  if (!in.done()) return Damaged("its length");
  return c;
}

bool Chunk::Has(uint32_t series) const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [&](const Part& part) { return part.series == series; });
}

Result<Columns> Chunk::Decode(std::vector<std::string>& workers) const {
  Columns all;
  if (!TakeColumns(iter_, time_, value_, count_, all)) return Damaged("its columns");
  std::vector<uint32_t> map;
  for (const std::string_view name : worker_names_) map.push_back(InternWorker(name, workers));
  for (const Columns::Run& run : runs_) all.AddRun(run.end, map[run.worker]);
  return all;
}

Status Chunk::Read(uint32_t series, Columns& to, std::vector<std::string>& workers) const {
  if (!Has(series)) return {};
  FURROW_ASSIGN(const Columns all, Decode(workers));
  for (const Part& part : parts_) {
    if (part.series == series) to.AppendSlice(all, part.from, part.count);
  }
  return {};
}

Status Chunk::ReadAll(std::map<uint32_t, Columns>& to, std::vector<std::string>& workers) const {
  FURROW_ASSIGN(const Columns all, Decode(workers));
  for (const Part& part : parts_) to[part.series].AppendSlice(all, part.from, part.count);
  return {};
}

}  // namespace furrow::events
