// SPDX-License-Identifier: Apache-2.0
// An answer without an end in sight. The coroutine sleeps on the socket, so that a client that goes
// away is noticed at once; what is pushed interrupts that sleep.
#include <charconv>

#include <boost/asio/redirect_error.hpp>

#include "http/connection.h"
#include "http/feed.h"

namespace furrow::http {

/// Lets a producer's thread find the connection as long as that is there.
class Connection::FeedWatch {
 public:
  FeedWatch(Connection* connection, std::shared_ptr<Feed> feed) : feed_(std::move(feed)) {
    feed_->Attach([core = connection->core_, &loop = connection->loop_, place = place_] {
      loop.Post([place] {
        if (place->connection) place->connection->WakeFeed();
      });
    });
    place_->connection = connection;
  }
  ~FeedWatch() {
    place_->connection = nullptr;
    feed_->Detach();
  }
  FeedWatch(const FeedWatch&) = delete;
  FeedWatch& operator=(const FeedWatch&) = delete;

 private:
  struct Place {
    Connection* connection = nullptr;  ///< network thread only
  };
  const std::shared_ptr<Feed> feed_;
  const std::shared_ptr<Place> place_ = std::make_shared<Place>();
};

void Connection::WakeFeed() {
  feed_woken_ = true;
  if (phase_ != Phase::kFeed) return;
  boost::system::error_code ignored;
  descriptor_.cancel(ignored);
}

/// False when the client went away, or speaks where it should listen.
Await<bool> Connection::WaitFeed() {
  while (!feed_woken_) {
    if (Interrupted() || core_->draining.load(std::memory_order_relaxed)) co_return false;
    char byte = 0;
    const IoResult result = transport_.Read(&byte, 1);
    if (result.state != IoState::kWantRead && result.state != IoState::kWantWrite) co_return false;
    const auto what = result.state == IoState::kWantWrite ? asio::posix::descriptor_base::wait_write
                                                          : asio::posix::descriptor_base::wait_read;
    boost::system::error_code error;
    phase_ = Phase::kFeed;
    co_await descriptor_.async_wait(what, asio::redirect_error(kAwait, error));
    phase_ = Phase::kAnswer;
  }
  feed_woken_ = false;
  co_return !Interrupted();
}

Await<bool> Connection::SendFeed(Response& response, std::string& head, BodyKind kind) {
  const std::shared_ptr<Feed> feed = std::move(response.feed);
  feed_woken_ = false;
  const FeedWatch watch(this, feed);
  std::string before = std::move(head);
  std::string chunk;
  for (;;) {
    const Feed::State state = feed->Take(chunk);
    if (state == Feed::State::kLost) co_return false;
    const bool more = state == Feed::State::kOpen;
    std::string_view after;
    if (kind == BodyKind::kChunked) {
      if (!chunk.empty()) {
        char size[18];
        before.append(size, std::to_chars(size, size + 16, chunk.size(), 16).ptr);
        before += "\r\n";
        after = more ? "\r\n" : "\r\n0\r\n\r\n";
      } else if (!more) {
        after = "0\r\n\r\n";
      }
    }
    iovec pieces[3] = {{before.data(), before.size()},
                       {chunk.data(), chunk.size()},
                       {const_cast<char*>(after.data()), after.size()}};
    const bool sent = co_await Send(pieces, 3, false);
    NoDeadline();
    before.clear();
    if (!sent || !more) co_return sent;
    const bool woken = co_await WaitFeed();
    if (!woken) co_return false;
  }
}

}  // namespace furrow::http
