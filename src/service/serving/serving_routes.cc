// SPDX-License-Identifier: Apache-2.0
#include "base/id.h"
#include "service/serving/serving_service.h"

namespace furrow::service::serving {
namespace {

using auth::Permission;

// Members a container says of itself, at registration and with each report.
constexpr std::string_view kMembers[] = {
    "container_id", "endpoint_name", "endpoint_url",        "model_name", "model_source",
    "model_version", "preprocess_artifact", "input_type",   "input_size", "reference",
    "uptime_sec",   "requests_num",  "requests_min",        "latency_ms", "machine_stats",
};

std::string Key(const std::string& container) { return Md5Hex("container\n" + container); }

void Take(const api::Call& call, json::Value& container) {
  for (const std::string_view m : kMembers) {
    if (call.Has(m)) container[m] = call.Field(m);
  }
  container["last_update"] = FormatTime(call.now);
}

Status Register(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"container_id", "endpoint_name", "model_name"}));
  const std::string key = Key(call.Text("container_id"));
  const int64_t timeout = call.Int("timeout", 600);
  FURROW_TRY(call.Check());
  json::Value container = json::Object{{"id", key},
                                       {"user", call.identity.user_id},
                                       {"company", context.core.company_id},
                                       {"register_time", FormatTime(call.now)},
                                       {"register_timeout", timeout}};
  Take(call, container);
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    return t.Put(entities::kContainers, key, std::move(container));
  });
}

Status StatusReport(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"container_id", "endpoint_name", "endpoint_url", "model_name"}));
  const std::string key = Key(call.Text("container_id"));
  FURROW_TRY(call.Check());
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    auto known = t.Get(entities::kContainers, key);
    json::Value container = known.ok() ? std::move(*known)
                                       : json::Value(json::Object{{"id", key},
                                                                  {"user", call.identity.user_id},
                                                                  {"company", context.core.company_id},
                                                                  {"register_time", FormatTime(call.now)},
                                                                  {"register_timeout", 600}});
    Take(call, container);
    return t.Put(entities::kContainers, key, std::move(container));
  });
}

Status Unregister(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"container_id"}));
  const std::string id = call.Text("container_id");
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    if (!t.Exists(entities::kContainers, Key(id))) return api::Fail(api::kContainerNotRegistered, id);
    return t.Delete(entities::kContainers, Key(id));
  });
}

constexpr api::RouteOf<Context> kRoutes[] = {
    {"serving.container_status_report", {2, 31}, Permission::kEdit, StatusReport},
    {"serving.register_container", {2, 31}, Permission::kEdit, Register},
    {"serving.unregister_container", {2, 31}, Permission::kEdit, Unregister},
};

}  // namespace

void AddEndpoints(Context& context, std::vector<api::Endpoint>& out) {
  api::Bind(kRoutes, context, out);
}

}  // namespace furrow::service::serving
