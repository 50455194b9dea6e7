// SPDX-License-Identifier: Apache-2.0
#include "fill_work.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace furrow::loadgen {
namespace {

constexpr std::string_view kPath = "/v2.23/events.add_batch";
constexpr std::string_view kType = "application/json-lines";
constexpr int64_t kFirstTime = 1'700'000'000'000;
constexpr size_t kTasksPerRequest = 10;

void Append(std::string& out, int64_t number) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

void Append(std::string& out, double number) {
  char text[40];
  char* const end = std::to_chars(text, text + sizeof text, number).ptr;
  out.append(text, end);
}

double Loss(uint64_t iteration) {
  return 0.3 + 2 * std::exp(-static_cast<double>(iteration) / 30'000);
}

std::string AddedAnswer(size_t events) { return "\"added\":" + std::to_string(events); }

}  // namespace

FillWork::FillWork(const Target& target, FillOptions options)
    : options_(std::move(options)), head_(Head(target, "GET", kPath, kType)) {
  lanes_.resize(options_.connections);
}

bool FillWork::TakeRun(Lane& lane) {
  if (next_run_ == options_.runs.size()) return false;
  lane.run = next_run_++;
  lane.next = 0;
  // By run, not by connection: which one takes it is up to the clock.
  lane.random = Random(options_.seed * 1'000'003 + lane.run);
  lane.noise.reset();
  lane.before.clear();
  lane.after.clear();
  const Run& run = options_.runs[lane.run];
  lane.before.push_back(R"(, "type": "training_stats_scalar", "task": ")" + run.task +
                        R"(", "iter": )");
  for (size_t s = 0; s < run.series; ++s) {
    lane.after.push_back(R"(, "metric": "loss", "variant": "train )" + std::to_string(s) +
                         R"(", "value": )");
  }
  return true;
}

void FillWork::Line(Lane& lane, size_t series, uint64_t iteration, double loss) const {
  std::string& out = lane.request;
  out += R"({"timestamp": )";
  Append(out, kFirstTime + static_cast<int64_t>(iteration) * 100 +
                  static_cast<int64_t>(std::lround(2 * lane.noise(lane.random))));
  out += lane.before.front();
  Append(out, static_cast<int64_t>(iteration));
  out += lane.after[series];
  const auto value = static_cast<float>(loss * (1 + 0.05 * lane.noise(lane.random)));
  if (options_.form == ValueForm::kFloat32) {
    Append(out, static_cast<double>(value));
  } else {
    Append(out, std::round(static_cast<double>(value) * 1e4) / 1e4);
  }
  out += ", \"allow_locked\": false, \"model_event\": false, \"method\": \"get\"}\n";
}

std::string_view FillWork::Next(size_t connection) {
  Lane& lane = lanes_[connection];
  if (lane.run == SIZE_MAX || lane.next == options_.runs[lane.run].iterations) {
    if (!TakeRun(lane)) return {};
  }
  const Run& run = options_.runs[lane.run];
  const uint64_t per_request = std::max<uint64_t>(1, options_.events / run.series);
  const uint64_t end = std::min(run.iterations, lane.next + per_request);
  lane.sent = static_cast<size_t>(end - lane.next) * run.series;
  lane.request = head_;
  for (; lane.next < end; ++lane.next) {
    const double loss = Loss(lane.next);
    for (size_t s = 0; s < run.series; ++s) Line(lane, s, lane.next, loss);
  }
  SetLength(lane.request, head_.size());
  return lane.request;
}

int64_t FillWork::Done(size_t connection, const Answer& answer) {
  const size_t sent = lanes_[connection].sent;
  return answer.body.find(AddedAnswer(sent)) == std::string_view::npos ? -1
                                                                       : static_cast<int64_t>(sent);
}

SprinkleWork::SprinkleWork(const Target& target, std::vector<std::string> tasks, size_t series,
                           size_t connections, uint64_t seed)
    : tasks_(std::move(tasks)),
      series_(series),
      seed_(seed),
      head_(Head(target, "GET", kPath, kType)),
      lanes_(connections) {}

std::string_view SprinkleWork::Next(size_t connection) {
  Lane& lane = lanes_[connection];
  lane.request = head_;
  lane.sent = 0;
  for (size_t i = 0; i < kTasksPerRequest && next_ < tasks_.size(); ++i, ++next_) {
    // Uniform, so that a range of a given width matches a known share.
    Random random(seed_ * 7'919 + next_);
    for (size_t s = 0; s < series_; ++s) {
      const double value = static_cast<double>(random() >> 40) / static_cast<double>(1u << 24);
      lane.request += R"({"timestamp": )";
      Append(lane.request, kFirstTime + static_cast<int64_t>(next_));
      lane.request += R"(, "type": "training_stats_scalar", "task": ")" + tasks_[next_] +
                      R"(", "iter": 1, "metric": "metric )" + std::to_string(s) +
                      R"(", "variant": "total", "value": )";
      Append(lane.request, value);
      lane.request += "}\n";
      ++lane.sent;
    }
  }
  if (lane.sent == 0) return {};
  SetLength(lane.request, head_.size());
  return lane.request;
}

int64_t SprinkleWork::Done(size_t connection, const Answer& answer) {
  const size_t sent = lanes_[connection].sent;
  return answer.body.find(AddedAnswer(sent)) == std::string_view::npos ? -1
                                                                       : static_cast<int64_t>(sent);
}

}  // namespace furrow::loadgen
