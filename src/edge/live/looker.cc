// SPDX-License-Identifier: Apache-2.0
#include "edge/live/looker.h"

#include <algorithm>
#include <cstring>

#include "edge/boom/clock.h"

namespace furrow::edge {
namespace {

constexpr size_t kRingBytes = 8u << 20;
constexpr size_t kFoundReserve = 150'000;  // as many as half the ring takes

// Of 255.
constexpr int kDark = 8, kWhite = 250;

}  // namespace

CameraState FrameJudge::Judge(const FrameView& frame) noexcept {
  const int channels = frame.format == PixelFormat::kRgb8 ? 3 : 1;
  // Odd steps, so that all colours of a Bayer image are met.
  const int step_x = std::max(1, frame.width / 48) | 1, step_y = std::max(1, frame.height / 48) | 1;
  int all = 0, dark = 0, white = 0;
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (int y = step_y / 2; y < frame.height; y += step_y) {
    const uint8_t* row = frame.data + y * frame.stride;
    for (int x = step_x / 2; x < frame.width; x += step_x) {
      // Green of an RGB pixel.
      const int value = row[channels == 3 ? x * 3 + 1 : x];
      ++all;
      dark += value < kDark;
      white += value >= kWhite;
      hash = (hash ^ static_cast<uint64_t>(value)) * 0x100000001b3;
    }
  }
  const bool same = hash == before_;
  before_ = hash;
  if (dark * 100 >= all * 99) return CameraState::kBlack;
  if (white * 3 >= all) return CameraState::kOverexposed;
  // No two frames of a sensor that lives have the same noise.
  return same ? CameraState::kStuck : CameraState::kGood;
}

Looker::Looker(Health& health, const LookerOptions& options)
    : health_(health), options_(options), findings_(kRingBytes) {
  found_.reserve(kFoundReserve);
}

void Looker::Add(int camera, FrameExchange& frames, Eye eye) {
  seats_.push_back({camera, &frames, std::move(eye), {}});
}

void Looker::Start() { thread_ = std::thread(&Looker::Run, this); }

void Looker::Stop() {
  stop_ = true;
  Ring();
  if (thread_.joinable()) thread_.join();
}

void Looker::Ring() noexcept {
  bell_.fetch_add(1, std::memory_order_release);
  bell_.notify_one();
}

void Looker::Run() {
  TouchStack();
  if (options_.on_thread != nullptr) options_.on_thread(LiveThread::kLook);
  while (!stop_.load(std::memory_order_relaxed)) {
    const uint32_t heard = bell_.load(std::memory_order_acquire);
    bool any = false;
    for (Seat& seat : seats_) {
      seat.eye.TakeOver();
      const FrameSlot* slot = seat.frames->Take();
      if (slot == nullptr) continue;
      any = true;
      Look(seat, slot->view);
    }
    if (!any) bell_.wait(heard, std::memory_order_acquire);
  }
}

void Looker::Look(Seat& seat, const FrameView& frame) {
  CameraHealth& health = health_.cameras[static_cast<size_t>(seat.camera)];
  health.looked_at.Add();
  FrameFindings head{seat.camera,    seat.judge.Judge(frame), 0,
                     frame.sequence, frame.captured,          frame.exposure,
                     nullptr};
  found_.clear();
  bool by_network = false;
  if (head.state == CameraState::kGood) {
    const Nanos begun = MonotonicNow();
    const Nanos budget = health.budget.load(std::memory_order_relaxed);
    by_network = seat.eye.Look(frame, budget, found_);
    if (!by_network) health.by_index.Add();
    head.model = seat.eye.model();
    health.detected_in.Add(MonotonicNow() - begun);
  } else {
    health.unusable.Add();
  }
  head.count = static_cast<uint32_t>(found_.size());
  const size_t bytes = found_.size() * sizeof(Detection);
  std::byte* place = findings_.Reserve(sizeof head + bytes);
  if (place == nullptr) {
    // The deciding thread does not run, or a frame had more patches than any field: what it showed
    // counts as unseen.
    health.results_lost.Add();
  } else {
    std::memcpy(place, &head, sizeof head);
    if (bytes > 0) std::memcpy(place + sizeof head, found_.data(), bytes);
    findings_.Publish();
  }
  // Once the decision is on its way, so that it does not wait for the copy.
  if (options_.shadow != nullptr && head.state == CameraState::kGood) {
    options_.shadow->Offer(frame, found_, by_network);
  }
  if (options_.log != nullptr && options_.frames_every > 0 &&
      frame.sequence % static_cast<uint64_t>(options_.frames_every) == 0) {
    options_.log->Frame(frame);
  }
}

Receiver::Receiver(std::unique_ptr<FrameSource> source, CameraHealth& health, Looker& looker)
    : source_(std::move(source)), health_(health), looker_(looker) {}

void Receiver::Start() { thread_ = std::thread(&Receiver::Run, this); }

void Receiver::Stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void Receiver::Run() {
  if (source_->waits()) MakeUrgent(Urgency::kCamera);
  constexpr Nanos kRetry = kSecond / 10;
  uint64_t last = 0;  // frame's number
  while (!stop_.load(std::memory_order_relaxed)) {
    const Result<FrameSource::Got> got = source_->Next(frames_.Next());
    if (!got.ok()) {
      health_.errors.Add();
      SleepUntil(MonotonicNow() + kRetry);
      continue;
    }
    if (*got == FrameSource::Got::kEnd) break;
    if (*got == FrameSource::Got::kNothing) continue;
    const uint64_t sequence = frames_.Next().view.sequence;
    if (health_.received.get() > 0 && sequence > last) health_.skipped.Add(sequence - last - 1);
    last = sequence;
    health_.received.Add();
    health_.received_after.Add(MonotonicNow() - frames_.Next().view.captured);
    frames_.Publish();
    looker_.Ring();
  }
  ended_ = true;
}

}  // namespace furrow::edge
