// SPDX-License-Identifier: Apache-2.0
#include "system/powercut/judge.h"

#include <chrono>

#include "system/powercut/stores.h"

namespace furrow::powercut {
namespace {

std::string JudgeFiles(const Stores& stores, const Trace& trace, const Knowledge& knows,
                       const Expected& answered) {
  const auto found = stores.ReadFiles();
  if (!found.ok()) return "files: " + found.status().ToString();
  if (*found == answered.files()) return "";
  if (knows.file_open) {
    Expected next = answered;
    next.Apply(trace.steps[knows.begun - 1]);
    if (*found == next.files()) return "";
  }
  std::string text;
  for (const auto& [name, content] : answered.files()) {
    const auto at = found->find(name);
    if (at == found->end()) {
      text += name + " is missing; ";
    } else if (at->second != content) {
      text += name + " holds other bytes; ";
    }
  }
  for (const auto& [name, content] : *found) {
    if (!answered.files().contains(name)) text += name + " should not be there; ";
  }
  text +=
      "found " + std::to_string(found->size()) + " of " + std::to_string(answered.files().size());
  return "files: " + text;
}

}  // namespace

std::string Judge(const std::string& dir, const Trace& trace, const Knowledge& knows,
                  const Expected& answered, double& opening_s) {
  StepClock clock;
  clock.Set(static_cast<int64_t>(knows.begun));
  const auto began = std::chrono::steady_clock::now();
  auto stores = Stores::Open(dir, clock);
  opening_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (!stores.ok()) return "does not open: " + stores.status().ToString();
  auto found = stores->Read();
  if (!found.ok()) return "does not read: " + found.status().ToString();

  // Steps without an answer may be there, but none without those before it.
  Expected expected = answered;
  size_t there = knows.answered;
  std::string difference = Difference(*found, expected.objects());
  const std::string first_difference = difference;
  while (!difference.empty() && there < knows.begun) {
    const Step& step = trace.steps[there++];
    if (step.OfFiles()) continue;
    expected.Apply(step);
    difference = Difference(*found, expected.objects());
  }
  if (!difference.empty()) {
    return "answered " + std::to_string(knows.answered) + " of " + std::to_string(knows.begun) +
           " steps: " + first_difference;
  }
  if (std::string wrong = JudgeFiles(*stores, trace, knows, answered); !wrong.empty()) return wrong;

  // The client comes again with what it has no answer to: log lines must not double.
  for (size_t i = knows.answered; i < knows.begun; ++i) {
    const Step& step = trace.steps[i];
    if (step.OfFiles() || (i < there && !step.HasLines())) continue;
    bool repeat = false;
    if (const Status done = stores->Do(step, i, &repeat); !done.ok()) {
      return "the retry of step " + std::to_string(i) + " fails: " + done.ToString();
    }
    if (repeat != (i < there)) return "step " + std::to_string(i) + " was taken for another";
    if (i >= there) expected.Apply(step);
  }
  found = stores->Read();
  if (!found.ok()) return "does not read after a retry: " + found.status().ToString();
  difference = Difference(*found, expected.objects());
  return difference.empty() ? "" : "after a retry: " + difference;
}

}  // namespace furrow::powercut
