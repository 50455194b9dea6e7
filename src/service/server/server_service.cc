// SPDX-License-Identifier: Apache-2.0
#include "service/server/server_service.h"

namespace furrow::service::server {
namespace {

using auth::Permission;

constexpr api::Version kUidSince{2, 8}, kApiVersionSince{2, 12};
// What a ping may have repeated to it: anybody may ask.
constexpr size_t kEchoBytesMax = 64 * 1024;

constexpr api::RouteOf<Context> kRoutes[] = {
    {"debug.ping", {2, 1}, Permission::kOpen, Ping, true},
    {"server.config", {2, 1}, Permission::kSystem, Config, true},
    {"server.endpoints", {2, 1}, Permission::kSystem, Endpoints, true},
    {"server.get_stats", {2, 1}, Permission::kSystem, GetStats, true},
    {"server.info", {2, 1}, Permission::kRead, Info, true},
    {"server.report_stats_option", {2, 4}, Permission::kRead, ReportStatsOption, true},
};

std::string VersionText(const api::Version& v) {
  return std::to_string(v.major) + "." + std::to_string(v.minor);
}

std::string_view PermissionName(Permission permission) {
  switch (permission) {
    case Permission::kOpen:
      return "open";
    case Permission::kRead:
      return "read";
    case Permission::kSelf:
      return "self";
    case Permission::kEdit:
      return "edit";
    case Permission::kManageUsers:
      return "manage_users";
    case Permission::kSystem:
      return "system";
  }
  return "system";
}

}  // namespace

void AddEndpoints(Context& context, std::vector<api::Endpoint>& out) {
  api::Bind(kRoutes, context, out);
}

Status Info(Context& context, api::Call& call) {
  call.response["version"] = api::kServerVersion;
  call.response["build"] = context.build;
  call.response["commit"] = "";
  if (call.version >= kUidSince) call.response["uid"] = context.core.server_uid;
  if (call.version >= kApiVersionSince) call.response["api_version"] = api::kNewestText;
  return {};
}

Status Endpoints(Context& context, api::Call& call) {
  json::Array endpoints;
  for (const auto& [name, versions] : context.endpoints) {
    for (const api::Endpoint& e : versions) {
      endpoints.push_back(json::Object{{"name", name},
                                       {"min_version", VersionText(e.since)},
                                       {"permission", PermissionName(e.permission)},
                                       {"read_only", e.read_only}});
    }
  }
  call.response["endpoints"] = std::move(endpoints);
  return {};
}

Status Config(Context& context, api::Call& call) {
  const std::string path = call.Text("path");
  FURROW_TRY(call.Check());
  const json::Value* found = path.empty() ? &context.config : context.config.FindPath(path);
  if (!found) return api::Fail(api::kFieldsValue, "path=" + path);
  call.response["config"] = *found;
  return {};
}

Status GetStats(Context& context, api::Call& call) {
  json::Value documents = json::Object{};
  const std::pair<const char*, docs::CollectionId> collections[] = {
      {"tasks", entities::kTasks},
      {"models", entities::kModels},
      {"queues", entities::kQueues},
      {"projects", entities::kProjects},
      {"users", entities::kUsers}};
  for (const auto& [name, collection] : collections) {
    FURROW_ASSIGN(documents[name], context.core.docs.Count(collection, {}));
  }
  const events::Store::Usage usage = context.core.events.usage();
  call.response["timestamp"] = FormatTime(call.now);
  call.response["uid"] = context.core.server_uid;
  call.response["version"] = api::kServerVersion;
  call.response["documents"] = std::move(documents);
  call.response["events"] = json::Object{{"points", usage.points},
                                         {"memory_bytes", usage.memory_bytes},
                                         {"unfolded_bytes", usage.unfolded_bytes}};
  return {};
}

// This server reports to nobody, and cannot be asked to.
Status ReportStatsOption(Context&, api::Call& call) {
  call.response["supported"] = false;
  call.response["enabled"] = false;
  call.response["enabled_time"] = nullptr;
  call.response["enabled_version"] = nullptr;
  call.response["enabled_user"] = nullptr;
  call.response["current_version"] = api::kServerVersion;
  return {};
}

Status Ping(Context&, api::Call& call) {
  call.response["msg"] = "pong";
  if (call.raw_body.size() > kEchoBytesMax) return {};
  for (const json::Member& m : call.request.object()) call.response[m.key] = m.value;
  return {};
}

}  // namespace furrow::service::server
