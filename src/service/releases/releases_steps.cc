// SPDX-License-Identifier: Apache-2.0
#include "domain/rollout.h"
#include "entities/audit.h"
#include "entities/rollouts.h"
#include "service/releases/releases_service.h"

namespace furrow::service::releases {
namespace {

constexpr size_t kTextBytesMax = 1000;

struct Step {
  std::string release, text;  ///< text: comment or reason
};

Result<Step> ReadStep(api::Call& call, const char* text_field) {
  FURROW_TRY(call.Require({"release"}));
  Step step{call.Text("release"), call.Text(text_field)};
  FURROW_TRY(call.Check());
  if (step.text.size() > kTextBytesMax) {
    return api::Fail(api::kFieldsValue, std::string(text_field) + " has at most 1000 bytes");
  }
  return step;
}

using Change = std::function<Status(docs::Transaction&, json::Value& release)>;

// Changes the release in a transaction; a refusal is noted in another.
Status Run(Context& context, api::Call& call, const std::string& id, const Change& change) {
  const Status done = context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(json::Value release, entities::GetRelease(t, id));
    FURROW_TRY(change(t, release));
    call.response["status"] = release.At("status");
    return entities::PutRelease(t, std::move(release));
  });
  return done.ok() ? done : NoteRefused(context, call, id, done);
}

}  // namespace

Status NoteRefused(Context& context, const api::Call& call, const std::string& release,
                   const Status& refused) {
  const api::WireCode wire = api::ToWire(refused);
  const int subcode = wire.subcode;
  const bool noted = wire.http == 400 && (subcode == api::kInvalidTractor.subcode ||
                                          subcode == api::kReleaseState.subcode ||
                                          subcode == api::kBundleRefused.subcode);
  if (!noted && wire.http != 403) return refused;
  const std::string who = entities::WhoCalls(call);
  FURROW_TRY(entities::AuditRefusal(
      context.core, call.now,
      {.who = who, .what = "refused", .why = refused.message(), .release = release}));
  return refused;
}

Status Approve(Context& context, api::Call& call) {
  FURROW_ASSIGN(const Step step, ReadStep(call, "comment"));
  // The line that made the bundle must not wave it through: code that runs for a worker, under the
  // SDK or an agent, names it in every call.
  if (!call.worker.empty()) {
    return NoteRefused(context, call, step.release,
                       api::Fail(api::kForbidden, "a person approves, not the worker " +
                                                      std::string(call.worker.substr(0, 128))));
  }
  const std::string who = entities::WhoCalls(call);
  return Run(context, call, step.release,
             [&](docs::Transaction& t, json::Value& release) -> Status {
               if (const std::string why = domain::WhyNoApproval(entities::RolloutOf(release));
                   !why.empty()) {
                 return api::Fail(api::kReleaseState, why);
               }
               release["status"] = domain::NameOf(domain::ReleaseState::kApproved);
               release["approved"] =
                   json::Object{{"at", FormatTime(call.now)}, {"by", who}, {"comment", step.text}};
               return entities::Audit(
                   t, call.now,
                   {.who = who, .what = "approved", .why = step.text, .release = step.release});
             });
}

Status Advance(Context& context, api::Call& call) {
  FURROW_ASSIGN(const Step step, ReadStep(call, "reason"));
  const bool force = call.Flag("force");
  FURROW_TRY(call.Check());
  if (force && step.text.empty()) {
    return api::Fail(api::kValidation, "'reason' is required with force");
  }
  const std::string who = entities::WhoCalls(call);
  return Run(context, call, step.release,
             [&](docs::Transaction& t, json::Value& release) -> Status {
               const std::string why = domain::WhyNoAdvance(entities::RolloutOf(release), force);
               if (!why.empty()) return api::Fail(api::kReleaseState, why);
               return entities::BeginRing(t, release, who, step.text, call.now);
             });
}

Status Halt(Context& context, api::Call& call) {
  FURROW_ASSIGN(const Step step, ReadStep(call, "reason"));
  if (step.text.empty()) return api::Fail(api::kValidation, "'reason' is required");
  const std::string who = entities::WhoCalls(call);
  return Run(
      context, call, step.release, [&](docs::Transaction& t, json::Value& release) -> Status {
        if (const std::string why = domain::WhyNoHalt(entities::RolloutOf(release)); !why.empty()) {
          return api::Fail(api::kReleaseState, why);
        }
        return entities::HaltRelease(t, release, who, step.text, call.now);
      });
}

}  // namespace furrow::service::releases
