// SPDX-License-Identifier: Apache-2.0
#include "platform/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace furrow::platform {
namespace {

// The process has one logger.
std::shared_ptr<RotatingFile>& File() {
  static std::shared_ptr<RotatingFile> file;
  return file;
}

}  // namespace

RotatingFile::RotatingFile(std::string path, uint64_t bytes_max, int files_max)
    : path_(std::move(path)), bytes_max_(bytes_max), files_max_(files_max) {}

RotatingFile::~RotatingFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::shared_ptr<RotatingFile>> RotatingFile::Open(const std::string& path,
                                                         uint64_t bytes_max, int files_max) {
  std::shared_ptr<RotatingFile> out(new RotatingFile(path, bytes_max, files_max));
  if (out->OpenFile()) return out;
  return Status(Code::kIoError, "the log file " + path + ": " + std::strerror(errno));
}

bool RotatingFile::OpenFile() {
  // 0640: a log names tasks and addresses, which are not everybody's business.
  fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  struct stat about {};
  size_ = fd_ >= 0 && ::fstat(fd_, &about) == 0 ? static_cast<uint64_t>(about.st_size) : 0;
  return fd_ >= 0;
}

void RotatingFile::Reopen() {
  const std::lock_guard lock(mutex_);
  if (fd_ >= 0) ::close(fd_);
  OpenFile();
}

void RotatingFile::Rotate() {
  const auto numbered = [&](int n) { return n == 0 ? path_ : path_ + "." + std::to_string(n); };
  if (files_max_ <= 1) ::unlink(path_.c_str());
  for (int n = files_max_ - 1; n > 0; --n) {
    (void)std::rename(numbered(n - 1).c_str(), numbered(n).c_str());
  }
  if (fd_ >= 0) ::close(fd_);
  OpenFile();
}

bool RotatingFile::WriteAll(const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t n = ::write(fd_, bytes, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes += n;
    size -= static_cast<size_t>(n);
    size_ += static_cast<uint64_t>(n);
  }
  return true;
}

void RotatingFile::sink_it_(const spdlog::details::log_msg& message) {
  spdlog::memory_buf_t line;
  formatter_->format(message, line);
  if (size_ > 0 && size_ + line.size() > bytes_max_) Rotate();
  if (fd_ < 0 && !OpenFile()) {
    ++lost_;
    return;
  }
  if (lost_ > 0) {
    const std::string gap = "... " + std::to_string(lost_) + " lines could not be written\n";
    if (!WriteAll(gap.data(), gap.size())) {
      ++lost_;
      return;
    }
    lost_ = 0;
  }
  if (!WriteAll(line.data(), line.size())) ++lost_;
}

Status StartLog(const Settings& settings) {
  std::shared_ptr<spdlog::logger> logger;
  if (settings.log_file.empty()) {
    logger = spdlog::stderr_color_mt("furrow");
  } else {
    FURROW_ASSIGN(File(), RotatingFile::Open(settings.log_file,
                                             static_cast<uint64_t>(settings.log_file_mb) << 20,
                                             static_cast<int>(settings.log_files)));
    logger = std::make_shared<spdlog::logger>("furrow", File());
  }
  spdlog::set_default_logger(std::move(logger));
  spdlog::set_level(
      spdlog::level::from_str(settings.log_level == "warn" ? "warning" : settings.log_level));
  return {};
}

void ReopenLog() {
  if (File()) File()->Reopen();
}

}  // namespace furrow::platform
