// SPDX-License-Identifier: Apache-2.0
// The life of a task: its statuses and which may follow which. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace furrow::domain {

enum class TaskStatus : uint8_t {
  kCreated,
  kQueued,
  kInProgress,
  kStopped,
  kPublishing,
  kPublished,
  kClosed,
  kFailed,
  kCompleted,
  kUnknown,
};

/// "in_progress" and so on, as on the wire.
std::string_view StatusName(TaskStatus status);
std::optional<TaskStatus> ParseStatus(std::string_view name);

/// True when a task may go from one status to another without force. To stay is allowed.
bool MayFollow(TaskStatus from, TaskStatus to);

/// True for statuses in which a run is over.
bool IsFinal(TaskStatus status);

/// The types a task may have, as clients know them; an unknown one would break their parsers.
bool IsTaskType(std::string_view type);

}  // namespace furrow::domain
