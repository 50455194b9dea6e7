// SPDX-License-Identifier: Apache-2.0
#include "entities/audit.h"
#include "entities/tractors.h"
#include "json/text.h"
#include "service/fleet/fleet_service.h"

namespace furrow::service::fleet {
namespace {

constexpr size_t kReasonBytesMax = 1000;

std::string Address(const api::Call& call) { return call.head ? call.head->peer_address : ""; }

// A refused machine leaves a mark on the tractor it named. Names that nobody has leave none: there
// would be no end of them.
Status NoteRefused(Context& context, const api::Call& call, const std::string& tractor,
                   const char* what, const Status& refused) {
  if (refused.code() != Code::kUnauthenticated) return refused;
  if (!context.core.docs.Exists(entities::kTractors, tractor)) return refused;
  const std::string who = "stranger " + Address(call);
  FURROW_TRY(entities::AuditRefusal(
      context.core, call.now,
      {.who = who, .what = what, .why = refused.message(), .tractor = tractor, .stranger = true}));
  return refused;
}

}  // namespace

Status CreateToken(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"tractor"}));
  const std::string name = call.Text("tractor");
  const int64_t life_s = call.Int("expires_in_s", 86'400);
  FURROW_TRY(call.Check());
  const std::string who = entities::WhoCalls(call);
  std::string token;
  FURROW_ASSIGN(const int64_t tractors, context.core.docs.Count(entities::kTractors, {}));
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(token, context.devices.CreateToken(t, name, call.identity.user_id, life_s));
    if (!t.Exists(entities::kTractors, name)) {
      if (tractors >= static_cast<int64_t>(kTractorsMax)) {
        return Status(Code::kResourceExhausted,
                      "there are " + std::to_string(kTractorsMax) + " tractors already");
      }
      FURROW_TRY(
          entities::PutTractor(t, entities::NewTractor(name, call.identity.user_id, call.now)));
    }
    return entities::Audit(t, call.now,
                           {.who = who,
                            .what = "token made",
                            .why = "good for " + std::to_string(life_s) + " s",
                            .tractor = name});
  }));
  call.response["token"] = std::move(token);
  return {};
}

Status Enroll(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"token", "tractor", "public_key"}));
  const std::string name = call.Text("tractor"), token = call.Text("token"),
                    key = call.Text("public_key");
  const json::Value& about = call.Field("about");
  FURROW_TRY(call.Check());
  if (!about.IsNull() && (!about.IsObject() || json::Write(about).size() > kAboutBytesMax)) {
    return api::Fail(api::kFieldsValue,
                     "about is an object of at most " + std::to_string(kAboutBytesMax) + " bytes");
  }
  const Status done = context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(const std::string by, context.devices.Enrol(t, name, token, key, Address(call)));
    // Deleted meanwhile, or never: the token is what counts.
    json::Value tractor;
    if (auto known = entities::GetTractor(t, name); known.ok()) {
      tractor = std::move(known).value();
    } else {
      tractor = entities::NewTractor(name, by, call.now);
    }
    tractor["enrolled"] = FormatTime(call.now);
    tractor["created_by"] = by;
    tractor["revoked"] = nullptr;
    tractor["address"] = Address(call);
    tractor["about"] = about.IsNull() ? json::Value(json::Object{}) : about;
    FURROW_TRY(entities::PutTractor(t, std::move(tractor)));
    const std::string who = "tractor " + name;
    return entities::Audit(t, call.now,
                           {.who = who,
                            .what = "enrolled",
                            .why = "from " + Address(call) + " with key " + key.substr(0, 16),
                            .tractor = name});
  });
  if (!done.ok()) return NoteRefused(context, call, name, "enrolment refused", done);
  call.response["tractor"] = name;
  FURROW_ASSIGN(call.response["trusted_keys"], TrustedKeys(context.core));
  return {};
}

Status Challenge(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"tractor"}));
  const std::string name = call.Text("tractor");
  FURROW_TRY(call.Check());
  call.response["nonce"] = context.devices.Challenge(name, call.now);
  return {};
}

Status SignIn(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"tractor", "nonce", "signature"}));
  const std::string name = call.Text("tractor"), nonce = call.Text("nonce"),
                    signature = call.Text("signature");
  FURROW_TRY(call.Check());
  auto identity = context.devices.SignIn(name, nonce, signature, Address(call), call.now);
  if (!identity.ok()) {
    return NoteRefused(context, call, name, "sign-in refused", identity.status());
  }
  FURROW_ASSIGN(auth::Login login,
                context.authenticator.MakeToken(std::move(identity).value(), call.now,
                                                auth::kDeviceTokenLifeS));
  call.response["token"] = std::move(login.token);
  call.response["expires_in_s"] = login.expires_at_s - call.now / 1'000'000;
  return {};
}

Status Revoke(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"tractor", "reason"}));
  const std::string name = call.Text("tractor"), reason = call.Text("reason");
  FURROW_TRY(call.Check());
  if (reason.empty() || reason.size() > kReasonBytesMax) {
    return api::Fail(api::kFieldsValue, "reason has 1 to 1000 bytes");
  }
  const std::string who = entities::WhoCalls(call);
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(json::Value tractor, entities::GetTractor(t, name));
    FURROW_ASSIGN(call.response["revoked"], context.devices.Revoke(t, name));
    tractor["revoked"] =
        json::Object{{"at", FormatTime(call.now)}, {"by", who}, {"reason", reason}};
    FURROW_TRY(entities::PutTractor(t, std::move(tractor)));
    return entities::Audit(t, call.now,
                           {.who = who, .what = "revoked", .why = reason, .tractor = name});
  });
}

}  // namespace furrow::service::fleet
