// SPDX-License-Identifier: Apache-2.0
// Scalar events of many runs. The bodies are built once, in the format of the SDK; a request only
// overwrites the run, the iterations, the times and the values, which keep their widths.
#pragma once

#include <string>
#include <vector>

#include "driver.h"
#include "wire.h"

namespace furrow::loadgen {

struct EventOptions {
  std::vector<std::string> tasks;  ///< ids; connection i takes tasks i, i + connections, ...
  size_t connections = 1;
  size_t events = 100;  ///< of one request
  size_t series = 10;   ///< of one run
  uint64_t seed = 1;
};

class EventWork final : public Work {
 public:
  EventWork(const Target& target, const EventOptions& options);
  std::string_view Next(size_t connection) override;
  int64_t Done(size_t connection, const Answer& answer) override;

  /// Bytes of a line with its newline.
  size_t line_bytes() const { return line_bytes_; }

 private:
  struct Lane {
    std::string request;
    std::vector<size_t> tasks;  // indices into options_.tasks
    size_t turn = 0;
  };

  const EventOptions options_;
  size_t head_bytes_ = 0, line_bytes_ = 0;
  size_t time_at_ = 0, task_at_ = 0, iter_at_ = 0, value_at_ = 0;  // within a line
  std::vector<Lane> lanes_;
  std::vector<uint64_t> iterations_;  // of each task, the next one
  std::string values_;                // many texts of kValueDigits each
  std::string expected_;
  Random random_;
};

}  // namespace furrow::loadgen
