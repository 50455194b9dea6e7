// SPDX-License-Identifier: Apache-2.0
// For tests of this service: reporting json-lines and reading them back.
#pragma once

#include <string>
#include <string_view>

#include "entities/world_fixture.h"
#include "service/events/events_service.h"

namespace furrow::service::events {

class EventsWorld : public entities::World {
 protected:
  EventsWorld() {
    AddEndpoints(context_, endpoints);
    task_ = AddTask("in_progress");
  }

  std::string AddTask(std::string_view status, std::string_view name = "a run") {
    return Put(entities::kTasks, json::Object{{"name", name}, {"status", status}});
  }

  /// events.add_batch with this body.
  entities::Answer Lines(std::string_view body, std::string_view worker = "host-1") {
    api::Call call;
    call.identity = identity;
    call.request = json::Object{};
    call.raw_body = body;
    call.version = api::kNewest;
    call.head = &head;
    call.now = clock.now;
    call.worker = worker;
    entities::Answer answer;
    answer.status = AddBatch(context_, call);
    if (answer.status.ok()) answer.data = std::move(call.response);
    return answer;
  }

  /// A line of the task: type and what follows.
  std::string Line(std::string_view type, std::string_view members) const {
    return Line(task_, type, members);
  }
  static std::string Line(std::string_view task, std::string_view type, std::string_view members) {
    std::string out = R"({"task":")";
    out.append(task).append(R"(","type":")").append(type).append("\"");
    if (!members.empty()) out.append(",").append(members);
    return out + "}\n";
  }
  std::string Scalar(std::string_view metric, std::string_view variant, int64_t iter, double value,
                     int64_t time_ms = 1'000) const {
    const std::string members = json::Write(json::Object{{"metric", metric},
                                                         {"variant", variant},
                                                         {"iter", iter},
                                                         {"value", value},
                                                         {"timestamp", time_ms}});
    return Line("training_stats_scalar", std::string_view(members).substr(1, members.size() - 2));
  }

  Context context_{core};
  std::string task_;
};

}  // namespace furrow::service::events
