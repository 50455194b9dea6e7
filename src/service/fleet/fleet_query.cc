// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "entities/find.h"
#include "entities/tractors.h"
#include "service/fleet/fleet_service.h"
#include "service/fleet/streams.h"

namespace furrow::service::fleet {
namespace {

constexpr int64_t kPageMax = 1000;

}  // namespace

Status GetAll(Context& context, api::Call& call) {
  const auto names = call.Texts("tractors");
  const std::string release = call.Text("release");
  const int64_t page = call.Int("page", 0), size = call.Int("page_size", 500);
  FURROW_TRY(call.Check());
  if (page < 0 || size < 1 || size > kPageMax || page > INT64_MAX / kPageMax) {
    return api::Fail(api::kFieldsValue, "page is 0 or more, page_size 1 to 1000");
  }
  std::vector<docs::Predicate> wanted;
  if (!names.empty()) wanted.push_back(entities::AnyOf("id", names));
  if (!release.empty()) wanted.push_back(docs::Predicate::Equals("release.id", release));
  docs::Plan plan;
  plan.where = docs::Predicate::And(std::move(wanted));
  plan.order = {{.path = "id"}};
  plan.offset = page * size;
  plan.limit = size;
  plan.want_total = true;
  FURROW_ASSIGN(docs::Page found, context.core.docs.Find(entities::kTractors, plan));
  call.response["tractors"] = json::Array(std::make_move_iterator(found.docs.begin()),
                                          std::make_move_iterator(found.docs.end()));
  call.response["total"] = found.total;
  call.response["now"] = FormatTime(call.now);
  return {};
}

Status GetById(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"tractor"}));
  const std::string name = call.Text("tractor");
  FURROW_TRY(call.Check());
  FURROW_ASSIGN(const docs::DocPtr tractor, entities::GetTractor(context.core, name));
  call.response["tractor"] = *tractor;
  call.response["now"] = FormatTime(call.now);
  return {};
}

Status GetReports(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"tractor", "stream"}));
  const std::string name = call.Text("tractor"), stream = call.Text("stream");
  const int64_t from = call.Int("from", 0), count = call.Int("count", 100);
  FURROW_TRY(call.Check());
  if (!IsStream(stream)) return api::Fail(api::kFieldsValue, "there is no stream '" + stream + "'");
  if (from < 0 || count < 1 || count > static_cast<int64_t>(kRecordsPerReportMax)) {
    return api::Fail(api::kFieldsValue, "from is 0 or more, count 1 to 1000");
  }
  FURROW_ASSIGN(const docs::DocPtr tractor, entities::GetTractor(context.core, name));
  const int64_t end = tractor->At("next").At(stream).AsInt();
  // Older ones are gone; those that were let go are passed over.
  int64_t number = std::max(from, end - kRecordsKeptMax);
  const int64_t stop = std::min(end, number > INT64_MAX - count ? INT64_MAX : number + count);
  json::Array records;
  for (; number < stop; ++number) {
    const auto kept =
        context.core.docs.GetStored(entities::kFleetRecords, RecordId(name, stream, number));
    if (!kept.ok()) {
      if (kept.status().code() == Code::kNotFound) continue;
      return kept.status();
    }
    json::Value record = (*kept)->At("record");
    record["number"] = number;
    records.push_back(std::move(record));
  }
  call.response["records"] = std::move(records);
  call.response["next"] = number;
  call.response["end"] = end;
  return {};
}

}  // namespace furrow::service::fleet
