// SPDX-License-Identifier: Apache-2.0
#include "system/powercut/stores.h"

#include <cmath>

#include "base/id.h"

namespace furrow::powercut {
namespace {

constexpr int kCollections = 2;

std::string Halves(double value) { return std::to_string(std::llround(value * 2)); }

// Views into `step`, which outlives them; names into `names`.
std::vector<events::OwnerBatch> Batches(const Step& step, std::vector<std::string>& names) {
  names.reserve(step.reports.size() + 64);
  for (int s = 0; s < 6; ++s) {
    names.push_back("m" + std::to_string(s / 3));
    names.push_back("v" + std::to_string(s % 3));
  }
  std::vector<events::OwnerBatch> batches;
  for (const Report& report : step.reports) {
    names.push_back(RunId(report.run));
    events::OwnerBatch batch;
    batch.owner = names.back();
    batch.worker = "worker";
    for (const Point& p : report.points) {
      const auto at = static_cast<size_t>(2 * p.series);
      batch.scalars.push_back({.metric = names[at],
                               .variant = names[at + 1],
                               .iter = p.iter,
                               .time_ms = p.time_ms,
                               .value = static_cast<double>(p.halves) / 2,
                               .x_axis_label = {}});
    }
    for (const Line& l : report.lines) batch.logs.push_back({l.time_ms, "info", "worker", l.text});
    if (report.plot_iter >= 0) {
      batch.rich.push_back({events::RichType::kPlot, "plots", "p", "", report.plot_iter,
                            report.plot_iter, report.plot});
    }
    batches.push_back(std::move(batch));
  }
  return batches;
}

Result<std::string> DescribeRun(const events::Store& events, const std::string& id) {
  std::string text;
  const auto stats = events.Stats(id);
  std::map<std::string, std::string> by_name;
  for (const events::SeriesStats& s : stats ? stats->series : std::vector<events::SeriesStats>()) {
    std::string line = "series " + s.metric + "/" + s.variant + " count " +
                       std::to_string(s.count) + " first " + Halves(s.first) + " last " +
                       Halves(s.value) + " at " + std::to_string(s.iter) + " min " + Halves(s.min) +
                       " max " + Halves(s.max) + ":";
    FURROW_ASSIGN(const events::Points points, events.Curve(id, s.metric, s.variant));
    for (size_t i = 0; i < points.size(); ++i) {
      line += " " + std::to_string(points.iter[i]) + "@" + std::to_string(points.time_ms[i]) + "=" +
              Halves(points.value[i]);
    }
    by_name[s.metric + "/" + s.variant] = line + "\n";
  }
  for (const auto& [name, line] : by_name) text += line;
  FURROW_ASSIGN(const auto lines, events.Logs(id, std::nullopt, true, 1'000'000, false));
  for (const events::StoredLog& l : lines) {
    text += "line " + std::to_string(l.time_ms) + " " + l.text + "\n";
  }
  FURROW_ASSIGN(const auto plots, events.RichEvents(id, events::RichType::kPlot, "plots", "p",
                                                    std::nullopt, 1'000'000, true));
  for (const events::StoredRich& p : plots) {
    text += "plot " + std::to_string(p.iter) + " " + p.json + "\n";
  }
  return text;
}

}  // namespace

Stores& Stores::operator=(Stores&& other) noexcept {
  blobs = std::move(other.blobs);
  events = std::move(other.events);
  docs = std::move(other.docs);
  engine = std::move(other.engine);
  return *this;
}

Result<Stores> Stores::Open(const std::string& dir, const Clock& clock, uint64_t reserve_bytes) {
  Stores s;
  store::EngineOptions options;
  options.cache_bytes = 1 << 20;
  options.memtable_bytes = 64 << 10;
  options.log_bytes_max = 192 << 10;
  options.reserve_bytes = reserve_bytes;
  FURROW_ASSIGN(s.engine, store::Engine::Open(dir + "/store", options));
  std::vector<docs::Collection> collections;
  for (int c = 0; c < kCollections; ++c) collections.push_back({.name = std::to_string(c)});
  s.docs = std::make_unique<docs::Store>(*s.engine, std::move(collections));
  events::Options event_options;
  event_options.background = false;
  event_options.fold_on_close = false;
  event_options.fold_owners_per_write = 3;
  FURROW_ASSIGN(s.events, events::Store::Open(*s.engine, clock, event_options));
  blobs::Store::Options blob_options;
  blob_options.reserve_bytes = 0;
  FURROW_ASSIGN(s.blobs, blobs::Store::Open(dir, clock, blob_options));
  return s;
}

Status Stores::Do(const Step& step, size_t number, bool* repeat) {
  switch (step.kind) {
    case Step::kPut:
      return docs->Transact([&](docs::Transaction& t) {
        return t.Put(step.collection, DocumentId(step.collection, step.id),
                     json::Object{{"text", step.text}});
      });
    case Step::kDelete:
      return docs->Transact([&](docs::Transaction& t) -> Status {
        const std::string id = DocumentId(step.collection, step.id);
        return t.Exists(step.collection, id) ? t.Delete(step.collection, id) : Status();
      });
    case Step::kReport: {
      std::vector<std::string> names;
      events::AppendOptions options;
      options.is_monitor = [](std::string_view) { return false; };
      options.replay_key = Md5Hex(std::to_string(number)).substr(0, 16);
      FURROW_ASSIGN(const bool fresh, events->Append(Batches(step, names), options));
      if (repeat != nullptr) *repeat = !fresh;
      return {};
    }
    case Step::kDropRun:
      return docs->Transact([&](docs::Transaction& t) -> Status {
        const std::string id = DocumentId(0, step.id);
        if (t.Exists(0, id)) FURROW_TRY(t.Delete(0, id));
        events->Delete(id, t.batch());
        t.AfterWrite([&, id] { events->Forget(id); });
        return {};
      });
    case Step::kDropLines:
      return events->DeleteLogs(RunId(step.id), std::nullopt).status();
    case Step::kUpload: {
      FURROW_ASSIGN(const blobs::Path path, blobs::Path::Parse(FilePath(step.id)));
      FURROW_ASSIGN(const auto writer, blobs->Create(path));
      FURROW_TRY(writer->Append(step.content));
      return writer->Commit().status();
    }
    case Step::kRemoveFile: {
      FURROW_ASSIGN(const blobs::Path path, blobs::Path::Parse(FilePath(step.id)));
      const Status status = blobs->Delete(path);
      return status.code() == Code::kNotFound ? Status() : status;
    }
  }
  return {};
}

Result<Objects> Stores::Read() const {
  Objects objects;
  for (int c = 0; c < kCollections; ++c) {
    FURROW_TRY(docs->ForEach(c, [&](std::string_view id, const json::Value& doc) {
      objects["document " + std::to_string(c) + " " + std::string(id)] = doc.At("text").AsString();
      return true;
    }));
  }
  for (int run = 0; run < kRuns; ++run) {
    FURROW_ASSIGN(std::string text, DescribeRun(*events, RunId(run)));
    if (!text.empty()) objects["run " + RunId(run)] = std::move(text);
  }
  return objects;
}

Result<std::map<std::string, std::string>> Stores::ReadFiles() const {
  std::map<std::string, std::string> files;
  Status failed;
  FURROW_TRY(blobs->Scrub([&](const std::string& name, const Status& status) {
    failed = status.With(name);
    if (!failed.ok()) return false;
    const auto path = blobs::Path::Parse(name);
    const auto reader = blobs->Open(*path);
    failed = reader.status();
    if (failed.ok()) failed = (*reader)->Read(0, (*reader)->info().size, files[name]);
    if (!failed.ok()) failed = failed.With(name);
    return failed.ok();
  }));
  if (!failed.ok()) return failed;
  return files;
}

}  // namespace furrow::powercut
