// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>

#include "entities/machine_stats.h"
#include "service/serving/container_document.h"
#include "service/serving/serving_service.h"

namespace furrow::service::serving {
namespace {

constexpr int64_t kPointsMax = 10'000;

using Containers = std::vector<json::Value>;

/// The live containers for which `wanted` holds, by id.
template <typename Wanted>
Result<Containers> Find(const Context& context, Micros now, const Wanted& wanted) {
  Containers out;
  FURROW_TRY(
      context.core.docs.ForEach(entities::kContainers, [&](std::string_view, const json::Value& c) {
        if (IsAlive(c, now) && wanted(c)) out.push_back(c);
        return true;
      }));
  std::sort(out.begin(), out.end(), [](const json::Value& a, const json::Value& b) {
    return a.At("container_id").AsString() < b.At("container_id").AsString();
  });
  return out;
}

/// Those that serve the call's endpoint_url. Errors: 400/1052 when there are none.
Result<Containers> OfEndpoint(const Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"endpoint_url"}));
  const std::string url = call.Text("endpoint_url");
  FURROW_TRY(call.Check());
  FURROW_ASSIGN(auto found, Find(context, call.now, [&](const json::Value& c) {
                  return c.At("reported").AsBool() && c.At("endpoint_url").AsString() == url;
                }));
  if (found.empty()) return api::Fail(api::kNoContainersForUrl, url);
  return found;
}

/// What several containers of an endpoint are together.
struct Together {
  int64_t requests = 0, requests_min = 0, uptime_sec = 0;
  double latency_ms = 0;
  std::string last_update;
  explicit Together(const Containers& containers) {
    for (const json::Value& c : containers) {
      requests += c.At("requests_num").AsInt();
      requests_min += c.At("requests_min").AsInt();
      uptime_sec = std::max(uptime_sec, c.At("uptime_sec").AsInt());
      latency_ms += c.At("latency_ms").AsDouble() / static_cast<double>(containers.size());
      last_update = std::max(last_update, c.At("last_update").AsString());
    }
  }
};

size_t CountOf(const json::Value& container, std::string_view list) {
  return container.At("machine_stats").At(list).array().size();
}

void CopyModel(const json::Value& container, json::Value& out) {
  out["endpoint"] = container.At("endpoint_name");
  out["model"] = container.At("model_name");
  out["url"] = container.At("endpoint_url");
  out["preprocess_artifact"] = container.At("preprocess_artifact");
}

void CopyModelDetails(const json::Value& container, json::Value& out) {
  CopyModel(container, out);
  for (const char* m : {"model_source", "model_version", "input_type", "input_size"}) {
    out[m] = container.At(m);
  }
}

json::Value InstanceJson(const json::Value& container) {
  return json::Object{
      {"id", container.At("container_id")},
      {"uptime_sec", container.At("uptime_sec")},
      {"requests", container.At("requests_num")},
      {"requests_min", container.At("requests_min")},
      {"latency_ms", container.At("latency_ms")},
      {"last_update", container.At("last_update")},
      {"cpu_count", CountOf(container, "cpu_usage")},
      {"gpu_count", CountOf(container, "gpu_usage")},
      {"reference", json::Array(container.At("reference").array())},
  };
}

/// A chart of an endpoint: which reading it shows, and how readings of one container at one time
/// and of several containers become one number.
struct MetricType {
  std::string_view name, reading;
  bool mean_of_variants;    ///< else their sum
  bool mean_of_containers;  ///< else their sum
};
constexpr MetricType kMetricTypes[] = {
    {"requests", "requests_num", false, false},
    {"requests_min", "requests_min", false, false},
    {"latency_ms", "latency_ms", false, true},
    {"uptime_sec", "uptime_sec", false, true},
    {"cpu_util", "cpu_usage", true, true},
    {"gpu_util", "gpu_usage", true, true},
    {"ram_used", "memory_used", false, false},
    {"ram_free", "memory_free", false, false},
    {"gpu_ram_used", "gpu_memory_used", false, false},
    {"gpu_ram_free", "gpu_memory_free", false, false},
    {"network_rx", "network_rx", false, false},
    {"network_tx", "network_tx", false, false},
    {"disk_free_home", "disk_free_home", true, true},
};

using Curve = std::map<int64_t, double>;

/// One container's readings, averaged per interval.
Result<Curve> ReadCurve(const Context& context, const json::Value& container,
                        const MetricType& type, int64_t from_s, int64_t to_s, int64_t interval_s) {
  FURROW_ASSIGN(const auto variants,
                entities::ReadMachineStats(context.core, container.At("id").AsString(),
                                           type.reading, from_s, to_s));
  std::map<int64_t, std::pair<double, int64_t>> at_time;
  for (const auto& [variant, points] : variants) {
    for (const entities::StatPoint& p : points) {
      at_time[p.time_s].first += p.value;
      ++at_time[p.time_s].second;
    }
  }
  std::map<int64_t, std::pair<double, int64_t>> sums;
  for (const auto& [time_s, reading] : at_time) {
    auto& sum = sums[from_s + (time_s - from_s) / interval_s * interval_s];
    sum.first +=
        type.mean_of_variants ? reading.first / static_cast<double>(reading.second) : reading.first;
    ++sum.second;
  }
  Curve out;
  for (const auto& [time_s, sum] : sums) out[time_s] = sum.first / static_cast<double>(sum.second);
  return out;
}

json::Value CurveJson(const Curve& curve) {
  json::Array dates, values;
  for (const auto& [time_s, value] : curve) {
    dates.push_back(time_s);
    values.push_back(value);
  }
  return json::Object{{"dates", std::move(dates)}, {"values", std::move(values)}};
}

}  // namespace

Status GetEndpoints(Context& context, api::Call& call) {
  FURROW_ASSIGN(auto found, Find(context, call.now,
                                 [](const json::Value& c) { return c.At("reported").AsBool(); }));
  std::map<std::string, Containers> by_url;
  for (json::Value& c : found) by_url[c.At("endpoint_url").AsString()].push_back(std::move(c));
  json::Array endpoints;
  for (const auto& [url, containers] : by_url) {
    const Together all(containers);
    json::Value one =
        json::Object{{"instances", containers.size()}, {"uptime_sec", all.uptime_sec},
                     {"requests", all.requests},       {"requests_min", all.requests_min},
                     {"latency_ms", all.latency_ms},   {"last_update", all.last_update}};
    CopyModel(containers.front(), one);
    endpoints.push_back(std::move(one));
  }
  call.response["endpoints"] = std::move(endpoints);
  return {};
}

Status GetLoadingInstances(Context& context, api::Call& call) {
  FURROW_ASSIGN(const auto found, Find(context, call.now, [](const json::Value& c) {
                  return !c.At("reported").AsBool();
                }));
  json::Array instances;
  for (const json::Value& c : found) {
    json::Value one = InstanceJson(c);
    CopyModelDetails(c, one);
    instances.push_back(std::move(one));
  }
  call.response["instances"] = std::move(instances);
  return {};
}

Status GetEndpointDetails(Context& context, api::Call& call) {
  FURROW_ASSIGN(const auto found, OfEndpoint(context, call));
  const Together all(found);
  json::Value out = json::Object{{"uptime_sec", all.uptime_sec}, {"last_update", all.last_update}};
  CopyModelDetails(found.front(), out);
  json::Array instances;
  for (const json::Value& c : found) instances.push_back(InstanceJson(c));
  out["instances"] = std::move(instances);
  call.response = std::move(out.object());
  return {};
}

Status GetEndpointMetricsHistory(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"endpoint_url", "from_date", "to_date", "interval"}));
  const double from = call.Number("from_date").value_or(0), to = call.Number("to_date").value_or(0);
  int64_t interval = std::max<int64_t>(1, call.Int("interval", 1));
  const std::string name = call.Text("metric_type", "requests");
  const bool instance_charts = call.Flag("instance_charts", true);
  FURROW_TRY(call.Check());
  const auto type = std::find_if(std::begin(kMetricTypes), std::end(kMetricTypes),
                                 [&](const MetricType& t) { return t.name == name; });
  if (type == std::end(kMetricTypes)) return api::Fail(api::kFieldsValue, "metric_type=" + name);
  if (!(from >= 0 && to > from && to < 1e11))
    return api::Fail(api::kFieldsValue, "from_date, to_date");
  const auto from_s = static_cast<int64_t>(from), to_s = static_cast<int64_t>(std::ceil(to));
  interval = std::max(interval, (to_s - from_s + kPointsMax - 1) / kPointsMax);

  FURROW_ASSIGN(const auto found, OfEndpoint(context, call));
  json::Object instances;
  std::map<int64_t, std::pair<double, int64_t>> sums;
  for (const json::Value& c : found) {
    FURROW_ASSIGN(const Curve curve, ReadCurve(context, c, *type, from_s, to_s, interval));
    for (const auto& [time_s, value] : curve) {
      sums[time_s].first += value;
      ++sums[time_s].second;
    }
    if (instance_charts) instances[c.At("container_id").AsString()] = CurveJson(curve);
  }
  Curve total;
  for (const auto& [time_s, sum] : sums) {
    total[time_s] =
        type->mean_of_containers ? sum.first / static_cast<double>(sum.second) : sum.first;
  }
  call.response["computed_interval"] = interval;
  call.response["total"] = CurveJson(total);
  call.response["instances"] = std::move(instances);
  return {};
}

}  // namespace furrow::service::serving
