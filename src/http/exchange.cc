// SPDX-License-Identifier: Apache-2.0
#include "http/exchange.h"

#include <atomic>

#include "http/gzip.h"

namespace furrow::http {

namespace {

/// Without memory the answer goes as it is.
void GzipQuietly(Response& response) {
  try {
    GzipBody(response);
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace

/// Lives as long as any copy of the responder.
class Exchange::Ticket {
 public:
  explicit Ticket(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  ~Ticket() {
    if (!used_.exchange(true)) exchange_->Deliver({}, true);
  }
  void Answer(Response response) {
    if (!used_.exchange(true)) exchange_->Deliver(std::move(response), false);
  }

 private:
  const std::shared_ptr<Exchange> exchange_;
  std::atomic<bool> used_{false};
};

Responder Exchange::MakeResponder() {
  auto ticket = std::make_shared<Ticket>(shared_from_this());
  return [ticket = std::move(ticket)](Response response) { ticket->Answer(std::move(response)); };
}

void Exchange::Deliver(Response response, bool dropped) {
  response_ = std::move(response);
  dropped_ = dropped;
  if (!Compress()) Post();
}

/// True when the pool compresses, and posts afterwards.
bool Exchange::Compress() {
  try {
    if (dropped_ || !WantsGzip(response_)) return false;
    response_.headers.Add("Vary", "Accept-Encoding");
    if (!gzip_) return false;
    // Never on a stranger's thread: it may be the one that commits for everybody.
    if (!core_->pool->OnPoolThread()) {
      return core_->pool->Post([self = shared_from_this()] {
        GzipQuietly(self->response_);
        self->Post();
      });
    }
  } catch (const std::bad_alloc&) {
    return false;
  }
  GzipQuietly(response_);
  return false;
}

void Exchange::Post() {
  loop_.Post([self = shared_from_this()] {
    self->arrived_ = true;
    self->signal_.Set();
  });
}

Await<void> Exchange::Wait() {
  if (!arrived_ && !interrupted_) co_await signal_.Wait();
}

void Exchange::Interrupt() {
  interrupted_ = true;
  signal_.Set();
}

}  // namespace furrow::http
