// SPDX-License-Identifier: Apache-2.0
// A power cut after every change of the disk: see docs/proof.md.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "system/powercut/disk.h"
#include "system/powercut/judge.h"
#include "system/powercut/sweep.h"
#include "system/powercut/trace.h"

namespace furrow::powercut {
namespace {

namespace fs = std::filesystem;
using faults::Event;
using faults::Kind;

struct Options {
  bool all = false;
  int steps = 2000;
  int points = 150;
  int only = -1;
  int full_from = -1;
  uint64_t seed = 1;
  std::string folder = "/dev/shm";
};

struct Tally {
  int passed = 0, failed = 0;
  void Count(const std::string& what, const std::string& wrong) {
    if (wrong.empty()) {
      ++passed;
    } else if (++failed <= 20) {
      std::printf("%s: %s\n", what.c_str(), wrong.substr(0, 900).c_str());
      std::fflush(stdout);
    }
  }
};

// The engine's own diary is no data: its writes make no difference worth a cut.
bool IsDiary(const std::string& path) {
  return fs::path(path).filename().string().starts_with("LOG");
}

class Cuts {
 public:
  Cuts(const Trace& trace, const Options& options, std::string dir)
      : trace_(trace), knows_(Follow(trace)), options_(options), dir_(std::move(dir)) {}

  void Run(Tally& tally) {
    const std::vector<bool> wanted = Choose();
    for (size_t n = 0; n <= trace_.events.size(); ++n) {
      if (wanted[n]) {
        Cut(n, Mode::kStrict, tally);
        Cut(n, Mode::kShuffled, tally);
        if (n % 8 == 0 || !options_.all) Cut(n, Mode::kKept, tally);
      }
      if (n == trace_.events.size()) break;
      disk_.Apply(trace_.events[n]);
      Advance(n + 1);
      if (tears_.contains(n)) Tear(n, tally);
    }
  }

 private:
  std::vector<bool> Choose() {
    std::vector<size_t> candidates;
    std::map<uint64_t, std::string> names;
    std::vector<size_t> log_writes;
    for (size_t n = 0; n < trace_.events.size(); ++n) {
      const Event& e = trace_.events[n];
      if (e.kind == Kind::kCreate) names[e.file] = e.path;
      if (e.kind == Kind::kMark) continue;
      const bool of_file = e.kind == Kind::kWrite || e.kind == Kind::kSync;
      if (of_file && IsDiary(names[e.file])) continue;
      candidates.push_back(n + 1);
      if (e.kind == Kind::kWrite && names[e.file].ends_with(".log")) log_writes.push_back(n);
    }
    std::vector<bool> wanted(trace_.events.size() + 1, false);
    const size_t count =
        options_.all ? candidates.size()
                     : std::min<size_t>(candidates.size(), static_cast<size_t>(options_.points));
    for (size_t i = 0; i < count; ++i) wanted[candidates[i * candidates.size() / count]] = true;
    const size_t tears = std::min<size_t>(log_writes.size(), options_.all ? 8 : 1);
    for (size_t i = 0; i < tears; ++i) tears_.insert(log_writes[log_writes.size() - 1 - i]);
    if (options_.only >= 0) {
      std::fill(wanted.begin(), wanted.end(), false);
      wanted.at(static_cast<size_t>(options_.only)) = true;
      tears_.clear();
    }
    std::printf("%zu changes of the disk, %zu points to cut at\n", trace_.events.size(),
                candidates.size());
    return wanted;
  }

  // Brings the answered state up to what is known at event n.
  void Advance(size_t n) {
    const Knowledge& k = knows_[n];
    for (; engine_done_ < k.answered; ++engine_done_) {
      const Step& step = trace_.steps[engine_done_];
      if (!step.OfFiles()) answered_.Apply(step);
    }
    const size_t files = k.begun - (k.file_open ? 1 : 0);
    for (; files_done_ < files; ++files_done_) {
      const Step& step = trace_.steps[files_done_];
      if (step.OfFiles()) answered_.Apply(step);
    }
  }

  void Cut(size_t n, Mode mode, Tally& tally) {
    fs::remove_all(dir_);
    disk_.LayOut(dir_, mode, options_.seed * 1'000'003 + n);
    static const char* const kNames[] = {"strict", "shuffled", "kept"};
    tally.Count("cut at " + std::to_string(n) + " " + kNames[static_cast<int>(mode)],
                Judge(dir_, trace_, knows_[n], answered_));
  }

  void Tear(size_t n, Tally& tally) {
    const Event& event = trace_.events[n];
    const size_t step = options_.all ? 1 : std::max<size_t>(1, event.data.size() / 40);
    for (size_t bytes = 0; bytes <= event.data.size(); bytes += step) {
      for (const bool zeros : {false, true}) {
        fs::remove_all(dir_);
        disk_.LayOutTorn(dir_, event.file, bytes, zeros);
        tally.Count("torn at " + std::to_string(n) + " after " + std::to_string(bytes) +
                        (zeros ? " bytes, then zeros" : " bytes"),
                    Judge(dir_, trace_, knows_[n + 1], answered_));
      }
    }
  }

  const Trace& trace_;
  const std::vector<Knowledge> knows_;
  const Options& options_;
  const std::string dir_;
  Disk disk_;
  Expected answered_;
  size_t engine_done_ = 0, files_done_ = 0;
  std::set<size_t> tears_;
};

int Main(const Options& options) {
  std::string base = options.folder + "/furrow-powercut-XXXXXX";
  if (::mkdtemp(base.data()) == nullptr) {
    std::printf("SKIP cannot make a folder in %s\n", options.folder.c_str());
    return 77;
  }
  const auto began = std::chrono::steady_clock::now();
  Tally tally;
  const auto count = [&](const std::string& what, const std::string& wrong) {
    tally.Count(what, wrong);
  };
  if (options.full_from >= 0) {
    FullFrom(base, static_cast<uint64_t>(options.full_from), options.seed, count);
    fs::remove_all(base);
    return tally.failed == 0 ? 0 : 1;
  }
  fs::create_directory(base + "/recorded");
  const Trace trace = RecordTrace(base + "/recorded", options.steps, options.seed);
  fs::remove_all(base + "/recorded");
  std::printf("powercut: --seed %llu, %zu steps\n", static_cast<unsigned long long>(options.seed),
              trace.steps.size());
  Cuts(trace, options, base + "/cut").Run(tally);
  if (options.only < 0) {
    SweepFull(base, options.all ? 1 : 40, options.seed, count);
    SweepSyncErrors(base, options.all ? 1 : 10, options.seed, count);
  }
  fs::remove_all(base);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::printf("%.0f s\nRESULT passed=%d failed=%d\n", seconds, tally.passed, tally.failed);
  return tally.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace furrow::powercut

int main(int argc, char** argv) {
  furrow::powercut::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    const char* const value = i + 1 < argc ? argv[i + 1] : "";
    if (flag == "--all") {
      options.all = true;
      continue;
    }
    ++i;
    if (flag == "--steps") {
      options.steps = std::atoi(value);
    } else if (flag == "--points") {
      options.points = std::atoi(value);
    } else if (flag == "--only") {
      options.only = std::atoi(value);
    } else if (flag == "--full-from") {
      options.full_from = std::atoi(value);
    } else if (flag == "--seed") {
      options.seed = std::strtoull(value, nullptr, 10);
    } else if (flag == "--folder") {
      options.folder = value;
    } else {
      std::printf(
          "usage: furrow_powercut [--all] [--steps N] [--points N] [--seed N] [--only N]"
          " [--full-from N]"
          " [--folder DIR]\n");
      return 2;
    }
  }
  return furrow::powercut::Main(options);
}
