// SPDX-License-Identifier: Apache-2.0
#include "system/powercut/sweep.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <thread>

#include "system/faults/faults.h"
#include "system/powercut/disk.h"
#include "system/powercut/stores.h"

namespace furrow::powercut {
namespace {

namespace fs = std::filesystem;

constexpr int kSteps = 120;
constexpr uint64_t kFullFor = 40;
constexpr uint64_t kReserve = 1 << 20;

std::string Compare(const Stores& stores, const Expected& wanted) {
  const auto found = stores.Read();
  if (!found.ok()) return "a read fails: " + found.status().ToString();
  if (std::string d = Difference(*found, wanted.objects()); !d.empty()) return d;
  const auto files = stores.ReadFiles();
  if (!files.ok()) return "a file fails: " + files.status().ToString();
  return *files == wanted.files() ? "" : "other files";
}

// A run in which steps may fail. Keeps what is visible, and what was answered of it.
struct Client {
  Stores& stores;
  const std::vector<Step>& steps;
  StepClock& clock;
  Expected visible;
  Expected answered;
  /// What a file may hold: as it was last answered, or as a step left it that had no answer. An
  /// empty one: it is not there.
  std::map<std::string, std::set<std::optional<std::string>>> files;

  // One step; what an error left undone is never seen.
  void Do(size_t i) {
    const Step& step = steps[i];
    clock.Set(static_cast<int64_t>(i));
    const bool done = stores.Do(step, i).ok();
    if (done) visible.Apply(step);
    const bool was_answered = done && stores.engine->Sync().ok();
    if (step.OfFiles()) {
      auto& held = files.try_emplace(FilePath(step.id)).first->second;
      if (was_answered) {
        held.clear();
      } else if (held.empty()) {
        held.insert(std::nullopt);
      }
      held.insert(step.kind == Step::kUpload ? std::optional(step.content) : std::nullopt);
    }
    if (!was_answered) return;
    answered = visible;
    if (step.fold) (void)stores.events->Fold();
  }
};

std::string FullAt(const std::string& dir, const std::vector<Step>& steps, uint64_t n,
                   bool& reached) {
  StepClock clock;
  fs::create_directories(dir);
  auto stores = Stores::Open(dir, clock, kReserve);
  if (!stores.ok()) return stores.status().ToString();
  Client client{*stores, steps, clock, {}, {}, {}};
  faults::Watch(dir, nullptr, {.full_from = n, .full_until = n + kFullFor});
  for (size_t i = 0; i < steps.size(); ++i) client.Do(i);
  reached = faults::EndWatch().changes >= n;
  // There is room again: it goes on by itself, at most a few tries per second.
  Step last;
  last.text = "the last one";
  Status status(Code::kUnavailable, "");
  for (int i = 0; i < 40 && !status.ok(); ++i) {
    status = stores->Do(last, steps.size());
    if (status.ok()) status = stores->engine->Sync();
    if (!status.ok()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  if (!status.ok()) return "does not recover: " + status.ToString();
  client.visible.Apply(last);
  if (std::string wrong = Compare(*stores, client.visible); !wrong.empty()) return wrong;
  *stores = {};
  stores = Stores::Open(dir, clock, kReserve);
  if (!stores.ok()) return "does not open again: " + stores.status().ToString();
  if (std::string wrong = Compare(*stores, client.visible); !wrong.empty()) {
    return "opened again: " + wrong;
  }
  return "";
}

// After a failed sync: what was seen but never answered is there or not.
std::string CompareAnswered(const Stores& stores, const Client& client) {
  const auto found = stores.Read();
  if (!found.ok()) return "a read fails: " + found.status().ToString();
  const std::string wrong = Difference(*found, client.answered.objects());
  if (!wrong.empty() && !Difference(*found, client.visible.objects()).empty()) return wrong;
  const auto files = stores.ReadFiles();
  if (!files.ok()) return "a file fails: " + files.status().ToString();
  for (const auto& [path, held] : client.files) {
    const auto at = files->find(path);
    const auto now = at == files->end() ? std::nullopt : std::optional(at->second);
    if (!held.contains(now)) return path + (now ? " holds other bytes" : " is missing");
  }
  for (const auto& [path, content] : *files) {
    if (!client.files.contains(path)) return path + " should not be there";
  }
  return "";
}

std::string FailSync(const std::string& dir, const std::vector<Step>& steps, uint64_t n,
                     bool& reached) {
  StepClock clock;
  fs::create_directories(dir);
  std::vector<faults::Event> events;
  // From the very first change on: the model of the disk has to know every file.
  faults::Watch(dir, &events, {.sync_error_at = n});
  auto stores = Stores::Open(dir, clock);
  // Where even the opening fails nothing is answered.
  Stores none;
  Client client{stores.ok() ? *stores : none, steps, clock, {}, {}, {}};
  for (size_t i = 0; stores.ok() && i < steps.size(); ++i) client.Do(i);
  reached = faults::EndWatch().syncs >= n;
  stores = Stores();
  const auto judge = [&](const std::string& where) -> std::string {
    const auto again = Stores::Open(where, clock);
    if (!again.ok()) return "does not open again: " + again.status().ToString();
    return CompareAnswered(*again, client);
  };
  if (std::string wrong = judge(dir); !wrong.empty()) return wrong;
  // A sync that failed was not noted: what it should have kept is lost with the power.
  Disk disk;
  for (const faults::Event& event : events) disk.Apply(event);
  const std::string cut = dir + "-cut";
  fs::remove_all(cut);
  LayOut(disk.Found(Mode::kStrict, 0), cut);
  const std::string wrong = judge(cut);
  fs::remove_all(cut);
  return wrong.empty() ? "" : "after a power cut: " + wrong;
}

using Once = std::string (*)(const std::string& dir, const std::vector<Step>& steps, uint64_t n,
                             bool& reached);

void Sweep(Board& board, int process, const std::string& dir, int stride, uint64_t seed,
           const std::string& name, Once once) {
  const std::vector<Step> steps = MakeSteps(kSteps, seed + 77);
  while (!board.ended()) {
    const uint64_t n = 1 + board.NextTurn() * static_cast<uint64_t>(stride);
    const std::string what = name + " " + std::to_string(n);
    board.Tell(process, what);
    bool reached = true;
    fs::remove_all(dir);
    const std::string wrong = once(dir, steps, n, reached);
    fs::remove_all(dir);
    if (!reached) board.End();
    board.Count(what, wrong);
  }
}

void One(const std::string& base, int n, uint64_t seed, const Count& count, const std::string& name,
         Once once) {
  bool reached = true;
  count(name + " " + std::to_string(n),
        once(base + "/sweep", MakeSteps(kSteps, seed + 77), static_cast<uint64_t>(n), reached));
}

constexpr char kFullFrom[] = "disk full from change", kFailedSync[] = "failed sync";

}  // namespace

void SweepFull(Board& board, int process, const std::string& dir, int stride, uint64_t seed) {
  Sweep(board, process, dir, stride, seed, kFullFrom, FullAt);
}

void FullFrom(const std::string& base, int change, uint64_t seed, const Count& count) {
  One(base, change, seed, count, kFullFrom, FullAt);
}

void SweepSyncErrors(Board& board, int process, const std::string& dir, int stride, uint64_t seed) {
  Sweep(board, process, dir, stride, seed, kFailedSync, FailSync);
}

void SyncErrorAt(const std::string& base, int sync, uint64_t seed, const Count& count) {
  One(base, sync, seed, count, kFailedSync, FailSync);
}

}  // namespace furrow::powercut
