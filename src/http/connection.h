// SPDX-License-Identifier: Apache-2.0
// One connection of a server: a coroutine on one network thread that reads requests, hands them to
// the pool and writes the answers, one after the other. Private to this module.
#pragma once

#include <sys/uio.h>

#include <chrono>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "http/body.h"
#include "http/core.h"
#include "http/exchange.h"
#include "http/head.h"
#include "http/response_head.h"

namespace furrow::http {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Where a connection came in.
struct Origin {
  int listener = 0;
  Handler* handler = nullptr;
  std::string peer;
};

/// Everything on its loop's thread.
class Connection {
 public:
  /// Takes over `fd`, already counted in core->connections_open.
  static void Start(const std::shared_ptr<Core>& core, Loop& loop, int fd, const Origin& origin);
  Connection(std::shared_ptr<Core> core, Loop& loop, int fd, Origin origin);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Ends what has outlived its deadline.
  void Sweep(SteadyTime now);
  /// Closes it unless a request is under way.
  void CloseIfIdle();
  /// Closes it, once what runs for it on the pool has ended.
  void Abort();

 private:
  enum class Phase { kHandshake, kIdle, kHead, kBody, kBusy, kAnswer, kFeed, kLinger };
  struct UploadBuffer {
    std::unique_ptr<char[]> data;
    size_t capacity = 0;
    size_t size = 0;
  };
  struct Upload;

  static Await<void> Run(std::unique_ptr<Connection> self);

  // connection.cc: the life of a connection.
  Await<void> Serve();
  Await<bool> Handshake();
  Await<bool> ServeOne();  ///< false: close
  Await<HeadError> ReadHead(ParsedHead& parsed);
  Await<bool> Dispatch(ParsedHead& parsed, std::string body);
  Await<bool> AwaitAnswer();
  Await<bool> Refuse(int status, std::string_view why);
  Await<void> Linger();
  std::unique_ptr<BodySink> AskHandler(const RequestHead& head, HeadError& error);

  // connection_io.cc: waiting, reading, writing.
  Await<bool> WaitFor(IoState state);
  Await<bool> Fill(bool wait_first, std::span<char> into = {});
  Await<bool> SayContinue();
  Await<bool> Send(iovec* pieces, int count, bool more);
  Await<bool> Answer(Response& response, bool keep_alive);
  Await<bool> SendFile(const FileSpan& file);
  Await<bool> SendFileBuffered(const FileSpan& file, uint64_t offset, uint64_t left);
  Await<bool> SendStream(Response& response, std::string& head, BodyKind kind);
  template <typename F>
  Await<void> OnPool(F f);
  void HoldRest();

  // connection_feed.cc: answers that are pushed.
  class FeedWatch;
  Await<bool> SendFeed(Response& response, std::string& head, BodyKind kind);
  Await<bool> WaitFeed();
  void WakeFeed();

  // connection_body.cc: bodies.
  Await<HeadError> Collect(const RequestHead& head, std::string& body, Charge& charge);
  Await<bool> Receive(ParsedHead& parsed, std::unique_ptr<BodySink> sink);
  Await<bool> FinishUpload(std::shared_ptr<Upload> upload, bool accept_gzip);
  Await<HeadError> Pump(std::shared_ptr<Upload> upload, BodyFramer framer);
  Await<HeadError> Flush(std::shared_ptr<Upload> upload);
  Await<void> WaitWritten(Upload& upload);
  void LaunchWrite(const std::shared_ptr<Upload>& upload);
  void FailUpload();
  HeadError BodyFailure() const;

  bool Interrupted() const { return expired_ || aborted_ || upload_failed_; }
  void SetDeadline(std::chrono::nanoseconds from_now);
  void NoDeadline();
  void StartBodyClock();
  void SetBodyDeadline(uint64_t received);
  bool KeepAlive() const;
  bool HasInput() const;

  const std::shared_ptr<Core> core_;
  Loop& loop_;
  const Origin origin_;
  asio::posix::basic_stream_descriptor<Executor> descriptor_;
  Transport transport_;
  std::list<Connection*>::iterator place_;

  Phase phase_ = Phase::kIdle;
  SteadyTime deadline_ = SteadyTime::max();
  bool expired_ = false;
  bool aborted_ = false;
  bool upload_failed_ = false;
  bool linger_ = false;
  bool first_ = true;

  // The request under way.
  bool http11_ = true;
  bool head_request_ = false;
  bool wants_keep_alive_ = false;
  std::shared_ptr<Exchange> exchange_;
  SteadyTime body_start_;
  bool feed_woken_ = false;

  // Input that has arrived and was not used: in the loop's scratch, which the next suspension
  // gives to others, in the buffer that Fill was given, or in pending_.
  std::string_view rest_;
  bool rest_held_ = false;
  std::string pending_;
  int reads_in_a_row_ = 0;
};

/// HeadError::status of a connection that is closed without an answer.
inline constexpr int kNoAnswer = -1;

/// `f` must not throw.
template <typename F>
Await<void> Connection::OnPool(F f) {
  Signal done;
  // Made before the job is: once that runs, nothing here may fail until it has ended.
  Await<void> wait = done.Wait();
  const bool posted = core_->pool->Post([&loop = loop_, &f, &done] {
    f();
    loop.Post([&done] { done.Set(); });
  });
  if (posted) co_await std::move(wait);
}

}  // namespace furrow::http
