// SPDX-License-Identifier: Apache-2.0
#include "http/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/forget.h"
#include "http/forwarded.h"

namespace furrow::http {

namespace {

using std::chrono::steady_clock;

constexpr size_t kHeadsBytesMax = 32 * 1024 * 1024;
constexpr std::chrono::seconds kLingerTime{5};
constexpr uint64_t kLingerBytesMax = 256ull * 1024 * 1024;

}  // namespace

void Connection::Start(const std::shared_ptr<Core>& core, Loop& loop, int fd,
                       const Origin& origin) {
  std::unique_ptr<Connection> self;
  try {
    self = std::make_unique<Connection>(core, loop, fd, origin);
  } catch (...) {
    ::close(fd);
    core->ConnectionClosed();
    return;
  }
  try {
    // Ours from here on: the destructor closes it.
    self->descriptor_.assign(fd);
    asio::co_spawn(loop.context, Run(std::move(self)), asio::detached);
  } catch (...) {
    if (self && !self->descriptor_.is_open()) ::close(fd);
  }
}

Connection::Connection(std::shared_ptr<Core> core, Loop& loop, int fd, Origin origin)
    : core_(std::move(core)),
      loop_(loop),
      origin_(std::move(origin)),
      descriptor_(loop.context),
      transport_(fd) {
  place_ = loop_.connections.insert(loop_.connections.end(), this);
}

Connection::~Connection() {
  loop_.connections.erase(place_);
  boost::system::error_code ignored;
  descriptor_.close(ignored);
  core_->ConnectionClosed();
}

Await<void> Connection::Run(std::unique_ptr<Connection> self) {
  try {
    co_await self->Serve();
  } catch (...) {
    // No memory, or a handler that throws: this connection ends, the others go on.
  }
}

void Connection::Sweep(SteadyTime now) {
  if (now < deadline_ || expired_) return;
  expired_ = true;
  boost::system::error_code ignored;
  descriptor_.cancel(ignored);
}

bool Connection::HasInput() const {
  char byte = 0;
  return transport_.HasHeldBytes() ||
         ::recv(transport_.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void Connection::CloseIfIdle() {
  // A request that has arrived but was not read yet is under way for its sender.
  const bool rests = phase_ == Phase::kHandshake || phase_ == Phase::kFeed;
  if (rests || (phase_ == Phase::kIdle && !HasInput())) Abort();
}

void Connection::Abort() {
  aborted_ = true;
  ::shutdown(transport_.fd(), SHUT_RDWR);
  boost::system::error_code ignored;
  descriptor_.cancel(ignored);
  if (exchange_) loop_.Post([exchange = exchange_] { exchange->Interrupt(); });
}

void Connection::SetDeadline(std::chrono::nanoseconds from_now) {
  deadline_ = steady_clock::now() + from_now;
  expired_ = false;
}

void Connection::NoDeadline() {
  deadline_ = SteadyTime::max();
  expired_ = false;
}

bool Connection::KeepAlive() const {
  return wants_keep_alive_ && !core_->draining.load(std::memory_order_relaxed);
}

Await<void> Connection::Serve() {
  bool open = true;
  if (core_->tls) open = co_await Handshake();
  while (open && !aborted_) open = co_await ServeOne();
  if (linger_ && !aborted_) {
    co_await Linger();
  } else if (!aborted_) {
    transport_.EndWrites();
  }
}

Await<bool> Connection::Handshake() {
  if (core_->draining) co_return false;
  phase_ = Phase::kHandshake;
  SetDeadline(core_->options.header_timeout);
  if (!transport_.StartTls(*core_->tls, true).ok()) co_return false;
  for (;;) {
    const IoResult result = transport_.Handshake();
    if (result.state == IoState::kOk) co_return true;
    if (result.state == IoState::kEnd || result.state == IoState::kFailed) co_return false;
    const bool ready = co_await WaitFor(result.state);
    if (!ready) co_return false;
  }
}

Await<HeadError> Connection::ReadHead(ParsedHead& parsed) {
  const HeadError silent{kNoAnswer, ""};
  HeadScanner scanner({core_->options.header_bytes_max, core_->options.header_fields_max});
  Charge held(core_->heads_bytes);
  phase_ = Phase::kIdle;
  SetDeadline(first_ ? core_->options.header_timeout : core_->options.idle_timeout);
  for (;;) {
    if (!rest_.empty()) {
      if (scanner.Scan(rest_)) break;
      if (scanner.error()) {
        Forget(rest_);
        co_return scanner.error();
      }
      if (rest_.size() > scanner.begin() && phase_ == Phase::kIdle) {
        phase_ = Phase::kHead;
        SetDeadline(core_->options.header_timeout);
      }
      if (rest_.size() > held.mine() && !held.Grow(rest_.size() - held.mine(), kHeadsBytesMax))
        co_return HeadError{503, "too many unfinished requests"};
    }
    if (phase_ == Phase::kIdle && core_->draining.load(std::memory_order_relaxed) && !HasInput())
      co_return silent;
    const bool more = co_await Fill(phase_ == Phase::kIdle);
    if (!more) {
      if (phase_ == Phase::kHead && expired_)
        co_return HeadError{408, "the request did not arrive in time"};
      co_return silent;
    }
  }
  first_ = false;
  const std::string_view bytes = rest_.substr(scanner.begin(), scanner.end() - scanner.begin());
  const HeadError error = ParseHead(bytes, parsed);
  // Buffers of our own, read through a view: a credential must not stay in one that is used again.
  if (error || parsed.head.headers.Has("authorization") || parsed.head.headers.Has("cookie")) {
    Forget(bytes);
    ForgetTraces();
  }
  rest_.remove_prefix(scanner.end());
  co_return error;
}

std::unique_ptr<BodySink> Connection::AskHandler(const RequestHead& head, HeadError& error) {
  try {
    return origin_.handler->Accept(head);
  } catch (...) {
    error = {500, "internal error"};
    return nullptr;
  }
}

Await<bool> Connection::ServeOne() {
  ParsedHead parsed;
  http11_ = true;
  head_request_ = false;
  HeadError error = co_await ReadHead(parsed);
  if (error.status == kNoAnswer) co_return false;
  phase_ = Phase::kBusy;
  NoDeadline();
  core_->requests.fetch_add(1, std::memory_order_relaxed);
  http11_ = parsed.http11;
  head_request_ = parsed.is_head;
  wants_keep_alive_ = parsed.keep_alive;
  bool open = false;
  if (error) {
    open = co_await Refuse(error.status, error.why);
    co_return open;
  }

  RequestHead& head = parsed.head;
  head.peer_address = ClientAddress(head.headers, origin_.peer, core_->options.trusted_proxies);
  head.secure = transport_.tls();
  head.listener = origin_.listener;
  std::unique_ptr<BodySink> sink = AskHandler(head, error);
  if (!error && !sink && head.content_length > core_->options.max_body_bytes)
    error = {413, "the body is too large"};
  if (error) {
    open = co_await Refuse(error.status, error.why);
    co_return open;
  }
  if (sink) {
    open = co_await Receive(parsed, std::move(sink));
    co_return open;
  }

  std::string body;
  Charge charge(core_->bodies_bytes);
  if (head.chunked || head.content_length > 0) {
    if (parsed.expect_continue && rest_.empty()) {
      const bool sent = co_await SayContinue();
      if (!sent) co_return false;
    }
    error = co_await Collect(head, body, charge);
    if (error.status == kNoAnswer) co_return false;
    if (error) {
      open = co_await Refuse(error.status, error.why);
      co_return open;
    }
  }
  open = co_await Dispatch(parsed, std::move(body));
  co_return open;
}

Await<bool> Connection::Dispatch(ParsedHead& parsed, std::string body) {
  phase_ = Phase::kBusy;
  NoDeadline();
  HoldRest();
  exchange_ = std::make_shared<Exchange>(core_, loop_, parsed.accept_gzip && !head_request_);
  Request request;
  static_cast<RequestHead&>(request) = std::move(parsed.head);
  request.body = std::move(body);
  Job job([handler = origin_.handler, request = std::move(request),
           respond = exchange_->MakeResponder()]() mutable {
    try {
      handler->Handle(std::move(request), std::move(respond));
    } catch (...) {
      // The responder goes unused, which answers 500.
    }
  });
  if (!core_->pool->TryPost(job)) {
    job = Job();
    exchange_.reset();
    Response response = origin_.handler->TransportError(503, "the server is overloaded");
    response.headers.Set("Retry-After", "1");
    core_->refused.fetch_add(1, std::memory_order_relaxed);
    const bool open = co_await Answer(response, KeepAlive());
    co_return open;
  }
  const bool open = co_await AwaitAnswer();
  co_return open;
}

Await<bool> Connection::AwaitAnswer() {
  if (!aborted_) co_await exchange_->Wait();
  const std::shared_ptr<Exchange> exchange = std::move(exchange_);
  exchange_.reset();
  if (aborted_ || !exchange->arrived()) co_return false;
  if (exchange->dropped())
    exchange->response() = origin_.handler->TransportError(500, "the request was not answered");
  const bool open = co_await Answer(exchange->response(), KeepAlive());
  co_return open;
}

Await<bool> Connection::Refuse(int status, std::string_view why) {
  upload_failed_ = false;
  core_->refused.fetch_add(1, std::memory_order_relaxed);
  HoldRest();
  Response response = origin_.handler->TransportError(status, why);
  if (status == 503 && !response.headers.Has("Retry-After"))
    response.headers.Set("Retry-After", "1");
  // What the client still sends must be read, or the reset that answers it could overtake us.
  linger_ = true;
  const bool open = co_await Answer(response, false);
  co_return open;
}

Await<void> Connection::Linger() {
  transport_.EndWrites();
  phase_ = Phase::kLinger;
  SetDeadline(kLingerTime);
  uint64_t discarded = 0;
  while (discarded < kLingerBytesMax) {
    // Truncated to nothing: what comes is not even copied.
    const ssize_t n = ::recv(transport_.fd(), nullptr, Loop::kScratchBytes, MSG_TRUNC);
    if (n > 0) {
      discarded += static_cast<uint64_t>(n);
      continue;
    }
    if (n == 0 || (errno != EAGAIN && errno != EINTR)) co_return;
    const bool ready = co_await WaitFor(IoState::kWantRead);
    if (!ready) co_return;
  }
}

int StatusForCode(Code code) {
  switch (code) {
    case Code::kOk:
      return 200;
    case Code::kInvalidArgument:
      return 400;
    case Code::kNotFound:
      return 404;
    case Code::kAlreadyExists:
    case Code::kFailedPrecondition:
      return 409;
    case Code::kUnauthenticated:
      return 401;
    case Code::kPermissionDenied:
      return 403;
    case Code::kTooLarge:
      return 413;
    case Code::kResourceExhausted:
    case Code::kUnavailable:
      return 503;
    case Code::kCorruption:
    case Code::kIoError:
    case Code::kInternal:
      return 500;
  }
  return 500;
}

}  // namespace furrow::http
