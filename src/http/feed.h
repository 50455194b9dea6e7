// SPDX-License-Identifier: Apache-2.0
// The body of an answer that is written little by little, for as long as somebody listens
// (server-sent events). No thread waits for it: the connection sleeps until there is something.
//
//   auto feed = std::make_shared<http::Feed>();
//   response.feed = http::Feed::ForReader(feed);
//   respond(std::move(response));
//   ... from any thread, later: if (!feed->Push("data: hello\n\n")) forget(feed);
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace furrow::http {

/// Thread-safe.
class Feed {
 public:
  static constexpr size_t kBytesMax = 1024 * 1024;

  /// `bytes_max`: how far a listener may fall behind before it is let go.
  explicit Feed(size_t bytes_max = kBytesMax) : bytes_max_(bytes_max) {}

  /// What goes into Response::feed: when its last copy is destroyed, nobody listens any more.
  static std::shared_ptr<Feed> ForReader(const std::shared_ptr<Feed>& feed);

  /// Adds bytes to what is sent. Never waits. False when nobody listens any more, because the
  /// client went away, End was called, or more than `bytes_max` would wait to be sent: then the
  /// connection is closed without the end of the body, so that the client sees the break.
  bool Push(std::string_view bytes);
  /// The answer is complete with what was pushed.
  void End();
  bool open() const;

 private:
  friend class Connection;
  enum class State { kOpen, kEnded, kLost };

  /// `wake` is called, from any thread and without waiting, when there is something to take. It is
  /// not called again before Take, and never after Detach has returned.
  void Attach(std::function<void()> wake);
  void Detach();
  /// Moves what waits to `out`. kEnded: that was the last; kLost: end without an end.
  State Take(std::string& out);
  void Wake();  ///< with mutex_ held

  const size_t bytes_max_;
  mutable std::mutex mutex_;
  State state_ = State::kOpen;  ///< this and all below guarded by mutex_
  bool reader_gone_ = false;
  bool woken_ = false;
  std::string waiting_;
  std::function<void()> wake_;
};

}  // namespace furrow::http
