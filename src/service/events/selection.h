// SPDX-License-Identifier: Apache-2.0
// The metrics and variants a reader asks for: [{metric, variants: [...]}], nothing meaning all.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"

namespace furrow::service::events {

class Selection {
 public:
  /// All.
  Selection() = default;
  /// From a list of {metric, variants}; null or empty: all. An entry without a metric stands for
  /// every metric, one without variants for all of its metric's. Errors: 400/20.
  static Result<Selection> Read(const json::Value& list);
  /// From one {metric, variants}.
  static Result<Selection> ReadOne(const json::Value& entry);
  static Selection OfMetric(std::string metric);

  bool Has(std::string_view metric, std::string_view variant) const;
  bool all() const { return entries_.empty(); }

 private:
  struct Entry {
    std::optional<std::string> metric;
    std::vector<std::string> variants;
  };
  Status Add(const json::Value& entry);

  std::vector<Entry> entries_;
};

}  // namespace furrow::service::events
