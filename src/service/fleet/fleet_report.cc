// SPDX-License-Identifier: Apache-2.0
// Records arrive exactly once: what is new of a report, the events it makes and the number of the
// next record are one batch of the engine. Whatever is lost on the way, the tractor asks for the
// next number or sends again what it has.
#include <algorithm>
#include <cstdio>

#include "entities/audit.h"
#include "entities/run_metrics.h"
#include "entities/tractors.h"
#include "json/text.h"
#include "service/fleet/fleet_service.h"
#include "service/fleet/streams.h"
#include "service/fleet/telemetry.h"

namespace furrow::service::fleet {
namespace {

constexpr int64_t kNumberMax = int64_t{1} << 53;  // what any JSON reader holds exactly

struct Incoming {
  std::string stream;
  int64_t from = 0;
  const json::Array& records;
};

std::string Place(const Incoming& in, size_t index) {
  return in.stream + " record " + std::to_string(in.from + static_cast<int64_t>(index)) + ": ";
}

// null stands for a record that the tractor let go for want of room.
Status CheckRecords(const entities::Core& core, const std::string& tractor, const Incoming& in) {
  for (size_t i = 0; i < in.records.size(); ++i) {
    const json::Value& record = in.records[i];
    if (record.IsNull()) continue;
    if (!record.IsObject()) return api::Fail(api::kFieldsType, Place(in, i) + "is no object");
    if (json::Write(record).size() > kRecordBytesMax) {
      return api::Fail(api::kFieldsValue, Place(in, i) + "has more than " +
                                              std::to_string(kRecordBytesMax) + " bytes");
    }
    if (in.stream == "images" && !NamesOwnFile(core, tractor, record)) {
      return api::Fail(api::kFieldsValue, Place(in, i) + "'url' is a file below /tractors/" +
                                              tractor + "/, 'sha256' its 64 hexadecimal digits");
    }
  }
  return {};
}

// Stores what is new; returns the next number.
Result<int64_t> Take(docs::Transaction& t, json::Value& tractor, const Incoming& in,
                     Telemetry& telemetry, Micros now) {
  const std::string name = tractor.At("id").AsString();
  const int64_t next = tractor.At("next").At(in.stream).AsInt();
  const auto count = static_cast<int64_t>(in.records.size());
  // A server that was restored from a backup, or a tractor without room, leaves a gap for good.
  if (in.from > next) {
    const std::string who = "tractor " + name;
    FURROW_TRY(entities::Audit(t, now,
                               {.who = who,
                                .what = "gap",
                                .why = in.stream + " " + std::to_string(next) + " to " +
                                       std::to_string(in.from - 1) + " never came",
                                .tractor = name}));
  }
  const int64_t first = std::max(in.from, next);
  const int64_t end = in.from + count;
  for (int64_t number = first; number < end; ++number) {
    const auto index = static_cast<size_t>(number - in.from);
    const json::Value& record = in.records[index];
    if (!record.IsNull()) {
      if (const Status added = telemetry.Add(in.stream, record); !added.ok()) {
        return api::Fail(api::kFieldsValue, Place(in, index) + added.message());
      }
      FURROW_TRY(t.Put(entities::kFleetRecords, RecordId(name, in.stream, number),
                       json::Object{{"number", number}, {"record", record}}));
    }
    const std::string old = RecordId(name, in.stream, number - kRecordsKeptMax);
    if (number >= kRecordsKeptMax && t.Exists(entities::kFleetRecords, old)) {
      FURROW_TRY(t.Delete(entities::kFleetRecords, old));
    }
  }
  return std::max(next, end);
}

}  // namespace

bool IsStream(std::string_view name) {
  return std::find(kStreams.begin(), kStreams.end(), name) != kStreams.end();
}

std::string RecordId(std::string_view tractor, std::string_view stream, int64_t number) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%020lld", static_cast<long long>(number));
  return std::string(tractor) + "/" + std::string(stream) + "/" + digits;
}

Status Report(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"stream", "from", "records"}));
  const std::string stream = call.Text("stream");
  const int64_t from = call.Int("from", 0);
  FURROW_TRY(call.Check());
  if (!IsStream(stream)) return api::Fail(api::kFieldsValue, "there is no stream '" + stream + "'");
  if (from < 0 || from > kNumberMax) {
    return api::Fail(api::kFieldsValue, "from is a number of 0 to 2^53");
  }
  const json::Value& records = call.Field("records");
  if (!records.IsArray()) return api::Fail(api::kFieldsType, "records must be a list");
  if (records.array().empty() || records.array().size() > kRecordsPerReportMax) {
    return api::Fail(api::kFieldsValue, "records are 1 to " + std::to_string(kRecordsPerReportMax));
  }
  const std::string& name = call.identity.user_name;
  const Incoming in{stream, from, records.array()};
  FURROW_TRY(CheckRecords(context.core, name, in));

  Telemetry telemetry(name);
  int64_t next = 0;
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(json::Value tractor, entities::GetTractor(t, name));
    FURROW_ASSIGN(next, Take(t, tractor, in, telemetry, call.now));
    if (next == tractor.At("next").At(stream).AsInt()) return {};  // all of it was had
    tractor["next"][stream] = next;
    tractor["last_seen"] = FormatTime(call.now);
    if (!telemetry.empty()) {
      FURROW_TRY(telemetry.OpenTasks(t, context.core, tractor, call.now));
    }
    auto batches = telemetry.Batches();
    if (!batches.empty()) {
      t.WriteBy([&core = context.core, batches = std::move(batches)](store::Batch&& batch) {
        const auto written = core.events.Append(
            batches,
            {.is_monitor = entities::IsMonitorMetric, .replay_key = {}, .together = &batch});
        return written.status();
      });
    }
    return entities::PutTractor(t, std::move(tractor));
  }));
  call.response["next"] = next;
  return {};
}

}  // namespace furrow::service::fleet
