// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "base/id.h"
#include "base/utf8.h"
#include "domain/health_gates.h"
#include "domain/rollout.h"
#include "entities/audit.h"
#include "entities/tractors.h"
#include "json/text.h"
#include "service/releases/releases_service.h"
#include "service/releases/stored_bundle.h"

namespace furrow::service::releases {
namespace {

constexpr size_t kNameBytesMax = 128;

Status Refuse(const std::string& why) { return api::Fail(api::kBundleRefused, why); }

bool IsName(const std::string& name) {
  return !name.empty() && name.size() <= kNameBytesMax && IsUtf8(name) && !HasControl(name);
}

// [{name, tractors}] as stored. Each tractor is in one ring.
Result<json::Array> ReadRings(const json::Value& asked) {
  if (!asked.IsArray() || asked.array().empty() || asked.array().size() > kRingsMax) {
    return api::Fail(api::kFieldsValue, "rings is a list of 1 to " + std::to_string(kRingsMax) +
                                            " objects {name, tractors}");
  }
  json::Array rings;
  std::set<std::string> seen;
  for (const json::Value& ring : asked.array()) {
    const std::string place = "ring " + std::to_string(rings.size() + 1);
    const std::string name = ring.At("name").AsString(place);
    if (!IsName(name)) return api::Fail(api::kFieldsValue, place + ": its name is none");
    const json::Value& tractors = ring.At("tractors");
    if (!tractors.IsArray() || tractors.array().empty()) {
      return api::Fail(api::kFieldsValue, place + ": tractors is a list of names");
    }
    for (const json::Value& tractor : tractors.array()) {
      if (!tractor.IsString()) {
        return api::Fail(api::kFieldsType, place + ": a tractor is named by a text");
      }
      if (!seen.insert(tractor.AsString()).second) {
        return api::Fail(api::kFieldsValue, tractor.AsString() + " is named twice");
      }
    }
    if (seen.size() > kTractorsMax) {
      return api::Fail(api::kFieldsValue,
                       "a release has at most " + std::to_string(kTractorsMax) + " tractors");
    }
    rings.push_back(json::Object{{"name", name}, {"tractors", tractors}, {"began", nullptr}});
  }
  return rings;
}

constexpr uint64_t kReportBytesMax = 8u << 20;

// That the report in the bundle passed, or was waived. The manifest's word for that is checked
// against the report itself, which also says what it failed.
Status CheckReport(bundle::Source& source, const bundle::Bundle& bundle) {
  const bundle::Manifest& m = bundle.manifest;
  FURROW_ASSIGN(const std::string text,
                bundle::ReadFile(source, bundle, m.report.file, kReportBytesMax));
  const auto report = json::Parse(text);
  if (!report.ok()) return Refuse("its report is no JSON");
  const std::string& verdict = report->At("verdict").AsString();
  const std::string& line = report->At("line").AsString();
  const std::string what = m.name + " " + std::to_string(m.version) + ": its report did not pass" +
                           (line.empty() ? "" : " (" + line + ")");
  if (!m.Releasable()) return Refuse(what + ", and nobody waived that");
  if (m.report.passed && !verdict.empty() && verdict != "passed") {
    return Refuse(what + ", although the manifest says so");
  }
  return {};
}

json::Value WaiverOf(const bundle::Manifest& manifest) {
  if (!manifest.report.waiver) return {};
  return json::Object{{"why", manifest.report.waiver->why}, {"by", manifest.report.waiver->by}};
}

// What the release keeps of its bundle.
json::Value BundleJson(const entities::Core& core, const StoredBundle& stored,
                       const bundle::Bundle& bundle) {
  const bundle::Manifest& m = bundle.manifest;
  json::Value source = json::Object{}, fits = json::Object{};
  for (const auto& [key, value] : m.source) source[key] = value;
  fits["boom"] = m.fits.boom;
  fits["runtime_min"] = m.fits.runtime_min;
  fits["architectures"] = json::Array(m.fits.architectures.begin(), m.fits.architectures.end());
  return json::Object{{"id", bundle.id},
                      {"name", m.name},
                      {"version", m.version},
                      {"bytes", stored.info.size},
                      {"sha256", stored.info.sha256},
                      {"file", stored.file},
                      {"url", core.files_url + "/" + stored.file},
                      {"signed_by", bundle.signed_by.name},
                      {"passed", m.report.passed},
                      {"waiver", WaiverOf(m)},
                      {"target", m.model.target},
                      {"method", m.model.method},
                      {"source", std::move(source)},
                      {"fits", std::move(fits)}};
}

// A path that needs no escape in a URL, so that tractor and server mean the same file.
bool IsPlainPath(const std::string& path) {
  return std::all_of(path.begin(), path.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-/").find(c) != std::string_view::npos;
  });
}

Status CheckTractor(const json::Value& tractor, const bundle::Manifest& manifest) {
  const std::string& name = tractor.At("name").AsString();
  if (!tractor.At("revoked").IsNull()) {
    return api::Fail(api::kInvalidTractor, name + " is revoked");
  }
  if (tractor.At("enrolled").IsNull()) {
    return api::Fail(api::kInvalidTractor, name + " is not enrolled");
  }
  const std::string& boom = tractor.At("about").At("boom_sha256").AsString();
  if (!manifest.fits.boom.empty() && !boom.empty() && boom != manifest.fits.boom) {
    return Refuse("it is for another boom than that of " + name);
  }
  const std::string& machine = tractor.At("about").At("architecture").AsString();
  const auto& fits = manifest.fits.architectures;
  if (!fits.empty() && !machine.empty() &&
      std::find(fits.begin(), fits.end(), machine) == fits.end()) {
    return Refuse("it is for another architecture than that of " + name + ", " + machine);
  }
  return {};
}

// The version rises with each bundle of a name that went out. The same bundle may go to more
// tractors.
Status CheckVersion(docs::Transaction& t, const bundle::Bundle& bundle, bool rollback) {
  docs::Plan plan;
  plan.where =
      docs::Predicate::And({docs::Predicate::Equals("bundle.name", bundle.manifest.name),
                            {.kind = docs::Predicate::Kind::kRange, .path = "ring", .low = 0}});
  FURROW_ASSIGN(const auto released, t.Find(entities::kReleases, plan));
  for (const std::string& id : released) {
    FURROW_ASSIGN(const json::Value release, t.Get(entities::kReleases, id));
    const json::Value& other = release.At("bundle");
    const int64_t version = other.At("version").AsInt();
    if (version < bundle.manifest.version || other.At("id").AsString() == bundle.id) continue;
    if (rollback && version != bundle.manifest.version) continue;
    return Refuse("version " + std::to_string(bundle.manifest.version) + " of " +
                  bundle.manifest.name + " is not above " + std::to_string(version) +
                  ", which was released; to go back on purpose say rollback");
  }
  return {};
}

}  // namespace

Status Create(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"name", "bundle", "rings"}));
  const std::string name = call.Text("name"), file = call.Text("bundle");
  const bool rollback = call.Flag("rollback"), by_itself = call.Flag("auto_advance");
  FURROW_TRY(call.Check());
  if (!IsName(name)) return api::Fail(api::kFieldsValue, "name has 1 to 128 bytes of UTF-8");
  FURROW_ASSIGN(json::Array rings, ReadRings(call.Field("rings")));
  auto gates = domain::ReadGates(call.Field("gates"));
  if (!gates.ok()) return api::Fail(api::kFieldsValue, gates.status().message());

  const entities::Core& core = context.core;
  const std::string id = NewId();
  const Status done = [&]() -> Status {
    FURROW_ASSIGN(StoredBundle stored, OpenStored(core, context.blobs, file));
    if (!IsPlainPath(stored.file)) return Refuse("its path has more than A-Z a-z 0-9 . _ - /");
    FURROW_ASSIGN(const auto keys, FleetKeys(core));
    const auto verified = bundle::Verify(*stored.source, keys);
    if (!verified.ok()) {
      const Code code = verified.status().code();
      const bool ours = code == Code::kIoError || code == Code::kUnavailable;
      return ours ? verified.status() : Refuse(verified.status().message());
    }
    const bundle::Manifest& manifest = verified->manifest;
    FURROW_TRY(CheckReport(*stored.source, *verified));
    return core.docs.Transact([&](docs::Transaction& t) -> Status {
      FURROW_TRY(CheckVersion(t, *verified, rollback));
      json::Value tractors = json::Object{};
      for (size_t ring = 0; ring < rings.size(); ++ring) {
        for (const json::Value& tractor : rings[ring].At("tractors").array()) {
          FURROW_ASSIGN(const json::Value doc, entities::GetTractor(t, tractor.AsString()));
          FURROW_TRY(CheckTractor(doc, manifest));
          tractors[tractor.AsString()] =
              json::Object{{"ring", ring},
                           {"stage", domain::NameOf(domain::Stage::kWaiting)},
                           {"since", FormatTime(call.now)},
                           {"reason", ""},
                           {"before", nullptr},
                           {"said_good", false}};
        }
      }
      const std::string who = entities::WhoCalls(call);
      FURROW_TRY(t.Put(entities::kReleases, id,
                       json::Object{{"id", id},
                                    {"name", name},
                                    {"status", domain::NameOf(domain::ReleaseState::kCreated)},
                                    {"created", FormatTime(call.now)},
                                    {"created_by", who},
                                    {"rollback", rollback},
                                    {"auto_advance", by_itself},
                                    {"bundle", BundleJson(core, stored, *verified)},
                                    {"rings", std::move(rings)},
                                    {"ring", -1},
                                    {"gates", domain::ToJson(*gates)},
                                    {"tractors", std::move(tractors)},
                                    {"approved", nullptr},
                                    {"halted", nullptr},
                                    {"ended", nullptr}}));
      std::string why = manifest.name + " " + std::to_string(manifest.version) + ", bundle " +
                        verified->id.substr(0, 12) + ", signed by " + verified->signed_by.name;
      if (!manifest.report.passed) {
        why += "; its report did not pass, waived by " + manifest.report.waiver->by + ": " +
               manifest.report.waiver->why;
      }
      return entities::Audit(t, call.now,
                             {.who = who, .what = "created", .why = std::move(why), .release = id});
    });
  }();
  if (!done.ok()) return NoteRefused(context, call, "", done.With("release '" + name + "'"));
  call.response["release"] = id;
  return {};
}

}  // namespace furrow::service::releases
