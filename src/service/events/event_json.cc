// SPDX-License-Identifier: Apache-2.0
#include "service/events/event_json.h"

#include "base/time.h"
#include "json/text.h"

namespace furrow::service::events {
namespace {

constexpr int64_t kFirstMs = -62'135'596'800'000;  // year 1
constexpr int64_t kLastMs = 253'402'300'799'999;   // year 9999

void AddText(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":");
  json::WriteString(out, text);
}

void AddJson(std::string& out, std::string_view name, std::string_view json) {
  out.append(",\"").append(name).append("\":").append(json);
}

void AddInt(std::string& out, std::string_view name, int64_t number) {
  out.append(",\"").append(name).append("\":");
  json::WriteInt(out, number);
}

}  // namespace

bool IsTimeInRange(int64_t time_ms) { return time_ms >= kFirstMs && time_ms <= kLastMs; }

std::string IsoMillis(int64_t time_ms) {
  std::string text = FormatTime(time_ms * 1000);
  text.resize(23);
  return text + 'Z';
}

std::string RichJson(const Line& line, EventType type, std::string_view worker, int64_t iter,
                     int64_t time_ms, int64_t arrived_ms) {
  std::string out = "{\"type\":";
  out.reserve(256 + line.plot_json.size() + line.values_json.size() + line.url.size() +
              line.key.size());
  json::WriteString(out, NameOf(type));
  AddInt(out, "timestamp", time_ms);
  AddInt(out, "iter", iter);
  AddText(out, "metric", line.metric);
  AddText(out, "variant", line.variant);
  AddText(out, "worker", worker);
  if (line.model_event) out += ",\"model_event\":true";
  switch (type) {
    case EventType::kPlot:
      AddJson(out, "plot_str", line.plot_json.empty() ? "\"\"" : line.plot_json);
      break;
    case EventType::kVector:
      AddJson(out, "value", line.values_json.empty() ? "[]" : line.values_json);
      break;
    default:
      AddText(out, "url", line.url);
      break;
  }
  if (!line.key.empty()) AddText(out, "key", line.key);
  AddText(out, "@timestamp", IsoMillis(arrived_ms));
  out += '}';
  return out;
}

json::Value ScalarEvent(std::string_view owner, const es::SeriesName& series,
                        const es::StoredScalar& point) {
  json::Value event = json::Object{
      {"task", owner},        {"type", kScalarName},     {"timestamp", point.time_ms},
      {"iter", point.iter},   {"metric", series.metric}, {"variant", series.variant},
      {"value", point.value}, {"worker", point.worker},  {"@timestamp", IsoMillis(point.time_ms)},
  };
  if (!series.x_axis_label.empty()) event["x_axis_label"] = series.x_axis_label;
  return event;
}

json::Value SingleValueEvent(std::string_view owner, const es::Store::Single& single) {
  return ScalarEvent(owner, {single.metric, single.variant, ""},
                     {es::kSingleValueIter, single.time_ms, single.value, ""});
}

json::Value LogEvent(std::string_view owner, const es::StoredLog& line) {
  return json::Object{
      {"task", owner},
      {"type", kLogName},
      {"timestamp", line.time_ms},
      {"level", line.level},
      {"worker", line.worker},
      {"msg", line.text},
      {"@timestamp", IsoMillis(line.time_ms)},
  };
}

Result<json::Value> RichEvent(std::string_view owner, const es::StoredRich& event) {
  auto parsed = json::Parse(event.json);
  if (!parsed.ok()) return Status(Code::kCorruption, "a stored event is no JSON");
  parsed.value()["task"] = owner;
  return parsed;
}

}  // namespace furrow::service::events
