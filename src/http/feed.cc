// SPDX-License-Identifier: Apache-2.0
#include "http/feed.h"

#include <utility>

namespace furrow::http {

std::shared_ptr<Feed> Feed::ForReader(const std::shared_ptr<Feed>& feed) {
  return {feed.get(), [feed](Feed* f) { f->Detach(); }};
}

bool Feed::Push(std::string_view bytes) {
  std::lock_guard lock(mutex_);
  if (reader_gone_ || state_ != State::kOpen) return false;
  if (waiting_.size() + bytes.size() > bytes_max_) {
    state_ = State::kLost;
    std::string().swap(waiting_);
  } else {
    waiting_ += bytes;
  }
  Wake();
  return state_ == State::kOpen;
}

void Feed::End() {
  std::lock_guard lock(mutex_);
  if (state_ != State::kOpen) return;
  state_ = State::kEnded;
  Wake();
}

bool Feed::open() const {
  std::lock_guard lock(mutex_);
  return !reader_gone_ && state_ == State::kOpen;
}

void Feed::Attach(std::function<void()> wake) {
  std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
  if (!waiting_.empty() || state_ != State::kOpen) Wake();
}

void Feed::Detach() {
  std::lock_guard lock(mutex_);
  reader_gone_ = true;
  wake_ = nullptr;
  std::string().swap(waiting_);
}

Feed::State Feed::Take(std::string& out) {
  std::lock_guard lock(mutex_);
  woken_ = false;
  out = std::exchange(waiting_, {});
  return state_;
}

void Feed::Wake() {
  if (!wake_ || woken_) return;
  woken_ = true;
  wake_();
}

}  // namespace furrow::http
