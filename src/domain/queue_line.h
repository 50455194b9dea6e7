// SPDX-License-Identifier: Apache-2.0
// One queue in memory: its entries in order, and which of them are leased. Pure.
//
// An entry keeps its place while it is leased. When the lease runs out it waits again, before
// everything that was behind it: nothing has to be put back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "domain/lease.h"
#include "domain/queue_order.h"

namespace furrow::domain {

/// Where an entry stands: smaller comes first. Places leave gaps, so that one entry can move
/// between two others without touching them.
using Place = int64_t;
inline constexpr Place kPlaceStep = Place{1} << 20;

/// Not thread-safe.
class QueueLine {
 public:
  struct Entry {
    std::string task;
    Micros added = 0;
  };
  struct Lease {
    std::string holder;
    Ticks until = 0;
  };

  /// `place` must be free. Without a lease it waits.
  void Add(Place place, Entry entry, std::optional<Lease> lease = {});
  /// No effect when nothing is there.
  void Remove(Place place);
  /// A waiting or leased entry is leased (anew). No effect when nothing is there.
  void Grant(Place place, Lease lease);
  /// Leases that end at `now` or before are over: their entries wait again.
  void Settle(Ticks now);

  size_t waiting() const { return waiting_.size(); }
  size_t leased() const { return leased_.size(); }
  bool IsLeased(Place place) const { return leased_.contains(place); }
  bool empty() const { return waiting_.empty() && leased_.empty(); }

  struct Found {
    Place place;
    const Entry* entry;  ///< until the line changes
  };
  /// The first that waits behind `after` (from the front: nullopt).
  std::optional<Found> NextWaiting(std::optional<Place> after) const;
  /// What the holder was given and still holds, first in order behind `after`.
  std::optional<Found> NextHeld(std::string_view holder, std::optional<Place> after) const;
  void ForEachWaiting(const std::function<bool(Place, const Entry&)>& visit) const;
  void ForEachLeased(const std::function<void(Place, const Entry&)>& visit) const;

  /// Places before and behind all there is; each call gives another.
  Place TakeFront();
  Place TakeBack();

  /// One entry goes from a place to another.
  struct Step {
    Place from, to;
    std::string task;
  };
  struct Move {
    size_t position = 0;      ///< of the moved entry among those that wait, afterwards
    std::vector<Step> steps;  ///< none when it stays where it is
  };
  /// How an entry that waits at `place` moves; nullopt when nothing waits there. Usually one step;
  /// where no gap is left the entries on its way each take the next place. `count` as in
  /// PlaceAfterMove.
  std::optional<Move> MoveOf(Place place, QueueMove move, int64_t count);
  void Apply(const std::vector<Step>& steps);

 private:
  struct Leased {
    Entry entry;
    Lease lease;
  };
  std::optional<Place> Before(Place place) const;  ///< the nearest entry, waiting or leased
  std::optional<Place> Behind(Place place) const;
  void DropLease(Place place, const Lease& lease);

  std::map<Place, Entry> waiting_;
  std::map<Place, Leased> leased_;
  std::set<std::pair<Ticks, Place>> ends_;
  std::unordered_map<std::string, std::set<Place>> holders_;
  Place front_ = 0, back_ = 0;  ///< the outermost given out so far
};

}  // namespace furrow::domain
