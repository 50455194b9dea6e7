// SPDX-License-Identifier: Apache-2.0
#include "domain/task_status.h"

#include <algorithm>
#include <array>

namespace furrow::domain {
namespace {

using S = TaskStatus;

constexpr std::array<std::string_view, 10> kNames = {
    "created",   "queued", "in_progress", "stopped",   "publishing",
    "published", "closed", "failed",      "completed", "unknown",
};

constexpr uint16_t Bit(S s) { return static_cast<uint16_t>(1u << static_cast<unsigned>(s)); }
template <typename... T>
constexpr uint16_t Set(T... s) {
  return static_cast<uint16_t>((0u | ... | Bit(s)));
}

// From each status, those that may follow it.
constexpr std::array<uint16_t, 10> kFollowers = {
    /* created     */ Set(S::kQueued, S::kInProgress),
    /* queued      */ Set(S::kCreated, S::kInProgress, S::kStopped),
    /* in_progress */ Set(S::kStopped, S::kFailed, S::kCreated, S::kCompleted),
    /* stopped     */
    Set(S::kClosed, S::kCreated, S::kFailed, S::kQueued, S::kInProgress, S::kPublished,
        S::kPublishing, S::kCompleted),
    /* publishing  */ Set(S::kPublished),
    /* published   */ Set(),
    /* closed      */ Set(S::kCreated, S::kFailed, S::kPublished, S::kPublishing, S::kStopped),
    /* failed      */ Set(S::kCreated, S::kStopped, S::kPublished, S::kQueued),
    /* completed   */ Set(S::kPublished, S::kInProgress, S::kCreated),
    /* unknown     */ Set(),
};

constexpr std::string_view kTypes[] = {
    "training", "testing",    "inference",         "data_processing", "application",
    "monitor",  "controller", "optimizer",         "service",         "qc",
    "custom",   "annotation", "annotation_manual", "dataset_import",
};

}  // namespace

std::string_view StatusName(TaskStatus status) { return kNames[static_cast<size_t>(status)]; }

std::optional<TaskStatus> ParseStatus(std::string_view name) {
  const auto it = std::find(kNames.begin(), kNames.end(), name);
  if (it == kNames.end()) return std::nullopt;
  return static_cast<TaskStatus>(it - kNames.begin());
}

bool MayFollow(TaskStatus from, TaskStatus to) {
  return from == to || (kFollowers[static_cast<size_t>(from)] & Bit(to)) != 0;
}

bool IsFinal(TaskStatus status) {
  return status == S::kStopped || status == S::kPublished || status == S::kClosed ||
         status == S::kFailed || status == S::kCompleted;
}

bool IsTaskType(std::string_view type) {
  return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

}  // namespace furrow::domain
