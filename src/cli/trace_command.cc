// SPDX-License-Identifier: Apache-2.0
// furrow trace TRACTOR@X,Y | FRAME | MODEL: from ground that was sprayed, from a frame that came
// back or from a model, to all that belongs to it.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/table.h"

namespace furrow::cli {
namespace {

constexpr int64_t kRecords = 1000;  // in one call
constexpr size_t kFrameTextMin = 6;

struct TraceOptions {
  std::string what;
  double within_m = 0.1;
  int64_t most = 20;
};

// ---- releases -----------------------------------------------------------------------------------

Result<json::Array> AllReleases(client::Session& session) {
  json::Array all;
  for (int64_t page = 0;; ++page) {
    FURROW_ASSIGN(json::Value data, session.Call("releases.get_all",
                                                 json::Object{{"page", page}, {"page_size", 500}}));
    json::Array& found = data["releases"].array();
    const bool last = found.size() < 500;
    std::move(found.begin(), found.end(), std::back_inserter(all));
    if (last) return all;
  }
}

// What a person may call a model by: its id or that of task or data set, the bundle's id or the
// beginning of it, the bundle's name with or without its version.
bool IsOf(const json::Value& release, const std::string& what) {
  const json::Value& bundle = release.At("bundle");
  const std::string& name = bundle.At("name").AsString();
  if (what == name || what == fmt::format("{}-{}", name, bundle.At("version").AsInt())) return true;
  if (what.size() >= kFrameTextMin && bundle.At("id").AsString().starts_with(what)) return true;
  for (const json::Member& m : bundle.At("source").object()) {
    if (m.value.AsString() == what) return true;
  }
  return false;
}

json::Value LineageOf(const json::Value& release, const json::Array& tractors) {
  const json::Value& bundle = release.At("bundle");
  json::Array now, went;
  for (const json::Value& t : tractors) {
    if (t.At("state").At("bundle").At("id") == bundle.At("id")) now.push_back(t.At("name"));
  }
  for (const json::Value& ring : release.At("rings").array()) {
    if (ring.At("began").IsNull()) continue;
    for (const json::Value& name : ring.At("tractors").array()) went.push_back(name);
  }
  return json::Object{{"source", bundle.At("source")},
                      {"bundle", bundle},
                      {"release", json::Object{{"id", release.At("id")},
                                               {"name", release.At("name")},
                                               {"status", release.At("status")},
                                               {"approved", release.At("approved")}}},
                      {"went_to", std::move(went)},
                      {"runs_on", std::move(now)}};
}

std::string Joined(const json::Value& texts) {
  std::string out;
  for (const json::Value& t : texts.array()) out += (out.empty() ? "" : ", ") + t.AsString();
  return out.empty() ? "-" : out;
}

void PrintLineage(const json::Value& lineage) {
  const json::Value& bundle = lineage.At("bundle");
  Table table({"BUNDLE", fmt::format("{}-{} {}", bundle.At("name").AsString(),
                                     bundle.At("version").AsInt(), bundle.At("id").AsString())});
  for (const json::Member& m : lineage.At("source").object()) {
    table.Add({m.key, m.value.AsString()});
  }
  table.Add({"target", bundle.At("target").AsString()});
  table.Add({"report", bundle.At("passed").AsBool() ? "passed" : "waived"});
  table.Add({"signed by", bundle.At("signed_by").AsString()});
  const json::Value& release = lineage.At("release");
  table.Add({"release", fmt::format("{} {} ({})", release.At("name").AsString(),
                                    release.At("id").AsString().substr(0, 8),
                                    release.At("status").AsString())});
  table.Add({"approved by", release.At("approved").At("by").AsString("-")});
  table.Add({"went to", Joined(lineage.At("went_to"))});
  table.Add({"runs on", Joined(lineage.At("runs_on"))});
  table.Print();
}

Result<json::Array> AllTractors(client::Session& session) {
  json::Array all;
  for (int64_t page = 0;; ++page) {
    FURROW_ASSIGN(json::Value data,
                  session.Call("fleet.get_all", json::Object{{"page", page}, {"page_size", 500}}));
    json::Array& found = data["tractors"].array();
    const bool last = found.size() < 500;
    std::move(found.begin(), found.end(), std::back_inserter(all));
    if (last) return all;
  }
}

Result<json::Array> LineagesOf(client::Session& session, const std::string& what) {
  FURROW_ASSIGN(const json::Array releases, AllReleases(session));
  FURROW_ASSIGN(const json::Array tractors, AllTractors(session));
  json::Array found;
  for (const json::Value& release : releases) {
    if (IsOf(release, what)) found.push_back(LineageOf(release, tractors));
  }
  return found;
}

bool IsAmong(const json::Array& lineages, const std::string& bundle) {
  return std::any_of(lineages.begin(), lineages.end(), [&](const json::Value& lineage) {
    return lineage.At("bundle").At("id").AsString() == bundle;
  });
}

// ---- records ------------------------------------------------------------------------------------

// Calls `visit` with the records of a stream, the newest first, until it says false.
Status BackThrough(client::Session& session, const std::string& tractor, const char* stream,
                   const std::function<bool(const json::Value&)>& visit) {
  FURROW_ASSIGN(const json::Value about,
                session.Call("fleet.get_by_id", json::Object{{"tractor", tractor}}));
  int64_t end = about.At("tractor").At("next").At(stream).AsInt();
  const int64_t all = end;
  while (end > 0) {
    const int64_t from = std::max<int64_t>(0, end - kRecords);
    FURROW_ASSIGN(const json::Value data,
                  session.Call("fleet.get_reports", json::Object{{"tractor", tractor},
                                                                 {"stream", stream},
                                                                 {"from", from},
                                                                 {"count", end - from}}));
    const json::Array& records = data.At("records").array();
    for (auto record = records.rbegin(); record != records.rend(); ++record) {
      if (!visit(*record)) return {};
    }
    end = from;
    if (all > 20 * kRecords && isatty(STDERR_FILENO)) {
      std::fprintf(stderr, "\r%s: %lld of %lld records   ", tractor.c_str(),
                   static_cast<long long>(all - end), static_cast<long long>(all));
      if (end == 0) std::fputs("\n", stderr);
    }
  }
  return {};
}

double ToSegment(double x, double y, double ax, double ay, double bx, double by) {
  const double dx = bx - ax, dy = by - ay;
  const double squared = dx * dx + dy * dy;
  const double along =
      squared > 0 ? std::clamp(((x - ax) * dx + (y - ay) * dy) / squared, 0.0, 1.0) : 0;
  return std::hypot(x - ax - along * dx, y - ay - along * dy);
}

// The nozzles of a record that sprayed the place, as text; "" for none.
std::string NozzlesAt(const json::Value& record, double x, double y, double within_m) {
  std::string out;
  const auto add = [&](const std::string& one) { out += (out.empty() ? "" : ", ") + one; };
  for (const json::Value& window : record.At("windows").array()) {
    const json::Array& w = window.array();
    if (w.size() < 5) continue;
    if (ToSegment(x, y, w[1].AsDouble(), w[2].AsDouble(), w[3].AsDouble(), w[4].AsDouble()) <=
        within_m) {
      add(std::to_string(w[0].AsInt()));
    }
  }
  for (const json::Value& section : record.At("sections").array()) {
    const json::Array &box = section.At("box").array(), &nozzles = section.At("nozzles").array();
    if (box.size() < 4 || nozzles.size() < 2) continue;
    if (x >= box[0].AsDouble() - within_m && x <= box[2].AsDouble() + within_m &&
        y >= box[1].AsDouble() - within_m && y <= box[3].AsDouble() + within_m) {
      add(fmt::format("one of {} to {}", nozzles[0].AsInt(), nozzles[1].AsInt()));
    }
  }
  return out;
}

struct Place {
  std::string tractor;
  double x = 0, y = 0;
};

// "T7@12.5,3.1"
std::optional<Place> ReadPlace(const std::string& text) {
  const size_t at = text.rfind('@'), comma = text.find(',', at == std::string::npos ? 0 : at);
  if (at == std::string::npos || at == 0 || comma == std::string::npos) return std::nullopt;
  Place place{.tractor = text.substr(0, at)};
  char* end = nullptr;
  const std::string x = text.substr(at + 1, comma - at - 1), y = text.substr(comma + 1);
  place.x = std::strtod(x.c_str(), &end);
  if (x.empty() || *end != '\0') return std::nullopt;
  place.y = std::strtod(y.c_str(), &end);
  if (y.empty() || *end != '\0') return std::nullopt;
  return place;
}

std::string When(const json::Value& record) {
  const json::Value& at = record.At("at");
  return at.IsString() ? ShortTime(at.AsString()) : Number(at.AsDouble());
}

Status TracePlace(client::Session& session, const Place& place, const TraceOptions& options,
                  bool as_json) {
  json::Array found;
  FURROW_TRY(BackThrough(session, place.tractor, "sprays", [&](const json::Value& record) {
    const std::string nozzles = NozzlesAt(record, place.x, place.y, options.within_m);
    if (nozzles.empty()) return true;
    json::Value hit = record;
    hit["nozzles_at"] = nozzles;
    found.push_back(std::move(hit));
    return static_cast<int64_t>(found.size()) < options.most;
  }));
  json::Array lineages;
  for (const json::Value& hit : found) {
    const std::string& bundle = hit.At("bundle").AsString();
    if (bundle.empty() || IsAmong(lineages, bundle)) continue;
    FURROW_ASSIGN(json::Array more, LineagesOf(session, bundle));
    std::move(more.begin(), more.end(), std::back_inserter(lineages));
  }
  if (as_json) {
    PrintJson(json::Object{{"sprays", std::move(found)}, {"lineage", std::move(lineages)}});
    return {};
  }
  if (found.empty()) {
    return Status(Code::kNotFound,
                  fmt::format("{} has not sprayed within {} m of {}, {}, or has not said so yet",
                              place.tractor, options.within_m, place.x, place.y));
  }
  Table table({"AT", "RECORD", "NOZZLE", "LOG", "BUNDLE"});
  for (const json::Value& hit : found) {
    table.Add({When(hit), std::to_string(hit.At("number").AsInt()), hit.At("nozzles_at").AsString(),
               hit.At("log").AsString(), hit.At("bundle").AsString().substr(0, 12)});
  }
  table.Print();
  for (const json::Value& lineage : lineages) {
    std::puts("");
    PrintLineage(lineage);
  }
  return {};
}

// ---- frames -------------------------------------------------------------------------------------

bool IsFrame(const json::Value& record, const std::string& tractor, const std::string& what) {
  if (what.size() < kFrameTextMin) return false;
  if (record.At("sha256").AsString().starts_with(what)) return true;
  const std::string& url = record.At("url").AsString();
  if (record.At("name").AsString() == what || url == what || url.ends_with("/" + what)) return true;
  return record.At("sequence").IsNumber() &&
         what == fmt::format("{}/{}/{}", tractor, record.At("camera").AsInt(),
                             record.At("sequence").AsInt());
}

// The newest records of a stream that `wanted` names, at most so many of all tractors together.
template <typename Wanted>
Result<json::Array> Find(client::Session& session, const json::Array& tractors, const char* stream,
                         int64_t most, const Wanted& wanted) {
  json::Array found;
  for (const json::Value& tractor : tractors) {
    const std::string& name = tractor.At("name").AsString();
    FURROW_TRY(BackThrough(session, name, stream, [&](const json::Value& record) {
      if (static_cast<int64_t>(found.size()) >= most) return false;
      if (!wanted(record, name)) return true;
      json::Value one = record;
      one["tractor"] = name;
      one["task"] = tractor.At("days").At(record.At("at").AsString().substr(0, 10));
      found.push_back(std::move(one));
      return true;
    }));
  }
  return found;
}

// From a frame on: the bundle that judged it, and what that came from.
Result<json::Array> JudgesOf(client::Session& session, const json::Array& frames) {
  json::Array lineages;
  for (const json::Value& frame : frames) {
    const std::string& bundle = frame.At("judged_by").At("bundle").AsString();
    if (bundle.empty() || IsAmong(lineages, bundle)) continue;
    FURROW_ASSIGN(json::Array more, LineagesOf(session, bundle));
    std::move(more.begin(), more.end(), std::back_inserter(lineages));
  }
  return lineages;
}

// What a model did, as far as tractors have told.
void PrintDeeds(const json::Array& frames, const json::Array& sprays) {
  if (!frames.empty()) {
    std::puts("");
    Table table({"JUDGED", "TRACTOR", "FRAME", "SHA256"});
    for (const json::Value& one : frames) {
      table.Add({When(one), one.At("tractor").AsString(), one.At("name").AsString("-"),
                 one.At("sha256").AsString().substr(0, 12)});
    }
    table.Print();
  }
  if (!sprays.empty()) {
    std::puts("");
    Table table({"SPRAYED", "TRACTOR", "RECORD", "LOG", "PIECES"});
    for (const json::Value& one : sprays) {
      table.Add({When(one), one.At("tractor").AsString(), std::to_string(one.At("number").AsInt()),
                 one.At("log").AsString("-"), std::to_string(one.At("count").AsInt())});
    }
    table.Print();
  }
}

void PrintFrame(const json::Value& frame) {
  Table table({"FRAME", frame.At("sha256").AsString()});
  for (const json::Member& m : frame.object()) {
    if (m.key == "sha256" || m.value.IsNull()) continue;
    const bool judge = m.key == "judged_by";
    table.Add({m.key, judge                ? m.value.At("bundle").AsString()
                      : m.value.IsString() ? m.value.AsString()
                      : m.value.IsNumber() ? Number(m.value.AsDouble())
                                           : "..."});
  }
  table.Print();
}

Status TraceName(client::Session& session, const TraceOptions& options, bool as_json) {
  FURROW_ASSIGN(json::Array lineages, LineagesOf(session, options.what));
  FURROW_ASSIGN(const json::Array tractors, AllTractors(session));
  const bool model = !lineages.empty();
  json::Array frames, sprays;
  if (model) {
    FURROW_ASSIGN(frames, Find(session, tractors, "images", options.most,
                               [&](const json::Value& record, const std::string&) {
                                 return IsAmong(lineages,
                                                record.At("judged_by").At("bundle").AsString());
                               }));
    FURROW_ASSIGN(sprays, Find(session, tractors, "sprays", options.most,
                               [&](const json::Value& record, const std::string&) {
                                 return IsAmong(lineages, record.At("bundle").AsString());
                               }));
  } else {
    FURROW_ASSIGN(frames, Find(session, tractors, "images", options.most,
                               [&](const json::Value& record, const std::string& tractor) {
                                 return IsFrame(record, tractor, options.what);
                               }));
    FURROW_ASSIGN(lineages, JudgesOf(session, frames));
  }
  if (lineages.empty() && frames.empty()) {
    return Status(Code::kNotFound, "'" + options.what +
                                       "' is no model, bundle, task or data set of a release, and "
                                       "no frame that a tractor sent");
  }
  if (as_json) {
    PrintJson(json::Object{{"lineage", std::move(lineages)},
                           {"frames", std::move(frames)},
                           {"sprays", std::move(sprays)}});
    return {};
  }
  if (!model) {
    for (const json::Value& frame : frames) PrintFrame(frame);
    if (!lineages.empty()) std::puts("");
  }
  for (size_t i = 0; i < lineages.size(); ++i) {
    if (i > 0) std::puts("");
    PrintLineage(lineages[i]);
  }
  if (model) PrintDeeds(frames, sprays);
  return {};
}

}  // namespace

void AddTraceCommand(CLI::App& app, const std::shared_ptr<Common>& common) {
  auto options = std::make_shared<TraceOptions>();
  CLI::App* command = AddCommand(
      app, common, "trace",
      "from sprayed ground, a frame or a model to bundle, release, tractors, task and data set",
      "  furrow trace T7@12.5,3.1            what sprayed there, and by which model\n"
      "  furrow trace beet-7                 where a bundle went, and what it came from\n"
      "  furrow trace 4be1c0f2               a bundle or a frame by the beginning of its hash\n"
      "  furrow trace T7/0/1042              a frame by tractor, camera and number\n"
      "  furrow trace 0123456789abcdef0123456789abcdef --json    a model, task or data set\n",
      [common, options](client::Session& session) {
        if (const auto place = ReadPlace(options->what)) {
          return TracePlace(session, *place, *options, common->json);
        }
        return TraceName(session, *options, common->json);
      });
  command->add_option("what", options->what, "TRACTOR@X,Y in metres, a frame, or a model")
      ->required();
  command->add_option("--within", options->within_m, "metres from the place that count")
      ->check(CLI::Range(0.0, 100.0));
  command->add_option("--most", options->most, "sprays or frames to show, the newest first")
      ->check(CLI::Range(1, 10'000));
}

}  // namespace furrow::cli
