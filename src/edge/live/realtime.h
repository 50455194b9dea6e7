// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace furrow::edge {

/// Priorities under SCHED_FIFO, the higher first.
enum class Urgency : int { kCamera = 60, kPose = 70, kDecide = 80 };

/// Called on a thread once it has made ready, before its work begins: a test's hook. Null: nothing.
enum class LiveThread { kDecide, kLook };
using OnThread = void (*)(LiveThread);

/// Puts the calling thread under SCHED_FIFO. False where the system does not allow it; the thread
/// then goes on as it was.
bool MakeUrgent(Urgency urgency) noexcept;

/// Keeps all memory of the process, now and later, from being taken away. False where the system
/// does not allow it (RLIMIT_MEMLOCK).
bool LockMemory() noexcept;

/// Touches the stack that the calling thread may need, so that no page of it is missing later.
void TouchStack() noexcept;

}  // namespace furrow::edge
