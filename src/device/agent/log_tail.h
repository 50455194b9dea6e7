// SPDX-License-Identifier: Apache-2.0
// Follows the log of a running furrow-edge, block by block, as it grows.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/status.h"
#include "edge/record/record.h"

namespace furrow::device {

/// Of one log's folder. One thread.
class LogTail {
 public:
  explicit LogTail(std::string folder) : folder_(std::move(folder)) {}

  /// Gives what has come since the last call, at most about `bytes_max` of the files. True: there
  /// is more. What is damaged is passed over and counted. Errors name the file: kIoError.
  Result<bool> Read(uint64_t bytes_max, const std::function<void(const edge::Record&)>& take);

  /// The log says that it was closed.
  bool closed() const { return closed_; }
  /// The segment that is being read: those below it are whole.
  uint32_t segment() const { return segment_; }
  uint64_t damaged() const { return damaged_; }

 private:
  const std::string folder_;
  uint32_t segment_ = 1;
  uint64_t offset_ = 0;
  uint64_t damaged_ = 0;
  bool closed_ = false;
};

}  // namespace furrow::device
