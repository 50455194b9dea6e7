// SPDX-License-Identifier: Apache-2.0
#include "system/powercut/expected.h"

#include <algorithm>
#include <random>

namespace furrow::powercut {
namespace {

constexpr int kSeries = 6;

std::string RandomText(std::mt19937_64& draw, size_t size) {
  std::string text(size, ' ');
  for (char& c : text) c = static_cast<char>('a' + draw() % 26);
  return text;
}

}  // namespace

bool Step::HasLines() const {
  return std::any_of(reports.begin(), reports.end(),
                     [](const Report& r) { return !r.lines.empty(); });
}

std::string RunId(int run) {
  std::string id = std::to_string(run);
  return std::string(32 - id.size(), '0') + id;
}
// The documents of the runs are the first of collection 0.
std::string DocumentId(int collection, int id) {
  return collection == 0 ? RunId(id) : "doc" + std::to_string(id);
}
std::string FilePath(int file) {
  return "folder" + std::to_string(file % 5) + "/file" + std::to_string(file) + ".bin";
}

std::vector<Step> MakeSteps(int count, uint64_t seed) {
  std::mt19937_64 draw(seed);
  std::vector<Step> steps;
  int64_t time_ms = 1'700'000'000'000;
  std::vector<int64_t> iteration(kRuns, 0);
  for (int i = 0; i < count; ++i) {
    Step step;
    step.sync = draw() % 10 < 7;
    step.fold = i % 97 == 96;
    time_ms += static_cast<int64_t>(draw() % 50);
    const uint64_t kind = draw() % 100;
    if (kind < 30) {
      step.kind = Step::kPut;
      step.collection = static_cast<int>(draw() % 2);
      step.id = static_cast<int>(draw() % kDocuments);
      step.text =
          std::to_string(i) + RandomText(draw, 20 + draw() % (draw() % 8 == 0 ? 3000 : 300));
    } else if (kind < 36) {
      step.kind = Step::kDelete;
      step.collection = 1;
      step.id = static_cast<int>(draw() % kDocuments);
    } else if (kind < 84) {
      step.kind = Step::kReport;
      const int runs = draw() % 5 == 0 ? 2 : 1;
      const auto begin = static_cast<int>(draw() % kRuns);
      for (int r = 0; r < runs; ++r) {
        Report report;
        report.run = (begin + r) % kRuns;
        int64_t& iter = iteration[static_cast<size_t>(report.run)];
        const uint64_t points = draw() % 12;
        for (uint64_t p = 0; p < points; ++p) {
          // Sometimes an iteration comes again: the later one counts.
          if (draw() % 6 != 0) ++iter;
          report.points.push_back({static_cast<int>(draw() % kSeries), iter,
                                   time_ms + static_cast<int64_t>(p),
                                   static_cast<int64_t>(draw() % 100000) - 50000});
        }
        const uint64_t lines = draw() % 2 == 0 ? draw() % 4 : 0;
        for (uint64_t l = 0; l < lines; ++l) {
          report.lines.push_back({time_ms - static_cast<int64_t>(draw() % 30),
                                  "line " + std::to_string(i) + "." + std::to_string(l) + " " +
                                      RandomText(draw, draw() % 60)});
        }
        if (draw() % 8 == 0) {
          report.plot_iter = static_cast<int64_t>(draw() % 20);
          report.plot = "{\"plot\":\"" + RandomText(draw, 50 + draw() % 500) + "\"}";
        }
        if (report.points.empty() && report.lines.empty() && report.plot_iter < 0) {
          report.lines.push_back({time_ms, "line " + std::to_string(i) + " alone"});
        }
        step.reports.push_back(std::move(report));
      }
    } else if (kind < 87) {
      step.kind = Step::kDropRun;
      step.id = static_cast<int>(draw() % kRuns);
    } else if (kind < 89) {
      step.kind = Step::kDropLines;
      step.id = static_cast<int>(draw() % kRuns);
    } else if (kind < 97) {
      step.kind = Step::kUpload;
      step.id = static_cast<int>(draw() % kFiles);
      step.content = RandomText(draw, draw() % 30 == 0 ? 300'000 : draw() % 6000);
    } else {
      step.kind = Step::kRemoveFile;
      step.id = static_cast<int>(draw() % kFiles);
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

void Expected::Apply(const Step& step) {
  const std::string document =
      "document " + std::to_string(step.collection) + " " + DocumentId(step.collection, step.id);
  switch (step.kind) {
    case Step::kPut:
      objects_[document] = step.text;
      break;
    case Step::kDelete:
      objects_.erase(document);
      break;
    case Step::kReport:
      for (const Report& report : step.reports) {
        Run& run = runs_[report.run];
        for (const Point& p : report.points) {
          Series& s = run.series[p.series];
          if (s.count == 0) {
            s.first = s.last = p;
            s.min = s.max = p.halves;
          }
          ++s.count;
          s.by_iter[p.iter] = p;
          if (std::pair(p.iter, p.time_ms) >= std::pair(s.last.iter, s.last.time_ms)) s.last = p;
          s.min = std::min(s.min, p.halves);
          s.max = std::max(s.max, p.halves);
        }
        for (const Line& line : report.lines) {
          run.lines[{line.time_ms, run.next_line++}] = line.text;
        }
        if (report.plot_iter >= 0) run.plots[report.plot_iter] = report.plot;
        Describe(report.run);
      }
      break;
    case Step::kDropRun:
      objects_.erase("document 0 " + DocumentId(0, step.id));
      runs_.erase(step.id);
      Describe(step.id);
      break;
    case Step::kDropLines:
      runs_[step.id].lines.clear();
      Describe(step.id);
      break;
    case Step::kUpload:
      files_[FilePath(step.id)] = step.content;
      break;
    case Step::kRemoveFile:
      files_.erase(FilePath(step.id));
      break;
  }
}

void Expected::Describe(int number) {
  const Run& run = runs_[number];
  std::string text;
  for (const auto& [id, s] : run.series) {
    text += "series m" + std::to_string(id / 3) + "/v" + std::to_string(id % 3) + " count " +
            std::to_string(s.count) + " first " + std::to_string(s.first.halves) + " last " +
            std::to_string(s.last.halves) + " at " + std::to_string(s.last.iter) + " min " +
            std::to_string(s.min) + " max " + std::to_string(s.max) + ":";
    for (const auto& [iter, p] : s.by_iter) {
      text += " " + std::to_string(iter) + "@" + std::to_string(p.time_ms) + "=" +
              std::to_string(p.halves);
    }
    text += "\n";
  }
  for (const auto& [when, line] : run.lines) {
    text += "line " + std::to_string(when.first) + " " + line + "\n";
  }
  for (const auto& [iter, plot] : run.plots) {
    text += "plot " + std::to_string(iter) + " " + plot + "\n";
  }
  const std::string name = "run " + RunId(number);
  if (text.empty()) {
    objects_.erase(name);
  } else {
    objects_[name] = std::move(text);
  }
}

std::string Difference(const Objects& found, const Objects& wanted) {
  std::string text;
  int named = 0;
  const auto name = [&](const std::string& what, const std::string& a, const std::string& b) {
    if (++named > 3) return;
    size_t at = 0;
    while (at < a.size() && at < b.size() && a[at] == b[at]) ++at;
    const size_t from = at > 60 ? at - 60 : 0;
    text += what + ": found ..." + a.substr(from, 160) + " wanted ..." + b.substr(from, 160) + "; ";
  };
  for (const auto& [key, value] : wanted) {
    const auto at = found.find(key);
    if (at == found.end()) {
      name(key + " is missing", "", value);
    } else if (at->second != value) {
      name(key, at->second, value);
    }
  }
  for (const auto& [key, value] : found) {
    if (!wanted.contains(key)) name(key + " should not be there", value, "");
  }
  return text;
}

}  // namespace furrow::powercut
