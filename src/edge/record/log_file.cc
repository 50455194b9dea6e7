// SPDX-License-Identifier: Apache-2.0
#include "edge/record/log_file.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <random>
#include <utility>

#include "edge/record/segment_format.h"

namespace furrow::edge {
namespace {

using SteadyClock = std::chrono::steady_clock;

uint64_t RandomId() {
  std::random_device random;
  return static_cast<uint64_t>(random()) << 32 | random();
}

void BecomeIdle() {
  // Without the right to it the thread stays what it is: slower decisions are not at stake.
  sched_param none{};
  (void)::sched_setscheduler(0, SCHED_IDLE, &none);
}

}  // namespace

Result<std::unique_ptr<LogFile>> LogFile::Open(const std::string& folder, const LogOptions& options,
                                               std::vector<LogEncoder*> encoders) {
  std::error_code error;
  std::filesystem::create_directory(folder, error);
  if (error) return Status(Code::kIoError, folder + ": " + error.message());
  std::filesystem::directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    if (SegmentNumber(at->path().filename().string())) {
      return Status(Code::kAlreadyExists, folder + " holds a log: name a new folder");
    }
  }
  if (error) return Status(Code::kIoError, folder + ": " + error.message());
  auto segments = std::make_unique<SegmentWriter>(
      options.disk != nullptr ? *options.disk : SystemDisk(), folder,
      SegmentWriter::Options{options.segment_bytes, options.reserve_bytes},
      options.log_id != 0 ? options.log_id : RandomId());
  FURROW_TRY(segments->Start());
  std::unique_ptr<LogFile> log(new LogFile(std::move(segments), options, std::move(encoders)));
  if (options.thread) log->thread_ = std::thread([raw = log.get()] { raw->Loop(); });
  return log;
}

LogFile::LogFile(std::unique_ptr<SegmentWriter> segments, const LogOptions& options,
                 std::vector<LogEncoder*> encoders)
    : options_(options),
      encoders_(std::move(encoders)),
      segments_(std::move(segments)),
      synced_(SteadyClock::now()) {
  buffer_.reserve(2 * kBlockBodyMax);
}

LogFile::~LogFile() { (void)Close(); }

void LogFile::Loop() {
  ::pthread_setname_np(::pthread_self(), "edge-log");
  if (options_.idle) BecomeIdle();
  MutexLock lock(mutex_);
  while (!stop_) {
    lock.Unlock();
    DrainRings();
    const auto now = SteadyClock::now();
    if (in_block_ > 0 && now - block_began_ >= std::chrono::nanoseconds(kBlockSpan)) EndBlock();
    if (segments_->dirty() && now - synced_ >= std::chrono::nanoseconds(options_.sync_every)) {
      Sync();
    }
    Tell();
    lock.Lock();
    const auto until = SteadyClock::now() + std::chrono::nanoseconds(options_.poll_every);
    while (!stop_ && wake_.WaitUntil(lock, until)) {
    }
  }
}

Status LogFile::Close() {
  if (closed_) return segments_->error();
  closed_ = true;
  {
    MutexLock lock(mutex_);
    stop_ = true;
    wake_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
  DrainRings();
  GapRecord untold{GapRecord::kRing, 0, 0};
  for (const LogEncoder* encoder : encoders_) {
    untold.records += encoder->dropped_ - encoder->told_;
    untold.frames += encoder->dropped_frames_ - encoder->told_frames_;
  }
  if (untold.records > 0) Take(RawRecord(untold), {});
  EndBlock();
  EndRecord end;
  end.records = now_.records;
  end.lost = now_.disk_lost;
  end.lost_frames = now_.disk_lost_frames;
  for (const LogEncoder* encoder : encoders_) {
    end.lost += encoder->dropped();
    end.lost_frames += encoder->dropped_frames();
  }
  Take(RawRecord(end), {});
  EndBlock();
  if (!segments_->Finish()) ++now_.sync_errors;
  now_.synced_until = now_.written_until;
  Tell();
  return segments_->error();
}

void LogFile::Drain() {
  DrainRings();
  if (segments_->dirty() &&
      SteadyClock::now() - synced_ >= std::chrono::nanoseconds(options_.sync_every)) {
    Sync();
  }
  Tell();
}

void LogFile::Flush() {
  DrainRings();
  EndBlock();
  Tell();
}

LogCounters LogFile::counters() const {
  LogCounters counters;
  {
    MutexLock lock(mutex_);
    counters = told_;
  }
  counters.ring_lost = 0;
  for (const LogEncoder* encoder : encoders_) counters.ring_lost += encoder->dropped();
  return counters;
}

void LogFile::DrainRings() {
  for (LogEncoder* encoder : encoders_) {
    // What comes in meanwhile waits its turn: a busy encoder does not keep the others waiting.
    size_t most = encoder->ring_.used();
    while (most > 0) {
      const auto bytes = encoder->ring_.Front();
      if (bytes.data() == nullptr) break;
      RawRecord record(RecordKind::kTick);
      std::memcpy(static_cast<void*>(&record), bytes.data(), sizeof record);
      Take(record, {reinterpret_cast<const char*>(bytes.data()) + sizeof record,
                    bytes.size() - sizeof record});
      most -= std::min(most, bytes.size());
      encoder->ring_.Release();
    }
  }
}

void LogFile::Take(const RawRecord& record, std::string_view behind) {
  const Nanos time = record.TimeOr(log_time_);
  if (!begun_ || time > log_time_) log_time_ = time;
  begun_ = true;
  if (record.kind == RecordKind::kFrame) {
    TakeFrame(record, behind);
    return;
  }
  const size_t most = EncodedMax(record.kind, behind.size());
  if (in_block_ > 0 && (Less(log_time_, block_.base()) >= kBlockSpan ||
                        block_.body().size() + most > kBlockBodyMax)) {
    EndBlock();
  }
  Append(record, behind);
}

void LogFile::TakeFrame(const RawRecord& record, std::string_view pixels) {
  EndBlock();
  // Packing takes long; what will not be written is not packed.
  bool written = segments_->HasRoomForFrame(pixels.size() + 2 * kBlockHeaderBytes);
  if (written) {
    block_.Begin(log_time_);
    block_.Add(record, pixels);
    block_until_ = log_time_;
    in_block_ = 1;
    written = WriteBlock(SegmentWriter::Importance::kFrame);
    in_block_ = 0;
  }
  if (written) {
    if (now_.state == DiskState::kNoFrames) now_.state = DiskState::kGood;
    return;
  }
  ++gap_.records;
  ++gap_.frames;
  ++now_.disk_lost;
  ++now_.disk_lost_frames;
  if (now_.state == DiskState::kGood) now_.state = DiskState::kNoFrames;
}

void LogFile::Append(const RawRecord& record, std::string_view behind) {
  if (in_block_ == 0) {
    block_.Begin(log_time_);
    block_began_ = SteadyClock::now();
  }
  if (gap_.records > 0) {
    block_.Add(RawRecord(gap_), {});
    gap_in_block_.records += gap_.records;
    gap_in_block_.frames += gap_.frames;
    gap_.records = gap_.frames = 0;
  }
  block_.Add(record, behind);
  block_until_ = log_time_;
  ++in_block_;
}

void LogFile::EndBlock() {
  if (in_block_ == 0) return;
  if (WriteBlock(SegmentWriter::Importance::kOther)) {
    if (now_.state == DiskState::kFull) {
      const bool whole = segments_->reserved() >= options_.reserve_bytes;
      now_.state = whole ? DiskState::kGood : DiskState::kNoFrames;
    }
  } else {
    // The gaps that this block told of are untold again.
    gap_.records += gap_in_block_.records + in_block_;
    gap_.frames += gap_in_block_.frames;
    now_.disk_lost += in_block_;
    now_.state = DiskState::kFull;
  }
  gap_in_block_.records = gap_in_block_.frames = 0;
  in_block_ = 0;
}

bool LogFile::WriteBlock(SegmentWriter::Importance importance) {
  const std::string& body = block_.body();
  buffer_ = EncodeBlockHeader(sequence_ + 1, block_.base(), body);
  buffer_ += body;
  if (body.size() > kBlockBytesMax) return false;
  const auto outcome = segments_->Write(buffer_, importance);
  if (outcome == SegmentWriter::Outcome::kFailed) ++now_.write_errors;
  if (outcome != SegmentWriter::Outcome::kWritten) return false;
  // A lost block leaves no hole in the sequence: a gap record says it, and a hole means damage.
  ++sequence_;
  ++now_.blocks;
  now_.records += in_block_;
  now_.written_until = block_until_;
  return true;
}

void LogFile::Sync() {
  const Nanos until = now_.written_until;
  if (segments_->Sync()) {
    now_.synced_until = until;
    now_.synced_bytes = segments_->bytes();
  } else {
    ++now_.sync_errors;
  }
  synced_ = SteadyClock::now();
}

void LogFile::Tell() {
  now_.bytes = segments_->bytes();
  now_.segments = segments_->segments();
  now_.reserved = segments_->reserved();
  MutexLock lock(mutex_);
  told_ = now_;
}

}  // namespace furrow::edge
