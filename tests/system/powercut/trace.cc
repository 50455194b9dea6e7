// SPDX-License-Identifier: Apache-2.0
#include "system/powercut/trace.h"

#include <cstdio>
#include <cstdlib>

#include "system/powercut/stores.h"

namespace furrow::powercut {
namespace {

enum MarkKind : uint64_t { kBegun, kAnswered, kFileAnswered };

void Must(const Status& status, const char* what) {
  if (status.ok()) return;
  std::fprintf(stderr, "recording: %s: %s\n", what, status.ToString().c_str());
  std::exit(2);
}

void Tell(size_t steps, MarkKind kind) { faults::Mark(steps * 4 + kind); }

}  // namespace

Trace RecordTrace(const std::string& dir, int count, uint64_t seed) {
  Trace trace;
  trace.steps = MakeSteps(count, seed);
  StepClock clock;
  faults::Watch(dir, &trace.events);
  for (size_t half = 0; half < 2; ++half) {
    auto stores = Stores::Open(dir, clock);
    Must(stores.status(), "opening");
    const size_t from = half * trace.steps.size() / 2;
    const size_t to = (half + 1) * trace.steps.size() / 2;
    for (size_t i = from; i < to; ++i) {
      const Step& step = trace.steps[i];
      clock.Set(static_cast<int64_t>(i));
      Tell(i + 1, kBegun);
      Must(stores->Do(step, i), "a step");
      if (step.OfFiles()) Tell(i + 1, kFileAnswered);
      if (step.sync || i + 1 == to) {
        Must(stores->engine->Sync(), "a sync");
        Tell(i + 1, kAnswered);
      }
      if (step.fold) Must(stores->events->Fold(), "a fold");
    }
  }
  faults::EndWatch();
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
