// SPDX-License-Identifier: Apache-2.0
// A power cut after every change of the disk that a trace recorded.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "system/powercut/board.h"
#include "system/powercut/disk.h"
#include "system/powercut/trace.h"

namespace furrow::powercut {

struct CutOptions {
  bool all = false;  ///< every change; else `points` of them, spread evenly
  int points = 0;
  int only = -1;  ///< that one alone
  uint64_t seed = 1;
  double ready_in = 0;  ///< the stores open within so many seconds; 0: whatever it takes
};

/// What to judge, in the order of the trace.
class Cuts {
 public:
  /// `trace` outlives it.
  Cuts(const Trace& trace, const CutOptions& options);

  size_t size() const { return cuts_.size(); }
  /// Changes of the disk, and those of them that are worth a cut.
  size_t changes() const { return trace_.events.size(); }
  size_t candidates() const { return candidates_; }

  /// Judges what the board gives turns for, in `dir`.
  void Run(Board& board, int process, const std::string& dir) const;

 private:
  struct Cut {
    size_t at;  ///< this many changes have happened
    Mode mode = Mode::kKept;
    // The last of them was torn:
    bool torn = false, zeros = false;
    size_t bytes = 0;
    std::string Name() const;
  };
  class Walk;

  const Trace& trace_;
  const CutOptions options_;
  const std::vector<Knowledge> knows_;
  std::vector<Cut> cuts_;
  size_t candidates_ = 0;
};

}  // namespace furrow::powercut
