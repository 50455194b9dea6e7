// SPDX-License-Identifier: Apache-2.0
#include "domain/rollout.h"

#include <algorithm>
#include <array>

namespace furrow::domain {
namespace {

constexpr std::array<std::string_view, 5> kStates = {"created", "approved", "rolling", "halted",
                                                     "done"};
constexpr std::array<std::string_view, 9> kStages = {"waiting",   "offered", "fetching",
                                                     "verifying", "trying",  "running",
                                                     "good",      "refused", "rolled_back"};

template <typename Enum, size_t N>
std::optional<Enum> Parse(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

bool HasRing(const Rollout& r) {
  return r.ring >= 0 && static_cast<size_t>(r.ring) < r.rings.size();
}

size_t CountUnsettled(const std::vector<Stage>& ring) {
  return static_cast<size_t>(
      std::count_if(ring.begin(), ring.end(), [](Stage s) { return !IsSettled(s); }));
}

int64_t CountFailed(const Rollout& r) {
  int64_t failed = 0;
  for (int i = 0; i <= r.ring && static_cast<size_t>(i) < r.rings.size(); ++i) {
    const auto& ring = r.rings[static_cast<size_t>(i)];
    failed += std::count_if(ring.begin(), ring.end(), IsFailed);
  }
  return failed;
}

bool IsLast(const Rollout& r) { return static_cast<size_t>(r.ring + 1) >= r.rings.size(); }

}  // namespace

std::string_view NameOf(ReleaseState state) { return kStates[static_cast<size_t>(state)]; }
std::string_view NameOf(Stage stage) { return kStages[static_cast<size_t>(stage)]; }
std::optional<ReleaseState> ParseReleaseState(std::string_view name) {
  return Parse<ReleaseState>(kStates, name);
}
std::optional<Stage> ParseStage(std::string_view name) { return Parse<Stage>(kStages, name); }

bool IsFailed(Stage stage) { return stage == Stage::kRefused || stage == Stage::kRolledBack; }
bool IsSettled(Stage stage) { return stage == Stage::kGood || IsFailed(stage); }

bool MayReport(Stage from, Stage to) {
  switch (from) {
    case Stage::kWaiting:
    case Stage::kRefused:
    case Stage::kRolledBack:
      return false;
    case Stage::kOffered:
    case Stage::kFetching:
    case Stage::kVerifying:
    case Stage::kTrying:
      return to > Stage::kOffered;
    case Stage::kRunning:
      return to >= Stage::kRunning;
    case Stage::kGood:
      return to == Stage::kRolledBack;
  }
  return false;
}

std::string WhyNoApproval(const Rollout& r) {
  if (r.state == ReleaseState::kCreated) return "";
  return "the release is " + std::string(NameOf(r.state)) + ", only a created one is approved";
}

std::string WhyNoAdvance(const Rollout& r, bool over_unsettled) {
  if (r.state == ReleaseState::kCreated) return "the release is not approved";
  if (r.state == ReleaseState::kHalted || r.state == ReleaseState::kDone) {
    return "the release is " + std::string(NameOf(r.state));
  }
  if (IsLast(r)) return "the last ring has begun already";
  if (!HasRing(r) || over_unsettled) return "";
  const auto& ring = r.rings[static_cast<size_t>(r.ring)];
  const size_t left = CountUnsettled(ring);
  if (left == 0) return "";
  return std::to_string(left) + " of " + std::to_string(ring.size()) + " tractors of ring " +
         std::to_string(r.ring + 1) + " are not done";
}

std::string WhyNoHalt(const Rollout& r) {
  return r.state == ReleaseState::kHalted ? "the release is halted already" : "";
}

NextStep NextOf(const Rollout& r) {
  if (r.state != ReleaseState::kRolling || !HasRing(r)) return {};
  if (const int64_t failed = CountFailed(r); failed > r.refused_max) {
    return {NextStep::Kind::kHalt, std::to_string(failed) +
                                       " tractors refused it or went back, at most " +
                                       std::to_string(r.refused_max) + " may"};
  }
  if (CountUnsettled(r.rings[static_cast<size_t>(r.ring)]) > 0) return {};
  if (IsLast(r)) {
    // A ring that was advanced over may still be at work.
    const bool settled = std::all_of(r.rings.begin(), r.rings.end(),
                                     [](const auto& ring) { return CountUnsettled(ring) == 0; });
    return {settled ? NextStep::Kind::kEnd : NextStep::Kind::kNothing, ""};
  }
  return {r.by_itself ? NextStep::Kind::kBeginRing : NextStep::Kind::kNothing, ""};
}

Wanted WantedOf(ReleaseState state, int ring_begun, size_t ring_of_tractor) {
  if (ring_begun < 0 || ring_of_tractor > static_cast<size_t>(ring_begun)) return Wanted::kNoOther;
  return state == ReleaseState::kHalted ? Wanted::kBefore : Wanted::kNew;
}

}  // namespace furrow::domain
