// SPDX-License-Identifier: Apache-2.0
#include "system/powercut/trace.h"

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "system/powercut/stores.h"

namespace furrow::powercut {
namespace {

enum MarkKind : uint64_t { kBegun, kAnswered, kFileAnswered };

// How long a sync waits for what is done meanwhile: it may itself wait for that sync.
constexpr auto kMeanwhileMax = std::chrono::milliseconds(200);
constexpr size_t kCheckpointEvery = 173;  // steps

void Must(const Status& status, const char* what) {
  if (status.ok()) return;
  std::fprintf(stderr, "recording: %s: %s\n", what, status.ToString().c_str());
  std::exit(2);
}

void Tell(size_t steps, MarkKind kind) { faults::Mark(steps * 4 + kind); }

class Recorder {
 public:
  Recorder(Stores& stores, const std::string& dir, const std::vector<Step>& steps, StepClock& clock)
      : stores_(stores), dir_(dir), steps_(steps), clock_(clock) {}

  // Returns the number of the next step.
  size_t Do(size_t i, size_t end) {
    const size_t begun_with = i == 0 ? 0 : i - 1;
    Begin(i);
    const Step& step = steps_[i];
    if (step.sync || i + 1 == end) {
      const bool meanwhile = Meanwhile(i, end);
      std::thread other;
      if (meanwhile) {
        faults::DuringNextSync([&] {
          other = std::thread([&] {
            Begin(i + 1);
            const std::lock_guard lock(mutex_);
            done_ = true;
            wake_.notify_one();
          });
          std::unique_lock lock(mutex_);
          wake_.wait_for(lock, kMeanwhileMax, [&] { return done_; });
        });
      }
      Must(stores_.engine->Sync(), "a sync");
      Tell(i + 1, kAnswered);
      if (meanwhile) {
        // There may have been nothing to sync.
        const bool begun = !faults::DuringNextSync(nullptr);
        if (begun) {
          other.join();
        } else {
          Begin(i + 1);
        }
        done_ = false;
        Must(stores_.engine->Sync(), "a sync");
        Tell(i + 2, kAnswered);
        ++i;
      }
    }
    if (steps_[i].fold) Must(stores_.events->Fold(), "a fold");
    if (i / kCheckpointEvery != begun_with / kCheckpointEvery) Checkpoint();
    return i + 1;
  }

 private:
  // Every other step that is synced, where the next one is one of documents and runs.
  bool Meanwhile(size_t i, size_t end) const {
    return i % 2 == 0 && i + 1 < end && !steps_[i].fold && !steps_[i + 1].OfFiles();
  }
  // What a backup does: all goes to tables, and a new log begins.
  void Checkpoint() {
    const std::string aside = dir_ + "-checkpoint";
    std::filesystem::remove_all(aside);
    Must(stores_.engine->Checkpoint(aside), "a checkpoint");
    std::filesystem::remove_all(aside);
  }
  void Begin(size_t i) {
    clock_.Set(static_cast<int64_t>(i));
    Tell(i + 1, kBegun);
    Must(stores_.Do(steps_[i], i), "a step");
    if (steps_[i].OfFiles()) Tell(i + 1, kFileAnswered);
  }

  Stores& stores_;
  const std::string& dir_;
  const std::vector<Step>& steps_;
  StepClock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
};

void Put(std::ostream& out, uint64_t number) {
  out.write(reinterpret_cast<const char*>(&number), sizeof(number));
}
void Put(std::ostream& out, const std::string& text) {
  Put(out, text.size());
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
}
uint64_t GetNumber(std::istream& in) {
  uint64_t number = 0;
  in.read(reinterpret_cast<char*>(&number), sizeof(number));
  return number;
}
std::string GetText(std::istream& in) {
  std::string text(in ? GetNumber(in) : 0, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  return text;
}

}  // namespace

Trace RecordTrace(const std::string& dir, int count, uint64_t seed) {
  Trace trace;
  trace.steps = MakeSteps(count, seed);
  StepClock clock;
  faults::Watch(dir, &trace.events);
  for (size_t half = 0; half < 2; ++half) {
    auto stores = Stores::Open(dir, clock);
    Must(stores.status(), "opening");
    Recorder recorder(*stores, dir, trace.steps, clock);
    const size_t end = (half + 1) * trace.steps.size() / 2;
    for (size_t i = half * trace.steps.size() / 2; i < end;) i = recorder.Do(i, end);
  }
  faults::EndWatch();
  return trace;
}

void Save(const Trace& trace, int count, uint64_t seed, const std::string& path) {
  std::ofstream out(path, std::ios::binary);
  Put(out, static_cast<uint64_t>(count));
  Put(out, seed);
  Put(out, trace.events.size());
  for (const faults::Event& e : trace.events) {
    Put(out, static_cast<uint64_t>(e.kind));
    Put(out, e.file);
    Put(out, e.offset);
    Put(out, e.path);
    Put(out, e.to);
    Put(out, e.data);
  }
}

Trace Load(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  Trace trace;
  const auto count = static_cast<int>(GetNumber(in));
  trace.steps = MakeSteps(count, GetNumber(in));
  trace.events.resize(in ? GetNumber(in) : 0);
  for (faults::Event& e : trace.events) {
    e.kind = static_cast<faults::Kind>(GetNumber(in));
    e.file = GetNumber(in);
    e.offset = GetNumber(in);
    e.path = GetText(in);
    e.to = GetText(in);
    e.data = GetText(in);
  }
  if (!in || trace.events.empty()) {
    std::fprintf(stderr, "%s is no record\n", path.c_str());
    std::exit(2);
  }
  return trace;
}

std::vector<Knowledge> Follow(const Trace& trace) {
  std::vector<Knowledge> all;
  Knowledge now;
  all.reserve(trace.events.size() + 1);
  for (const faults::Event& event : trace.events) {
    all.push_back(now);
    if (event.kind != faults::Kind::kMark) continue;
    const size_t steps = event.offset / 4;
    switch (event.offset % 4) {
      case kBegun:
        now.begun = steps;
        now.file_open = trace.steps[steps - 1].OfFiles();
        break;
      case kFileAnswered:
        now.file_open = false;
        break;
      default:
        now.answered = steps;
        break;
    }
  }
  all.push_back(now);
  return all;
}

}  // namespace furrow::powercut
