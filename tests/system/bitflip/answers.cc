// SPDX-License-Identifier: Apache-2.0
#include "system/bitflip/answers.h"

#include <cstdio>
#include <filesystem>
#include <map>

#include "auth/secrets.h"
#include "base/id.h"
#include "base/time.h"
#include "json/text.h"
#include "store/blobs/blobs.h"
#include "store/docs/docs.h"
#include "store/events/events.h"
#include "store/kv/engine.h"

namespace furrow::bitflip {
namespace {

constexpr int kCollections = 24;  // more than any version of the server has

std::string Exact(double value) {
  char text[40];
  std::snprintf(text, sizeof(text), "%a", value);
  return text;
}

Status ReadKeys(const store::Engine& engine, std::string& out) {
  for (size_t f = 0; f < static_cast<size_t>(store::Family::kCount_); ++f) {
    store::Cursor cursor = engine.Scan(static_cast<store::Family>(f), "");
    std::string all;
    for (cursor.Seek(""); cursor.valid(); cursor.Next()) {
      all += std::to_string(cursor.key().size()) + " " + std::string(cursor.key()) +
             std::string(cursor.value());
    }
    FURROW_TRY(cursor.status());
    out += "family " + std::to_string(f) + " " + Md5Hex(all) + "\n";
  }
  return {};
}

Status ReadDocuments(const docs::Store& docs, std::string& out) {
  for (int c = 0; c < kCollections; ++c) {
    Status failed;
    FURROW_TRY(docs.ForEach(c, [&](std::string_view id, const json::Value& doc) {
      const auto alone = docs.GetShared(c, id);
      failed = alone.status();
      out += std::to_string(c) + " " + std::string(id) + " " + json::Write(doc) + "\n";
      return failed.ok();
    }));
    FURROW_TRY(failed);
  }
  return {};
}

Status ReadRun(const events::Store& events, const std::string& owner, std::string& out) {
  FURROW_ASSIGN(const auto series, events.Series(owner));
  for (const events::SeriesName& s : series) {
    FURROW_ASSIGN(const events::Points points, events.Curve(owner, s.metric, s.variant));
    out += "curve " + s.metric + "/" + s.variant;
    for (size_t i = 0; i < points.size(); ++i) {
      out += " " + std::to_string(points.iter[i]) + "@" + std::to_string(points.time_ms[i]) + "=" +
             Exact(points.value[i]);
    }
    out += "\n";
  }
  FURROW_ASSIGN(const auto lines, events.Logs(owner, std::nullopt, true, 1'000'000, false));
  for (const auto& l : lines) out += std::to_string(l.time_ms) + l.level + l.worker + l.text + "\n";
  for (const auto type :
       {events::RichType::kImage, events::RichType::kPlot, events::RichType::kVector}) {
    FURROW_ASSIGN(const auto index, events.RichIndex(owner, type));
    for (const auto& s : index) {
      FURROW_ASSIGN(const auto rich,
                    events.RichEvents(owner, type, s.metric, s.variant, std::nullopt, 1'000'000));
      for (const auto& r : rich) out += r.metric + r.variant + r.key + r.json + "\n";
    }
  }
  return {};
}

Status ReadEvents(const events::Store& events, std::string& out) {
  std::map<std::string, std::string> owners;
  FURROW_TRY(events.ForEachStats([&](const std::string& owner, const events::OwnerStats& stats) {
    std::string& text = owners[owner];
    for (const auto& s : stats.series) {
      text += s.metric + "/" + s.variant + " " + Exact(s.value) + " " + Exact(s.min) + " " +
              Exact(s.max) + " " + Exact(s.sum) + " " + std::to_string(s.count) + "\n";
    }
    return true;
  }));
  for (const auto& [owner, text] : owners) {
    out += "run " + owner + "\n" + text;
    FURROW_TRY(ReadRun(events, owner, out));
  }
  return {};
}

Status ReadFiles(const blobs::Store& files, std::string& out) {
  Status failed;
  std::map<std::string, std::string> found;
  FURROW_TRY(files.Scrub([&](const std::string& name, const Status& status) {
    failed = status;
    if (failed.ok()) {
      const auto reader = files.Open(*blobs::Path::Parse(name));
      failed = reader.status();
      if (failed.ok()) {
        failed = (*reader)->Read(0, (*reader)->info().size, found[name]);
        found[name] += (*reader)->info().sha256 + std::to_string((*reader)->info().stored);
      }
    }
    return failed.ok();
  }));
  for (const auto& [name, content] : found) out += name + " " + Md5Hex(content) + "\n";
  return failed;
}

}  // namespace

Result<std::string> ReadEverything(const std::string& dir, bool& opened) {
  opened = false;
  store::EngineOptions options;
  options.cache_bytes = 1 << 20;
  options.reserve_bytes = 0;
  FURROW_ASSIGN(const auto engine, store::Engine::Open(dir + "/store", options));
  std::vector<docs::Collection> collections;
  for (int c = 0; c < kCollections; ++c) collections.push_back({.name = std::to_string(c)});
  const docs::Store docs(*engine, std::move(collections));
  events::Options event_options;
  event_options.background = event_options.fold_on_close = false;
  FURROW_ASSIGN(const auto events, events::Store::Open(*engine, SystemClock(), event_options));
  FURROW_ASSIGN(const auto files, blobs::Store::Open(dir));
  std::string out;
  if (std::filesystem::exists(dir + "/secrets.json")) {
    FURROW_ASSIGN(const auth::Secrets secrets, auth::Secrets::LoadOrCreate(dir));
    out += auth::SecretHash(secrets.token_key, "x") + auth::SecretHash(secrets.credential_key, "x");
  }
  opened = true;
  FURROW_TRY(ReadKeys(*engine, out));
  FURROW_TRY(ReadDocuments(docs, out));
  FURROW_TRY(ReadEvents(*events, out));
  FURROW_TRY(ReadFiles(*files, out));
  return out;
}

}  // namespace furrow::bitflip
