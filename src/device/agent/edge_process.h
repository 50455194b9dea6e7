// SPDX-License-Identifier: Apache-2.0
// furrow-edge as a process: started at most once at a time, whatever becomes of who started it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"

namespace furrow::device {

/// Where a program is that is named without a folder: beside this one, else what PATH finds.
std::string FindProgram(const std::string& name);

struct Ran {
  int exit_code = -1;  // -1: ended by a signal, or killed because its time was over
  std::string out, error;
};
/// Runs a program to its end, at low priority, killed after `seconds`. Its outputs are cut at 1 MB.
Result<Ran> RunProgram(const std::vector<std::string>& command, const std::string& folder,
                       double seconds);

/// One thread. A started process holds `lock`, so that whoever comes later, a restarted
/// furrow-device above all, takes it over instead of starting another.
class EdgeProcess {
 public:
  EdgeProcess(std::vector<std::string> command, std::string folder, std::string lock,
              std::string output);
  /// The process goes on.
  ~EdgeProcess() = default;

  /// Starts it, or takes over one that runs: true then. kUnavailable while one holds the lock whose
  /// number is not known (yet).
  Result<bool> Start();
  bool running();
  void Signal(int signal) const;
  pid_t pid() const { return pid_; }
  /// How the last one ended, for people.
  const std::string& ended() const { return ended_; }

 private:
  Result<pid_t> Spawn(int lock);

  const std::vector<std::string> command_;
  const std::string folder_, lock_, output_;
  pid_t pid_ = -1;
  bool child_ = false;
  std::string ended_;
};

}  // namespace furrow::device
