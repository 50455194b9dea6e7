// SPDX-License-Identifier: Apache-2.0
#include "device/spool/spool.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ranges>
#include <system_error>

#include <fmt/format.h>

namespace furrow::device {
namespace {

/// Of the quota, what nothing but alarms may use.
constexpr uint64_t kAlarmsShare = 16;
/// And what metrics may use at most, so that a long time offline leaves images some room.
constexpr uint64_t kMetricsShare = 2;

std::string ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Spool::Spool(std::string folder, const SpoolOptions& options)
    : folder_(std::move(folder)),
      options_(options),
      disk_(options.disk != nullptr ? *options.disk : bundle::SystemDisk()) {}

Spool::~Spool() {
  MutexLock lock(mutex_);
  for (Line& line : lines_) {
    if (line.file >= 0 && line.dirty) disk_.Sync(line.file);
    End(line);
  }
}

std::string Spool::FolderOf(Stream stream) const { return folder_ + "/" + StreamName(stream); }

std::string Spool::PathOf(Stream stream, const Segment& segment) const {
  return FolderOf(stream) + "/" + SpoolSegmentName(segment.first);
}

Result<std::unique_ptr<Spool>> Spool::Open(const std::string& folder, const SpoolOptions& options) {
  std::unique_ptr<Spool> spool(new Spool(folder, options));
  MutexLock lock(spool->mutex_);
  const auto make = [&](const std::string& path) -> Status {
    const int made = spool->disk_.MakeFolder(path);
    return made < 0 ? bundle::DiskError(path, made) : Status();
  };
  FURROW_TRY(make(folder));
  for (size_t i = 0; i < kStreams; ++i) {
    FURROW_TRY(make(spool->FolderOf(static_cast<Stream>(i))));
    FURROW_TRY(spool->Load(static_cast<Stream>(i)));
  }
  for (const std::string& one : {folder, bundle::FolderOf(folder)}) {
    if (const int synced = spool->disk_.SyncFolder(one); synced < 0) {
      return bundle::DiskError(one, synced);
    }
  }
  return spool;
}

Status Spool::Load(Stream stream) {
  Line& line = At(stream);
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator at(FolderOf(stream), error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    names.push_back(at->path().filename().string());
  }
  if (error) return Status(Code::kIoError, FolderOf(stream) + ": " + error.message());
  std::ranges::sort(names);
  for (const std::string& name : names) {
    const std::optional<uint64_t> first = SpoolSegmentFirst(name);
    if (!first) continue;
    const std::string path = FolderOf(stream) + "/" + name;
    const std::string bytes = ReadBytes(path);
    const std::optional<SpoolSegment> segment = ReadSpoolSegment(bytes);
    if (!segment || segment->first != *first || segment->stream != stream) {
      // A power cut may leave a segment whose header never reached the disk; else it is rot.
      if (bytes.size() > kSpoolHeaderBytes) {
        ++damaged_;
        disk_.Rename(path, path + ".bad");
      } else {
        disk_.Remove(path);
      }
      continue;
    }
    if (!line.segments.empty() && line.segments.back().end() > *first) {
      // Its last record was refused, and is there all the same; its number was given to another.
      line.segments.back().count = *first - line.segments.back().first;
    }
    line.segments.push_back({*first, segment->records.size(), bytes.size()});
    line.next = std::max(line.next, line.segments.back().end());
  }
  if (!line.segments.empty()) line.acknowledged = line.segments.front().first;
  return {};
}

void Spool::End(Line& line) {
  if (line.file >= 0) disk_.Close(line.file);
  line.file = -1;
  line.dirty = false;
}

Status Spool::Begin(Stream stream) {
  Line& line = At(stream);
  if (line.file >= 0 && line.dirty) {
    if (const int synced = disk_.Sync(line.file); synced < 0) {
      End(line);
      return bundle::DiskError(FolderOf(stream), synced);
    }
  }
  End(line);
  const Segment segment{line.next, 0, kSpoolHeaderBytes};
  const std::string path = PathOf(stream, segment), fresh = path + ".new";
  disk_.Remove(fresh);
  const int file = disk_.Create(fresh, 0644);
  if (file < 0) return bundle::DiskError(fresh, file);
  line.file = file;
  const std::string header = EncodeSpoolHeader(stream, line.next);
  const ssize_t wrote = disk_.Write(file, header);
  int result = wrote == static_cast<ssize_t>(header.size()) ? 0
               : wrote < 0                                  ? static_cast<int>(wrote)
                                                            : -ENOSPC;
  if (result == 0) result = disk_.Sync(file);
  // What is there by this name has no whole record, or its number would be lower than the next. It
  // may be all that knows the numbers, so there is never none.
  if (result == 0) result = disk_.Rename(fresh, path);
  if (result == 0) result = disk_.SyncFolder(FolderOf(stream));
  if (result < 0) {
    End(line);
    disk_.Remove(fresh);
    return bundle::DiskError(path, result);
  }
  if (!line.segments.empty() && line.segments.back().first == line.next) line.segments.pop_back();
  line.segments.push_back(segment);
  return {};
}

uint64_t Spool::BytesOf(Stream stream) const {
  uint64_t bytes = 0;
  for (const Segment& one : lines_[static_cast<size_t>(stream)].segments) bytes += one.bytes;
  return bytes;
}

uint64_t Spool::Used() const {
  uint64_t bytes = given_bytes_ ? given_bytes_() : 0;
  for (size_t i = 0; i < kStreams; ++i) bytes += BytesOf(static_cast<Stream>(i));
  return bytes;
}

/// Makes room for a record of this stream. False when there is nothing that may give way to it.
bool Spool::GiveUp(Stream stream) {
  if (stream == Stream::kImages) return false;
  return (giver_ && giver_()) || GiveUpMetrics(stream);
}

bool Spool::GiveUpMetrics(Stream stream) {
  if (stream == Stream::kMetrics && At(Stream::kMetrics).segments.size() < 2) return false;
  Line& metrics = At(Stream::kMetrics);
  if (metrics.segments.empty()) return false;
  if (metrics.segments.size() == 1) {
    // The last one stays, because it knows the numbers; an empty one knows them as well.
    if (metrics.segments.front().count == 0) return false;
    const Segment old = metrics.segments.front();
    if (!Begin(Stream::kMetrics).ok()) return false;
    metrics.segments.pop_front();
    given_up_ += old.end() - std::clamp(metrics.acknowledged, old.first, old.end());
    disk_.Remove(PathOf(Stream::kMetrics, old));
    return true;
  }
  const Segment old = metrics.segments.front();
  metrics.segments.pop_front();
  given_up_ += old.end() - std::clamp(metrics.acknowledged, old.first, old.end());
  return disk_.Remove(PathOf(Stream::kMetrics, old)) == 0;
}

Result<uint64_t> Spool::Put(Stream stream, std::string_view text) {
  Line& line = At(stream);
  if (line.file < 0 || line.segments.back().bytes >= options_.segment_bytes) {
    FURROW_TRY(Begin(stream));
  }
  const std::string record = EncodeSpoolRecord(line.next, text);
  const ssize_t wrote = disk_.Write(line.file, record);
  int result = wrote == static_cast<ssize_t>(record.size()) ? 0
               : wrote < 0                                  ? static_cast<int>(wrote)
                                                            : -ENOSPC;
  const bool at_once = stream != Stream::kMetrics;
  if (result == 0 && at_once) result = disk_.Sync(line.file);
  if (result < 0) {
    // What became of it nobody knows; the next record begins a segment of its own.
    const bool empty = line.segments.back().count == 0;
    End(line);
    if (!empty) line.segments.back().bytes += wrote > 0 ? static_cast<uint64_t>(wrote) : 0;
    return bundle::DiskError(PathOf(stream, line.segments.back()), result);
  }
  line.dirty = !at_once;
  line.segments.back().bytes += record.size();
  ++line.segments.back().count;
  return line.next++;
}

Result<uint64_t> Spool::Append(Stream stream, std::string_view text) {
  if (text.size() > kSpoolRecordMax) {
    return Status(Code::kTooLarge, fmt::format("a record of {} bytes, the most is {}", text.size(),
                                               kSpoolRecordMax));
  }
  MutexLock lock(mutex_);
  const uint64_t most = stream == Stream::kAlarms
                            ? options_.bytes_max
                            : options_.bytes_max - options_.bytes_max / kAlarmsShare;
  if (stream == Stream::kMetrics) {
    while (BytesOf(stream) + text.size() > options_.bytes_max / kMetricsShare) {
      if (!GiveUpMetrics(stream)) break;
    }
  }
  while (Used() + text.size() + kSpoolHeaderBytes > most) {
    if (!GiveUp(stream)) {
      return Status(Code::kResourceExhausted, fmt::format("{}: its quota of {} bytes is used up",
                                                          folder_, options_.bytes_max));
    }
  }
  while (true) {
    auto number = Put(stream, text);
    if (number.ok() || number.status().code() != Code::kUnavailable || !GiveUp(stream)) {
      return number;
    }
  }
}

Status Spool::Sync() {
  MutexLock lock(mutex_);
  Line& line = At(Stream::kMetrics);
  if (line.file < 0 || !line.dirty) return {};
  line.dirty = false;
  const int synced = disk_.Sync(line.file);
  if (synced == 0) return {};
  End(line);
  return bundle::DiskError(FolderOf(Stream::kMetrics), synced);
}

SpoolBatch Spool::Front(Stream stream, size_t records_max, size_t bytes_max) {
  MutexLock lock(mutex_);
  Line& line = At(stream);
  SpoolBatch batch;
  size_t bytes = 0;
  for (const Segment& segment : line.segments) {
    if (segment.end() <= line.acknowledged || segment.count == 0) continue;
    if (!batch.records.empty() && segment.first != batch.from + batch.records.size()) break;
    const std::optional<SpoolSegment> read = ReadSpoolSegment(ReadBytes(PathOf(stream, segment)));
    if (!read) continue;  // it went bad; those behind it are worth sending
    const uint64_t skip = line.acknowledged > segment.first ? line.acknowledged - segment.first : 0;
    const uint64_t count = std::min<uint64_t>(segment.count, read->records.size());
    for (uint64_t i = skip; i < count; ++i) {
      if (batch.records.size() >= records_max ||
          (!batch.records.empty() && bytes + read->records[i].size() > bytes_max)) {
        return batch;
      }
      if (batch.records.empty()) batch.from = segment.first + i;
      bytes += read->records[i].size();
      batch.records.push_back(read->records[i]);
    }
  }
  if (batch.records.empty()) batch.from = line.next;
  return batch;
}

void Spool::Drop(Stream stream) {
  Line& line = At(stream);
  // The last record says how far the log was taken, so its segment stays when only empty ones,
  // begun on a full disk or before a power cut, come after it.
  const auto needed = [&] {
    return std::ranges::all_of(line.segments | std::views::drop(1),
                               [](const Segment& one) { return one.count == 0; });
  };
  while (line.segments.size() > 1 && line.segments.front().end() <= line.acknowledged &&
         !(line.segments.front().count > 0 && needed())) {
    disk_.Remove(PathOf(stream, line.segments.front()));
    line.segments.pop_front();
  }
}

Status Spool::Acknowledge(Stream stream, uint64_t next) {
  MutexLock lock(mutex_);
  Line& line = At(stream);
  if (next > line.next) {
    given_up_ += line.next - std::min(line.next, line.acknowledged);
    line.next = next;
    line.acknowledged = next;
    FURROW_TRY(Begin(stream));
  }
  line.acknowledged = std::max(line.acknowledged, next);
  Drop(stream);
  return {};
}

uint64_t Spool::next(Stream stream) const {
  MutexLock lock(mutex_);
  return lines_[static_cast<size_t>(stream)].next;
}

std::vector<std::string> Spool::All(Stream stream) {
  MutexLock lock(mutex_);
  std::vector<std::string> all;
  for (const Segment& segment : At(stream).segments) {
    std::optional<SpoolSegment> read = ReadSpoolSegment(ReadBytes(PathOf(stream, segment)));
    if (!read) continue;
    read->records.resize(std::min<size_t>(read->records.size(), segment.count));
    std::ranges::move(read->records, std::back_inserter(all));
  }
  return all;
}

std::optional<std::string> Spool::Last(Stream stream) {
  MutexLock lock(mutex_);
  const Line& line = At(stream);
  for (auto segment = line.segments.rbegin(); segment != line.segments.rend(); ++segment) {
    if (segment->count == 0) continue;
    const std::optional<SpoolSegment> read = ReadSpoolSegment(ReadBytes(PathOf(stream, *segment)));
    if (!read || read->records.size() < segment->count) continue;
    return read->records[segment->count - 1];
  }
  return std::nullopt;
}

SpoolCounters Spool::counters() const {
  MutexLock lock(mutex_);
  SpoolCounters counters{.bytes = Used(), .given_up = given_up_, .damaged = damaged_};
  for (const Line& line : lines_) {
    for (const Segment& segment : line.segments) {
      counters.records +=
          segment.end() - std::clamp(line.acknowledged, segment.first, segment.end());
    }
  }
  return counters;
}

uint64_t Spool::RoomForImages() const {
  MutexLock lock(mutex_);
  const uint64_t most = options_.bytes_max - options_.bytes_max / kAlarmsShare;
  const uint64_t used = Used() - (given_bytes_ ? given_bytes_() : 0);
  return most > used ? most - used : 0;
}

void Spool::SetGiver(std::function<bool()> giver, std::function<uint64_t()> bytes) {
  MutexLock lock(mutex_);
  giver_ = std::move(giver);
  given_bytes_ = std::move(bytes);
}

}  // namespace furrow::device
