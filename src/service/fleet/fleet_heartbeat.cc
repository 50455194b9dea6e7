// SPDX-License-Identifier: Apache-2.0
#include "entities/audit.h"
#include "entities/rollouts.h"
#include "entities/tractors.h"
#include "json/text.h"
#include "service/fleet/fleet_service.h"
#include "service/fleet/streams.h"

namespace furrow::service::fleet {
namespace {

constexpr size_t kStateBytesMax = 16 * 1024;
constexpr size_t kProgressBytesMax = 4096;
// How soon a tractor asks again: while a release is at work on it, and else.
constexpr int64_t kWakeBusyS = 2, kWakeIdleS = 10;

Status CheckObject(const api::Call& call, const char* field, size_t bytes_max) {
  const json::Value& value = call.Field(field);
  if (value.IsNull()) return {};
  if (value.IsObject() && json::Write(value).size() <= bytes_max) return {};
  return api::Fail(api::kFieldsValue, std::string(field) + " is an object of at most " +
                                          std::to_string(bytes_max) + " bytes");
}

// What a machine is decides which bundles it may have, so a change is in the audit trail.
Status TakeAbout(docs::Transaction& t, json::Value& tractor, const api::Call& call) {
  const json::Value& about = call.Field("about");
  if (about.IsNull() || about == tractor.At("about")) return {};
  std::string changed;
  for (const auto& [name, value] : about.object()) {
    if (value != tractor.At("about").At(name)) changed += (changed.empty() ? "" : ", ") + name;
  }
  tractor["about"] = about;
  const std::string& name = tractor.At("id").AsString();
  return entities::Audit(t, call.now,
                         {.who = "tractor " + name,
                          .what = "described anew",
                          .why = changed.empty() ? "it says less than before" : changed,
                          .tractor = name});
}

}  // namespace

Status Heartbeat(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"state"}));
  FURROW_TRY(CheckObject(call, "state", kStateBytesMax));
  FURROW_TRY(CheckObject(call, "progress", kProgressBytesMax));
  FURROW_TRY(CheckObject(call, "about", kAboutBytesMax));
  const std::string& name = call.identity.user_name;
  json::Value tractor;
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(tractor, entities::GetTractor(t, name));
    tractor["state"] = call.Field("state");
    tractor["last_seen"] = FormatTime(call.now);
    tractor["address"] = call.head ? call.head->peer_address : "";
    FURROW_TRY(TakeAbout(t, tractor, call));
    FURROW_TRY(entities::PutTractor(t, tractor));
    return entities::TakeHeartbeat(t, tractor, call.Field("progress"), call.now);
  }));
  if (!tractor.At("desired").IsNull()) call.response["desired"] = tractor.At("desired");
  FURROW_ASSIGN(call.response["trusted_keys"], TrustedKeys(context.core));
  json::Value next = json::Object{};
  for (const std::string_view stream : kStreams)
    next[stream] = tractor.At("next").At(stream).AsInt();
  call.response["next"] = std::move(next);
  call.response["wake_s"] = entities::IsBusy(tractor) ? kWakeBusyS : kWakeIdleS;
  return {};
}

}  // namespace furrow::service::fleet
