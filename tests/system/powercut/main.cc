// SPDX-License-Identifier: Apache-2.0
// A power cut after every change of the disk: see docs/proof.md.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "system/powercut/board.h"
#include "system/powercut/cuts.h"
#include "system/powercut/sweep.h"
#include "system/powercut/trace.h"

namespace furrow::powercut {
namespace {

namespace fs = std::filesystem;

struct Options {
  CutOptions cuts{.points = 150};
  int steps = 2000;
  int full_from = -1, sync_error_at = -1;
  int jobs = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 16u));
  std::string folder = "/dev/shm";
  std::string record;  // a kept one
};

// In a child: the engine's threads do not survive a fork, so the parent never opens one.
bool Record(const std::string& dir, const std::string& record, const Options& options) {
  const pid_t child = ::fork();
  if (child == 0) {
    fs::create_directory(dir);
    const Trace trace = RecordTrace(dir, options.steps, options.cuts.seed);
    Save(trace, options.steps, options.cuts.seed, record);
    ::_exit(0);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  fs::remove_all(dir);
  return status == 0;
}

void Sweep(Board& board, const Options& options, const std::string& base, int stride,
           const SweepOne& one) {
  board.Run(options.jobs, 0, [&](int process) {
    one(board, process, base + "/sweep" + std::to_string(process), stride, options.cuts.seed);
  });
}

int Main(const Options& options) {
  std::string base = options.folder + "/furrow-powercut-XXXXXX";
  if (::mkdtemp(base.data()) == nullptr) {
    std::printf("SKIP cannot make a folder in %s\n", options.folder.c_str());
    return 77;
  }
  const auto began = std::chrono::steady_clock::now();
  Board board;
  const auto count = [&](const std::string& what, const std::string& wrong) {
    board.Count(what, wrong);
  };
  if (options.full_from >= 0 || options.sync_error_at >= 0) {
    if (options.full_from >= 0) FullFrom(base, options.full_from, options.cuts.seed, count);
    if (options.sync_error_at >= 0) {
      SyncErrorAt(base, options.sync_error_at, options.cuts.seed, count);
    }
    fs::remove_all(base);
    return board.failed() == 0 ? 0 : 1;
  }
  const std::string record = options.record.empty() ? base + "/record" : options.record;
  if (options.record.empty() && !Record(base + "/recorded", record, options)) {
    std::printf("recording failed\nRESULT passed=0 failed=1\n");
    fs::remove_all(base);
    return 1;
  }
  const Trace trace = Load(record);
  const Cuts cuts(trace, options.cuts);
  std::printf(
      "powercut: --seed %llu, %zu steps, %zu changes of the disk, %zu points to cut at, "
      "%zu cuts by %d processes\n",
      static_cast<unsigned long long>(options.cuts.seed), trace.steps.size(), cuts.changes(),
      cuts.candidates(), cuts.size(), options.jobs);
  board.Run(options.jobs, cuts.size(), [&](int process) {
    cuts.Run(board, process, base + "/cut" + std::to_string(process));
  });
  std::printf("%d cuts judged, %d were the same as one of those; slowest opening %.2f s\n",
              board.passed() + board.failed(), board.skipped(), board.slowest());
  const int cut_failures = board.failed();
  if (options.cuts.only < 0) {
    Sweep(board, options, base, options.cuts.all ? 1 : 40, SweepFull);
    Sweep(board, options, base, options.cuts.all ? 1 : 10, SweepSyncErrors);
  }
  if (cut_failures > 0) {
    std::printf("the record is kept: --record %s --only N\n", record.c_str());
  } else {
    fs::remove_all(base);
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::printf("%.0f s\nRESULT passed=%d failed=%d\n", seconds, board.passed(), board.failed());
  return board.failed() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace furrow::powercut

int main(int argc, char** argv) {
  furrow::powercut::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    const char* const value = i + 1 < argc ? argv[i + 1] : "";
    if (flag == "--all") {
      options.cuts.all = true;
      continue;
    }
    ++i;
    if (flag == "--steps") {
      options.steps = std::atoi(value);
    } else if (flag == "--points") {
      options.cuts.points = std::atoi(value);
    } else if (flag == "--only") {
      options.cuts.only = std::atoi(value);
    } else if (flag == "--full-from") {
      options.full_from = std::atoi(value);
    } else if (flag == "--sync-error-at") {
      options.sync_error_at = std::atoi(value);
    } else if (flag == "--seed") {
      options.cuts.seed = std::strtoull(value, nullptr, 10);
    } else if (flag == "--ready-in") {
      options.cuts.ready_in = std::atof(value);
    } else if (flag == "--jobs") {
      options.jobs = std::max(1, std::atoi(value));
    } else if (flag == "--folder") {
      options.folder = value;
    } else if (flag == "--record") {
      options.record = value;
    } else {
      std::printf(
          "usage: furrow_powercut [--all | --points N] [--steps N] [--seed N] [--jobs N]\n"
          "         [--ready-in SECONDS] [--folder DIR] [--record FILE] [--only N]\n"
          "       furrow_powercut --full-from N | --sync-error-at N\n");
      return 2;
    }
  }
  return furrow::powercut::Main(options);
}
