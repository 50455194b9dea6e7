// SPDX-License-Identifier: Apache-2.0
// How an answer finds its way back to the connection that waits for it. Private to this module.
#pragma once

#include <memory>

#include "http/core.h"
#include "http/message.h"

namespace furrow::http {

/// One request's place for its answer. Shared by the connection and the Responder, so either may
/// go first.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(std::shared_ptr<Core> core, Loop& loop, bool gzip)
      : core_(std::move(core)), loop_(loop), gzip_(gzip) {}

  /// The function handed to a handler. Call once.
  Responder MakeResponder();

  /// Network thread: waits until the answer is here or Interrupt is called.
  Await<void> Wait();
  /// Network thread: lets Wait return without an answer; a later one is thrown away.
  void Interrupt();
  /// After Wait. `dropped`: the responder was destroyed uncalled.
  bool arrived() const { return arrived_; }
  bool dropped() const { return dropped_; }
  Response& response() { return response_; }

 private:
  class Ticket;
  void Deliver(Response response, bool dropped);
  bool Compress();
  void Post();

  const std::shared_ptr<Core> core_;
  Loop& loop_;
  const bool gzip_;
  // Written by the answering thread before Post, read by the network thread after it.
  Response response_;
  bool dropped_ = false;
  // Network thread only.
  bool arrived_ = false;
  bool interrupted_ = false;
  Signal signal_;
};

}  // namespace furrow::http
