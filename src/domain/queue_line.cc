// SPDX-License-Identifier: Apache-2.0
#include "domain/queue_line.h"

#include <algorithm>

namespace furrow::domain {

void QueueLine::Add(Place place, Entry entry, std::optional<Lease> lease) {
  front_ = std::min(front_, place);
  back_ = std::max(back_, place);
  if (!lease) {
    waiting_.insert_or_assign(place, std::move(entry));
    return;
  }
  ends_.emplace(lease->until, place);
  holders_[lease->holder].insert(place);
  leased_.insert_or_assign(place, Leased{std::move(entry), std::move(*lease)});
}

void QueueLine::DropLease(Place place, const Lease& lease) {
  ends_.erase({lease.until, place});
  const auto holder = holders_.find(lease.holder);
  if (holder == holders_.end()) return;
  holder->second.erase(place);
  if (holder->second.empty()) holders_.erase(holder);
}

void QueueLine::Remove(Place place) {
  if (waiting_.erase(place) > 0) return;
  const auto at = leased_.find(place);
  if (at == leased_.end()) return;
  DropLease(place, at->second.lease);
  leased_.erase(at);
}

void QueueLine::Grant(Place place, Lease lease) {
  if (auto waits = waiting_.extract(place)) {
    Add(place, std::move(waits.mapped()), std::move(lease));
    return;
  }
  const auto at = leased_.find(place);
  if (at == leased_.end()) return;
  DropLease(place, at->second.lease);
  Add(place, std::move(at->second.entry), std::move(lease));
}

void QueueLine::Settle(Ticks now) {
  while (!ends_.empty() && ends_.begin()->first <= now) {
    const Place place = ends_.begin()->second;
    auto over = leased_.extract(place);
    DropLease(place, over.mapped().lease);
    waiting_.emplace(place, std::move(over.mapped().entry));
  }
}

std::optional<QueueLine::Found> QueueLine::NextWaiting(std::optional<Place> after) const {
  const auto at = after ? waiting_.upper_bound(*after) : waiting_.begin();
  if (at == waiting_.end()) return std::nullopt;
  return Found{at->first, &at->second};
}

std::optional<QueueLine::Found> QueueLine::NextHeld(std::string_view holder,
                                                    std::optional<Place> after) const {
  const auto held = holders_.find(std::string(holder));
  if (held == holders_.end()) return std::nullopt;
  const auto at = after ? held->second.upper_bound(*after) : held->second.begin();
  if (at == held->second.end()) return std::nullopt;
  return Found{*at, &leased_.at(*at).entry};
}

void QueueLine::ForEachWaiting(const std::function<bool(Place, const Entry&)>& visit) const {
  for (const auto& [place, entry] : waiting_) {
    if (!visit(place, entry)) return;
  }
}

void QueueLine::ForEachLeased(const std::function<void(Place, const Entry&)>& visit) const {
  for (const auto& [place, leased] : leased_) visit(place, leased.entry);
}

Place QueueLine::TakeFront() { return front_ -= kPlaceStep; }

Place QueueLine::TakeBack() { return back_ += kPlaceStep; }

std::optional<Place> QueueLine::Before(Place place) const {
  std::optional<Place> out;
  if (auto at = waiting_.lower_bound(place); at != waiting_.begin()) out = std::prev(at)->first;
  if (auto at = leased_.lower_bound(place); at != leased_.begin()) {
    const Place found = std::prev(at)->first;
    out = out ? std::max(*out, found) : found;
  }
  return out;
}

std::optional<Place> QueueLine::Behind(Place place) const {
  std::optional<Place> out;
  if (auto at = waiting_.upper_bound(place); at != waiting_.end()) out = at->first;
  if (auto at = leased_.upper_bound(place); at != leased_.end()) {
    out = out ? std::min(*out, at->first) : at->first;
  }
  return out;
}

std::optional<QueueLine::Move> QueueLine::MoveOf(Place place, QueueMove move, int64_t count) {
  const auto at = waiting_.find(place);
  if (at == waiting_.end()) return std::nullopt;
  const std::string& task = at->second.task;
  const size_t size = waiting_.size();
  // The ends need no counting: they are what people ask of long queues.
  if (move == QueueMove::kToFront) {
    if (at == waiting_.begin()) return Move{};
    return Move{0, {{place, TakeFront(), task}}};
  }
  if (move == QueueMove::kToBack) {
    if (std::next(at) == waiting_.end()) return Move{size - 1, {}};
    return Move{size - 1, {{place, TakeBack(), task}}};
  }
  const auto from = static_cast<size_t>(std::distance(waiting_.begin(), at));
  const size_t to = PlaceAfterMove(move, from, size, count);
  if (to == from) return Move{to, {}};
  const bool forward = to < from;
  const auto there = std::next(at, static_cast<ptrdiff_t>(to) - static_cast<ptrdiff_t>(from));
  // Just beyond the entry whose position it takes.
  const std::optional<Place> beyond = forward ? Before(there->first) : Behind(there->first);
  if (!beyond) return Move{to, {{place, forward ? TakeFront() : TakeBack(), task}}};
  const Place low = std::min(*beyond, there->first), high = std::max(*beyond, there->first);
  if (const Place middle = low + (high - low) / 2; middle != low) {
    return Move{to, {{place, middle, task}}};
  }
  Move out{to, {{place, there->first, task}}};
  for (auto other = there; other != at;) {
    const auto next = forward ? std::next(other) : std::prev(other);
    out.steps.push_back({other->first, next->first, other->second.task});
    other = next;
  }
  return out;
}

void QueueLine::Apply(const std::vector<Step>& steps) {
  std::vector<std::pair<Place, Entry>> moved;
  for (const Step& step : steps) {
    if (auto waits = waiting_.extract(step.from)) {
      moved.emplace_back(step.to, std::move(waits.mapped()));
    }
  }
  for (auto& [place, entry] : moved) Add(place, std::move(entry));
}

}  // namespace furrow::domain
