// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/id.h"
#include "entities/machine_stats.h"
#include "service/serving/container_document.h"
#include "service/serving/serving_service.h"

namespace furrow::service::serving {
namespace {

// Members a container says of itself, at registration and with each report.
constexpr std::string_view kMembers[] = {
    "container_id",  "endpoint_name",       "endpoint_url", "model_name", "model_source",
    "model_version", "preprocess_artifact", "input_type",   "input_size", "reference",
    "uptime_sec",    "requests_num",        "requests_min", "latency_ms", "machine_stats",
};

json::Value NewContainer(const Context& context, const api::Call& call, const std::string& key) {
  return json::Object{{"id", key},
                      {"user", call.identity.user_id},
                      {"company", context.core.company_id},
                      {"register_time", FormatTime(call.now)},
                      {"register_timeout", kTimeoutSeconds},
                      {"reported", false}};
}

void Take(const api::Call& call, json::Value& container) {
  for (const std::string_view m : kMembers) {
    if (call.Has(m)) container[m] = call.Field(m);
  }
  container["last_update"] = FormatTime(call.now);
}

Micros LastUpdate(const json::Value& container) {
  return ParseTime(container.At("last_update").AsString()).value_or(0);
}

// Containers have a new id with each start: those long gone go, and their history.
Status ForgetOldContainers(entities::Core& core, Micros now) {
  std::vector<std::pair<std::string, Micros>> old;
  FURROW_TRY(
      core.docs.ForEach(entities::kContainers, [&](std::string_view key, const json::Value& c) {
        if (SilentSeconds(c, now) > entities::kMachineStatsDays * 86'400) {
          old.emplace_back(key, LastUpdate(c));
        }
        return true;
      }));
  for (const auto& [key, last] : old) {
    FURROW_TRY(core.docs.Transact([&](docs::Transaction& t) -> Status {
      if (!t.Exists(entities::kContainers, key)) return {};
      entities::ForgetMachineStats(t, core, key, last);
      return t.Delete(entities::kContainers, key);
    }));
  }
  return {};
}

}  // namespace

std::string ContainerKey(const std::string& container_id) {
  return Md5Hex("container\n" + container_id);
}

int64_t SilentSeconds(const json::Value& container, Micros now) {
  return std::max<Micros>(0, now - LastUpdate(container)) / 1'000'000;
}

bool IsAlive(const json::Value& container, Micros now) {
  return SilentSeconds(container, now) <= container.At("register_timeout").AsInt(kTimeoutSeconds);
}

Status RegisterContainer(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"container_id", "endpoint_name", "model_name"}));
  const std::string key = ContainerKey(call.Text("container_id"));
  const int64_t timeout = call.Int("timeout", kTimeoutSeconds);
  FURROW_TRY(call.Check());
  if (timeout <= 0) return api::Fail(api::kFieldsValue, "timeout must be positive");
  if (context.cleaning.IsDue(context.core.clock)) {
    FURROW_TRY(ForgetOldContainers(context.core, call.now));
  }
  json::Value container = NewContainer(context, call, key);
  container["register_timeout"] = timeout;
  Take(call, container);
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    return t.Put(entities::kContainers, key, std::move(container));
  });
}

Status ContainerStatusReport(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"container_id", "endpoint_name", "endpoint_url", "model_name"}));
  const std::string key = ContainerKey(call.Text("container_id"));
  FURROW_TRY(call.Check());
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    auto known = t.Get(entities::kContainers, key);
    if (known.ok()) {
      entities::ForgetOldMachineStats(t, context.core, key, LastUpdate(*known), call.now);
    }
    json::Value container = known.ok() ? std::move(*known) : NewContainer(context, call, key);
    container["reported"] = true;
    Take(call, container);
    return t.Put(entities::kContainers, key, std::move(container));
  }));
  json::Value stats = call.Field("machine_stats");
  for (const char* m : {"requests_num", "requests_min", "latency_ms", "uptime_sec"}) {
    if (call.Has(m)) stats[m] = call.Field(m);
  }
  // The report is taken; a reading missed is only a gap in a chart.
  const Status added = entities::AddMachineStats(context.core, key, stats, call.now);
  (void)added;
  return {};
}

Status UnregisterContainer(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"container_id"}));
  const std::string id = call.Text("container_id");
  FURROW_TRY(call.Check());
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    auto container = t.Get(entities::kContainers, ContainerKey(id));
    if (!container.ok() || !IsAlive(*container, call.now)) {
      return api::Fail(api::kContainerNotRegistered, id);
    }
    (*container)["register_timeout"] = -1;
    return t.Put(entities::kContainers, ContainerKey(id), std::move(*container));
  });
}

}  // namespace furrow::service::serving
