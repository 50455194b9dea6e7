// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include "store/events/block.h"

namespace furrow::events {

void Columns::Add(int64_t it, int64_t time, double v, uint32_t worker) {
  iter.push_back(it);
  time_ms.push_back(time);
  value.push_back(v);
  AddRun(static_cast<uint32_t>(iter.size()), worker);
}

void Columns::AddRun(uint32_t end, uint32_t worker) {
  if (!runs.empty() && runs.back().worker == worker)
    runs.back().end = end;
  else
    runs.push_back({end, worker});
}

std::vector<uint32_t> Columns::Workers() const {
  std::vector<uint32_t> out;
  out.reserve(size());
  for (const Run& run : runs) out.resize(run.end, run.worker);
  return out;
}

void Columns::Append(const Columns& other, const std::vector<uint32_t>& workers) {
  const auto base = static_cast<uint32_t>(size());
  iter.insert(iter.end(), other.iter.begin(), other.iter.end());
  time_ms.insert(time_ms.end(), other.time_ms.begin(), other.time_ms.end());
  value.insert(value.end(), other.value.begin(), other.value.end());
  for (const Run& run : other.runs) {
    AddRun(base + run.end, workers.empty() ? run.worker : workers[run.worker]);
  }
}

void Columns::AppendSlice(const Columns& other, size_t from, size_t count) {
  const size_t base = size(), to = from + count;
  auto slice = [&](auto& mine, const auto& theirs) {
    mine.insert(mine.end(), theirs.begin() + static_cast<long>(from),
                theirs.begin() + static_cast<long>(to));
  };
  slice(iter, other.iter);
  slice(time_ms, other.time_ms);
  slice(value, other.value);
  for (auto run = std::upper_bound(other.runs.begin(), other.runs.end(), from,
                                   [](size_t at, const Run& r) { return at < r.end; });
       run != other.runs.end(); ++run) {
    AddRun(static_cast<uint32_t>(base + std::min<size_t>(run->end, to) - from), run->worker);
    if (run->end >= to) break;
  }
}

size_t Columns::MemoryBytes() const {
  return iter.capacity() * 8 + time_ms.capacity() * 8 + value.capacity() * 8 +
         runs.capacity() * sizeof(Run);
}

bool Columns::ascending() const {
  for (size_t i = 1; i < iter.size(); ++i) {
    if (iter[i] <= iter[i - 1]) return false;
  }
  return true;
}

void Columns::Normalise() {
  if (ascending()) return;
  std::vector<uint32_t> order(size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return iter[a] < iter[b]; });
  const std::vector<uint32_t> workers = Workers();
  Columns sorted;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i + 1 < order.size() && iter[order[i + 1]] == iter[order[i]]) continue;
    const uint32_t k = order[i];
    sorted.Add(iter[k], time_ms[k], value[k], workers[k]);
  }
  *this = std::move(sorted);
}

}  // namespace furrow::events
