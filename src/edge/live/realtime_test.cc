// SPDX-License-Identifier: Apache-2.0
// The real-time path, watched from below: every allocation and every lock of the deciding and the
// looking threads is counted by functions put in place of the C library's, every system call of the
// deciding thread by a filter of the kernel, every page fault by the kernel's own count.
#include <dlfcn.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "edge/boom/clock.h"
#include "edge/boom/standard.h"
#include "edge/live/machine.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__x86_64__)
#define FURROW_WATCHED 0
#else
#define FURROW_WATCHED 1
#endif

#if FURROW_WATCHED
namespace {

thread_local bool watched = false;
std::atomic<int> allocations{0}, locks{0}, calls{0}, last_call{0};

}  // namespace

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);

void* malloc(size_t size) {
  if (watched) ++allocations;
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  if (watched) ++allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* memory, size_t size) {
  if (watched) ++allocations;
  return __libc_realloc(memory, size);
}
int pthread_mutex_lock(pthread_mutex_t* mutex) {
  using Lock = int (*)(pthread_mutex_t*);
  static std::atomic<Lock> real{nullptr};
  if (real == nullptr) real = reinterpret_cast<Lock>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  if (watched) ++locks;
  return real.load()(mutex);
}
}

namespace furrow::edge {
namespace {

/// From here on every system call of this thread but those allowed raises SIGSYS. False where the
/// system does not let a process do that to itself.
bool ForbidCalls() {
  constexpr auto kNumber = static_cast<unsigned>(offsetof(seccomp_data, nr));
  // Ending the thread is no part of its work.
  constexpr unsigned kAllowed[] = {SYS_clock_gettime, SYS_clock_nanosleep, SYS_rt_sigreturn,
                                   SYS_exit,          SYS_madvise,         SYS_munmap,
                                   SYS_rt_sigprocmask};
  sock_filter filter[2 + 2 * std::size(kAllowed)];
  size_t n = 0;
  filter[n++] = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kNumber);
  for (const unsigned call : kAllowed) {
    filter[n++] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
    filter[n++] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  }
  filter[n++] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
  const sock_fprog program{static_cast<unsigned short>(n), filter};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

void OnForbidden(int, siginfo_t* info, void*) {
  ++calls;
  last_call = info->si_syscall;
}

std::atomic<bool> forbidden{false};
std::atomic<pid_t> deciding{0};

void Watch(LiveThread thread) {
  if (thread == LiveThread::kDecide) {
    deciding = static_cast<pid_t>(::syscall(SYS_gettid));
    // The allocator makes itself ready at a thread's first call, which may be when it ends.
    std::free(std::malloc(8));
    forbidden = ForbidCalls();
  }
  watched = true;
}

/// Page faults of a thread, by the kernel's count.
long Faults(pid_t thread) {
  const std::string path = "/proc/self/task/" + std::to_string(thread) + "/stat";
  std::FILE* file = std::fopen(path.c_str(), "r");
  if (file == nullptr) return -1;
  char text[1024] = "";
  const size_t size = std::fread(text, 1, sizeof text - 1, file);
  std::fclose(file);
  text[size] = 0;
  const char* at = std::strrchr(text, ')');
  long minor = 0, major = 0;
  if (at == nullptr ||
      std::sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %ld %*d %ld", &minor, &major) != 2) {
    return -1;
  }
  return minor + major;
}

MachineConfig SmallMachine() {
  MachineConfig config;
  config.boom = StandardBoom(1);
  Camera& camera = config.boom.cameras[0];
  camera.width = 480;
  camera.height = 300;
  camera.focal = 300;
  camera.centre_u = 240;
  camera.centre_v = 150;
  config.boom_text = BoomText(config.boom);
  config.cameras = {0};
  config.capture = CaptureKind::kStock;
  config.stock = 8;
  config.field.width_m = 3;
  config.field.weeds_per_m2 = 5;
  config.speed_mps = 6;
  config.actuate.self_test = false;
  return config;
}

TEST(RealTime, ThePathAllocatesLocksAndCallsNothing) {
  struct sigaction action {};
  action.sa_sigaction = OnForbidden;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGSYS, &action, nullptr);
  allocations = locks = calls = 0;
  char folder[] = "/tmp/furrow_realtime_XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  MachineConfig config = SmallMachine();
  config.log_folder = std::string(folder) + "/log";
  auto machine = Machine::Make(config);
  ASSERT_TRUE(machine.ok()) << machine.status().message();
  ASSERT_TRUE((*machine)->Start(Watch).ok());
  (*machine)->valves().SetMaster(true);
  SleepUntil(MonotonicNow() + kSecond);
  const long before = Faults(deciding);
  SleepUntil(MonotonicNow() + 2 * kSecond);
  const long after = Faults(deciding);
  const Health& health = (*machine)->health();
  EXPECT_GT(health.ticks.get(), 500u);
  EXPECT_GT(health.cameras[0].decided.get(), 5u);
  EXPECT_GT(health.commands.get(), 10u) << "it did its work";
  EXPECT_EQ(allocations, 0);
  EXPECT_EQ(locks, 0);
  EXPECT_EQ(calls, 0) << "the last was " << last_call;
  EXPECT_GE(before, 0);
  // Where memory may not be locked the program says so, and pages may be missing.
  if (health.locked) {
    EXPECT_EQ(after - before, 0) << "page faults";
  }
  EXPECT_TRUE((*machine)->Stop().ok());
  std::filesystem::remove_all(folder);
  if (!forbidden) GTEST_SKIP() << "system calls cannot be watched here";
}

/// What is inserted into the path of the deciding thread: `act` at each tick.
class Inserted : public ValveBus {
 public:
  explicit Inserted(void (*act)()) : act_(act) {}
  bool Send(const ValveOrder&) noexcept override {
    act_();
    return true;
  }
  uint64_t Lapses(Nanos) noexcept override { return 0; }

 private:
  void (*const act_)();
};

/// Half a second of a deciding thread with it.
void DecideWith(void (*act)()) {
  allocations = locks = calls = 0;
  const Boom boom = StandardBoom(1);
  Health health(1);
  Inserted bus(act);
  Valves valves(boom, bus, boom.lease);
  ByteRing poses(1 << 12), findings(1 << 12);
  DeciderOptions options;
  options.on_thread = Watch;
  Decider decider(boom, health, valves, poses, {&findings}, nullptr, options);
  decider.Start();
  SleepUntil(MonotonicNow() + kSecond / 2);
  decider.Stop();
}

TEST(RealTime, WhatIsInsertedIsSeen) {
  DecideWith([] {});
  EXPECT_EQ(allocations + locks + calls, 0);
  DecideWith([] { std::free(std::malloc(8)); });
  EXPECT_GT(allocations, 10);
  DecideWith([] {
    static std::mutex mutex;
    mutex.lock();
    mutex.unlock();
  });
  EXPECT_GT(locks, 10);
  if (!forbidden) GTEST_SKIP() << "system calls cannot be watched here";
  DecideWith([] { static_cast<void>(!::write(2, "", 0)); });
  EXPECT_GT(calls, 10);
  EXPECT_EQ(last_call, SYS_write);
}

}  // namespace
}  // namespace furrow::edge
#endif
