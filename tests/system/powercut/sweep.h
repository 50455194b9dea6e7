// SPDX-License-Identifier: Apache-2.0
// Faults while the stores run: a full disk from the n-th change on, a failed n-th sync.
#pragma once

#include <functional>
#include <string>

namespace furrow::powercut {

using Count = std::function<void(const std::string& what, const std::string& wrong)>;

/// For n = 1, 1 + stride, ... to the last change of a short run: the disk is full for forty changes
/// from the n-th on. Reads go on, nothing answered is lost, writes go on by themselves afterwards.
void SweepFull(const std::string& base, int stride, uint64_t seed, const Count& count);
/// One of them.
void FullFrom(const std::string& base, uint64_t change, uint64_t seed, const Count& count);

/// For n = 1, 1 + stride, ... to the last sync of a short run: the n-th fails. What it would have
/// answered is not answered, and opened again the stores hold all that was.
void SweepSyncErrors(const std::string& base, int stride, uint64_t seed, const Count& count);

}  // namespace furrow::powercut
