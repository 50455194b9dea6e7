// SPDX-License-Identifier: Apache-2.0
#include "store/events/column_section.h"

#include <algorithm>

#include "store/events/int_column.h"
#include "store/events/value_column.h"

namespace furrow::events {

void PutIntSection(std::string& out, std::span<const int64_t> column) {
  std::string section;
  EncodeInts(column, section);
  PutString(out, section);
}

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

bool TakeWorkers(Reader& in, uint32_t count, std::vector<std::string_view>& names,
                 std::vector<Columns::Run>& runs) {
  const size_t workers = in.Bounded(count);
  for (size_t i = 0; i < workers && in.ok(); ++i) names.push_back(in.String());
  if (workers == 1) {
    runs.push_back({count, 0});
    return in.ok();
  }
  const size_t n = in.Bounded(count);
  uint64_t end = 0;
  for (size_t i = 0; i < n && in.ok(); ++i) {
    end += in.Bounded(count);
    const uint64_t worker = in.Varint();
    if (end > count || worker >= workers) return false;
    runs.push_back({static_cast<uint32_t>(end), static_cast<uint32_t>(worker)});
  }
  return in.ok() && end == count;
}

bool TakeColumns(std::string_view iter, std::string_view time, std::string_view value,
                 uint32_t count, Columns& to) {
  const size_t at = to.size();
  auto take = [&](std::string_view section, auto& column, auto decode) {
    column.resize(at + count);
    Reader in(section);
    return decode(in, std::span(column).subspan(at)) && in.done();
  };
  return take(iter, to.iter, DecodeInts) && take(time, to.time_ms, DecodeInts) &&
         take(value, to.value, DecodeValues);
}

}  // namespace furrow::events
