// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/hash.h"
#include "base/id.h"
#include "entities/run_metrics.h"
#include "json/text.h"
#include "service/events/event_json.h"
#include "service/events/events_service.h"
#include "service/events/line_reader.h"
#include "service/events/owners.h"

namespace furrow::service::events {
namespace {

/// Sorts the lines of one request by owner and says which are refused.
class Intake {
 public:
  Intake(const entities::Core& core, const api::Call& call, LineReader& reader)
      : core_(core), call_(call), reader_(reader), now_ms_(call.now / 1000) {}

  Status Take(const Line& line);

  const std::vector<es::OwnerBatch>& batches() const { return batches_; }
  int64_t added() const { return added_; }
  int64_t refused() const { return refused_; }
  /// Reason -> how many events.
  const std::map<std::string_view, int64_t>& reasons() const { return reasons_; }

 private:
  struct Known {
    OwnerState state;
    std::vector<size_t> batches;  // more than one when workers differ
  };

  Status Refuse(std::string_view reason) {
    ++refused_;
    ++reasons_[reason];
    return {};
  }
  Result<Known*> Find(bool is_model, std::string_view id);
  es::OwnerBatch& BatchFor(Known& known, std::string_view owner, bool scalar,
                           std::string_view worker);

  const entities::Core& core_;
  const api::Call& call_;
  LineReader& reader_;
  const int64_t now_ms_;
  std::vector<es::OwnerBatch> batches_;
  std::unordered_map<std::string_view, Known> known_[2];  // tasks, models
  std::string_view last_id_;
  bool last_is_model_ = false;
  Known* last_ = nullptr;
  std::map<std::string_view, int64_t> reasons_;
  int64_t added_ = 0, refused_ = 0;
};

Result<Intake::Known*> Intake::Find(bool is_model, std::string_view id) {
  // Nearly every request speaks of one run.
  if (last_ && last_id_ == id && last_is_model_ == is_model) return last_;
  auto& known = known_[is_model ? 1 : 0];
  auto it = known.find(id);
  if (it == known.end()) {
    FURROW_ASSIGN(const OwnerState state, StateOf(core_, is_model, id));
    it = known.emplace(id, Known{state, {}}).first;
  }
  last_id_ = id;
  last_is_model_ = is_model;
  last_ = &it->second;
  return last_;
}

es::OwnerBatch& Intake::BatchFor(Known& known, std::string_view owner, bool scalar,
                                 std::string_view worker) {
  for (const size_t i : known.batches) {
    es::OwnerBatch& batch = batches_[i];
    if (!scalar || batch.worker == worker) return batch;
    if (batch.scalars.empty()) {
      batch.worker = worker;
      return batch;
    }
  }
  known.batches.push_back(batches_.size());
  es::OwnerBatch& batch = batches_.emplace_back();
  batch.owner = owner;
  batch.worker = worker;
  return batch;
}

Status Intake::Take(const Line& line) {
  if (!line.type) return Refuse("Event type is missing or unknown");
  if (line.problem) return Refuse(line.problem);
  const std::string_view owner = line.model_event && !line.model.empty() ? line.model : line.task;
  if (owner.empty()) return Refuse("Event must have a 'task' field");
  FURROW_ASSIGN(Known * known, Find(line.model_event, owner));
  if (known->state == OwnerState::kMissing) {
    return Refuse(line.model_event ? "Invalid model id" : "Invalid task id");
  }
  if (known->state == OwnerState::kLocked && !line.allow_locked) {
    return Refuse("Task is published");
  }
  const int64_t time_ms = line.time_ms.value_or(now_ms_);
  if (!IsTimeInRange(time_ms)) return Refuse("Event timestamp is out of range");
  const int64_t iter = line.iter.value_or(0);
  const std::string_view worker = line.worker.empty() ? call_.worker : line.worker;

  switch (*line.type) {
    case EventType::kScalar:
      if (!line.value) return Refuse("Scalar event has no value");
      BatchFor(*known, owner, true, worker)
          .scalars.push_back(
              {line.metric, line.variant, iter, time_ms, *line.value, line.x_axis_label});
      break;
    case EventType::kLog:
      BatchFor(*known, owner, false, worker)
          .logs.push_back({time_ms, line.level, worker, line.msg});
      break;
    default:
      if (*line.type == EventType::kVector && line.values_json.empty()) {
        return Refuse("Vector event has no values");
      }
      BatchFor(*known, owner, false, worker)
          .rich.push_back(
              {RichTypeOf(*line.type), line.metric, line.variant, line.key, iter, time_ms,
               reader_.Keep(RichJson(line, *line.type, worker, iter, time_ms, now_ms_))});
      break;
  }
  ++added_;
  return {};
}

Status AddLines(Context& context, api::Call& call, std::string_view body) {
  LineReader reader(body);
  Intake intake(context.core, call, reader);
  Line line;
  while (true) {
    FURROW_ASSIGN(const bool more, reader.Next(line));
    if (!more) break;
    FURROW_TRY(intake.Take(line));
  }
  if (intake.added() == 0) {
    if (intake.refused() == 0) return api::Fail(api::kEmptyBatch);
    return api::Fail(api::kEventsNotAdded, intake.reasons().begin()->first);
  }
  std::string sender = call.identity.user_id;
  sender.append(1, '\0').append(call.worker);
  // A repeat is answered as its first was: the sender never heard of that one.
  FURROW_ASSIGN(const bool fresh, context.core.events.Append(
                                      intake.batches(), {.is_monitor = entities::IsMonitorMetric,
                                                         .replay_key = SenderHash(sender, body)}));
  (void)fresh;
  call.response["added"] = intake.added();
  call.response["errors"] = intake.refused();
  json::Object reasons;
  for (const auto& [reason, count] : intake.reasons()) reasons[reason] = count;
  call.response["errors_info"] = std::move(reasons);
  return {};
}

}  // namespace

Status AddBatch(Context& context, api::Call& call) {
  return AddLines(context, call, call.raw_body);
}

Status Add(Context& context, api::Call& call) {
  return AddLines(context, call, json::Write(call.request));
}

}  // namespace furrow::service::events
