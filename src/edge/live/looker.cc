// SPDX-License-Identifier: Apache-2.0
#include "edge/live/looker.h"

#include <algorithm>
#include <cstring>

#include "edge/boom/clock.h"

namespace furrow::edge {
namespace {

constexpr size_t kRingBytes = 8u << 20;
constexpr size_t kFoundReserve = 150'000;  // as many as half the ring takes

constexpr Nanos kPatience = kSecond;  // with a look, at the end

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
    : health_(health), options_(options), findings_(kRingBytes) {}

Looker::~Looker() {
  Stop();
  for (const auto& hand : left_) {
    if (hand->thread.joinable()) hand->thread.join();
  }
}

void Looker::Add(int camera, FrameExchange& frames, Eye eye, std::function<Eye()> stand_in) {
  Seat& seat = seats_.emplace_back();
  seat.camera = camera;
  seat.frames = &frames;
  seat.eye = std::make_unique<Eye>(std::move(eye));
  seat.make_stand_in = std::move(stand_in);
}

void Looker::Begin() {
  hand_ = std::make_unique<Hand>();
  hand_->found.reserve(kFoundReserve);
  hand_->thread = std::thread([this, hand = hand_.get()] { Run(*hand); });
}

void Looker::Start(Nanos start) {
  start_ = start;
  Begin();
}

void Looker::Stop() {
  stop_ = true;
  Ring();
  if (!hand_) return;
  const Nanos until = MonotonicNow() + kPatience;
  while (!hand_->ended && MonotonicNow() < until) SleepUntil(MonotonicNow() + kMillisecond);
  Nanos due = hand_->due.load(std::memory_order_acquire);
  if (hand_->ended || due <= 0 || !hand_->due.compare_exchange_strong(due, kReplaced)) {
    hand_->thread.join();
    hand_.reset();
    return;
  }
  left_.push_back(std::move(hand_));
}

bool Looker::hung() const {
  return std::ranges::any_of(left_, [](const auto& hand) { return !hand->ended; });
}

void Looker::Ring() noexcept {
  bell_.fetch_add(1, std::memory_order_release);
  bell_.notify_one();
}

void Looker::Watch(Nanos now) {
  Nanos due = hand_->due.load(std::memory_order_acquire);
  if (due > 0 && now > due &&
      hand_->due.compare_exchange_strong(due, kReplaced, std::memory_order_acq_rel)) {
    Replace();
  }
  std::erase_if(left_, [](const auto& hand) { return hand->taken_back.load(); });
  for (const auto& hand : left_) {
    if (!hand->ended || !hand->thread.joinable()) continue;
    std::atomic<Hand*>& returned = seats_[hand->seat].returned;
    if (returned.load(std::memory_order_relaxed) != nullptr)
      continue;  // the other one of this seat
    hand->thread.join();
    returned.store(hand.get(), std::memory_order_release);
    Ring();
  }
}

/// No thread looks now: the old one touches nothing any more but its eye, its frame and its own.
void Looker::Replace() {
  Seat& seat = seats_[hand_->seat];
  CameraHealth& health = health_.cameras[static_cast<size_t>(seat.camera)];
  health.hung.Add();
  hand_->eye = std::move(seat.eye);
  hand_->stand_in = seat.stand_in;
  hand_->frame = seat.frames->Leave();
  // Whoever looks at frames of a seat needs a spare one to leave.
  if (!seat.stand_in && seat.frames->spares() > 0) {
    seat.eye = std::make_unique<Eye>(seat.make_stand_in());
    seat.stand_in = true;
    health.stand_in = true;
  }
  left_.push_back(std::move(hand_));
  Begin();
}

/// The thread that looks: what had hung is at an end.
void Looker::TakeBack(Seat& seat) {
  Hand* const hand = seat.returned.load(std::memory_order_acquire);
  if (hand == nullptr) return;
  seat.frames->TakeBack(hand->frame);
  if (seat.eye == nullptr || !hand->stand_in) {
    seat.eye = std::move(hand->eye);
    seat.stand_in = hand->stand_in;
    health_.cameras[static_cast<size_t>(seat.camera)].stand_in = hand->stand_in;
  }
  seat.returned.store(nullptr, std::memory_order_relaxed);
  hand->taken_back = true;
}

void Looker::Run(Hand& hand) {
  TouchStack();
  if (options_.on_thread != nullptr) options_.on_thread(LiveThread::kLook);
  bool mine = true;
  while (mine) {
    // In this order: a bell that rang for the end is heard, or still changes.
    const uint32_t heard = bell_.load(std::memory_order_acquire);
    if (stop_.load(std::memory_order_relaxed)) break;
    bool any = false;
    for (size_t i = 0; mine && i < seats_.size(); ++i) {
      if (stop_.load(std::memory_order_relaxed)) break;
      Seat& seat = seats_[i];
      TakeBack(seat);
      if (seat.eye != nullptr) seat.eye->TakeOver();
      const FrameSlot* slot = seat.eye != nullptr ? seat.frames->Take() : nullptr;
      if (slot == nullptr) continue;
      any = true;
      hand.seat = i;
      mine = Look(hand, seat, slot->view);
    }
    if (mine && !any) bell_.wait(heard, std::memory_order_acquire);
  }
  hand.ended = true;
}

/// A drill: not back before its end, whatever else happens.
void Looker::Suffer(int camera, Nanos captured) const {
  const CameraFault* drill = FaultAt(options_.drills, camera, captured - start_);
  if (drill != nullptr) SleepUntil(start_ + drill->until);
}

/// False: it took too long, and another thread looks now.
bool Looker::Look(Hand& hand, Seat& seat, const FrameView& frame) {
  CameraHealth& health = health_.cameras[static_cast<size_t>(seat.camera)];
  health.looked_at.Add();
  FrameFindings head{seat.camera,    seat.judge.Judge(frame), 0,      frame.sequence,
                     frame.captured, frame.exposure,          nullptr};
  std::vector<Detection>& found = hand.found;
  found.clear();
  bool by_network = false;
  if (head.state == CameraState::kGood) {
    Eye& eye = *seat.eye;
    const bool stand_in = seat.stand_in;
    const int camera = seat.camera;
    const Nanos begun = MonotonicNow();
    const Nanos budget = health.budget.load(std::memory_order_relaxed);
    Nanos due = begun + std::max(options_.hung_after, 3 * eye.net_takes());
    hand.due.store(due, std::memory_order_release);
    if (!stand_in) Suffer(camera, frame.captured);
    by_network = eye.Look(frame, budget, found) && !stand_in;
    if (!hand.due.compare_exchange_strong(due, 0, std::memory_order_acq_rel)) return false;
    if (!by_network) health.by_index.Add();
    head.model = eye.model();
    const Nanos done = MonotonicNow();
    health.detected_in.Add(done - begun);
    health.found_after.Add(done - frame.captured);
  } else {
    health.unusable.Add();
  }
  head.count = static_cast<uint32_t>(found.size());
  const size_t bytes = found.size() * sizeof(Detection);
  std::byte* place = findings_.Reserve(sizeof head + bytes);
  if (place == nullptr) {
    // The deciding thread does not run, or a frame had more patches than any field: what it showed
    // counts as unseen.
    health.results_lost.Add();
  } else {
    std::memcpy(place, &head, sizeof head);
    if (bytes > 0) std::memcpy(place + sizeof head, found.data(), bytes);
    findings_.Publish();
  }
  // Once the decision is on its way, so that it does not wait for the copy.
  if (options_.shadow != nullptr && head.state == CameraState::kGood) {
    options_.shadow->Offer(frame, found, by_network);
  }
  if (options_.log != nullptr && options_.frames_every > 0 &&
      frame.sequence % static_cast<uint64_t>(options_.frames_every) == 0) {
    options_.log->Frame(frame);
  }
  return true;
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
