// SPDX-License-Identifier: Apache-2.0
// Flips one bit of a data directory at a time, opens it and reads everything: each flip has to be
// found, or to make no difference to any answer. Each try runs in a process of its own.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <vector>

#include "base/id.h"
#include "system/bitflip/answers.h"
#include "system/powercut/stores.h"

namespace furrow::bitflip {
namespace {

namespace fs = std::filesystem;

enum Outcome { kSame, kNotOpened, kNotRead, kWrong, kCrashed, kOutcomes };
constexpr const char* kOutcomeNames[] = {"no difference", "not opened", "not read", "SERVED WRONG",
                                         "CRASHED"};

// In a child: the engine's threads do not survive a fork, so the parent never opens one.
Outcome Try(const std::string& dir, const std::string& wanted, const std::string& report) {
  const pid_t child = ::fork();
  if (child == 0) {
    bool opened = false;
    const Result<std::string> answers = ReadEverything(dir, opened);
    std::ofstream(report) << (answers.ok() ? *answers : answers.status().ToString());
    if (!answers.ok()) ::_exit(opened ? kNotRead : kNotOpened);
    ::_exit(wanted.empty() || Md5Hex(*answers) == wanted ? kSame : kWrong);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? static_cast<Outcome>(WEXITSTATUS(status)) : kCrashed;
}

std::string FileText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Tables and uploads are never changed in place: a link will do, but for the one that is flipped.
void Copy(const fs::path& from, const fs::path& to, const fs::path& flipped) {
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    const fs::path relative = entry.path().lexically_relative(from);
    if (entry.is_directory()) {
      fs::create_directories(to / relative);
      continue;
    }
    fs::create_directories((to / relative).parent_path());
    const bool constant = entry.path().extension() == ".sst" || *relative.begin() == "files";
    if (constant && relative != flipped) {
      fs::create_hard_link(entry.path(), to / relative);
    } else {
      fs::copy_file(entry.path(), to / relative);
    }
  }
}

// A server's data directory, without what holds no data: sockets, and space set aside.
void CopyData(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    const fs::path copy = to / entry.path().lexically_relative(from);
    if (entry.is_directory()) {
      fs::create_directories(copy);
    } else if (entry.is_regular_file() && entry.path().filename() != "reserve") {
      fs::copy_file(entry.path(), copy);
    }
  }
}

void Flip(const std::string& path, uint64_t bit) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  char byte = 0;
  const auto at = static_cast<off_t>(bit / 8);
  if (fd < 0 || ::pread(fd, &byte, 1, at) != 1) std::abort();
  byte = static_cast<char>(byte ^ (1 << (bit % 8)));
  if (::pwrite(fd, &byte, 1, at) != 1) std::abort();
  ::close(fd);
}

std::string KindOf(const fs::path& relative) {
  if (*relative.begin() == "files") return "uploaded files";
  const std::string name = relative.filename().string();
  if (relative.extension() == ".sst") return "tables";
  if (relative.extension() == ".log") return "write-ahead log";
  return name.substr(0, name.find('-'));
}

// A store with something of everything, partly in tables and partly in the log.
void MakeData(const std::string& dir) {
  const pid_t child = ::fork();
  if (child == 0) {
    powercut::StepClock clock;
    fs::create_directories(dir);
    const auto steps = powercut::MakeSteps(350, 5);
    // Closed and opened again on the way, which moves the log into tables; in the end as by a kill,
    // so that the newest steps are in the log alone.
    for (size_t half = 0; half < 2; ++half) {
      auto stores = powercut::Stores::Open(dir, clock);
      if (!stores.ok()) ::_exit(1);
      for (size_t i = half * 250; i < (half == 0 ? 250 : steps.size()); ++i) {
        clock.Set(static_cast<int64_t>(i));
        if (!stores->Do(steps[i], i).ok()) ::_exit(1);
        if (steps[i].fold && !stores->events->Fold().ok()) ::_exit(1);
      }
      if (!stores->engine->Sync().ok()) ::_exit(1);
      if (half == 1) ::_exit(0);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) std::abort();
}

struct Options {
  std::string data;
  std::string only;  // files with this in their path
  int flips = 10'000;
  uint64_t seed = 1;
};

int Main(const Options& options) {
  std::string base = "/dev/shm/furrow-bitflip-XXXXXX";
  if (::mkdtemp(base.data()) == nullptr) {
    std::printf("SKIP cannot make a folder in /dev/shm\n");
    return 77;
  }
  const std::string pristine = base + "/pristine", dir = base + "/try", report = base + "/report";
  if (options.data.empty()) {
    MakeData(pristine);
  } else {
    CopyData(options.data, pristine);
  }
  std::vector<std::pair<fs::path, uint64_t>> files;
  uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(pristine)) {
    const fs::path relative = entry.path().lexically_relative(pristine);
    // Written anew at each start; shown to the administrator once.
    const std::string name = relative.filename().string();
    if (!entry.is_regular_file() || entry.file_size() == 0 || name == "reserve" ||
        name == "server.json" || name == "bootstrap.json") {
      continue;
    }
    if (relative.string().find(options.only) == std::string::npos) continue;
    files.emplace_back(relative, entry.file_size());
    bytes += entry.file_size();
  }
  std::sort(files.begin(), files.end());
  const auto attempt = [&](const fs::path& flipped, uint64_t bit, const std::string& wanted) {
    fs::remove_all(dir);
    Copy(pristine, dir, flipped);
    if (!flipped.empty()) Flip((dir / flipped).string(), bit);
    return Try(dir, wanted, report);
  };
  if (attempt("", 0, "") != kSame) {
    std::printf("the undamaged data cannot be read: %s\nRESULT passed=0 failed=1\n",
                FileText(report).substr(0, 500).c_str());
    return 1;
  }
  if (files.empty()) {
    std::printf("no file to flip\nRESULT passed=0 failed=1\n");
    return 1;
  }
  const std::string wanted = Md5Hex(FileText(report));
  std::printf("bitflip: --seed %llu, %d flips over %zu files, %llu bytes\n",
              static_cast<unsigned long long>(options.seed), options.flips, files.size(),
              static_cast<unsigned long long>(bytes));
  std::fflush(stdout);

  std::map<std::string, std::array<int, kOutcomes>> table;
  std::map<std::string, std::string> words;
  std::mt19937_64 draw(options.seed);
  int failed = attempt("", 0, wanted) == kSame ? 0 : 1;
  for (int i = 0; i < options.flips; ++i) {
    // Some over all bytes, most over all files, so that the small ones get their share.
    size_t file = draw() % files.size();
    if (i % 4 == 0) {
      uint64_t at = draw() % bytes;
      for (file = 0; at >= files[file].second; ++file) at -= files[file].second;
    }
    const auto& [relative, size] = files[file];
    const uint64_t bit = draw() % (size * 8);
    if (i % 1000 == 999) {
      std::printf("%d of %d, %d failed\n", i + 1, options.flips, failed);
      std::fflush(stdout);
    }
    const Outcome outcome = attempt(relative, bit, wanted);
    const std::string kind = KindOf(relative);
    ++table[kind][outcome];
    if (outcome == kNotOpened || outcome == kNotRead) {
      words[kind + ", " + kOutcomeNames[outcome]] = FileText(report);
    }
    if (outcome < kWrong) continue;
    if (++failed <= 20) {
      std::printf("%s: bit %llu of %s (%llu bytes)\n", kOutcomeNames[outcome],
                  static_cast<unsigned long long>(bit), relative.c_str(),
                  static_cast<unsigned long long>(size));
    }
  }
  for (const auto& [kind, outcomes] : table) {
    std::printf("%-16s", kind.c_str());
    for (size_t o = 0; o < kOutcomes; ++o) std::printf("  %s %d", kOutcomeNames[o], outcomes[o]);
    std::printf("\n");
  }
  for (const auto& [kind, text] : words) {
    std::printf("e.g. %s: %s\n", kind.c_str(), text.substr(0, 160).c_str());
  }
  fs::remove_all(base);
  std::printf("RESULT passed=%d failed=%d\n", options.flips - failed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace furrow::bitflip

int main(int argc, char** argv) {
  furrow::bitflip::Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    if (flag == "--data") {
      options.data = argv[i + 1];
    } else if (flag == "--only") {
      options.only = argv[i + 1];
    } else if (flag == "--flips") {
      options.flips = std::atoi(argv[i + 1]);
    } else if (flag == "--seed") {
      options.seed = std::strtoull(argv[i + 1], nullptr, 10);
    } else {
      std::printf("usage: furrow_bitflip [--data DIR] [--only TEXT] [--flips N] [--seed N]\n");
      return 2;
    }
  }
  return furrow::bitflip::Main(options);
}
