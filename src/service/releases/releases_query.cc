// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "domain/health_gates.h"
#include "domain/rollout.h"
#include "entities/audit.h"
#include "entities/find.h"
#include "entities/rollouts.h"
#include "json/text.h"
#include "service/releases/releases_service.h"
#include "service/releases/stored_bundle.h"

namespace furrow::service::releases {
namespace {

constexpr int64_t kPageMax = 500;
constexpr int64_t kAuditPageMax = 1000;
constexpr uint64_t kReportBytesMax = 8u << 20;

// What a request may ask of releases: its member, and the path in the document.
struct Filter {
  const char* member;
  const char* path;
};
constexpr Filter kFilters[] = {
    {"name", "name"},
    {"status", "status"},
    {"bundle_id", "bundle.id"},
    {"bundle_name", "bundle.name"},
    {"model", "bundle.source.model"},
    {"task", "bundle.source.task"},
    {"tractor", "rings.tractors"},
};

// How many tractors stand where: {"good": 3, "trying": 1}.
json::Value CountStages(const json::Value& release) {
  json::Value counts = json::Object{};
  for (const json::Member& m : release.At("tractors").object()) {
    json::Value& count = counts[m.value.At("stage").AsString()];
    count = count.AsInt() + 1;
  }
  return counts;
}

json::Value Facts(const json::Value& release) {
  json::Value facts = json::Object{};
  for (const json::Member& m : release.object()) {
    if (m.key != "tractors" && m.key != "rings" && m.key != "gates") facts[m.key] = m.value;
  }
  facts["stages"] = CountStages(release);
  return facts;
}

json::Array RingsJson(const json::Value& release) {
  json::Array rings;
  for (const json::Value& ring : release.At("rings").array()) {
    json::Array tractors;
    for (const json::Value& name : ring.At("tractors").array()) {
      json::Value entry = release.At("tractors").At(name.AsString());
      entry["tractor"] = name;
      tractors.push_back(std::move(entry));
    }
    rings.push_back(json::Object{
        {"name", ring.At("name")}, {"began", ring.At("began")}, {"tractors", std::move(tractors)}});
  }
  return rings;
}

// Each gate with its limit and the worst figure any tractor has.
json::Array GatesJson(const json::Value& release) {
  json::Array gates;
  const domain::Gates limits = entities::GatesOf(release);
  for (size_t i = 0; i < domain::kGateCount; ++i) {
    const domain::GateRow& row = domain::GateTable()[i];
    json::Value gate =
        json::Object{{"gate", row.name},
                     {"limit", limits.limits[i] ? json::Value(*limits.limits[i]) : json::Value()},
                     {"meaning", row.meaning},
                     {"figure", nullptr},
                     {"tractor", nullptr},
                     {"broken", false}};
    for (const json::Member& m : release.At("tractors").object()) {
      for (const json::Value& figure : m.value.At("figures").array()) {
        if (figure.At("gate").AsString() != row.name) continue;
        const double now = figure.At("figure").AsDouble(), worst = gate.At("figure").AsDouble();
        if (!gate.At("figure").IsNull() && (row.at_least ? now >= worst : now <= worst)) continue;
        gate["figure"] = now;
        gate["tractor"] = m.key;
        gate["broken"] = figure.At("broken");
      }
    }
    if (static_cast<domain::Gate>(i) == domain::Gate::kRefused) {
      int64_t failed = 0;
      for (const auto& ring : entities::RolloutOf(release).rings) {
        failed += std::count_if(ring.begin(), ring.end(), domain::IsFailed);
      }
      gate["figure"] = failed;
      gate["broken"] = limits.limits[i] && static_cast<double>(failed) > *limits.limits[i];
    }
    gates.push_back(std::move(gate));
  }
  return gates;
}

Result<docs::DocPtr> ReleaseOf(const Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"release"}));
  const std::string id = call.Text("release");
  FURROW_TRY(call.Check());
  auto release = context.core.docs.GetStored(entities::kReleases, id);
  if (!release.ok() && release.status().code() == Code::kNotFound) {
    return api::Fail(api::kInvalidRelease, "id=" + id);
  }
  return release;
}

}  // namespace

Status GetAll(Context& context, api::Call& call) {
  std::vector<docs::Predicate> wanted;
  for (const Filter& filter : kFilters) {
    const auto texts = call.Texts(filter.member);
    if (!texts.empty()) wanted.push_back(entities::AnyOf(filter.path, texts));
  }
  const int64_t page = call.Int("page", 0), size = call.Int("page_size", 100);
  FURROW_TRY(call.Check());
  if (page < 0 || size < 1 || size > kPageMax || page > INT64_MAX / kPageMax) {
    return api::Fail(api::kFieldsValue, "page is 0 or more, page_size 1 to 500");
  }
  docs::Plan plan;
  plan.where = docs::Predicate::And(std::move(wanted));
  plan.order = {{.path = "created", .descending = true}};
  plan.offset = page * size;
  plan.limit = size;
  plan.want_total = true;
  FURROW_ASSIGN(const docs::SharedPage found,
                context.core.docs.FindShared(entities::kReleases, plan));
  json::Array releases;
  for (const docs::DocPtr& release : found.docs) {
    json::Value facts = Facts(*release);
    facts["rings"] = release->At("rings");
    releases.push_back(std::move(facts));
  }
  call.response["releases"] = std::move(releases);
  call.response["total"] = found.total;
  return {};
}

Status GetById(Context& context, api::Call& call) {
  FURROW_ASSIGN(const docs::DocPtr release, ReleaseOf(context, call));
  FURROW_ASSIGN(json::Array audit,
                entities::ReadAudit(context.core, {.release = release->At("id").AsString(),
                                                   .tractor = "",
                                                   .count = kAuditPageMax}));
  std::reverse(audit.begin(), audit.end());
  call.response["release"] = Facts(*release);
  call.response["rings"] = RingsJson(*release);
  call.response["gates"] = GatesJson(*release);
  call.response["audit"] = std::move(audit);
  call.response["now"] = FormatTime(call.now);
  return {};
}

Status GetAudit(Context& context, api::Call& call) {
  const entities::AuditFilter filter{.release = call.Text("release"),
                                     .tractor = call.Text("tractor"),
                                     .count = call.Int("count", 100)};
  FURROW_TRY(call.Check());
  if (filter.count < 1 || filter.count > kAuditPageMax) {
    return api::Fail(api::kFieldsValue, "count is 1 to 1000");
  }
  FURROW_ASSIGN(call.response["audit"], entities::ReadAudit(context.core, filter));
  return {};
}

Status GetReport(Context& context, api::Call& call) {
  FURROW_ASSIGN(const docs::DocPtr release, ReleaseOf(context, call));
  FURROW_ASSIGN(StoredBundle stored, OpenStored(context.core, context.blobs,
                                                release->At("bundle").At("file").AsString()));
  // What lies under that name now may be another file: the report is that of this very bundle.
  if (stored.info.sha256 != release->At("bundle").At("sha256").AsString()) {
    return api::Fail(api::kBundleRefused, stored.file + ": is no longer what was released");
  }
  FURROW_ASSIGN(const bundle::Bundle head, bundle::ReadHead(*stored.source));
  FURROW_ASSIGN(const std::string text,
                bundle::ReadFile(*stored.source, head, head.manifest.report.file, kReportBytesMax));
  auto report = json::Parse(text);
  if (!report.ok()) return api::Fail(api::kBundleRefused, "its report is no JSON");
  call.response["report"] = std::move(report).value();
  call.response["bundle"] = release->At("bundle");
  return {};
}

}  // namespace furrow::service::releases
