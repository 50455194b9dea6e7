// SPDX-License-Identifier: Apache-2.0
// Documents: tasks with twenty parameters each, whose fields match the benchmark's queries in known
// shares (tests/perf/queries.py says which).
#pragma once

#include <string>
#include <vector>

#include "driver.h"
#include "wire.h"

namespace furrow::loadgen {

class TaskWork final : public Work {
 public:
  /// Tasks number 0 to `count` - 1, spread over `projects`.
  TaskWork(const Target& target, std::vector<std::string> projects, size_t count,
           size_t connections);
  std::string_view Next(size_t connection) override;
  int64_t Done(size_t connection, const Answer& answer) override;

  /// The ids the server gave, by number.
  const std::vector<std::string>& ids() const { return ids_; }

 private:
  struct Lane {
    std::string request;
    size_t number = 0;
  };
  const Target target_;
  const std::vector<std::string> projects_;
  std::vector<std::string> ids_;
  std::vector<Lane> lanes_;
  size_t next_ = 0;
};

/// One call after the other from a list, each connection taking the next.
class CallWork final : public Work {
 public:
  explicit CallWork(std::vector<std::string> requests);
  std::string_view Next(size_t connection) override;
  int64_t Done(size_t connection, const Answer& answer) override;

 private:
  const std::vector<std::string> requests_;
  size_t next_ = 0;
};

/// The same request again and again; counts one unit per answer.
class RepeatWork final : public Work {
 public:
  RepeatWork(std::string request, uint64_t times) : request_(std::move(request)), left_(times) {}
  std::string_view Next(size_t) override {
    if (left_ == 0) return {};
    --left_;
    return request_;
  }
  int64_t Done(size_t, const Answer& answer) override {
    body_bytes_ = answer.body_bytes;
    return 1;
  }
  uint64_t body_bytes() const { return body_bytes_; }  ///< of the last answer

 private:
  const std::string request_;
  uint64_t left_;
  uint64_t body_bytes_ = 0;
};

}  // namespace furrow::loadgen
