// SPDX-License-Identifier: Apache-2.0
#include "convert/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

extern char** environ;

namespace furrow::convert {
namespace {

constexpr size_t kOutputMax = 64 * 1024;

}  // namespace

Result<Ran> Run(const std::vector<std::string>& command) {
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) return Status(Code::kIoError, std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], 1);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], 2);
  std::vector<char*> arguments;
  for (const std::string& one : command) arguments.push_back(const_cast<char*>(one.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int failed =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  if (failed != 0) {
    ::close(pipe[0]);
    return Status(failed == ENOENT ? Code::kNotFound : Code::kIoError,
                  command[0] + ": " + std::strerror(failed));
  }
  Ran ran;
  char piece[4096];
  for (;;) {
    const ssize_t count = ::read(pipe[0], piece, sizeof(piece));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    ran.output.append(piece, static_cast<size_t>(count));
    if (ran.output.size() > 2 * kOutputMax) ran.output.erase(0, ran.output.size() - kOutputMax);
  }
  ::close(pipe[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ran.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

std::string InPath(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string folder;
  for (const char* at = path == nullptr ? "" : path;; ++at) {
    if (*at != ':' && *at != '\0') {
      folder += *at;
      continue;
    }
    const std::string file = (folder.empty() ? "." : folder) + "/" + name;
    if (::access(file.c_str(), X_OK) == 0) return file;
    folder.clear();
    if (*at == '\0') return {};
  }
}

}  // namespace furrow::convert
