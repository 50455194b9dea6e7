// SPDX-License-Identifier: Apache-2.0
// Records of a tractor as events of ordinary tasks: project Fleet/<tractor>, one task a day (UTC).
// Metrics become scalars at the second of the day, alarms lines of the console, images debug
// images.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "entities/core.h"
#include "json/value.h"

namespace furrow::service::fleet {

/// The events of one report, by day. Owns the texts that the event store's views point to, so it
/// outlives the write.
class Telemetry {
 public:
  explicit Telemetry(std::string_view tractor) : tractor_(tractor) {}
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;

  /// Reads the events of a record. Errors: kInvalidArgument saying what is wrong with it.
  Status Add(std::string_view stream, const json::Value& record);
  bool empty() const { return days_.empty(); }

  /// Finds or makes the tasks of the days, and notes them in `tractor` (not stored yet).
  Status OpenTasks(docs::Transaction& t, const entities::Core& core, json::Value& tractor,
                   Micros now);
  /// What goes to the event store, once the tasks are open.
  std::vector<events::OwnerBatch> Batches() const;

 private:
  struct Day {
    std::string task;
    Micros first = 0, last = 0;
    std::vector<events::Scalar> scalars;
    std::vector<events::LogLine> logs;
    std::vector<events::Rich> images;
  };
  std::string_view Keep(std::string text) { return texts_.emplace_back(std::move(text)); }
  Status AddMetrics(Day& day, const json::Value& record, Micros at);
  void AddAlarm(Day& day, const json::Value& record, Micros at);
  void AddImage(Day& day, const json::Value& record, Micros at);

  const std::string tractor_;
  std::deque<std::string> texts_;
  std::map<std::string, Day> days_;  // by "2026-11-29"
};

/// True when `record` names a file below /tractors/<tractor>/ on our file server and its SHA-256.
bool NamesOwnFile(const entities::Core& core, std::string_view tractor, const json::Value& record);

}  // namespace furrow::service::fleet
