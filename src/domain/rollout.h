// SPDX-License-Identifier: Apache-2.0
// How a release reaches the tractors: the states of a release, the stages of a tractor in it, and
// what follows from them. Pure.
//
//   created --approve--> approved --advance--> rolling --all rings settled--> done
//      \______________________\_____________________\__________halt__________/ --> halted
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace furrow::domain {

enum class ReleaseState : uint8_t { kCreated, kApproved, kRolling, kHalted, kDone };

enum class Stage : uint8_t {
  kWaiting,     ///< its ring has not begun
  kOffered,     ///< its ring has begun; the tractor has not said anything yet
  kFetching,    ///< downloads
  kVerifying,   ///< checks what it has
  kTrying,      ///< runs in shadow
  kRunning,     ///< decides; its figures are watched
  kGood,        ///< watched long enough
  kRefused,     ///< the tractor did not take it
  kRolledBack,  ///< it ran, and what ran before runs again
};

/// "rolled_back" and so on, as on the wire.
std::string_view NameOf(ReleaseState state);
std::string_view NameOf(Stage stage);
std::optional<ReleaseState> ParseReleaseState(std::string_view name);
std::optional<Stage> ParseStage(std::string_view name);

/// True when a tractor may say of itself that it went from one stage to the other. A tractor that
/// lost power may begin again, and reports may be lost, so stages may be repeated and passed over;
/// what is over stays over.
bool MayReport(Stage from, Stage to);

/// Nothing more is to come of the tractor in this release.
bool IsSettled(Stage stage);
/// The tractor does without the bundle.
bool IsFailed(Stage stage);

/// A release as these rules see it.
struct Rollout {
  ReleaseState state = ReleaseState::kCreated;
  int ring = -1;                          ///< index of the ring that began last; -1: none has
  std::vector<std::vector<Stage>> rings;  ///< the stages of each ring's tractors
  int64_t refused_max = 0;                ///< more failed ones halt the release
  bool by_itself = false;                 ///< the next ring begins when one is good
};

/// Why a person may not do that now, for the person; "" when it may be done.
std::string WhyNoApproval(const Rollout& rollout);
/// `over_unsettled`: without waiting for the tractors of the ring before.
std::string WhyNoAdvance(const Rollout& rollout, bool over_unsettled);
std::string WhyNoHalt(const Rollout& rollout);

/// What a release does by itself now.
struct NextStep {
  enum class Kind : uint8_t { kNothing, kHalt, kBeginRing, kEnd };
  Kind kind = Kind::kNothing;
  std::string why;  ///< of kHalt
};
NextStep NextOf(const Rollout& rollout);

/// Which bundle a release wants on a tractor of a ring.
enum class Wanted : uint8_t {
  kNoOther,  ///< the release says nothing about it yet
  kNew,      ///< its own
  kBefore,   ///< what ran before
};
Wanted WantedOf(ReleaseState state, int ring_begun, size_t ring_of_tractor);

}  // namespace furrow::domain
