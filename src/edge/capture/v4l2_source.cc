// SPDX-License-Identifier: Apache-2.0
#include "edge/capture/v4l2_source.h"

#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "edge/boom/clock.h"

namespace furrow::edge {
namespace {

constexpr int kBuffers = 4;
constexpr int kPatienceMs = 200;

int Control(int fd, unsigned long request, void* argument) {
  int rc = 0;
  do {
    rc = ::ioctl(fd, request, argument);
  } while (rc < 0 && errno == EINTR);
  return rc;
}

class Device : public FrameSource {
 public:
  Device(std::string name, const Camera& camera, int index, Nanos exposure)
      : name_(std::move(name)), camera_(camera), index_(index), exposure_(exposure) {}

  ~Device() override {
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    if (fd_ >= 0) Control(fd_, VIDIOC_STREAMOFF, &type);
    for (const auto& [at, length] : mapped_) {
      if (at != nullptr) ::munmap(at, length);
    }
    if (fd_ >= 0) ::close(fd_);
  }

  Status Open() {
    fd_ = ::open(name_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd_ < 0) return Failed("open");
    v4l2_capability able{};
    if (Control(fd_, VIDIOC_QUERYCAP, &able) < 0) return Failed("ask what it is");
    if ((able.device_caps & V4L2_CAP_VIDEO_CAPTURE) == 0 ||
        (able.device_caps & V4L2_CAP_STREAMING) == 0) {
      return Lacks("it does not stream video");
    }
    FURROW_TRY(SetFormat());
    return StartStream();
  }

  Result<Got> Next(FrameSlot& slot) override {
    pollfd ready{fd_, POLLIN, 0};
    const int count = ::poll(&ready, 1, kPatienceMs);
    if (count == 0 || (count < 0 && errno == EINTR)) return Got::kNothing;
    if (count < 0) return Failed("wait for a frame");
    v4l2_buffer buffer = Empty(0);
    if (Control(fd_, VIDIOC_DQBUF, &buffer) < 0) {
      if (errno == EAGAIN) return Got::kNothing;
      return Failed("take a frame");
    }
    const bool whole = (buffer.flags & V4L2_BUF_FLAG_ERROR) == 0 &&
                       buffer.bytesused >= stride_ * static_cast<size_t>(camera_.height);
    if (whole) {
      const auto* from = static_cast<const uint8_t*>(mapped_[buffer.index].at);
      slot.pixels.assign(from, from + stride_ * static_cast<size_t>(camera_.height));
      const Nanos stamp = buffer.timestamp.tv_sec * kSecond + buffer.timestamp.tv_usec * 1000;
      slot.view = {.data = slot.pixels.data(),
                   .width = camera_.width,
                   .height = camera_.height,
                   .stride = static_cast<ptrdiff_t>(stride_),
                   .format = PixelFormat::kBayerRggb8,
                   .camera = index_,
                   .sequence = buffer.sequence,
                   .captured = MiddleOfExposure(stamp, buffer.flags, exposure_, 0),
                   .exposure = exposure_};
    }
    if (Control(fd_, VIDIOC_QBUF, &buffer) < 0) return Failed("give a buffer back");
    return whole ? Got::kFrame : Got::kNothing;
  }

 private:
  struct Mapped {
    void* at = nullptr;
    size_t length = 0;
  };

  Status Failed(std::string_view what) const {
    return Status(Code::kIoError, fmt::format("{}: cannot {}: {}", name_, what, strerror(errno)));
  }
  Status Lacks(std::string_view what) const {
    return Status(Code::kInvalidArgument, fmt::format("{}: {}", name_, what));
  }
  static v4l2_buffer Empty(uint32_t index) {
    v4l2_buffer buffer{};
    buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    buffer.memory = V4L2_MEMORY_MMAP;
    buffer.index = index;
    return buffer;
  }

  Status SetFormat() {
    v4l2_format format{};
    format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    format.fmt.pix.width = static_cast<uint32_t>(camera_.width);
    format.fmt.pix.height = static_cast<uint32_t>(camera_.height);
    format.fmt.pix.pixelformat = V4L2_PIX_FMT_SRGGB8;
    format.fmt.pix.field = V4L2_FIELD_NONE;
    if (Control(fd_, VIDIOC_S_FMT, &format) < 0) return Failed("set the format");
    const v4l2_pix_format& got = format.fmt.pix;
    if (got.pixelformat != V4L2_PIX_FMT_SRGGB8) return Lacks("it gives no RGGB frames of 8 bits");
    if (got.width != static_cast<uint32_t>(camera_.width) ||
        got.height != static_cast<uint32_t>(camera_.height)) {
      return Lacks(fmt::format("it gives frames of {} x {}, the boom's file says {} x {}",
                               got.width, got.height, camera_.width, camera_.height));
    }
    stride_ = got.bytesperline;
    v4l2_streamparm rate{};
    rate.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    rate.parm.capture.timeperframe = {1000, static_cast<uint32_t>(std::lround(camera_.fps * 1000))};
    // A camera that is triggered from outside has no rate to set.
    Control(fd_, VIDIOC_S_PARM, &rate);
    return {};
  }

  Status StartStream() {
    v4l2_requestbuffers ask{};
    ask.count = kBuffers;
    ask.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    ask.memory = V4L2_MEMORY_MMAP;
    if (Control(fd_, VIDIOC_REQBUFS, &ask) < 0) return Failed("have buffers");
    if (ask.count < 2) return Lacks("it has no buffers to map");
    for (uint32_t i = 0; i < std::min<uint32_t>(ask.count, kBuffers); ++i) {
      v4l2_buffer buffer = Empty(i);
      if (Control(fd_, VIDIOC_QUERYBUF, &buffer) < 0) return Failed("ask for a buffer");
      if ((buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) != V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC) {
        return Lacks("its time stamps are not of the monotonic clock");
      }
      void* at =
          ::mmap(nullptr, buffer.length, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, buffer.m.offset);
      if (at == MAP_FAILED) return Failed("map a buffer");
      mapped_[i] = {at, buffer.length};
      if (buffer.length < stride_ * static_cast<size_t>(camera_.height)) {
        return Lacks("its buffers do not hold a frame");
      }
      if (Control(fd_, VIDIOC_QBUF, &buffer) < 0) return Failed("give a buffer");
    }
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    if (Control(fd_, VIDIOC_STREAMON, &type) < 0) return Failed("start");
    return {};
  }

  const std::string name_;
  const Camera camera_;
  const int index_;
  const Nanos exposure_;
  int fd_ = -1;
  size_t stride_ = 0;
  std::array<Mapped, kBuffers> mapped_;
};

}  // namespace

Nanos MiddleOfExposure(Nanos stamp, uint32_t flags, Nanos exposure, Nanos readout) {
  if ((flags & V4L2_BUF_FLAG_TSTAMP_SRC_MASK) == V4L2_BUF_FLAG_TSTAMP_SRC_SOE) {
    return stamp + exposure / 2;
  }
  return stamp - readout - exposure / 2;
}

Result<std::unique_ptr<FrameSource>> V4l2Frames(const std::string& device, const Camera& camera,
                                                int index, Nanos exposure) {
  auto opened = std::make_unique<Device>(device, camera, index, exposure);
  FURROW_TRY(opened->Open());
  return std::unique_ptr<FrameSource>(std::move(opened));
}

}  // namespace furrow::edge
