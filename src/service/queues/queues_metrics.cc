// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <map>

#include "service/queues/queues_ops.h"

namespace furrow::service::queues {
namespace {

constexpr int64_t kPointsMax = 10'000;

json::Value MetricsJson(std::string_view queue, const std::map<int64_t, QueuePoint>& points) {
  json::Array dates, waits, lengths;
  for (const auto& [time_s, point] : points) {
    dates.push_back(time_s);
    waits.push_back(point.waiting_s);
    lengths.push_back(std::llround(point.length));
  }
  return json::Object{{"queue", queue},
                      {"dates", std::move(dates)},
                      {"avg_waiting_times", std::move(waits)},
                      {"queue_lengths", std::move(lengths)}};
}

}  // namespace

Status GetQueueMetrics(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"from_date", "to_date", "interval"}));
  const double from = call.Number("from_date").value_or(0), to = call.Number("to_date").value_or(0);
  const int64_t interval = std::max<int64_t>(1, call.Int("interval", 1));
  std::vector<std::string> ids = call.Texts("queue_ids");
  const bool refresh = call.Flag("refresh");
  FURROW_TRY(call.Check());
  if (!(from >= 0 && to > from && to < 1e11))
    return api::Fail(api::kFieldsValue, "from_date, to_date");
  const auto from_s = static_cast<int64_t>(from), to_s = static_cast<int64_t>(std::ceil(to));
  if ((to_s - from_s) / interval > kPointsMax) {
    return api::Fail(api::kFieldsValue, "the interval is too short for so long a time");
  }
  const bool all = ids.empty();
  if (all) {
    FURROW_ASSIGN(ids, context.core.docs.FindIds(entities::kQueues, docs::Plan{}));
  }
  json::Array queues;
  std::map<int64_t, QueuePoint> sums;
  std::map<int64_t, int64_t> counts;
  for (const std::string& id : ids) {
    FURROW_TRY(FindQueue(context, id).status());
    if (refresh) FURROW_TRY(context.sampler.Sample(id, call.now));
    FURROW_ASSIGN(const auto points, context.sampler.Read(id, from_s, to_s, interval));
    std::map<int64_t, QueuePoint> own;
    for (const QueuePoint& p : points) {
      own[p.time_s] = p;
      sums[p.time_s].waiting_s += p.waiting_s;
      sums[p.time_s].length += p.length;
      ++counts[p.time_s];
    }
    if (!all) queues.push_back(MetricsJson(id, own));
  }
  if (all) {
    for (auto& [time_s, sum] : sums) {
      sum.waiting_s /= static_cast<double>(counts[time_s]);
      sum.length /= static_cast<double>(counts[time_s]);
    }
    queues.push_back(MetricsJson("all", sums));
  }
  call.response["queues"] = std::move(queues);
  return {};
}

}  // namespace furrow::service::queues
