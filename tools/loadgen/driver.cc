// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <memory>

#include <fmt/format.h>

#include "process.h"

namespace furrow::loadgen {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kRefusedPause = kSecond / 10;
constexpr uint64_t kStuck = 60 * kSecond;
constexpr uint32_t kTimer = UINT32_MAX;

class Driver {
 public:
  Driver(const Load& load, Work& work) : load_(load), work_(work) {}
  ~Driver() {
    if (timer_ >= 0) ::close(timer_);
    if (epoll_ >= 0) ::close(epoll_);
  }

  Outcome Run();

 private:
  struct Lane {
    Connection connection;
    std::string_view request;
    uint64_t due = 0;        // when the request was to be sent
    uint64_t resume_at = 0;  // not 0: refused, waits
    bool writing = false;    // epoll watches for room to write
    bool dry = false;
  };

  bool Open();
  void Watch(uint32_t number, bool writing, int operation);
  void Start(uint32_t number, uint64_t due);
  void Advance(uint32_t number);
  void Answered(uint32_t number);
  /// Sends what is due; returns when to look again.
  uint64_t SendDue(uint64_t now);
  void Tick(uint64_t now);
  void Arm(uint64_t when);
  bool Over(uint64_t now) const;
  void Fail(const std::string& why) {
    if (out_.problem.empty()) out_.problem = why;
  }

  const Load& load_;
  Work& work_;
  Outcome out_;
  int epoll_ = -1, timer_ = -1;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::deque<uint32_t> idle_;
  std::vector<uint32_t> paused_;
  size_t busy_ = 0, dry_ = 0;
  uint64_t began_ = 0, measure_from_ = 0, measure_to_ = UINT64_MAX;
  uint64_t sent_ = 0, last_answer_ = 0, next_sample_ = 0;
  bool measuring_ = false;
  double server_cpu_before_ = 0, own_cpu_before_ = 0;
};

bool Driver::Open() {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  timer_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  Watch(kTimer, false, EPOLL_CTL_ADD);
  for (uint32_t i = 0; i < load_.connections; ++i) {
    lanes_.push_back(std::make_unique<Lane>());
    if (!lanes_.back()->connection.Open(load_.port)) {
      Fail(fmt::format("nobody answers on port {}", load_.port));
      return false;
    }
    Watch(i, false, EPOLL_CTL_ADD);
    idle_.push_back(i);
  }
  return true;
}

void Driver::Watch(uint32_t number, bool writing, int operation) {
  epoll_event event{};
  event.events = EPOLLIN | (writing ? EPOLLOUT : 0u);
  event.data.u32 = number;
  ::epoll_ctl(epoll_, operation, number == kTimer ? timer_ : lanes_[number]->connection.fd(),
              &event);
}

void Driver::Start(uint32_t number, uint64_t due) {
  Lane& lane = *lanes_[number];
  lane.request = work_.Next(number);
  if (lane.request.empty()) {
    lane.dry = true;
    ++dry_;
    return;
  }
  lane.due = due;
  ++busy_;
  lane.connection.Send(lane.request);
  Advance(number);
}

void Driver::Advance(uint32_t number) {
  Lane& lane = *lanes_[number];
  const Connection::State state = lane.connection.state();
  if (state == Connection::State::kBroken) return Fail(lane.connection.problem());
  if (state == Connection::State::kAnswered) Answered(number);
  const bool writing = lane.connection.state() == Connection::State::kSending;
  if (writing != lane.writing) {
    lane.writing = writing;
    Watch(number, writing, EPOLL_CTL_MOD);
  }
}

void Driver::Answered(uint32_t number) {
  Lane& lane = *lanes_[number];
  const uint64_t now = Now();
  last_answer_ = now;
  const Answer& answer = lane.connection.answer();
  if (answer.status == 429 || answer.status == 503) {
    if (measuring_) ++out_.refused;
    lane.connection.Finish();
    lane.resume_at = now + kRefusedPause;
    paused_.push_back(number);
    return;
  }
  const int64_t units = answer.status == 200 ? work_.Done(number, answer) : -1;
  if (units < 0) {
    Fail(fmt::format("status {}: {}", answer.status, answer.body.substr(0, 400)));
  } else if (measuring_ && now < measure_to_) {
    ++out_.requests;
    out_.units += static_cast<uint64_t>(units);
    out_.latency.Add(now - lane.due);
    const size_t second = (now - measure_from_) / kSecond;
    if (second >= out_.units_by_second.size()) out_.units_by_second.resize(second + 1, 0);
    out_.units_by_second[second] += static_cast<uint64_t>(units);
  }
  lane.connection.Finish();
  --busy_;
  idle_.push_back(number);
}

uint64_t Driver::SendDue(uint64_t now) {
  for (size_t i = 0; i < paused_.size();) {
    Lane& lane = *lanes_[paused_[i]];
    if (lane.resume_at > now) {
      ++i;
      continue;
    }
    const uint32_t number = paused_[i];
    paused_[i] = paused_.back();
    paused_.pop_back();
    lane.connection.Send(lane.request);
    Advance(number);
  }
  uint64_t next = now + kSecond / 20;
  if (load_.rate <= 0) {
    while (!idle_.empty() && out_.problem.empty() && !Over(now)) {
      const uint32_t number = idle_.back();
      idle_.pop_back();
      Start(number, Now());
    }
    return next;
  }
  const double interval = static_cast<double>(kSecond) / load_.rate;
  const auto due_at = [&](uint64_t n) {
    return began_ + static_cast<uint64_t>(static_cast<double>(n) * interval);
  };
  while (!idle_.empty() && due_at(sent_) <= now && out_.problem.empty() && !Over(now)) {
    const uint32_t number = idle_.front();
    idle_.pop_front();
    const uint64_t due = due_at(sent_++);
    if (measuring_ && now - due > kSecond / 100) ++out_.late;
    Start(number, due);
  }
  return idle_.empty() ? next : std::min(next, due_at(sent_));
}

void Driver::Tick(uint64_t now) {
  if (!measuring_ && now >= measure_from_) {
    measuring_ = true;
    measure_from_ = now;
    if (load_.seconds > 0) {
      measure_to_ = now + static_cast<uint64_t>(load_.seconds * static_cast<double>(kSecond));
    }
    server_cpu_before_ = load_.server ? CpuSeconds(load_.server) : 0;
    own_cpu_before_ = CpuSeconds(::getpid());
  }
  if (load_.server && now >= next_sample_) {
    next_sample_ = now + kSecond / 5;
    out_.server_resident_max = std::max(out_.server_resident_max, ResidentBytes(load_.server));
  }
  if (busy_ > 0 && now > last_answer_ + kStuck) Fail("no answer for a minute");
}

void Driver::Arm(uint64_t when) {
  itimerspec at{};
  at.it_value.tv_sec = static_cast<time_t>(when / kSecond);
  at.it_value.tv_nsec = static_cast<long>(when % kSecond);
  ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &at, nullptr);
}

bool Driver::Over(uint64_t now) const {
  return (measuring_ && now >= measure_to_) || dry_ == lanes_.size();
}

Outcome Driver::Run() {
  if (!Open()) return std::move(out_);
  began_ = last_answer_ = Now();
  measure_from_ = began_ + static_cast<uint64_t>(load_.warm_up_s * static_cast<double>(kSecond));
  std::array<epoll_event, 256> events;
  while (out_.problem.empty()) {
    const uint64_t now = Now();
    Tick(now);
    if (Over(now)) break;
    Arm(SendDue(now));
    const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < n; ++i) {
      const uint32_t number = events[static_cast<size_t>(i)].data.u32;
      if (number == kTimer) {
        uint64_t ticks = 0;
        (void)!::read(timer_, &ticks, sizeof ticks);
        continue;
      }
      Lane& lane = *lanes_[number];
      if (lane.connection.state() == Connection::State::kIdle) {
        // Nothing was asked: the server closed an idle connection.
        if (!lane.connection.Open(load_.port)) Fail("the server is gone");
        Watch(number, false, EPOLL_CTL_ADD);
        continue;
      }
      lane.connection.Progress();
      Advance(number);
    }
  }
  const uint64_t end = std::min(Now(), measure_to_);
  out_.seconds = static_cast<double>(end - measure_from_) / static_cast<double>(kSecond);
  if (load_.server) out_.server_cpu_s = CpuSeconds(load_.server) - server_cpu_before_;
  out_.own_cpu_s = CpuSeconds(::getpid()) - own_cpu_before_;
  return std::move(out_);
}

double Millis(uint64_t nanos) { return static_cast<double>(nanos) / 1e6; }

}  // namespace

Outcome Drive(const Load& load, Work& work) { return Driver(load, work).Run(); }

std::string ToJson(const Outcome& o, std::string_view unit) {
  std::string problem;
  for (const char c : o.problem) {
    if (c == '"' || c == '\\') problem += '\\';
    problem += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  std::string out = fmt::format(
      R"("problem": "{}", "unit": "{}", "requests": {}, "units": {}, "refused": {}, "late": {}, )"
      R"("seconds": {:.3f}, "units_per_s": {:.1f}, "server_cpu_s": {:.2f}, "own_cpu_s": {:.2f}, )"
      R"("server_resident_max": {}, )"
      R"("p50_ms": {:.4f}, "p90_ms": {:.4f}, "p99_ms": {:.4f}, "p999_ms": {:.4f}, )"
      R"("max_ms": {:.4f})",
      problem, unit, o.requests, o.units, o.refused, o.late, o.seconds,
      o.seconds > 0 ? static_cast<double>(o.units) / o.seconds : 0, o.server_cpu_s, o.own_cpu_s,
      o.server_resident_max, Millis(o.latency.Quantile(0.5)), Millis(o.latency.Quantile(0.9)),
      Millis(o.latency.Quantile(0.99)), Millis(o.latency.Quantile(0.999)), Millis(o.latency.max()));
  out += R"(, "units_by_second": [)";
  for (size_t i = 0; i < o.units_by_second.size(); ++i) {
    out += fmt::format("{}{}", i ? ", " : "", o.units_by_second[i]);
  }
  out += R"(], "latency_us": [)";
  bool first = true;
  for (const auto& [end, count] : o.latency.Buckets()) {
    out += fmt::format("{}[{:.1f}, {}]", first ? "" : ", ", static_cast<double>(end) / 1e3, count);
    first = false;
  }
  return out + "]";
}

}  // namespace furrow::loadgen
