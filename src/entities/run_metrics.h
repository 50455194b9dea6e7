// SPDX-License-Identifier: Apache-2.0
// What clients read as last_metrics, metric_stats and last_iteration of a task or model, made from
// the event store's running statistics.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "json/value.h"
#include "store/docs/docs.h"
#include "store/events/events.h"

namespace furrow::entities {

/// True for metrics that do not move last_iteration.
bool IsMonitorMetric(std::string_view metric);

/// last_metrics[md5(metric)][md5(variant)] = {metric, variant, value, min_value, ...}.
json::Value LastMetricsJson(const events::OwnerStats& stats);

class RunMetrics final : public docs::DerivedFields {
 public:
  /// The event store opens after the documents do not need it yet: set before the first read.
  void Attach(const events::Store* events) { events_ = events; }

  bool Owns(std::string_view path) const override;
  /// Sets last_metrics and metric_stats; raises last_iteration and last_update.
  void Merge(std::string_view id, json::Value& doc) const override;
  Status Check(std::string_view id) const override;
  bool Replaces(std::string_view member) const override;
  void Read(std::string_view id, std::span<const std::string> paths,
            std::span<json::Value> values) const override;
  /// In the order of the disk, and without keeping every run's statistics in memory.
  bool ReadAll(std::span<const std::string> paths, const Stored& stored,
               const Take& take) const override;

 private:
  const events::Store* events_ = nullptr;
};

}  // namespace furrow::entities
