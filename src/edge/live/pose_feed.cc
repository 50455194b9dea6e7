// SPDX-License-Identifier: Apache-2.0
#include "edge/live/pose_feed.h"

#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "edge/boom/clock.h"
#include "edge/field/sensing.h"
#include "edge/live/realtime.h"
#include "edge/pose/fuser.h"
#include "edge/pose/gnss_receiver.h"

namespace furrow::edge {
namespace {

constexpr Nanos kPeriod = 10 * kMillisecond;

class Driven : public PoseSource {
 public:
  Driven(const Drive& drive, Nanos start, Microns boom_height, uint64_t seed)
      : start_(start), sensing_(drive, Sensors(boom_height), Fitted(boom_height), seed) {}

  std::optional<Pose> At(Nanos now) override {
    if (now < start_) return std::nullopt;
    sensing_.Hear(now - start_);
    std::optional<Pose> pose = sensing_.PoseAt(now - start_);
    if (pose) pose->t += start_;
    return pose;
  }

 private:
  /// The boom is as high as its cameras and valves are told, and does not swing.
  static SensorOptions Sensors(Microns boom_height) {
    SensorOptions options;
    options.height.height = boom_height;
    return options;
  }
  static FuserOptions Fitted(Microns boom_height) {
    FuserOptions options;
    options.height = true;
    options.boom_height = boom_height;
    return options;
  }

  const Nanos start_;
  Sensing sensing_;
};

class Received : public PoseSource {
 public:
  Received(int fd, Nanos latency) : fd_(fd), receiver_({.latency = latency}), fuser_(Fitted()) {}
  ~Received() override { ::close(fd_); }

  std::optional<Pose> At(Nanos now) override {
    char bytes[4096];
    const ssize_t got = ::read(fd_, bytes, sizeof bytes);
    if (got > 0) {
      fixes_.clear();
      receiver_.Take({bytes, static_cast<size_t>(got)}, now, fixes_);
      for (const GnssFix& fix : fixes_) fuser_.OnGnss(fix);
    }
    return fuser_.At(now);
  }

 private:
  /// The boom is as high as its cameras and valves are told, and does not swing.
  static SensorOptions Sensors(Microns boom_height) {
    SensorOptions options;
    options.height.height = boom_height;
    return options;
  }
  static FuserOptions Fitted() {
    FuserOptions options;
    options.imu = false;
    return options;
  }

  const int fd_;
  GnssReceiver receiver_;
  Fuser fuser_;
  std::vector<GnssFix> fixes_;
};

struct Baud {
  int rate;
  speed_t code;
};
constexpr Baud kBauds[] = {{4800, B4800},     {9600, B9600},     {19200, B19200},
                           {38400, B38400},   {57600, B57600},   {115200, B115200},
                           {230400, B230400}, {460800, B460800}, {921600, B921600}};

/// A line without any of a terminal's manners: bytes as they come.
bool MakeRaw(int fd, int baud) {
  termios line;
  if (::tcgetattr(fd, &line) != 0) return false;
  ::cfmakeraw(&line);
  for (const Baud& one : kBauds) {
    if (one.rate == baud) {
      return ::cfsetspeed(&line, one.code) == 0 && ::tcsetattr(fd, TCSANOW, &line) == 0;
    }
  }
  errno = EINVAL;
  return false;
}

}  // namespace

std::unique_ptr<PoseSource> DrivenPoses(const Drive& drive, Nanos start, Microns boom_height,
                                        uint64_t seed) {
  return std::make_unique<Driven>(drive, start, boom_height, seed);
}

Result<std::unique_ptr<PoseSource>> ReceiverPoses(const std::string& device, int baud,
                                                  Nanos latency) {
  const int fd = ::open(device.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) {
    return Status(Code::kIoError, fmt::format("{}: cannot open: {}", device, ::strerror(errno)));
  }
  if (::isatty(fd) != 0 && !MakeRaw(fd, baud)) {
    const Status failed(Code::kIoError,
                        fmt::format("{}: cannot set {} baud: {}", device, baud, ::strerror(errno)));
    ::close(fd);
    return failed;
  }
  return std::unique_ptr<PoseSource>(std::make_unique<Received>(fd, latency));
}

void PoseFeed::Stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void PoseFeed::Run() {
  MakeUrgent(Urgency::kPose);
  Nanos next = MonotonicNow();
  while (!stop_.load(std::memory_order_relaxed)) {
    SleepUntil(next);
    const Nanos now = MonotonicNow();
    next = std::max(next + kPeriod, now);
    const std::optional<Pose> pose = source_->At(now);
    if (!pose) continue;
    // Without room the deciding thread has stopped, and no pose helps it.
    if (std::byte* place = ring_.Reserve(sizeof *pose)) {
      std::memcpy(place, &*pose, sizeof *pose);
      ring_.Publish();
    }
  }
}

}  // namespace furrow::edge
