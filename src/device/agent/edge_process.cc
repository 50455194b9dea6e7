// SPDX-License-Identifier: Apache-2.0
#include "device/agent/edge_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <climits>
#include <fmt/format.h>

namespace furrow::device {
namespace {

using std::chrono::steady_clock;

constexpr off_t kOutputMax = 4 << 20;
constexpr size_t kCaughtMax = 1 << 20;

Status Failed(const std::string& what, int error) {
  return Status(Code::kIoError, what + ": " + std::strerror(error));
}

/// The calling process's number as a line of text, without the C library's help.
void WriteOwnNumber(int file) {
  char text[24];
  size_t at = sizeof text;
  text[--at] = '\n';
  for (auto rest = static_cast<unsigned>(::getpid()); rest > 0; rest /= 10) {
    text[--at] = static_cast<char>('0' + rest % 10);
  }
  if (::pwrite(file, text + at, sizeof text - at, 0) < 0) ::_exit(127);
}

/// Never returns. Only what is allowed between fork and exec.
[[noreturn]] void Become(const std::vector<char*>& words, const char* folder) {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int one : {SIGINT, SIGTERM, SIGPIPE, SIGCHLD}) ::signal(one, SIG_DFL);
  if (::chdir(folder) == 0) ::execvp(words[0], words.data());
  ::_exit(127);
}

std::vector<char*> Words(const std::vector<std::string>& command) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  return words;
}

std::string HowItEnded(int status) {
  if (WIFEXITED(status)) {
    return WEXITSTATUS(status) == 127 ? "it could not be started"
                                      : fmt::format("exit code {}", WEXITSTATUS(status));
  }
  return fmt::format("signal {}", WTERMSIG(status));
}

}  // namespace

std::string FindProgram(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  char own[PATH_MAX];
  const ssize_t size = ::readlink("/proc/self/exe", own, sizeof own);
  if (size > 0) {
    std::string beside(own, static_cast<size_t>(size));
    beside = beside.substr(0, beside.rfind('/') + 1) + name;
    if (::access(beside.c_str(), X_OK) == 0) return beside;
  }
  return name;
}

Result<Ran> RunProgram(const std::vector<std::string>& command, const std::string& folder,
                       double seconds) {
  int out[2], error[2];
  if (::pipe2(out, O_CLOEXEC) != 0) return Failed(command[0], errno);
  if (::pipe2(error, O_CLOEXEC) != 0) {
    ::close(out[0]);
    ::close(out[1]);
    return Failed(command[0], errno);
  }
  const std::vector<char*> words = Words(command);
  const pid_t child = ::fork();
  if (child == 0) {
    ::setpriority(PRIO_PROCESS, 0, 10);
    ::dup2(out[1], 1);
    ::dup2(error[1], 2);
    Become(words, folder.c_str());
  }
  ::close(out[1]);
  ::close(error[1]);
  Ran ran;
  const auto until = steady_clock::now() + std::chrono::duration<double>(seconds);
  bool over = child < 0;
  std::array<pollfd, 2> ends = {{{out[0], POLLIN, 0}, {error[0], POLLIN, 0}}};
  while (!over && (ends[0].fd >= 0 || ends[1].fd >= 0)) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - steady_clock::now());
    if (left.count() <= 0) {
      over = true;
      break;
    }
    ::poll(ends.data(), ends.size(), static_cast<int>(std::min<int64_t>(left.count(), 1000)));
    for (size_t i = 0; i < ends.size(); ++i) {
      if (ends[i].fd < 0 || ends[i].revents == 0) continue;
      char piece[4096];
      const ssize_t n = ::read(ends[i].fd, piece, sizeof piece);
      if (n <= 0) {
        ends[i].fd = -1;
        continue;
      }
      std::string& to = i == 0 ? ran.out : ran.error;
      if (to.size() < kCaughtMax) to.append(piece, static_cast<size_t>(n));
    }
  }
  ::close(out[0]);
  ::close(error[0]);
  if (child < 0) return Status(Code::kUnavailable, command[0] + ": no process can be started");
  if (over) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!over && WIFEXITED(status)) ran.exit_code = WEXITSTATUS(status);
  if (ran.exit_code == 127 && ran.out.empty()) {
    return Status(Code::kNotFound, command[0] + ": cannot be started");
  }
  return ran;
}

EdgeProcess::EdgeProcess(std::vector<std::string> command, std::string folder, std::string lock,
                         std::string output)
    : command_(std::move(command)),
      folder_(std::move(folder)),
      lock_(std::move(lock)),
      output_(std::move(output)) {}

Result<pid_t> EdgeProcess::Spawn(int lock) {
  struct stat about {};
  const bool large = ::stat(output_.c_str(), &about) == 0 && about.st_size > kOutputMax;
  const int out = ::open(output_.c_str(),
                         O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (large ? O_TRUNC : 0), 0644);
  if (out < 0) return Failed(output_, errno);
  const std::vector<char*> words = Words(command_);
  const pid_t child = ::fork();
  if (child == 0) {
    ::setsid();  // what ends the terminal's programs is not meant for it
    ::dup2(out, 1);
    ::dup2(out, 2);
    // Before anything else can happen: who finds the lock held must know by whom. Its descriptor is
    // left open on purpose.
    WriteOwnNumber(lock);
    const int flags = ::fcntl(lock, F_GETFD);
    ::fcntl(lock, F_SETFD, flags & ~FD_CLOEXEC);
    Become(words, folder_.c_str());
  }
  const int error = errno;
  ::close(out);
  if (child < 0) return Failed(command_[0], error);
  return child;
}

Result<bool> EdgeProcess::Start() {
  const int lock = ::open(lock_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return Failed(lock_, errno);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    char text[32] = "";
    const ssize_t size = ::pread(lock, text, sizeof text - 1, 0);
    ::close(lock);
    const long pid = size > 0 ? std::strtol(text, nullptr, 10) : 0;
    if (pid <= 0 || ::kill(static_cast<pid_t>(pid), 0) != 0) {
      return Status(Code::kUnavailable, lock_ + ": is held by a process that is about to end");
    }
    pid_ = static_cast<pid_t>(pid);
    child_ = false;
    return true;
  }
  // An old number must not be taken for that of the process that is started now.
  if (::ftruncate(lock, 0) != 0) {
    ::close(lock);
    return Failed(lock_, errno);
  }
  const auto child = Spawn(lock);
  if (!child.ok()) {
    ::close(lock);
    return child.status();
  }
  ::close(lock);
  pid_ = *child;
  child_ = true;
  return false;
}

bool EdgeProcess::running() {
  if (pid_ < 0) return false;
  if (child_) {
    int status = 0;
    const pid_t got = ::waitpid(pid_, &status, WNOHANG);
    if (got == 0) return true;
    ended_ = got == pid_ ? HowItEnded(status) : "it is gone";
  } else {
    // Its number may have been given to another by now, or be that of a dead one that nobody took
    // note of; the lock does not lie.
    const int lock = ::open(lock_.c_str(), O_RDWR | O_CLOEXEC);
    const bool held = lock >= 0 && ::flock(lock, LOCK_EX | LOCK_NB) != 0;
    if (lock >= 0) ::close(lock);
    if (held) return true;
    ended_ = "it is gone";
  }
  pid_ = -1;
  return false;
}

void EdgeProcess::Signal(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

}  // namespace furrow::device
