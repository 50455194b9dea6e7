// SPDX-License-Identifier: Apache-2.0
#include "edge/capture/video_source.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "edge/boom/clock.h"
#include "edge/capture/pace.h"

namespace furrow::edge {
namespace {

constexpr Nanos kPatience = kSecond / 5;
constexpr Nanos kFirstMax = 10 * kSecond;
constexpr size_t kHeadMax = 64;
constexpr int kPipeBytes = 1 << 20;
constexpr size_t kComplaintMax = 300;
/// What holds pictures itself: no playlists, which name other files.
constexpr char kFormats[] = "avi,matroska,webm,mov,mp4,mpegts,mpeg,mjpeg,mpjpeg,h264,hevc,ogg";

/// A child that writes pictures to a pipe, one PPM (P6) after another. One thread.
class Decoder {
 public:
  enum class Step { kPicture, kLater, kEnd };

  ~Decoder() {
    if (pipe_ >= 0) ::close(pipe_);
    if (complaints_ >= 0) ::close(complaints_);
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

  /// False: errno says why.
  bool Start(const std::string& file, bool again) {
    int ends[2];
    complaints_ = ::memfd_create("ffmpeg", MFD_CLOEXEC);
    if (complaints_ < 0 || ::pipe2(ends, O_CLOEXEC) != 0) return false;
    pipe_ = ends[0];
    ::fcntl(pipe_, F_SETFL, O_NONBLOCK);
    ::fcntl(pipe_, F_SETPIPE_SZ, kPipeBytes);
    // Nothing but this file.
    const std::string input = "file:" + file;
    std::vector<const char*> words{"ffmpeg", "-nostdin", "-v", "error", "-threads", "1"};
    if (again) words.insert(words.end(), {"-stream_loop", "-1"});
    words.insert(words.end(), {"-protocol_whitelist", "file", "-format_whitelist", kFormats, "-i",
                               input.c_str(), "-map", "0:v:0", "-fps_mode", "passthrough", "-c:v",
                               "ppm", "-f", "image2pipe", "pipe:1", nullptr});
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, complaints_, STDERR_FILENO);
    // The machine's signals are not ffmpeg's: it ends when its pipe does.
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    const int failed = ::posix_spawnp(&child_, "ffmpeg", &actions, &attributes,
                                      const_cast<char**>(words.data()), environ);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (failed != 0) child_ = -1;
    errno = failed;
    return failed == 0;
  }

  /// Goes on reading into `pixels` until a picture is whole, `until` has come, or there is no more.
  /// The picture before the end of a pipe that is cut off is none.
  Step Read(std::vector<uint8_t>& pixels, Nanos until) {
    while (true) {
      if (!size_ && !TakeHead()) return Step::kEnd;
      if (size_) {
        pixels.resize(static_cast<size_t>(size_->first) * static_cast<size_t>(size_->second) * 3);
        if (done_ == pixels.size()) {
          last_ = *std::exchange(size_, std::nullopt);
          done_ = 0;
          return Step::kPicture;
        }
      }
      // A head ends with the byte before the first pixel, so it is read byte by byte.
      uint8_t byte = 0;
      const ssize_t got = size_ ? ::read(pipe_, pixels.data() + done_, pixels.size() - done_)
                                : ::read(pipe_, &byte, 1);
      if (got == 0) return Step::kEnd;
      if (got > 0) {
        if (size_) done_ += static_cast<size_t>(got);
        if (!size_) head_ += static_cast<char>(byte);
        continue;
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return Step::kEnd;
      const Nanos left = until - MonotonicNow();
      if (left <= 0) return Step::kLater;
      pollfd wait{pipe_, POLLIN, 0};
      ::poll(&wait, 1, static_cast<int>(left / kMillisecond) + 1);
    }
  }

  /// Of the last whole picture.
  std::pair<int, int> size() const { return last_; }

  /// The last line that ffmpeg said.
  std::string Complaint() const {
    char text[kComplaintMax + 1] = "";
    const off_t length = ::lseek(complaints_, 0, SEEK_END);
    const off_t from = std::max<off_t>(length - static_cast<off_t>(kComplaintMax), 0);
    const ssize_t got = ::pread(complaints_, text, kComplaintMax, from);
    std::string_view said(text, got > 0 ? static_cast<size_t>(got) : 0);
    while (said.ends_with('\n')) said.remove_suffix(1);
    return std::string(said.substr(said.rfind('\n') + 1));
  }

 private:
  /// False: what comes is no picture.
  bool TakeHead() {
    if (head_.size() > kHeadMax) return false;
    int width = 0, height = 0, most = 0, length = 0;
    if (head_.empty() || head_.back() != '\n' ||
        std::sscanf(head_.c_str(), "P6 %5d %5d %5d%n", &width, &height, &most, &length) != 3 ||
        static_cast<size_t>(length) + 1 != head_.size()) {
      return true;  // not yet
    }
    head_.clear();
    if (width < 1 || height < 1 || most != 255) return false;
    size_ = {width, height};
    return true;
  }

  pid_t child_ = -1;
  int pipe_ = -1, complaints_ = -1;
  std::string head_;
  std::optional<std::pair<int, int>> size_;  // of the picture that is being read
  std::pair<int, int> last_;
  size_t done_ = 0;  // bytes of it
};

class Video : public FrameSource {
 public:
  Video(std::string file, const Camera& camera, int index)
      : file_(std::move(file)), camera_(camera), index_(index) {}

  Status Open(bool again) {
    if (::access(file_.c_str(), R_OK) != 0) {
      return Status(Code::kNotFound, file_ + ": " + ::strerror(errno));
    }
    if (!decoder_.Start(file_, again)) {
      return Status(Code::kFailedPrecondition,
                    fmt::format("{}: cannot start ffmpeg, which decodes videos: {}", file_,
                                ::strerror(errno)));
    }
    switch (decoder_.Read(next_, MonotonicNow() + kFirstMax)) {
      case Decoder::Step::kPicture:
        break;
      case Decoder::Step::kLater:
        return Status(Code::kUnavailable, file_ + ": no frame within ten seconds");
      case Decoder::Step::kEnd:
        return Status(Code::kInvalidArgument, fmt::format("{}: no video that ffmpeg can read: {}",
                                                          file_, decoder_.Complaint()));
    }
    if (!Fits()) {
      return Status(
          Code::kInvalidArgument,
          fmt::format("{}: {} x {} pixels, camera {} has {} x {}", file_, decoder_.size().first,
                      decoder_.size().second, index_, camera_.width, camera_.height));
    }
    have_ = true;
    return {};
  }

  PixelFormat format() const override { return PixelFormat::kRgb8; }
  void Begin(Nanos start) override { pace_ = Pace(start, ToBillionths(1 / camera_.fps)); }

  Result<Got> Next(FrameSlot& slot) override {
    if (!due_) {
      due_ = pace_.Await(kPatience);
      if (!due_) return Got::kNothing;
    }
    if (!have_) {
      const auto step = decoder_.Read(next_, MonotonicNow() + kPatience);
      if (step == Decoder::Step::kLater) return Got::kNothing;
      if (step == Decoder::Step::kEnd) return Got::kEnd;
      if (!Fits()) {
        return Status(Code::kInvalidArgument, file_ + ": its frames change their size");
      }
    }
    have_ = due_ = false;
    std::swap(slot.pixels, next_);
    slot.view = {
        .data = slot.pixels.data(),
        .width = camera_.width,
        .height = camera_.height,
        .stride = static_cast<ptrdiff_t>(camera_.width) * 3,
        .format = format(),
        .camera = index_,
        .sequence = pace_.number(),
        .captured = pace_.at(),
    };
    return Got::kFrame;
  }

 private:
  bool Fits() const { return decoder_.size() == std::pair(camera_.width, camera_.height); }

  const std::string file_;
  const Camera camera_;
  const int index_;
  Pace pace_;
  Decoder decoder_;
  std::vector<uint8_t> next_;
  bool have_ = false;  // next_ is a whole frame that was not given yet
  bool due_ = false;   // the moment of the next frame has come
};

}  // namespace

Result<std::unique_ptr<FrameSource>> VideoFrames(const std::string& file, const Camera& camera,
                                                 int index, bool again) {
  auto video = std::make_unique<Video>(file, camera, index);
  FURROW_TRY(video->Open(again));
  return std::unique_ptr<FrameSource>(std::move(video));
}

}  // namespace furrow::edge
