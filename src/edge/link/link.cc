// SPDX-License-Identifier: Apache-2.0
#include "edge/link/link.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include <fmt/format.h>

#include "base/crc32c.h"
#include "edge/boom/clock.h"

namespace furrow::edge {
namespace {

constexpr char kMagic[8] = "FRWLINK";
constexpr uint32_t kVersion = 1;
constexpr uint32_t kEvents = 256, kCommands = 23;
constexpr size_t kEventText = 192, kFolderText = 480;

struct Header {
  char magic[8];
  uint32_t version, bytes, events, commands, zero, crc;
  uint64_t epoch, pid;
  char spare[80];
};
struct FiguresBlock {
  uint64_t sequence;
  int64_t values[kFigureCount];
};
struct Counters {
  uint64_t events_in, events_out, events_lost;
  uint64_t spare[5];
  uint64_t commands_in, commands_out;
  uint64_t spare_too[6];
};
struct EventPlace {
  uint64_t number;
  uint32_t kind, crc;
  uint64_t epoch;
  int64_t at;
  uint64_t command;
  double disagreement, p99_ms;
  uint64_t frames;
  char text[kEventText];
};
struct CommandPlace {
  uint64_t number;
  uint32_t kind, crc;
  uint64_t epoch;
  double seconds;
  char folder[kFolderText];
};
struct Layout {
  Header header;
  FiguresBlock figures;
  Counters counters;
  EventPlace events[kEvents];
  CommandPlace commands[kCommands];
};
static_assert(sizeof(Header) == 128 && sizeof(FiguresBlock) == 512 && sizeof(Counters) == 128);
static_assert(sizeof(EventPlace) == 256 && sizeof(CommandPlace) == 512);
static_assert(offsetof(Layout, events) == 768 && offsetof(Layout, commands) == 66'304);
static_assert(sizeof(Layout) == 78'080);
static_assert(std::atomic_ref<uint64_t>::is_always_lock_free);

uint64_t Load(uint64_t& place, std::memory_order order = std::memory_order_acquire) {
  return std::atomic_ref<uint64_t>(place).load(order);
}
void Store(uint64_t& place, uint64_t value, std::memory_order order = std::memory_order_release) {
  std::atomic_ref<uint64_t>(place).store(value, order);
}

uint32_t HeaderCrc(const Header& header) { return Crc32c(0, &header, offsetof(Header, crc)); }
template <typename Place>
uint32_t PlaceCrc(const Place& place) {
  const uint32_t crc = Crc32c(0, &place, offsetof(Place, crc));
  constexpr size_t kBehind = offsetof(Place, crc) + sizeof(uint32_t);
  return Crc32c(crc, reinterpret_cast<const char*>(&place) + kBehind, sizeof place - kBehind);
}

/// Up to the first zero.
std::string TextOf(const char* text, size_t most) { return {text, ::strnlen(text, most)}; }

Status Failed(const std::string& path, int error) {
  const Code code = error == ENOENT                      ? Code::kNotFound
                    : error == ENOSPC || error == EDQUOT ? Code::kUnavailable
                                                         : Code::kIoError;
  return Status(code, path + ": " + std::strerror(error));
}

Status Refused(const std::string& path, const std::string& why) {
  return Status(Code::kCorruption, path + ": is no edge link: " + why);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

/// The mapping, checked.
class LinkFile {
 public:
  static Result<std::unique_ptr<LinkFile>> Map(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file.get() < 0) {
      return errno == ELOOP ? Refused(path, "it is a link") : Failed(path, errno);
    }
    struct stat about {};
    if (::fstat(file.get(), &about) != 0) return Failed(path, errno);
    if (!S_ISREG(about.st_mode)) return Refused(path, "it is no regular file");
    if (about.st_uid != ::geteuid() || (about.st_mode & 077) != 0) {
      return Refused(path, "others may write it or read it; its mode must be 0600");
    }
    if (about.st_size != static_cast<off_t>(sizeof(Layout))) {
      return Refused(path, fmt::format("it has {} bytes, not {}", about.st_size, sizeof(Layout)));
    }
    void* memory =
        ::mmap(nullptr, sizeof(Layout), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (memory == MAP_FAILED) return Failed(path, errno);
    std::unique_ptr<LinkFile> link(new LinkFile(path, about, static_cast<Layout*>(memory)));
    const Header& header = link->layout().header;
    if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) {
      return Refused(path, "it does not begin with FRWLINK");
    }
    if (header.version != kVersion) {
      return Refused(path, fmt::format("its version is {}, not {}", header.version, kVersion));
    }
    if (header.crc != HeaderCrc(header) || header.bytes != sizeof(Layout) ||
        header.events != kEvents || header.commands != kCommands) {
      return Refused(path, "its header is damaged");
    }
    return link;
  }

  /// A new file in the place of whatever is there.
  static Status Create(const std::string& path) {
    const std::string fresh = path + ".new";
    ::unlink(fresh.c_str());
    {
      const Descriptor file(
          ::open(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
      if (file.get() < 0) return Failed(fresh, errno);
      // Every page has its place on the disk, so that no write into the mapping finds it full.
      if (const int error = ::posix_fallocate(file.get(), 0, sizeof(Layout)); error != 0) {
        ::unlink(fresh.c_str());
        return Failed(fresh, error);
      }
      Header header{};
      std::memcpy(header.magic, kMagic, sizeof kMagic);
      header.version = kVersion;
      header.bytes = sizeof(Layout);
      header.events = kEvents;
      header.commands = kCommands;
      header.crc = HeaderCrc(header);
      if (::pwrite(file.get(), &header, sizeof header, 0) != sizeof header) {
        const int error = errno;
        ::unlink(fresh.c_str());
        return Failed(fresh, error);
      }
    }
    if (::rename(fresh.c_str(), path.c_str()) != 0) return Failed(path, errno);
    return {};
  }

  ~LinkFile() { ::munmap(layout_, sizeof(Layout)); }
  LinkFile(const LinkFile&) = delete;
  LinkFile& operator=(const LinkFile&) = delete;

  Layout& layout() { return *layout_; }
  bool current() const {
    struct stat about {};
    return ::stat(path_.c_str(), &about) == 0 && about.st_ino == inode_ && about.st_dev == device_;
  }
  const std::string& path() const { return path_; }

 private:
  LinkFile(std::string path, const struct stat& about, Layout* layout)
      : path_(std::move(path)), inode_(about.st_ino), device_(about.st_dev), layout_(layout) {}
  const std::string path_;
  const ino_t inode_;
  const dev_t device_;
  Layout* const layout_;
};

EdgeLink::EdgeLink(std::unique_ptr<LinkFile> file, std::string refused)
    : file_(std::move(file)), refused_(std::move(refused)) {}
EdgeLink::~EdgeLink() = default;

Result<std::unique_ptr<EdgeLink>> EdgeLink::Open(const std::string& path) {
  auto file = LinkFile::Map(path);
  std::string refused;
  if (!file.ok()) {
    const Code code = file.status().code();
    if (code != Code::kNotFound && code != Code::kCorruption) return file.status();
    if (code == Code::kCorruption) refused = file.status().message();
    FURROW_TRY(LinkFile::Create(path));
    file = LinkFile::Map(path);
    if (!file.ok()) return file.status();
  }
  Layout& layout = (*file)->layout();
  Store(layout.header.epoch, Load(layout.header.epoch) + 1);
  Store(layout.header.pid, static_cast<uint64_t>(::getpid()));
  // What was asked of a process that is gone is void.
  Store(layout.counters.commands_out, Load(layout.counters.commands_in));
  if (Load(layout.counters.events_in) - Load(layout.counters.events_out) > kEvents) {
    Store(layout.counters.events_in, Load(layout.counters.events_out));
  }
  const uint64_t sequence = Load(layout.figures.sequence);
  if (sequence % 2 != 0) Store(layout.figures.sequence, sequence + 1);
  std::unique_ptr<EdgeLink> link(new EdgeLink(std::move(file).value(), std::move(refused)));
  link->Tell({});
  return link;
}

void EdgeLink::Tell(const LinkFigures& figures) {
  FiguresBlock& block = file_->layout().figures;
  const uint64_t sequence = Load(block.sequence, std::memory_order_relaxed) | 1;
  Store(block.sequence, sequence, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  for (size_t i = 0; i < kFigureCount; ++i) {
    std::atomic_ref<int64_t>(block.values[i]).store(figures.values()[i], std::memory_order_relaxed);
  }
  Store(block.sequence, sequence + 1);
}

bool EdgeLink::Say(LinkEvent event) {
  Layout& layout = file_->layout();
  const uint64_t number = Load(layout.counters.events_in, std::memory_order_relaxed);
  if (number - Load(layout.counters.events_out) >= kEvents) {
    Store(layout.counters.events_lost, Load(layout.counters.events_lost) + 1);
    return false;
  }
  EventPlace place{};
  place.number = number;
  place.kind = static_cast<uint32_t>(event.kind);
  place.epoch = epoch();
  place.at = MonotonicNow();
  place.command = event.command;
  place.disagreement = event.disagreement;
  place.p99_ms = event.p99_ms;
  place.frames = event.frames;
  std::memcpy(place.text, event.text.data(), std::min(event.text.size(), kEventText));
  place.crc = PlaceCrc(place);
  std::memcpy(&layout.events[number % kEvents], &place, sizeof place);
  Store(layout.counters.events_in, number + 1);
  return true;
}

std::optional<LinkCommand> EdgeLink::Next() {
  Layout& layout = file_->layout();
  while (true) {
    const uint64_t in = Load(layout.counters.commands_in);
    uint64_t number = Load(layout.counters.commands_out, std::memory_order_relaxed);
    if (in == number) return std::nullopt;
    if (in - number > kCommands) {  // nobody who keeps to the format says so
      Store(layout.counters.commands_out, in);
      return std::nullopt;
    }
    CommandPlace place;
    std::memcpy(&place, &layout.commands[number % kCommands], sizeof place);
    Store(layout.counters.commands_out, number + 1);
    const auto kind = static_cast<LinkCommandKind>(place.kind);
    if (place.crc != PlaceCrc(place) || place.number != number || place.epoch != epoch() ||
        kind < LinkCommandKind::kTry || kind > LinkCommandKind::kBack) {
      continue;
    }
    return LinkCommand{number, kind, place.seconds, TextOf(place.folder, kFolderText)};
  }
}

uint64_t EdgeLink::epoch() const { return Load(file_->layout().header.epoch); }

DeviceLink::DeviceLink(std::unique_ptr<LinkFile> file) : file_(std::move(file)) {}
DeviceLink::~DeviceLink() = default;

Result<std::unique_ptr<DeviceLink>> DeviceLink::Open(const std::string& path) {
  FURROW_ASSIGN(std::unique_ptr<LinkFile> file, LinkFile::Map(path));
  return std::unique_ptr<DeviceLink>(new DeviceLink(std::move(file)));
}

bool DeviceLink::current() const { return file_->current(); }

std::optional<LinkFigures> DeviceLink::Figures() const {
  FiguresBlock& block = file_->layout().figures;
  constexpr int kTries = 100;  // the writer is in it for about a microsecond of each tenth second
  for (int i = 0; i < kTries; ++i) {
    const uint64_t before = Load(block.sequence);
    LinkFigures figures;
    for (size_t k = 0; k < kFigureCount; ++k) {
      figures.values()[k] =
          std::atomic_ref<int64_t>(block.values[k]).load(std::memory_order_relaxed);
    }
    std::atomic_thread_fence(std::memory_order_acquire);
    if (before % 2 == 0 && Load(block.sequence, std::memory_order_relaxed) == before) {
      if (figures.Get(LinkFigure::kBeats) == 0) return std::nullopt;
      return figures;
    }
  }
  return std::nullopt;
}

Result<std::optional<LinkEvent>> DeviceLink::Front() {
  Layout& layout = file_->layout();
  const uint64_t in = Load(layout.counters.events_in);
  const uint64_t number = Load(layout.counters.events_out, std::memory_order_relaxed);
  if (in == number) return std::optional<LinkEvent>();
  if (in - number > kEvents) {
    Store(layout.counters.events_out, in);
    return Status(Code::kCorruption, file_->path() + ": the counters of its events are damaged");
  }
  EventPlace place;
  std::memcpy(&place, &layout.events[number % kEvents], sizeof place);
  const auto kind = static_cast<LinkEventKind>(place.kind);
  if (place.crc != PlaceCrc(place) || place.number != number || kind < LinkEventKind::kStarted ||
      kind > LinkEventKind::kEnding) {
    return Status(Code::kCorruption, fmt::format("{}: event {} is damaged", file_->path(), number));
  }
  return std::optional<LinkEvent>({kind, place.epoch, place.at, place.command, place.disagreement,
                                   place.p99_ms, place.frames, TextOf(place.text, kEventText)});
}

void DeviceLink::Taken() {
  Counters& counters = file_->layout().counters;
  const uint64_t out = Load(counters.events_out, std::memory_order_relaxed);
  if (out != Load(counters.events_in)) Store(counters.events_out, out + 1);
}

uint64_t DeviceLink::lost() const { return Load(file_->layout().counters.events_lost); }
uint64_t DeviceLink::epoch() const { return Load(file_->layout().header.epoch); }

Result<uint64_t> DeviceLink::Command(LinkCommandKind kind, std::string_view folder,
                                     double seconds) {
  if (folder.size() >= kFolderText) {
    return Status(Code::kInvalidArgument,
                  fmt::format("{}: the name is longer than {} bytes", folder, kFolderText - 1));
  }
  Layout& layout = file_->layout();
  const uint64_t number = Load(layout.counters.commands_in, std::memory_order_relaxed);
  if (number - Load(layout.counters.commands_out) >= kCommands) {
    return Status(Code::kResourceExhausted, file_->path() + ": furrow-edge takes no commands");
  }
  CommandPlace place{};
  place.number = number;
  place.kind = static_cast<uint32_t>(kind);
  place.epoch = epoch();
  place.seconds = seconds;
  std::memcpy(place.folder, folder.data(), folder.size());
  place.crc = PlaceCrc(place);
  std::memcpy(&layout.commands[number % kCommands], &place, sizeof place);
  Store(layout.counters.commands_in, number + 1);
  return number;
}

}  // namespace furrow::edge
