// SPDX-License-Identifier: Apache-2.0
#include "edge/record/segment_writer.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "edge/record/segment_format.h"

namespace furrow::edge {
namespace {

// Room is taken in pieces of this size, so that it is not asked for with every block.
constexpr uint64_t kReserveStep = 1u << 20;

bool Full(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

}  // namespace

SegmentWriter::SegmentWriter(Disk& disk, std::string folder, Options options, uint64_t log_id)
    : disk_(disk), folder_(std::move(folder)), options_(options), log_id_(log_id) {}

SegmentWriter::~SegmentWriter() {
  if (file_ >= 0) disk_.Close(file_);
}

Status SegmentWriter::Problem(int error, const char* what) const {
  return Status(Full(error) ? Code::kUnavailable : Code::kIoError,
                folder_ + "/" + SegmentName(number_) + ": " + what + ": " + std::strerror(error));
}

Status SegmentWriter::Start() { return Create(1); }

Status SegmentWriter::Create(uint32_t number) {
  const std::string path = folder_ + "/" + SegmentName(number);
  const int file = disk_.Create(path);
  if (file < 0) {
    return Status(file == -EEXIST ? Code::kAlreadyExists
                  : Full(-file)   ? Code::kUnavailable
                                  : Code::kIoError,
                  path + ": " + std::strerror(-file));
  }
  const uint64_t room = kSegmentHeaderBytes + options_.reserve_bytes;
  int wrong = reserves_ ? disk_.Reserve(file, 0, room) : 0;
  if (wrong == -EOPNOTSUPP) {
    reserves_ = false;
    wrong = 0;
  }
  const std::string header = EncodeSegmentHeader({kLogVersion, number, log_id_});
  if (wrong == 0) {
    const ssize_t count = disk_.Write(file, 0, header);
    if (count != static_cast<ssize_t>(header.size())) {
      wrong = count < 0 ? static_cast<int>(count) : -ENOSPC;
    }
  }
  if (wrong < 0) {
    disk_.Close(file);
    (void)disk_.Remove(path);
    return Status(Full(-wrong) ? Code::kUnavailable : Code::kIoError,
                  path + ": " + std::strerror(-wrong));
  }
  if (file_ >= 0) disk_.Close(file_);
  file_ = file;
  number_ = number;
  end_ = header.size();
  bytes_ += header.size();
  reserved_to_ = reserves_ ? room : 0;
  rotate_at_ = options_.segment_bytes;
  dirty_ = folder_dirty_ = true;
  return {};
}

void SegmentWriter::Rotate() {
  // Whole on the disk before there is a next one: only the last segment of a log can be torn.
  if (!Sync()) return;
  const int old = std::exchange(file_, -1);
  const uint64_t size = end_;
  if (const Status status = Create(number_ + 1); !status.ok()) {
    file_ = old;
    rotate_at_ = size + kReserveStep;
    if (status.code() != Code::kUnavailable) error_ = status;
    return;
  }
  (void)disk_.Truncate(old, size);
  disk_.Close(old);
}

bool SegmentWriter::Ensure(uint64_t size) {
  if (!reserves_ || reserved_to_ >= size) return true;
  const uint64_t from = std::max(reserved_to_, end_);
  for (const uint64_t to : {size + kReserveStep, size}) {
    if (disk_.Reserve(file_, from, to - from) < 0) continue;
    reserved_to_ = to;
    return true;
  }
  return false;
}

SegmentWriter::Outcome SegmentWriter::Write(std::string_view block, Importance importance) {
  if (end_ + block.size() > rotate_at_ && end_ > kSegmentHeaderBytes) Rotate();
  const bool room = Ensure(end_ + block.size() + options_.reserve_bytes);
  if (!room && importance == Importance::kFrame) return Outcome::kNoRoom;
  size_t done = 0;
  while (done < block.size()) {
    const ssize_t count = disk_.Write(file_, end_ + done, block.substr(done));
    if (count > 0) {
      done += static_cast<size_t>(count);
      continue;
    }
    const int error = count < 0 ? static_cast<int>(-count) : ENOSPC;
    error_ = Problem(error, "cannot write");
    // What a shorter block would leave of this one must not look like damage.
    if (done > 0) {
      (void)disk_.Truncate(file_, end_);
      reserved_to_ = end_;
    }
    return Full(error) ? Outcome::kNoRoom : Outcome::kFailed;
  }
  end_ += block.size();
  bytes_ += block.size();
  dirty_ = true;
  return Outcome::kWritten;
}

bool SegmentWriter::Sync() {
  bool good = true;
  if (dirty_) {
    if (const int error = disk_.Sync(file_); error < 0) {
      error_ = Problem(-error, "cannot sync");
      good = false;
    }
    // After a failed sync the pages count as clean: asking again would promise too much.
    dirty_ = false;
  }
  if (folder_dirty_) {
    if (const int error = disk_.SyncFolder(folder_); error < 0) {
      error_ = Problem(-error, "cannot sync its folder");
      good = false;
    }
    folder_dirty_ = false;
  }
  return good;
}

bool SegmentWriter::Finish() {
  if (file_ < 0) return true;
  (void)disk_.Truncate(file_, end_);
  dirty_ = true;
  const bool good = Sync();
  disk_.Close(std::exchange(file_, -1));
  return good;
}

}  // namespace furrow::edge
