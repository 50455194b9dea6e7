// SPDX-License-Identifier: Apache-2.0
#include "system/powercut/sweep.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>

#include "system/faults/faults.h"
#include "system/powercut/stores.h"

namespace furrow::powercut {
namespace {

namespace fs = std::filesystem;

constexpr int kSteps = 120;
constexpr uint64_t kFullFor = 40;
constexpr uint64_t kReserve = 1 << 20;

// A run in which steps may fail. Keeps what is visible, and what was answered of it.
struct Client {
  Stores& stores;
  const std::vector<Step>& steps;
  StepClock& clock;
  Expected visible;
  Expected answered;
  int failed = 0, answers = 0;

  // One step; what an error left undone is never seen.
  void Do(size_t i) {
    clock.Set(static_cast<int64_t>(i));
    if (!stores.Do(steps[i], i).ok()) {
      ++failed;
      return;
    }
    visible.Apply(steps[i]);
    if (!stores.engine->Sync().ok()) {
      ++failed;
      return;
    }
    answered = visible;
    ++answers;
    if (steps[i].fold) (void)stores.events->Fold();
  }
  std::string Compare(const Expected& wanted) const {
    const auto found = stores.Read();
    if (!found.ok()) return "a read fails: " + found.status().ToString();
    if (std::string d = Difference(*found, wanted.objects()); !d.empty()) return d;
    const auto files = stores.ReadFiles();
    if (!files.ok()) return "a file fails: " + files.status().ToString();
    return *files == wanted.files() ? "" : "other files";
  }
};

std::string FullAt(const std::string& dir, const std::vector<Step>& steps, uint64_t n,
                   bool& reached) {
  StepClock clock;
  fs::create_directories(dir);
  auto stores = Stores::Open(dir, clock, kReserve);
  if (!stores.ok()) return stores.status().ToString();
  Client client{*stores, steps, clock, {}, {}};
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
  if (std::string wrong = client.Compare(client.visible); !wrong.empty()) return wrong;
  *stores = {};
  stores = Stores::Open(dir, clock, kReserve);
  if (!stores.ok()) return "does not open again: " + stores.status().ToString();
  if (std::string wrong = client.Compare(client.visible); !wrong.empty()) {
    return "opened again: " + wrong;
  }
  return "";
}

std::string SyncErrorAt(const std::string& dir, const std::vector<Step>& steps, uint64_t n,
                        bool& reached) {
  StepClock clock;
  fs::create_directories(dir);
  auto stores = Stores::Open(dir, clock);
  if (!stores.ok()) return stores.status().ToString();
  Client client{*stores, steps, clock, {}, {}};
  faults::Watch(dir, nullptr, {.sync_error_at = n});
  for (size_t i = 0; i < steps.size(); ++i) client.Do(i);
  reached = faults::EndWatch().syncs >= n;
  if (reached && client.failed == 0 && stores->engine->Health().ok()) {
    return "a failed sync went unnoticed";
  }
  *stores = {};
  stores = Stores::Open(dir, clock);
  if (!stores.ok()) return "does not open again: " + stores.status().ToString();
  // What was seen but never answered may be there or not; files were answered one by one.
  const std::string as_answered = client.Compare(client.answered);
  return as_answered.empty() || client.Compare(client.visible).empty() ? "" : as_answered;
}

template <typename F>
void Sweep(const std::string& base, int stride, uint64_t seed, const char* what, F&& one,
           const Count& count) {
  const std::vector<Step> steps = MakeSteps(kSteps, seed + 77);
  bool reached = true;
  for (uint64_t n = 1; reached; n += static_cast<uint64_t>(stride)) {
    const std::string dir = base + "/sweep";
    fs::remove_all(dir);
    count(std::string(what) + " " + std::to_string(n), one(dir, steps, n, reached));
    fs::remove_all(dir);
  }
}

}  // namespace

void SweepFull(const std::string& base, int stride, uint64_t seed, const Count& count) {
  Sweep(base, stride, seed, "disk full from change", FullAt, count);
}

void FullFrom(const std::string& base, uint64_t change, uint64_t seed, const Count& count) {
  bool reached = true;
  count("disk full from change " + std::to_string(change),
        FullAt(base + "/sweep", MakeSteps(kSteps, seed + 77), change, reached));
}

void SweepSyncErrors(const std::string& base, int stride, uint64_t seed, const Count& count) {
  Sweep(base, stride, seed, "failed sync", SyncErrorAt, count);
}

}  // namespace furrow::powercut
