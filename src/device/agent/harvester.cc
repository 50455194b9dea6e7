// SPDX-License-Identifier: Apache-2.0
#include "device/agent/harvester.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fmt/format.h>

#include "base/say.h"
#include "base/sha256.h"
#include "base/time.h"
#include "edge/boom/clock.h"
#include "edge/record/segment_format.h"
#include "json/text.h"

namespace furrow::device {
namespace {

constexpr std::chrono::milliseconds kPoll{1000}, kNap{50};
constexpr uint64_t kReadAtOnce = 8u << 20;
constexpr double kSelectSeconds = 600;

std::string ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string LogName(int number) { return fmt::format("{:06}", number); }

/// The numbers of the logs there are, in order.
std::vector<int> LogsIn(const std::string& folder) {
  std::vector<int> numbers;
  std::error_code error;
  std::filesystem::directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename().string();
    int number = 0;
    const auto end = std::from_chars(name.data(), name.data() + name.size(), number);
    if (name.size() == 6 && end.ptr == name.data() + name.size()) numbers.push_back(number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

/// When a moment of the log's clock was. It holds for logs of this start of the computer; an older
/// one's time is that of its file, near enough for a day's task.
std::string WallTime(int64_t second, const std::string& segment) {
  const int64_t up = edge::MonotonicNow() / edge::kSecond, ago = up - second;
  const Micros now = SystemClock().Now();
  std::error_code error;
  const auto written = std::filesystem::last_write_time(segment, error);
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(
      std::filesystem::file_time_type::clock::now() - written);
  constexpr int64_t kApart = 3600, kMinute = 60;
  const bool older = !error && age.count() > up + kMinute;  // than this start of the computer
  // A file of the future says nothing: somebody has set the clock back.
  const bool recent = error || age.count() < 0 || ago < age.count() + kApart;
  const bool believable = ago >= -1 && !older && recent;
  return FormatTime(now - 1'000'000 * (believable ? std::max<int64_t>(ago, 0) : age.count()));
}

}  // namespace

Harvester::Harvester(const DeviceConfig& config, Spool& spool, ImagePool& images)
    : config_(config), spool_(spool), images_(images) {
  if (const auto last = spool_.Last(Stream::kSprays)) {
    if (const auto record = json::Parse(*last); record.ok()) {
      spooled_second_ = record->At("second").AsInt();
      const std::string& log = record->At("log").AsString();
      std::from_chars(log.data(), log.data() + log.size(), spooled_log_);
    }
  }
  std::ifstream done(config_.folder + "/spool/chosen");
  for (std::string line; std::getline(done, line);) chosen_.insert(line);
}

void Harvester::Stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

std::optional<SprayedShare> Harvester::Share() const {
  MutexLock lock(mutex_);
  return share_;
}

void Harvester::Run() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), 19);
  // Of all but the newest, which may be being written; a power cut may have undone it.
  std::vector<int> logs = LogsIn(config_.logs);
  if (!logs.empty()) logs.pop_back();
  for (const int number : logs) FreeReserve(number);
  auto next = std::chrono::steady_clock::now();
  while (!stop_) {
    if (std::chrono::steady_clock::now() < next) {
      std::this_thread::sleep_for(kNap);
      continue;
    }
    if (Sprays()) continue;
    // To search for images takes time, and furrow-edge cannot even start on a full disk.
    if (ShortOfDisk()) Thin();
    Images();
    Thin();
    next = std::chrono::steady_clock::now() + kPoll;
  }
}

bool Harvester::PutSeconds() {
  size_t put = 0;
  for (; put < waiting_.size(); ++put) {
    const SpraySecond& one = waiting_[put];
    const std::string segment = fmt::format("{}/{}/{}", config_.logs, LogName(number_),
                                            edge::SegmentName(log_->tail.segment()));
    std::string text = one.text;
    text.insert(1, fmt::format("\"at\":\"{}\",", WallTime(one.second, segment)));
    if (!spool_.Append(Stream::kSprays, text).ok()) break;  // the log keeps it
    spooled_log_ = number_;
    spooled_second_ = one.second;
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(put));
  return waiting_.empty();
}

bool Harvester::Sprays() {
  const std::vector<int> logs = LogsIn(config_.logs);
  if (!log_) {
    const auto next =
        std::ranges::lower_bound(logs, number_ == 0 ? std::max(spooled_log_, 1) : number_ + 1);
    if (next == logs.end()) return false;
    number_ = *next;
    log_ = std::make_unique<Log>(config_.logs + "/" + LogName(number_), LogName(number_),
                                 config_.field);
  }
  if (!PutSeconds()) return false;
  const bool later = !logs.empty() && logs.back() > number_;
  const auto more =
      log_->tail.Read(kReadAtOnce, [&](const edge::Record& record) { log_->book.Take(record); });
  const bool at_end = !more.ok() || !*more;
  const bool over = at_end && (log_->tail.closed() || later);
  if (over) log_->book.Finish();
  for (SpraySecond& one : log_->book.Seconds()) {
    const bool had =
        number_ < spooled_log_ || (number_ == spooled_log_ && one.second <= spooled_second_);
    if (!had) waiting_.push_back(std::move(one));
  }
  {
    MutexLock lock(mutex_);
    share_ = at_end && !later ? log_->book.Share() : std::nullopt;
  }
  if (!PutSeconds()) return false;
  if (over && later) {
    FreeReserve(number_);
    log_.reset();
    return true;
  }
  return !at_end;
}

void Harvester::Choose(const std::string& segment, const std::string& name) {
  const std::string out = config_.folder + "/spool/choosing";
  std::error_code error;
  std::filesystem::remove_all(out, error);
  const std::string current = config_.folder + "/current";
  const auto slot = json::Parse(ReadBytes(current + "/slot.json"));
  if (!slot.ok()) return;
  std::vector<std::string> command = {FindProgram(config_.edge_program),
                                      "select",
                                      segment,
                                      "--model",
                                      current + "/" + slot->At("model").AsString(),
                                      "--out",
                                      out,
                                      "--megabytes",
                                      fmt::format("{}", config_.images_mb)};
  const auto ran = RunProgram(command, config_.folder, kSelectSeconds);
  if (!ran.ok() || ran->exit_code != 0) {
    Say(stderr, "furrow-device: images of {}: {}\n", name,
        ran.ok() ? ran->error : ran.status().message());
  }
  std::ifstream lines(out + "/selected.json");
  for (std::string line; std::getline(lines, line);) {
    auto said = json::Parse(line);
    if (!said.ok()) continue;
    const std::string& file = said->At("file").AsString();
    if (file.find('/') != std::string::npos) continue;
    const std::string image = ReadBytes(out + "/" + file);
    if (image.empty()) continue;
    Sha256 digest;
    digest.Add(image);
    const std::string as = fmt::format("{}-{}", name, file);
    json::Object record{
        {"at", WallTime(static_cast<int64_t>(said->At("captured_s").AsDouble()), segment)},
        {"name", as},
        {"sha256", digest.Hex()},
        {"bytes", image.size()}};
    for (const char* member : {"camera", "sequence", "s_m", "score", "judged_by", "model_sha256"}) {
      record[member] = said->At(member);
    }
    const auto put = images_.Add(as, said->At("score").AsDouble(), image, json::Write(record),
                                 spool_.RoomForImages());
    if (!put.ok()) Say(stderr, "furrow-device: {}\n", put.status().message());
  }
  std::filesystem::remove_all(out, error);
}

/// Durably: an image that was sent must not be chosen again after a power cut.
void Harvester::NoteChosen(const std::string& name) const {
  const std::string path = config_.folder + "/spool/chosen";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return;
  const std::string line = name + "\n";
  if (::write(file, line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
      ::fsync(file) != 0) {
    Say(stderr, "furrow-device: {}: cannot be written\n", path);
  }
  ::close(file);
}

void Harvester::Images() {
  if (config_.images_mb <= 0) return;
  for (const int number : LogsIn(config_.logs)) {
    // Only what is whole: below the segment that is read now, or of a log that is over.
    if (number > number_) break;
    const std::string folder = config_.logs + "/" + LogName(number);
    std::vector<uint32_t> segments;
    std::error_code error;
    std::filesystem::directory_iterator at(folder, error);
    for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
      if (const auto found = edge::SegmentNumber(at->path().filename().string())) {
        segments.push_back(*found);
      }
    }
    std::ranges::sort(segments);
    for (const uint32_t segment : segments) {
      if (stop_) return;
      const bool whole =
          number < number_ || (log_ && (segment < log_->tail.segment() || log_->tail.closed()));
      const std::string name = fmt::format("{}-{:06}", LogName(number), segment);
      if (!whole || chosen_.contains(name)) continue;
      Choose(folder + "/" + edge::SegmentName(segment), name);
      chosen_.insert(name);
      NoteChosen(name);
      return;  // what was sprayed comes first
    }
  }
}

/// What furrow-edge kept for a log beyond its end and left when it was killed.
void Harvester::FreeReserve(int number) const {
  std::error_code error;
  std::filesystem::directory_iterator at(config_.logs + "/" + LogName(number), error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    std::error_code failed;
    const auto size = at->file_size(failed);
    if (failed) continue;
    const auto written = at->last_write_time(failed);
    if (failed) continue;
    std::filesystem::resize_file(at->path(), size, failed);
    // It tells when the log was, which is asked for later.
    std::filesystem::last_write_time(at->path(), written, failed);
  }
}

bool Harvester::ShortOfDisk() const {
  std::error_code error;
  const auto space = std::filesystem::space(config_.folder, error);
  return !error && space.available < config_.free_bytes;
}

/// Takes away the oldest logs that are read to their ends, while all together are too large or the
/// disk is nearly full; then, for the latter, the least valuable images.
void Harvester::Thin() {
  uint64_t bytes = 0;
  std::error_code error;
  const std::vector<int> logs = LogsIn(config_.logs);
  std::vector<std::pair<int, uint64_t>> sizes;
  for (const int number : logs) {
    uint64_t size = 0;
    for (const auto& file :
         std::filesystem::directory_iterator(config_.logs + "/" + LogName(number), error)) {
      size += file.file_size(error);
    }
    sizes.emplace_back(number, size);
    bytes += size;
  }
  for (const auto& [number, size] : sizes) {
    if (number >= number_ || (bytes <= config_.log_bytes && !ShortOfDisk())) break;
    std::filesystem::remove_all(config_.logs + "/" + LogName(number), error);
    bytes -= size;
  }
  while (ShortOfDisk() && images_.GiveUp()) {
  }
}

}  // namespace furrow::device
