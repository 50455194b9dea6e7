// SPDX-License-Identifier: Apache-2.0
#include "service/fleet/telemetry.h"

#include <algorithm>
#include <cmath>

#include "base/id.h"
#include "entities/project_tree.h"
#include "entities/task_changes.h"
#include "entities/task_document.h"
#include "http/message.h"
#include "json/text.h"
#include "store/blobs/path.h"

namespace furrow::service::fleet {
namespace {

constexpr Micros kSecond = 1'000'000;
constexpr size_t kDayText = 10;  // of "2026-11-29T..."
constexpr size_t kValuesMax = 256;
constexpr size_t kNameBytesMax = 128;
constexpr size_t kDaysKeptMax = 400;

Status Wrong(const std::string& what) { return Status(Code::kInvalidArgument, what); }

// `at`: a time as text, or seconds since 1970.
Result<Micros> TimeOf(const json::Value& record) {
  const json::Value& at = record.At("at");
  if (at.IsString()) {
    if (const auto time = ParseTime(at.AsString()); time && *time >= 0) return *time;
  } else if (at.IsNumber() && at.AsDouble() >= 0 && at.AsDouble() < 253'402'300'800.0) {
    return static_cast<Micros>(std::floor(at.AsDouble() * 1e6));
  }
  return Wrong("'at' is a time as RFC 3339, or seconds since 1970");
}

std::string DayOf(Micros at) { return FormatTime(at).substr(0, kDayText); }

int64_t SecondOfDay(Micros at) { return at / kSecond % 86'400; }

// "detect/slack_ms/p1" is the variant p1 of the metric detect/slack_ms.
std::pair<std::string_view, std::string_view> SplitName(std::string_view name) {
  const size_t slash = name.rfind('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == name.size())
    return {name, name};
  return {name.substr(0, slash), name.substr(slash + 1)};
}

std::string LineOf(const json::Value& alarm) {
  for (const char* member : {"text", "message", "reason"}) {
    const std::string& text = alarm.At(member).AsString();
    if (text.empty()) continue;
    const std::string& name = alarm.At("name").AsString();
    return name.empty() ? text : name + ": " + text;
  }
  return json::Write(alarm);
}

json::Value NewDayTask(const entities::Core& core, const entities::Actor& actor,
                       const std::string& tractor, const std::string& day,
                       const std::string& project, Micros first) {
  json::Value task = entities::NewTask(core, actor);
  task["name"] = tractor + " " + day;
  task["type"] = "monitor";
  task["project"] = project;
  task["tags"] = json::Array{tractor};
  task["started"] = FormatTime(first);
  task["status"] = "in_progress";
  task["status_reason"] = "the tractor reports";
  return task;
}

}  // namespace

bool NamesOwnFile(const entities::Core& core, std::string_view tractor, const json::Value& record) {
  const std::string& sha256 = record.At("sha256").AsString();
  if (sha256.size() != 64 || sha256.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return false;
  }
  std::string_view url = record.At("url").AsString();
  const auto below = [&](const std::string& root) {
    return !root.empty() && url.starts_with(root + "/");
  };
  if (!url.starts_with('/')) {
    std::vector<std::string> roots = core.more_files_urls;
    roots.push_back(core.files_url);
    const auto root = std::find_if(roots.begin(), roots.end(), below);
    if (root == roots.end()) return false;
    url.remove_prefix(root->size());
  }
  std::string decoded;
  if (!http::PercentDecode(url, false, decoded)) return false;
  const auto path = blobs::Path::Parse(decoded);
  return path.ok() && path->text().starts_with("tractors/" + std::string(tractor) + "/");
}

Status Telemetry::AddMetrics(Day& day, const json::Value& record, Micros at) {
  const json::Value& values = record.At("values");
  if (!values.IsObject()) return Wrong("'values' is an object of numbers");
  if (values.object().size() > kValuesMax) {
    return Wrong("a record has at most " + std::to_string(kValuesMax) + " values");
  }
  for (const json::Member& m : values.object()) {
    if (m.value.IsNull()) continue;  // not measured
    if (!m.value.IsNumber()) return Wrong("'" + m.key + "' is no number");
    if (m.key.empty() || m.key.size() > kNameBytesMax) {
      return Wrong("a value's name has 1 to " + std::to_string(kNameBytesMax) + " bytes");
    }
    const auto [metric, variant] = SplitName(Keep(m.key));
    day.scalars.push_back({.metric = metric,
                           .variant = variant,
                           .iter = SecondOfDay(at),
                           .time_ms = at / 1000,
                           .value = m.value.AsDouble()});
  }
  return {};
}

void Telemetry::AddAlarm(Day& day, const json::Value& record, Micros at) {
  const std::string& level = record.At("level").AsString();
  day.logs.push_back({.time_ms = at / 1000,
                      .level = Keep(level.empty() ? "warning" : level.substr(0, kNameBytesMax)),
                      .worker = tractor_,
                      .text = Keep(LineOf(record))});
}

void Telemetry::AddImage(Day& day, const json::Value& record, Micros at) {
  // Several a second must not take each other's place.
  const json::Value& by = record.At("camera");
  const std::string camera = by.IsString() ? by.AsString().substr(0, kNameBytesMax)
                                           : "camera " + std::to_string(by.AsInt());
  const std::string_view variant =
      Keep(camera + " " + record.At("sha256").AsString().substr(0, 12));
  const json::Value event = json::Object{{"type", "training_debug_image"},
                                         {"timestamp", at / 1000},
                                         {"iter", SecondOfDay(at)},
                                         {"metric", "images"},
                                         {"variant", variant},
                                         {"worker", tractor_},
                                         {"url", record.At("url")},
                                         {"@timestamp", FormatTime(at)}};
  day.images.push_back({.type = events::RichType::kImage,
                        .metric = "images",
                        .variant = variant,
                        .key = {},
                        .iter = SecondOfDay(at),
                        .time_ms = at / 1000,
                        .json = Keep(json::Write(event))});
}

Status Telemetry::Add(std::string_view stream, const json::Value& record) {
  FURROW_ASSIGN(const Micros at, TimeOf(record));
  if (stream == "sprays") return {};
  Day& day = days_[DayOf(at)];
  if (day.first == 0 || at < day.first) day.first = at;
  day.last = std::max(day.last, at);
  if (stream == "metrics") return AddMetrics(day, record, at);
  if (stream == "alarms") AddAlarm(day, record, at);
  if (stream == "images") AddImage(day, record, at);
  return {};
}

Status Telemetry::OpenTasks(docs::Transaction& t, const entities::Core& core, json::Value& tractor,
                            Micros now) {
  // Whoever made its token answers for what it reports.
  const std::string user = tractor.At("created_by").AsString();
  const entities::Actor actor{user, now};
  json::Object& known = tractor["days"].object();
  std::string newest, project;
  for (const json::Member& m : known) newest = std::max(newest, m.key);
  for (auto& [name, day] : days_) {
    day.task = known.Find(name) ? known.Find(name)->AsString() : "";
    if (day.task.empty() || !t.Exists(entities::kTasks, day.task)) {
      // A transaction does not find what it has made itself.
      if (project.empty()) {
        FURROW_ASSIGN(project, entities::EnsureOwnProject(t, core, actor, "Fleet/" + tractor_));
      }
      json::Value task = NewDayTask(core, actor, tractor_, name, project, day.first);
      day.task = task.At("id").AsString();
      if (name < newest) {
        FURROW_ASSIGN(const json::Value fields,
                      entities::ChangeStatus(task, actor,
                                             {.to = domain::TaskStatus::kCompleted,
                                              .reason = "a later day has begun",
                                              .message = "",
                                              .force = true}));
        task["completed"] = FormatTime(day.last);
      }
      FURROW_TRY(entities::PutTask(t, std::move(task), now));
      known[name] = day.task;
    }
    if (name <= newest) continue;
    // The day before is over.
    const json::Value* before = newest.empty() ? nullptr : known.Find(newest);
    if (before && t.Exists(entities::kTasks, before->AsString())) {
      FURROW_ASSIGN(json::Value task, t.Get(entities::kTasks, before->AsString()));
      if (entities::StatusOf(task) == domain::TaskStatus::kInProgress) {
        FURROW_ASSIGN(const json::Value fields,
                      entities::ChangeStatus(task, actor,
                                             {.to = domain::TaskStatus::kCompleted,
                                              .reason = "a later day has begun",
                                              .message = ""}));
        task["completed"] = FormatTime(now);
        FURROW_TRY(entities::PutTask(t, std::move(task), now));
      }
    }
    newest = name;
  }
  while (known.size() > kDaysKeptMax) {
    std::string oldest = known.begin()->key;
    for (const json::Member& m : known) oldest = std::min(oldest, m.key);
    known.Erase(oldest);
  }
  return {};
}

std::vector<events::OwnerBatch> Telemetry::Batches() const {
  std::vector<events::OwnerBatch> batches;
  for (const auto& [name, day] : days_) {
    if (day.scalars.empty() && day.logs.empty() && day.images.empty()) continue;
    batches.push_back({.owner = day.task,
                       .worker = tractor_,
                       .scalars = day.scalars,
                       .logs = day.logs,
                       .rich = day.images});
  }
  return batches;
}

}  // namespace furrow::service::fleet
