// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/components.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace furrow::edge {

namespace {

/// Whether a bit from `begin` up to before `end` is set.
bool AnyBit(const uint64_t* words, int32_t begin, int32_t end) {
  const int32_t first = begin / 64, last = (end - 1) / 64;
  const uint64_t head = ~uint64_t{0} << (begin % 64), tail = ~uint64_t{0} >> (63 - (end - 1) % 64);
  if (first == last) return (words[first] & head & tail) != 0;
  uint64_t any = (words[first] & head) | (words[last] & tail);
  for (int32_t w = first + 1; w < last; ++w) any |= words[w];
  return any != 0;
}

}  // namespace

Components::Components(int width_max) {
  // Words are whole, so a row may be seen as up to 63 pixels wider than it is.
  const size_t runs = (static_cast<size_t>(width_max) + 63) / 64 * 32 + 1;
  runs_.resize(runs);
  last_runs_.resize(runs);
  patches_.resize(2 * runs);
  next_patches_.resize(2 * runs);
  new_place_.resize(2 * runs);
}

void Components::Begin(int area_min, int scale) {
  area_min_ = area_min;
  scale_ = scale;
  row_ = 0;
  last_run_count_ = patch_count_ = 0;
}

int32_t Components::Root(int32_t patch) {
  while (patches_[static_cast<size_t>(patch)].parent != patch) {
    Patch& here = patches_[static_cast<size_t>(patch)];
    here.parent = patches_[static_cast<size_t>(here.parent)].parent;
    patch = here.parent;
  }
  return patch;
}

int32_t Components::Unite(int32_t a, int32_t b) {
  if (a == b) return a;
  const auto [keep, drop] = std::minmax(a, b);
  Patch& to = patches_[static_cast<size_t>(keep)];
  Patch& from = patches_[static_cast<size_t>(drop)];
  from.parent = keep;
  to.left = std::min(to.left, from.left);
  to.top = std::min(to.top, from.top);
  to.right = std::max(to.right, from.right);
  to.bottom = std::max(to.bottom, from.bottom);
  to.area += from.area;
  to.strong = to.strong || from.strong;
  return keep;
}

void Components::FindRuns(const uint64_t* words, int word_count) {
  run_count_ = 0;
  Run* run = runs_.data();
  uint64_t carry = 0;  // the last bit of the word before
  bool inside = false;
  for (int w = 0; w < word_count; ++w) {
    const uint64_t bits = words[w];
    uint64_t edges = bits ^ (bits << 1 | carry);
    carry = bits >> 63;
    for (; edges != 0; edges &= edges - 1) {
      const int32_t place = w * 64 + std::countr_zero(edges);
      if (inside) {
        run->end = place;
        ++run;
      } else {
        run->begin = place;
      }
      inside = !inside;
    }
  }
  if (inside) {
    run->end = word_count * 64;
    ++run;
  }
  run_count_ = static_cast<size_t>(run - runs_.data());
}

void Components::AddRow(const uint64_t* words, int word_count, std::vector<Detection>& out,
                        const uint64_t* strong) {
  FindRuns(words, word_count);
  size_t above = 0;
  for (size_t i = 0; i < run_count_; ++i) {
    Run& run = runs_[i];
    int32_t patch = -1;
    while (above < last_run_count_ && last_runs_[above].end < run.begin) ++above;
    for (size_t j = above; j < last_run_count_ && last_runs_[j].begin <= run.end; ++j) {
      const int32_t root = Root(last_runs_[j].patch);
      patch = patch < 0 ? root : Unite(patch, root);
    }
    if (patch < 0) {
      patch = static_cast<int32_t>(patch_count_++);
      patches_[static_cast<size_t>(patch)] = {run.begin, row_, run.end, row_, 0, patch, false};
    }
    Patch& grown = patches_[static_cast<size_t>(patch)];
    grown.left = std::min(grown.left, run.begin);
    grown.right = std::max(grown.right, run.end);
    grown.bottom = row_ + 1;
    grown.area += run.end - run.begin;
    grown.strong = grown.strong || strong == nullptr || AnyBit(strong, run.begin, run.end);
    run.patch = patch;
  }

  // Patches that reached this row move on; the others are complete.
  size_t kept = 0;
  for (size_t i = 0; i < patch_count_; ++i) {
    const Patch& patch = patches_[i];
    if (patch.parent != static_cast<int32_t>(i)) continue;
    if (patch.bottom != row_ + 1) {
      Emit(patch, out);
      continue;
    }
    new_place_[i] = static_cast<int32_t>(kept);
    next_patches_[kept] = patch;
    next_patches_[kept].parent = static_cast<int32_t>(kept);
    ++kept;
  }
  for (size_t i = 0; i < run_count_; ++i) {
    runs_[i].patch = new_place_[static_cast<size_t>(Root(runs_[i].patch))];
  }
  std::swap(patches_, next_patches_);
  std::swap(runs_, last_runs_);
  patch_count_ = kept;
  last_run_count_ = run_count_;
  ++row_;
}

void Components::Finish(std::vector<Detection>& out) {
  for (size_t i = 0; i < patch_count_; ++i) Emit(patches_[i], out);
  patch_count_ = last_run_count_ = 0;
}

void Components::Emit(const Patch& patch, std::vector<Detection>& out) const {
  const int32_t area = patch.area * scale_ * scale_;
  if (area < area_min_ || !patch.strong) return;
  out.push_back(
      {patch.left * scale_, patch.top * scale_, patch.right * scale_, patch.bottom * scale_, area});
}

}  // namespace furrow::edge
