// SPDX-License-Identifier: Apache-2.0
// One keep-alive HTTP connection to a server on loopback, without blocking and without copying.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace furrow::loadgen {

struct Answer {
  int status = 0;
  std::string_view body;  ///< its first kBodyKept bytes, until the next Send
  uint64_t body_bytes = 0;
};

/// Not thread-safe.
class Connection {
 public:
  enum class State { kIdle, kSending, kReceiving, kAnswered, kBroken };
  static constexpr size_t kBodyKept = 1u << 20;

  Connection() = default;
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Connects to 127.0.0.1. False when nobody listens there.
  bool Open(uint16_t port);
  void Close();

  /// Begins to send one whole request; `bytes` must stay as they are until it is answered.
  void Send(std::string_view bytes);
  /// Goes on as far as the socket lets it.
  void Progress();
  /// After kAnswered: back to kIdle.
  void Finish() { state_ = State::kIdle; }

  State state() const { return state_; }
  int fd() const { return fd_; }
  const Answer& answer() const { return answer_; }
  /// What went wrong, when kBroken.
  const std::string& problem() const { return problem_; }

 private:
  void Break(std::string why);
  bool TakeHead();
  void Take(const char* data, size_t size);

  int fd_ = -1;
  State state_ = State::kIdle;
  std::string_view out_;
  std::string head_, body_, problem_;
  bool head_done_ = false;
  uint64_t body_left_ = 0;
  Answer answer_;
};

}  // namespace furrow::loadgen
