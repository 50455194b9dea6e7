// SPDX-License-Identifier: Apache-2.0
#include "store/kv/diary.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <mutex>

#include "base/time.h"

namespace furrow::store {
namespace {

constexpr off_t kBytesMax = 1 << 20;

class Diary final : public rocksdb::Logger {
 public:
  explicit Diary(std::string path)
      : Logger(rocksdb::InfoLogLevel::WARN_LEVEL), path_(std::move(path)) {
    Open();
  }
  ~Diary() override {
    if (fd_ >= 0) ::close(fd_);
  }

  void Logv(const char* format, va_list arguments) override {
    char text[2048];
    const int size = std::vsnprintf(text, sizeof(text), format, arguments);
    if (size <= 0) return;
    const std::string line = FormatTime(SystemClock().Now()) + " " + text + "\n";
    const std::lock_guard lock(mutex_);
    struct stat about {};
    if (fd_ >= 0 && ::fstat(fd_, &about) == 0 && about.st_size > kBytesMax) {
      ::close(fd_);
      (void)::rename(path_.c_str(), (path_ + ".old").c_str());
      Open();
    }
    if (fd_ >= 0) (void)!::write(fd_, line.data(), line.size());
  }

 private:
  void Open() { fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600); }

  const std::string path_;
  std::mutex mutex_;
  int fd_ = -1;  // guarded by mutex_
};

}  // namespace

std::shared_ptr<rocksdb::Logger> OpenDiary(const std::string& dir) {
  return std::make_shared<Diary>(dir + "/LOG");
}

}  // namespace furrow::store
