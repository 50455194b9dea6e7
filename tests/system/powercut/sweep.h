// SPDX-License-Identifier: Apache-2.0
// Faults while the stores run: a full disk from the n-th change on, a failed n-th sync.
#pragma once

#include <functional>
#include <string>

#include "system/powercut/board.h"

namespace furrow::powercut {

using Count = std::function<void(const std::string& what, const std::string& wrong)>;

/// Takes turns n at the board until one is beyond the end of the run that it disturbs.
using SweepOne = std::function<void(Board& board, int process, const std::string& dir, int stride,
                                    uint64_t seed)>;

/// For n = 1, 1 + stride, ... to the last change of a short run: the disk is full for forty changes
/// from the n-th on. Reads go on, nothing answered is lost, writes go on by themselves afterwards.
void SweepFull(Board& board, int process, const std::string& dir, int stride, uint64_t seed);
/// One of them.
void FullFrom(const std::string& base, int change, uint64_t seed, const Count& count);

/// For n = 1, 1 + stride, ... to the last sync of a short run: the n-th fails, and every later one
/// of that file. What it would have answered is not answered: after a power cut that loses all that
/// was not synced, and as the disk is without one, the stores hold all that was.
void SweepSyncErrors(Board& board, int process, const std::string& dir, int stride, uint64_t seed);
/// One of them.
void SyncErrorAt(const std::string& base, int sync, uint64_t seed, const Count& count);

}  // namespace furrow::powercut
