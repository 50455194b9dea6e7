// SPDX-License-Identifier: Apache-2.0
// Where the server's log goes: standard error, or a file that is changed for a new one when it is
// full.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include <spdlog/sinks/base_sink.h>

#include "base/status.h"
#include "platform/settings.h"

namespace furrow::platform {

/// PATH, PATH.1 (the one before), PATH.2… A full disk costs lines, never the server: they are
/// counted, and the count is written once there is room again. Thread-safe.
class RotatingFile final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// Appends to what is there. `files_max` counts PATH itself. Errors: kIoError.
  static Result<std::shared_ptr<RotatingFile>> Open(const std::string& path, uint64_t bytes_max,
                                                    int files_max);
  ~RotatingFile() override;
  /// Opens PATH anew: for whoever moved it away.
  void Reopen();

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

 private:
  RotatingFile(std::string path, uint64_t bytes_max, int files_max);
  bool OpenFile();
  void Rotate();
  bool WriteAll(const char* bytes, size_t size);

  const std::string path_;
  const uint64_t bytes_max_;
  const int files_max_;
  int fd_ = -1;
  uint64_t size_ = 0;
  uint64_t lost_ = 0;
};

/// Makes the process's logger as the settings say. Errors: kIoError when the file cannot be opened.
Status StartLog(const Settings& settings);
/// For SIGHUP.
void ReopenLog();

}  // namespace furrow::platform
