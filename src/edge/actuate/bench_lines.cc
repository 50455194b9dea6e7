// SPDX-License-Identifier: Apache-2.0
#include "edge/actuate/bench_lines.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

namespace furrow::edge {
namespace {

constexpr char kMagic[8] = {'f', 'u', 'r', 'v', 'a', 'l', 'v', '1'};
constexpr size_t kEvents = 65'536;

/// The file, as it lies in memory of a little-endian machine.
struct Image {
  char magic[8];
  std::atomic<uint32_t> nozzles;
  uint32_t spare;
  std::atomic<uint64_t> events;  // ever; event e is at [e % kEvents]
  std::atomic<uint64_t> open[ValveSet::kMax / 64];
  struct Event {
    std::atomic<Nanos> at;
    std::atomic<uint64_t> what;  // nozzle * 2 + open
  } event[kEvents];
};
static_assert(sizeof(Image) == 8 + 8 + 8 + 128 + 16 * kEvents);
static_assert(std::atomic<uint64_t>::is_always_lock_free);

Status Failed(const std::string& path) {
  return Status(errno == ENOENT ? Code::kNotFound : Code::kIoError,
                path + ": " + std::strerror(errno));
}

class BenchLines : public ValveLines {
 public:
  BenchLines(std::string path, size_t nozzles) : path_(std::move(path)), nozzles_(nozzles) {}
  ~BenchLines() override { Release(); }

  Status Open() override {
    int file = -1;
    if (!path_.empty()) {
      file = ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
      if (file < 0) return Failed(path_);
      if (const int wrong = ::posix_fallocate(file, 0, sizeof(Image)); wrong != 0) {
        ::close(file);
        errno = wrong;
        return Failed(path_);
      }
    }
    void* memory = ::mmap(nullptr, sizeof(Image), PROT_READ | PROT_WRITE,
                          MAP_SHARED | (file < 0 ? MAP_ANONYMOUS : 0), file, 0);
    const int wrong = errno;
    if (file >= 0) ::close(file);
    if (memory == MAP_FAILED) {
      errno = wrong;
      return Failed(path_.empty() ? "memory of the bench" : path_);
    }
    image_ = static_cast<Image*>(memory);
    image_->nozzles = static_cast<uint32_t>(nozzles_);
    std::atomic_thread_fence(std::memory_order_release);
    std::memcpy(image_->magic, kMagic, sizeof kMagic);
    return {};
  }

  bool Set(Nanos now, const ValveSet& open) noexcept override {
    if (image_ == nullptr) return false;
    for (size_t n = 0; n < nozzles_; ++n) {
      if (open.Test(n) == driven_.Test(n)) continue;
      const uint64_t number = image_->events.load(std::memory_order_relaxed);
      Image::Event& event = image_->event[number % kEvents];
      event.at.store(now, std::memory_order_relaxed);
      event.what.store(n * 2 + open.Test(n), std::memory_order_relaxed);
      image_->events.store(number + 1, std::memory_order_release);
    }
    for (size_t i = 0; i < open.words.size(); ++i) {
      image_->open[i].store(open.words[i], std::memory_order_release);
    }
    driven_ = open;
    return true;
  }

  std::optional<ValveSet> Read() noexcept override { return driven_; }

  void Release() noexcept override {
    if (image_ != nullptr) ::munmap(image_, sizeof(Image));
    image_ = nullptr;
  }

 private:
  const std::string path_;
  const size_t nozzles_;
  Image* image_ = nullptr;
  ValveSet driven_;
};

}  // namespace

std::unique_ptr<ValveLines> MakeBenchLines(std::string path, size_t nozzles) {
  return std::make_unique<BenchLines>(std::move(path), nozzles);
}

Result<Bench> ReadBench(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return Failed(path);
  struct stat is {};
  if (::fstat(file, &is) != 0 || is.st_size != sizeof(Image)) {
    ::close(file);
    return Status(Code::kInvalidArgument, path + ": is no file of a valve bench");
  }
  void* memory = ::mmap(nullptr, sizeof(Image), PROT_READ, MAP_SHARED, file, 0);
  ::close(file);
  if (memory == MAP_FAILED) return Failed(path);
  const auto* image = static_cast<const Image*>(memory);
  Bench bench;
  const bool good = std::memcmp(image->magic, kMagic, sizeof kMagic) == 0;
  bench.nozzles = static_cast<int>(image->nozzles);
  for (size_t i = 0; i < bench.open.words.size(); ++i) bench.open.words[i] = image->open[i];
  bench.events = image->events;
  for (uint64_t i = bench.events - std::min<uint64_t>(bench.events, kEvents); i < bench.events;
       ++i) {
    const Image::Event& event = image->event[i % kEvents];
    const uint64_t what = event.what;
    bench.latest.push_back({event.at, static_cast<int>(what / 2), what % 2 != 0});
  }
  ::munmap(memory, sizeof(Image));
  if (!good) return Status(Code::kInvalidArgument, path + ": is no file of a valve bench");
  return bench;
}

}  // namespace furrow::edge
