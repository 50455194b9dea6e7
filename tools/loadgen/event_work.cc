// SPDX-License-Identifier: Apache-2.0
#include "event_work.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

namespace furrow::loadgen {
namespace {

constexpr std::string_view kPath = "/v2.23/events.add_batch";
// The first iteration has as many digits as the last.
constexpr uint64_t kFirstIteration = 10'000'000;
constexpr int kIterationDigits = 8;
constexpr uint64_t kFirstTime = 1'700'000'000'000;
constexpr int kTimeDigits = 13;
constexpr size_t kIdBytes = 32;
constexpr size_t kValueDigits = 6;  // after "0."
constexpr size_t kValues = 1u << 16;
constexpr uint64_t kMsPerIteration = 100;

constexpr std::string_view kBeforeTime = R"({"timestamp": )";
constexpr std::string_view kBeforeTask = R"(, "type": "training_stats_scalar", "task": ")";
constexpr std::string_view kBeforeIter = R"(", "iter": )";
constexpr std::string_view kBeforeValue = R"(", "value": 0.)";
constexpr std::string_view kAfterValue =
    R"(, "allow_locked": false, "model_event": false, "method": "get"})";

}  // namespace

EventWork::EventWork(const Target& target, const EventOptions& options)
    : options_(options), iterations_(options.tasks.size(), kFirstIteration), random_(options.seed) {
  std::normal_distribution<double> noise;
  for (size_t i = 0; i < kValues; ++i) {
    const double value = std::clamp(0.5 * (1 + 0.05 * noise(random_)), 0.1, 0.999);
    char digits[kValueDigits];
    PutDigits(digits, static_cast<uint64_t>(std::lround(value * 1e6)), kValueDigits);
    values_.append(digits, kValueDigits);
  }
  const std::string head = Head(target, "GET", kPath, "application/json-lines");
  head_bytes_ = head.size();
  std::string request = head;
  for (size_t i = 0; i < options_.events; ++i) {
    const size_t begin = request.size();
    const auto mark = [&](std::string_view before, size_t bytes) {
      request += before;
      const size_t at = request.size() - begin;
      request.append(bytes, '0');
      return at;
    };
    time_at_ = mark(kBeforeTime, kTimeDigits);
    task_at_ = mark(kBeforeTask, kIdBytes);
    iter_at_ = mark(kBeforeIter, kIterationDigits);
    request +=
        R"(, "metric": "loss", "variant": "train )" + std::to_string(i % options_.series % 10);
    value_at_ = mark(kBeforeValue, kValueDigits);
    request += kAfterValue;
    request += '\n';
    line_bytes_ = request.size() - begin;
  }
  request.pop_back();  // the SDK joins lines
  SetLength(request, head_bytes_);
  lanes_.resize(options_.connections);
  for (size_t i = 0; i < lanes_.size(); ++i) {
    lanes_[i].request = request;
    for (size_t t = i; t < options_.tasks.size(); t += lanes_.size()) lanes_[i].tasks.push_back(t);
  }
  expected_ = "\"added\":" + std::to_string(options_.events);
}

std::string_view EventWork::Next(size_t connection) {
  Lane& lane = lanes_[connection];
  if (lane.tasks.empty()) return {};
  const size_t task = lane.tasks[lane.turn++ % lane.tasks.size()];
  const std::string& id = options_.tasks[task];
  uint64_t& iteration = iterations_[task];
  char* line = lane.request.data() + head_bytes_;
  const uint64_t draw = random_();
  for (size_t i = 0; i < options_.events; ++i, line += line_bytes_) {
    const uint64_t now = iteration + i / options_.series;
    PutDigits(line + time_at_,
              kFirstTime + (now - kFirstIteration) * kMsPerIteration + (draw >> (i % 60) & 3),
              kTimeDigits);
    std::memcpy(line + task_at_, id.data(), kIdBytes);
    PutDigits(line + iter_at_, now, kIterationDigits);
    const size_t value = (draw + i * 7919) % kValues;
    std::memcpy(line + value_at_, values_.data() + value * kValueDigits, kValueDigits);
  }
  iteration += (options_.events + options_.series - 1) / options_.series;
  return lane.request;
}

int64_t EventWork::Done(size_t, const Answer& answer) {
  return answer.body.find(expected_) == std::string_view::npos
             ? -1
             : static_cast<int64_t>(options_.events);
}

}  // namespace furrow::loadgen
