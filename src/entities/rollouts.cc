// SPDX-License-Identifier: Apache-2.0
#include "entities/rollouts.h"

#include "api/error.h"
#include "entities/audit.h"
#include "entities/tractors.h"

namespace furrow::entities {
namespace {

using domain::ReleaseState;
using domain::Stage;

constexpr std::string_view kGatesName = "gates";

Stage StageOf(const json::Value& entry) {
  return domain::ParseStage(entry.At("stage").AsString()).value_or(Stage::kWaiting);
}

ReleaseState StateOf(const json::Value& release) {
  return domain::ParseReleaseState(release.At("status").AsString()).value_or(ReleaseState::kHalted);
}

std::string WhoIs(const json::Value& tractor) { return "tractor " + tractor.At("name").AsString(); }

// What a heartbeat's answer says of the release's own bundle.
json::Value DesiredOf(const json::Value& release) {
  const json::Value& bundle = release.At("bundle");
  json::Value desired = json::Object{{"release", release.At("id")}};
  for (const char* f : {"id", "version", "bytes", "sha256", "url"}) desired[f] = bundle.At(f);
  desired["rollback"] = release.At("rollback").AsBool();
  desired["watch_s"] = GatesOf(release)[domain::Gate::kWatchS].value_or(0);
  return desired;
}

// Why `entry` of `tractor` is at a stage.
Status Tell(docs::Transaction& t, const json::Value& release, const json::Value& tractor,
            json::Value& entry, Stage stage, const std::string& reason, Micros now) {
  entry["reason"] = reason;
  const std::string who = WhoIs(tractor);
  return Audit(t, now,
               {.who = who,
                .what = domain::NameOf(stage),
                .why = reason,
                .release = release.At("id").AsString(),
                .tractor = tractor.At("id").AsString()});
}

// `entry` of `tractor` reaches a stage.
Status SetStage(docs::Transaction& t, const json::Value& release, json::Value& tractor,
                json::Value& entry, Stage stage, const std::string& reason, Micros now) {
  entry["stage"] = domain::NameOf(stage);
  entry["since"] = FormatTime(now);
  if (tractor.At("release").At("id") == release.At("id")) {
    tractor["release"]["stage"] = domain::NameOf(stage);
  }
  return Tell(t, release, tractor, entry, stage, reason, now);
}

Status BeginRunning(docs::Transaction& t, const json::Value& release, json::Value& tractor,
                    json::Value& entry, const std::string& reason, Micros now) {
  FURROW_TRY(SetStage(t, release, tractor, entry, Stage::kRunning, reason, now));
  domain::Health health = domain::BeginWatch(tractor.At("state"), now);
  if (entry.At("disagreement").IsNumber()) {
    health.disagreement = entry.At("disagreement").AsDouble();
  }
  entry["health"] = domain::ToJson(health);
  return {};
}

// The stage that a tractor reports, or that its running bundle shows.
Status TakeStage(docs::Transaction& t, const json::Value& release, json::Value& tractor,
                 json::Value& entry, const json::Value& progress, Micros now) {
  const Stage from = StageOf(entry);
  const std::string& reason = progress.At("reason").AsString();
  std::optional<Stage> to;
  if (progress.At("release") == release.At("id")) {
    to = domain::ParseStage(progress.At("stage").AsString());
    const json::Value& share = progress.At("disagreement");
    if (share.IsNumber()) entry["disagreement"] = share.AsDouble();
  } else {
    // Its report was lost, what it runs tells as much.
    const json::Value& running = tractor.At("state").At("bundle").At("id");
    const bool runs = !running.AsString().empty() && running == release.At("bundle").At("id");
    if (runs && from < Stage::kRunning) to = Stage::kRunning;
  }
  if (to == from && !domain::IsSettled(from) && !reason.empty() && entry.At("reason") != reason) {
    return Tell(t, release, tractor, entry, from, reason, now);  // what holds it up, once
  }
  if (!to || *to == from || !domain::MayReport(from, *to)) return {};
  if (*to == Stage::kGood) {
    // The tractor has seen enough; the release may want more.
    entry["said_good"] = true;
    if (from == Stage::kRunning) return {};
    return BeginRunning(t, release, tractor, entry, reason, now);
  }
  if (*to == Stage::kRunning) return BeginRunning(t, release, tractor, entry, reason, now);
  return SetStage(t, release, tractor, entry, *to, reason, now);
}

// What a heartbeat's answer says once the release was halted: the bundle that ran before, or, where
// there was none, which one to take off.
json::Value WayBack(const json::Value& release, json::Value before) {
  if (before.IsNull()) {
    return json::Object{{"release", release.At("id")}, {"off", release.At("bundle").At("id")}};
  }
  before["release"] = release.At("id");
  before["rollback"] = true;
  before["watch_s"] = 0;
  return before;
}

// On the way back of a halted release.
Status TakeReturn(docs::Transaction& t, const json::Value& release, json::Value& tractor,
                  json::Value& entry, const json::Value& progress, Micros now) {
  const Stage stage = StageOf(entry);
  if (stage == Stage::kWaiting || domain::IsFailed(stage)) return {};
  const json::Value& before = entry.At("before").At("id");
  const json::Value& running = tractor.At("state").At("bundle").At("id");
  const bool said = progress.At("release") == release.At("id") &&
                    progress.At("stage").AsString() == domain::NameOf(Stage::kRolledBack);
  const bool back = !before.AsString().empty() && before == running;
  // With nothing to go back to, one that never ran the bundle is where it was.
  const bool nowhere = before.IsNull() && running != release.At("bundle").At("id");
  if (!said && !back && !nowhere) return {};
  return SetStage(t, release, tractor, entry, Stage::kRolledBack,
                  said ? progress.At("reason").AsString() : "the release was halted", now);
}

// One that had only just started when its ring began says later what it runs: until it runs the
// release's own bundle, that is what a halt leads back to.
void LearnBefore(const json::Value& release, const json::Value& tractor, json::Value& entry) {
  const Stage stage = StageOf(entry);
  if (!entry.At("before").IsNull() || stage == Stage::kRunning || stage == Stage::kGood) return;
  json::Value running = RunningBundle(tractor);
  if (running.IsNull() || running.At("id") == release.At("bundle").At("id")) return;
  entry["before"] = std::move(running);
}

json::Value FiguresJson(const std::vector<domain::Figure>& figures) {
  json::Array out;
  for (const domain::Figure& f : figures) {
    out.push_back(json::Object{{"gate", domain::GateTable()[static_cast<size_t>(f.gate)].name},
                               {"figure", f.figure},
                               {"limit", f.limit},
                               {"broken", f.broken}});
  }
  return out;
}

// Watches a running tractor. Returns what is broken, "" when nothing is.
Result<std::string> WatchTractor(docs::Transaction& t, const json::Value& release,
                                 json::Value& tractor, json::Value& entry, bool began, Micros now) {
  domain::Health health = domain::ReadHealth(entry.At("health"));
  if (!began) domain::Watch(health, tractor.At("state"));
  const domain::Gates gates = GatesOf(release);
  const auto figures = domain::Judge(gates, health);
  entry["health"] = domain::ToJson(health);
  entry["figures"] = FiguresJson(figures);
  for (const domain::Figure& f : figures) {
    if (f.broken) return tractor.At("name").AsString() + ": " + domain::Describe(f);
  }
  if (entry.At("said_good").AsBool() && domain::WatchedEnough(gates, health, now)) {
    FURROW_TRY(SetStage(t, release, tractor, entry, Stage::kGood, "", now));
  }
  return std::string();
}

// What the release does by itself after a tractor's report.
Status TakeNextStep(docs::Transaction& t, json::Value& release, Micros now) {
  // A ring of tractors that cannot begin must not fail the heartbeat of another.
  using Kind = domain::NextStep::Kind;
  const domain::NextStep step = domain::NextOf(RolloutOf(release));
  switch (step.kind) {
    case Kind::kNothing:
      return {};
    case Kind::kHalt:
      return HaltRelease(t, release, kGatesName, step.why, now);
    case Kind::kBeginRing: {
      json::Value next = release;
      const Status began = BeginRing(t, next, kGatesName, "the ring before it is good", now);
      if (began.ok()) {
        release = std::move(next);
      } else {
        release["auto_advance"] = false;
        FURROW_TRY(Audit(t, now,
                         {.who = kGatesName,
                          .what = "refused",
                          .why = "the next ring does not begin: " + began.message(),
                          .release = release.At("id").AsString()}));
      }
      return {};
    }
    case Kind::kEnd:
      release["status"] = domain::NameOf(ReleaseState::kDone);
      release["ended"] = FormatTime(now);
      return Audit(t, now,
                   {.who = kGatesName,
                    .what = "done",
                    .why = "every ring is done",
                    .release = release.At("id").AsString()});
  }
  return {};
}

}  // namespace

Result<json::Value> GetRelease(docs::Transaction& t, std::string_view id) {
  auto release = t.Get(kReleases, id.empty() ? std::string_view("-") : id);
  if (!release.ok() && release.status().code() == Code::kNotFound) {
    return api::Fail(api::kInvalidRelease, "id=" + std::string(id));
  }
  return release;
}

Status PutRelease(docs::Transaction& t, json::Value release) {
  const std::string id = release.At("id").AsString();
  return t.Put(kReleases, id, std::move(release));
}

domain::Rollout RolloutOf(const json::Value& release) {
  domain::Rollout rollout;
  rollout.state = StateOf(release);
  rollout.ring = static_cast<int>(release.At("ring").AsInt(-1));
  for (const json::Value& ring : release.At("rings").array()) {
    std::vector<Stage>& stages = rollout.rings.emplace_back();
    for (const json::Value& name : ring.At("tractors").array()) {
      stages.push_back(StageOf(release.At("tractors").At(name.AsString())));
    }
  }
  const std::optional<double> refused = GatesOf(release)[domain::Gate::kRefused];
  rollout.refused_max = refused ? static_cast<int64_t>(*refused) : INT64_MAX;
  rollout.by_itself = release.At("auto_advance").AsBool();
  return rollout;
}

domain::Gates GatesOf(const json::Value& release) {
  auto gates = domain::ReadGates(release.At("gates"));
  // What was stored passed the same check.
  return gates.ok() ? *gates : domain::Gates();
}

Status BeginRing(docs::Transaction& t, json::Value& release, std::string_view who,
                 const std::string& why, Micros now) {
  const auto next = static_cast<size_t>(release.At("ring").AsInt(-1) + 1);
  json::Value& ring = release["rings"].array()[next];
  std::vector<json::Value> tractors;
  for (const json::Value& name : ring.At("tractors").array()) {
    FURROW_ASSIGN(json::Value tractor, GetTractor(t, name.AsString()));
    if (!tractor.At("revoked").IsNull()) {
      return api::Fail(api::kInvalidTractor, name.AsString() + " is revoked");
    }
    const std::string& other = tractor.At("release").At("id").AsString();
    if (!other.empty() && other != release.At("id").AsString()) {
      const auto held = t.Get(kReleases, other);
      if (held.ok() && StateOf(*held) == ReleaseState::kRolling) {
        return api::Fail(api::kReleaseState, name.AsString() + " is in release '" +
                                                 held->At("name").AsString() +
                                                 "', which is rolling");
      }
    }
    tractors.push_back(std::move(tractor));
  }
  release["status"] = domain::NameOf(ReleaseState::kRolling);
  release["ring"] = next;
  ring["began"] = FormatTime(now);
  FURROW_TRY(Audit(t, now,
                   {.who = who,
                    .what = "advanced",
                    .why = "ring " + ring.At("name").AsString() + (why.empty() ? "" : ": " + why),
                    .release = release.At("id").AsString()}));
  for (json::Value& tractor : tractors) {
    json::Value& entry = release["tractors"][tractor.At("id").AsString()];
    entry["before"] = RunningBundle(tractor);
    // One that runs it already has nothing to say of it.
    entry["said_good"] = entry.At("before").At("id") == release.At("bundle").At("id");
    tractor["release"] = json::Object{{"id", release.At("id")},
                                      {"name", release.At("name")},
                                      {"ring", next},
                                      {"ring_name", ring.At("name")},
                                      {"stage", ""}};
    SetDesired(tractor, DesiredOf(release));
    FURROW_TRY(SetStage(t, release, tractor, entry, Stage::kOffered, "", now));
    FURROW_TRY(PutTractor(t, std::move(tractor)));
  }
  return {};
}

Status HaltRelease(docs::Transaction& t, json::Value& release, std::string_view who,
                   const std::string& why, Micros now) {
  const int begun = static_cast<int>(release.At("ring").AsInt(-1));
  release["status"] = domain::NameOf(ReleaseState::kHalted);
  release["halted"] = json::Object{{"at", FormatTime(now)}, {"by", who}, {"why", why}};
  FURROW_TRY(Audit(
      t, now, {.who = who, .what = "halted", .why = why, .release = release.At("id").AsString()}));
  for (json::Member& member : release["tractors"].object()) {
    const auto ring = static_cast<size_t>(member.value.At("ring").AsInt());
    if (domain::WantedOf(ReleaseState::kHalted, begun, ring) != domain::Wanted::kBefore) continue;
    auto tractor = t.Get(kTractors, member.key);
    if (!tractor.ok() || tractor->At("release").At("id") != release.At("id")) continue;
    SetDesired(*tractor, WayBack(release, member.value.At("before")));
    FURROW_TRY(PutTractor(t, std::move(*tractor)));
  }
  return {};
}

Status TakeHeartbeat(docs::Transaction& t, json::Value& tractor, const json::Value& progress,
                     Micros now) {
  const std::string id = tractor.At("release").At("id").AsString();
  if (id.empty()) return {};
  auto stored = t.Get(kReleases, id);
  if (!stored.ok()) return stored.status().code() == Code::kNotFound ? Status() : stored.status();
  json::Value release = std::move(stored).value();
  const json::Value unchanged = release;
  const std::string name = tractor.At("id").AsString();
  const ReleaseState state = StateOf(release);
  json::Value entry = release.At("tractors").At(name);
  if (!entry.IsObject()) return {};

  std::string broken;
  if (state == ReleaseState::kHalted) {
    FURROW_TRY(TakeReturn(t, release, tractor, entry, progress, now));
  } else {
    const Stage before = StageOf(entry);
    LearnBefore(release, tractor, entry);
    FURROW_TRY(TakeStage(t, release, tractor, entry, progress, now));
    if (StageOf(entry) == Stage::kRunning) {
      const bool began = before != Stage::kRunning;
      FURROW_ASSIGN(broken, WatchTractor(t, release, tractor, entry, began, now));
    }
  }
  release["tractors"][name] = std::move(entry);
  // The release's steps change tractors' documents, this one's too.
  FURROW_TRY(PutTractor(t, tractor));
  if (!broken.empty() && state == ReleaseState::kRolling) {
    FURROW_TRY(HaltRelease(t, release, kGatesName, broken, now));
  }
  FURROW_TRY(TakeNextStep(t, release, now));
  if (release != unchanged) FURROW_TRY(PutRelease(t, std::move(release)));
  FURROW_ASSIGN(tractor, t.Get(kTractors, name));
  return {};
}

bool IsBusy(const json::Value& tractor) {
  const json::Value& desired = tractor.At("desired");
  if (desired.IsNull()) return false;
  if (const json::Value& off = desired.At("off"); !off.IsNull()) {
    return off == tractor.At("state").At("bundle").At("id");
  }
  if (desired.At("id") != tractor.At("state").At("bundle").At("id")) {
    const auto stage = domain::ParseStage(tractor.At("release").At("stage").AsString());
    return !stage || !domain::IsFailed(*stage) || desired.At("rollback").AsBool();
  }
  return tractor.At("release").At("stage").AsString() == domain::NameOf(Stage::kRunning);
}

}  // namespace furrow::entities
