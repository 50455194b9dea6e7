// SPDX-License-Identifier: Apache-2.0
// Plots, images and vectors around an iteration.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "service/events/event_types.h"
#include "service/events/selection.h"

namespace furrow::service::events {

/// Of one owner and type. Thread-safe.
class RichReader {
 public:
  RichReader(const es::Store& store, std::string owner, es::RichType type)
      : store_(store), owner_(std::move(owner)), type_(type) {}

  /// What is selected, by metric, then variant.
  Result<std::vector<es::Store::RichSeries>> Series(const Selection& selection) const;

  /// Where to read: towards earlier iterations or later ones, from `from` on (from the newest or
  /// the oldest when nullopt).
  struct Window {
    bool later = false;
    std::optional<int64_t> from;
    size_t iterations_max = 1;
  };
  /// Events of one series, in the direction of reading; all of an iteration or none of it.
  Result<std::vector<es::StoredRich>> Read(const es::Store::RichSeries& series,
                                           const Window& window) const;
  /// The next iterations in which any of the series has an event, with all their events of these
  /// series in the order of series.
  using Iterations = std::map<int64_t, std::vector<es::StoredRich>>;
  Result<Iterations> Read(const std::vector<es::Store::RichSeries>& series,
                          const Window& window) const;

  const std::string& owner() const { return owner_; }
  es::RichType type() const { return type_; }

 private:
  const es::Store& store_;
  const std::string owner_;
  const es::RichType type_;
};

/// The events of one iteration as clients read them.
Result<json::Array> RichArray(std::string_view owner, const std::vector<es::StoredRich>& events);

}  // namespace furrow::service::events
