// SPDX-License-Identifier: Apache-2.0
#include "service/deletions/worker.h"

#include <optional>

#include "entities/find.h"
#include "entities/removals.h"
#include "http/message.h"
#include "json/text.h"

namespace furrow::service::deletions {
namespace {

constexpr auto kLookEvery = std::chrono::milliseconds(500);
constexpr auto kAfterFailure = std::chrono::seconds(5);
// Uploads that nobody goes on with.
constexpr auto kReclaimEvery = std::chrono::minutes(10);
constexpr auto kHalfUploadsLive = std::chrono::hours(1);
constexpr int64_t kNotesPerRound = 64;
constexpr size_t kIterationsPerRead = 256;

// The files an event names: an image's own, and those a plot shows.
std::vector<std::string> UrlsIn(const events::StoredRich& event) {
  std::vector<std::string> out;
  const auto parsed = json::Parse(event.json);
  if (!parsed.ok()) return out;
  if (parsed->At("url").IsString()) out.push_back(parsed->At("url").AsString());
  if (parsed->At("plot_str").IsString()) {
    const auto plot = json::Parse(parsed->At("plot_str").AsString());
    if (!plot.ok()) return out;
    const json::Value* images = plot->FindPath("layout.images");
    if (!images) return out;
    for (const json::Value& image : images->array()) {
      if (image.At("source").IsString()) out.push_back(image.At("source").AsString());
    }
  }
  return out;
}

}  // namespace

void Worker::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void Worker::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Worker::Loop() {
  auto reclaimed = core_.clock.Steady();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const Status done = RunOnce();
    if (const auto now = core_.clock.Steady(); now - reclaimed >= kReclaimEvery) {
      reclaimed = now;
      const auto freed = blobs_.Reclaim(kHalfUploadsLive);
      if (!freed.ok()) ++failures_;
    }
    lock.lock();
    wake_.wait_for(lock, done.ok() ? kLookEvery : kAfterFailure, [this] { return stopping(); });
  }
}

Status Worker::RunOnce() {
  docs::Plan plan;
  plan.order = {{.path = "created"}};
  plan.limit = kNotesPerRound;
  Status failed;
  for (bool more = true; more && failed.ok() && !stopping();) {
    FURROW_ASSIGN(const auto page, core_.docs.FindShared(entities::kRemovals, plan));
    more = false;
    for (const docs::DocPtr& note : page.docs) {
      if (stopping()) return failed;
      const Status done = Do(*note);
      if (!done.ok()) {
        ++failures_;
        if (failed.ok()) failed = done;
      } else if (page.docs.size() == static_cast<size_t>(kNotesPerRound)) {
        // There may be others behind; but no round waits for what somebody else is at.
        more = more || !core_.docs.Exists(entities::kRemovals, note->At("id").AsString());
      }
    }
  }
  return failed;
}

Status Worker::Do(const json::Value& note) {
  const std::string& kind = note.At("kind").AsString();
  if (kind == "files") return DoFiles(note);
  if (kind == "run") return DoRun(note);
  if (kind == "project") {
    FURROW_ASSIGN(const bool done, entities::ResumeProjects(core_, note));
    if (done) ++projects_;
    return {};
  }
  return Status(Code::kFailedPrecondition, "a deletion of a newer version: " + kind);
}

Status Worker::DoneWith(const std::string& note) {
  return core_.docs.Transact([&](docs::Transaction& t) -> Status {
    return t.Exists(entities::kRemovals, note) ? t.Delete(entities::kRemovals, note) : Status();
  });
}

Status Worker::DoFiles(const json::Value& note) {
  const Micros created = ParseTime(note.At("created").AsString()).value_or(INT64_MAX);
  for (const json::Value& file : note.At("files").array()) {
    if (stopping()) return {};
    FURROW_TRY(DeleteFile(file.AsString(), created, true));
  }
  return DoneWith(note.At("id").AsString());
}

Status Worker::DoRun(const json::Value& note) {
  const std::string run = note.At("run").AsString(), id = note.At("id").AsString();
  FURROW_TRY(DeleteImages(run, ParseTime(note.At("created").AsString()).value_or(INT64_MAX)));
  if (stopping()) return {};
  FURROW_TRY(core_.docs.Transact([&](docs::Transaction& t) -> Status {
    if (!t.Exists(entities::kRemovals, id)) return {};
    entities::ForgetEvents(t, core_, run);
    return t.Delete(entities::kRemovals, id);
  }));
  ++runs_;
  return {};
}

Status Worker::DeleteImages(const std::string& run, Micros created) {
  for (const auto type : {events::RichType::kImage, events::RichType::kPlot}) {
    FURROW_ASSIGN(const auto series, core_.events.RichIndex(run, type));
    for (const auto& one : series) {
      // From the oldest on, some iterations at a time: a run may have a million images.
      std::optional<int64_t> from = one.iter_min;
      while (from && !stopping()) {
        FURROW_ASSIGN(const auto found, core_.events.RichEvents(run, type, one.metric, one.variant,
                                                                from, kIterationsPerRead, true));
        int64_t last = *from;
        for (const events::StoredRich& event : found) {
          last = std::max(last, event.iter);
          for (const std::string& url : UrlsIn(event)) {
            const auto file = entities::OwnFile(core_, url);
            if (file) FURROW_TRY(DeleteFile(*file, created, false));
          }
        }
        from = found.empty() || last >= one.iter_max ? std::optional<int64_t>() : last + 1;
      }
    }
  }
  return {};
}

Result<bool> Worker::IsNamed(const std::string& file) const {
  const auto urls = entities::UrlsOf(core_, file);
  for (const auto& [collection, path] :
       {std::pair(entities::kModels, "uri"), {entities::kTasks, "execution.artifacts.uri"}}) {
    FURROW_ASSIGN(const int64_t count, core_.docs.Count(collection, entities::AnyOf(path, urls)));
    if (count > 0) return true;
  }
  return false;
}

Status Worker::DeleteFile(const std::string& file, Micros created, bool look_for_names) {
  std::string decoded;
  const auto path = http::PercentDecode(file, false, decoded)
                        ? blobs::Path::Parse(decoded)
                        : Result<blobs::Path>(Status(Code::kInvalidArgument, "no file name"));
  // A name that no upload can have: there is no such file.
  if (!path.ok()) {
    ++missing_;
    return {};
  }
  uint64_t size = 0;
  if (const auto reader = blobs_.Open(*path); reader.ok()) {
    size = (*reader)->info().size;
    if ((*reader)->info().stored > created) {
      ++kept_;
      return {};
    }
  } else if (reader.status().code() == Code::kNotFound) {
    ++missing_;
    return {};
  }
  if (look_for_names) {
    FURROW_ASSIGN(const bool named, IsNamed(file));
    if (named) {
      ++kept_;
      return {};
    }
  }
  const Status deleted = blobs_.Delete(*path);
  if (deleted.code() == Code::kNotFound) {
    ++missing_;
    return {};
  }
  FURROW_TRY(deleted);
  ++files_;
  bytes_ += static_cast<int64_t>(size);
  return {};
}

Progress Worker::progress() const {
  Progress out{.files = files_,
               .bytes = bytes_,
               .files_missing = missing_,
               .files_kept = kept_,
               .runs = runs_,
               .projects = projects_,
               .failures = failures_};
  docs::Plan plan;
  plan.order = {{.path = "created"}};
  plan.limit = 1;
  plan.want_total = true;
  if (const auto page = core_.docs.FindShared(entities::kRemovals, plan); page.ok()) {
    out.pending = page->total;
    if (!page->docs.empty()) out.oldest = page->docs.front()->At("created").AsString();
  }
  return out;
}

}  // namespace furrow::service::deletions
