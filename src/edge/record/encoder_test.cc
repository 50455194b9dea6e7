// SPDX-License-Identifier: Apache-2.0
// What the real-time thread may rely on: recording neither allocates nor calls the system.
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <new>
#include <vector>

#include "edge/record/record_fixture.h"

namespace {
thread_local uint64_t t_allocations = 0;
}  // namespace

// All of this program's memory comes by here; malloc itself is called by nothing that is tested.
void* operator new(size_t size) {
  ++t_allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace furrow::edge {
namespace {

/// A second of everything; the ring is full long before its end.
void RecordAll(LogEncoder& encoder, const FrameView& frame, std::span<const Detection> found) {
  for (int64_t ms = 0; ms < 1000; ++ms) {
    RecordMillisecond(encoder, ms);
    if (ms % 100 == 0) {
      encoder.Frame(frame);
      encoder.Detections(frame, ms * kMillisecond, found);
      encoder.Note("a note");
      encoder.Boom("a boom");
      encoder.Sprayed({});
    }
  }
}

class EncoderTest : public ::testing::Test {
 protected:
  LogEncoder encoder_{64 << 10};
  std::vector<uint8_t> pixels_ = std::vector<uint8_t>(64 * 48);
  FrameView frame_{pixels_.data(), 64, 48, 64, PixelFormat::kBayerRggb8, 0, 0, 0, 0};
  std::array<Detection, 20> found_{};
};

TEST_F(EncoderTest, AllocatesNothing) {
  const uint64_t before = t_allocations;
  RecordAll(encoder_, frame_, found_);
  EXPECT_EQ(t_allocations, before);
  EXPECT_GT(encoder_.dropped(), 0u);
  EXPECT_GT(encoder_.dropped_frames(), 0u);
  EXPECT_GT(encoder_.waiting(), encoder_.capacity() / 2);
}

TEST_F(EncoderTest, CallsNoSystem) {
  const pid_t child = ::fork();
  if (child == 0) {
    // From here on any call but read, write and exit is death.
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) ::_exit(77);
    RecordAll(encoder_, frame_, found_);
    ::syscall(SYS_exit, 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "no seccomp here";
  EXPECT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status);
}

TEST_F(EncoderTest, FramesAreTakenRowByRow) {
  TemporaryFolder top;
  for (size_t i = 0; i < pixels_.size(); ++i) pixels_[i] = static_cast<uint8_t>(i);
  // The right half of the picture.
  frame_.data += 32;
  frame_.width = 32;
  EXPECT_TRUE(encoder_.Frame(frame_));
  frame_.width = 0;
  EXPECT_FALSE(encoder_.Frame(frame_));
  LogOptions options;
  options.thread = false;
  options.reserve_bytes = 4096;
  auto log = LogFile::Open(top / "log", options, {&encoder_});
  ASSERT_TRUE((*log)->Close().ok());
  const auto frames = ReadLog(top / "log").Of<FrameRecord>();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].pixels.size(), 32u * 48);
  EXPECT_EQ(frames[0].pixels[32 * 3 + 5], static_cast<uint8_t>(64 * 3 + 32 + 5));
  EXPECT_EQ(frames[0].View().stride, 32);
}

}  // namespace
}  // namespace furrow::edge
