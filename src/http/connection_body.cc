// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "http/connection.h"

namespace furrow::http {

namespace {

using std::chrono::steady_clock;

constexpr size_t kReserveAtOnce = 1024 * 1024;
constexpr size_t kFirstUploadBytes = 64 * 1024;
constexpr size_t kUploadBytes = 512 * 1024;  // two of them per upload that fills them

}  // namespace

/// An upload under way: one buffer fills while the other is written. Shared with the job that
/// writes, so that neither a failed connection nor a failed allocation pulls it away from the
/// other.
struct Connection::Upload {
  Upload(std::shared_ptr<Core> to_core, std::unique_ptr<BodySink> to)
      : core(std::move(to_core)), sink(std::move(to)), charge(core->bodies_bytes) {}
  /// The sink's destructor may block, so it runs on the pool.
  ~Upload() {
    if (sink) core->PostQuietly([gone = std::move(sink)] {});
  }
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;

  const std::shared_ptr<Core> core;
  std::unique_ptr<BodySink> sink;
  Charge charge;
  UploadBuffer filling;
  UploadBuffer writing;  ///< the job's while busy
  uint64_t length = 0;   ///< 0 when unknown
  uint64_t received = 0;
  bool busy = false;  ///< a Write runs on the pool
  Status status;      ///< of the Writes so far; the job's while busy
  Signal written;
  Connection* owner = nullptr;  ///< network thread only; null once the connection has moved on

  size_t room() const { return filling.capacity - filling.size; }
  std::span<char> free() const { return {filling.data.get() + filling.size, room()}; }
  /// False when the bound on bodies is reached.
  bool Allocate(UploadBuffer& buffer, size_t capacity, size_t max) {
    if (!charge.Grow(capacity, max)) return false;
    buffer.data.reset(new char[capacity]);
    buffer.capacity = capacity;
    buffer.size = 0;
    return true;
  }
};

namespace {

/// A sink's Write and Finish, whatever they throw.
template <typename F>
Status Guarded(F&& f) {
  try {
    return f();
  } catch (...) {
    return Status(Code::kInternal, "internal error");
  }
}

}  // namespace

void Connection::StartBodyClock() {
  phase_ = Phase::kBody;
  body_start_ = steady_clock::now();
  SetBodyDeadline(0);
}

void Connection::SetBodyDeadline(uint64_t received) {
  const uint64_t rate = core_->options.body_rate_min;
  const auto grace = core_->options.header_timeout;
  if (rate == 0) {
    SetDeadline(grace);
    return;
  }
  // Capped, or the sum could overflow for a body of exabytes.
  const uint64_t milliseconds = std::min<uint64_t>(received, 1ull << 50) * 1000 / rate;
  deadline_ = body_start_ + grace + std::chrono::milliseconds(milliseconds);
  expired_ = false;
}

HeadError Connection::BodyFailure() const {
  if (expired_) return {408, "the body did not arrive in time"};
  return {kNoAnswer, ""};
}

Await<HeadError> Connection::Collect(const RequestHead& head, std::string& body, Charge& charge) {
  const size_t max = core_->options.max_body_bytes;
  BodyFramer framer =
      head.chunked ? BodyFramer::Chunked() : BodyFramer::Length(head.content_length);
  StartBodyClock();
  // A claimed length is a claim: the rest is reserved once the first part has really come.
  body.reserve(static_cast<size_t>(std::min<uint64_t>(head.content_length, kReserveAtOnce)));
  for (;;) {
    std::string_view data;
    switch (framer.Next(rest_, data)) {
      case BodyFramer::Step::kData:
        if (data.size() > max - body.size()) co_return HeadError{413, "the body is too large"};
        if (!charge.Grow(data.size(), core_->options.bodies_bytes_max))
          co_return HeadError{503, "too many requests at once"};
        if (body.size() + data.size() > body.capacity() && !head.chunked)
          body.reserve(static_cast<size_t>(head.content_length));
        body.append(data);
        break;
      case BodyFramer::Step::kDone:
        NoDeadline();
        co_return HeadError{};
      case BodyFramer::Step::kBad:
        co_return HeadError{400, framer.why()};
      case BodyFramer::Step::kNeedMore: {
        const bool more = co_await Fill(false);
        if (!more) co_return BodyFailure();
        SetBodyDeadline(body.size());
        break;
      }
    }
  }
}

Await<bool> Connection::Receive(ParsedHead& parsed, std::unique_ptr<BodySink> sink) {
  const RequestHead& head = parsed.head;
  const bool has_body = head.chunked || head.content_length > 0;
  const auto upload = std::make_shared<Upload>(core_, std::move(sink));
  upload->length = head.content_length;
  const std::optional<Response> refusal = upload->sink->Refusal();
  bool open = false;
  if (refusal) {
    HoldRest();
    Response response = *refusal;
    open = co_await Answer(response, KeepAlive() && !has_body);
    if (has_body) linger_ = true;
    co_return open;
  }
  HeadError error;
  if (parsed.expect_continue && has_body && rest_.empty()) {
    const bool sent = co_await SayContinue();
    if (!sent) error = {kNoAnswer, ""};
  }
  if (!error) {
    BodyFramer framer =
        head.chunked ? BodyFramer::Chunked() : BodyFramer::Length(head.content_length);
    upload->owner = this;
    try {
      error = co_await Pump(upload, framer);
      HoldRest();
      phase_ = Phase::kBusy;
      NoDeadline();
      co_await WaitWritten(*upload);
    } catch (...) {
      error = {503, "out of memory"};
    }
    upload->owner = nullptr;
  }
  const bool failed = upload_failed_;
  upload_failed_ = false;
  if (failed && !error) error = {StatusForCode(upload->status.code()), ""};
  if (error.status == kNoAnswer) co_return false;
  if (error) {
    const std::string why = failed ? upload->status.message() : error.why;
    open = co_await Refuse(error.status, why);
    co_return open;
  }
  open = co_await FinishUpload(upload, parsed.accept_gzip);
  co_return open;
}

/// The last piece and Finish in one visit to the pool.
Await<bool> Connection::FinishUpload(std::shared_ptr<Upload> upload, bool accept_gzip) {
  exchange_ = std::make_shared<Exchange>(core_, loop_, accept_gzip && !head_request_);
  Responder respond = exchange_->MakeResponder();
  Status last;
  co_await OnPool([&] {
    last = Guarded([&] {
      Status status;
      if (upload->filling.size > 0)
        status = upload->sink->Write({upload->filling.data.get(), upload->filling.size});
      if (status.ok()) upload->sink->Finish(std::move(respond));
      return status;
    });
    respond = nullptr;
    upload->sink.reset();
  });
  upload.reset();
  bool open = false;
  if (!last.ok()) {
    exchange_.reset();
    open = co_await Refuse(StatusForCode(last.code()), last.message());
    co_return open;
  }
  open = co_await AwaitAnswer();
  co_return open;
}

Await<HeadError> Connection::Pump(std::shared_ptr<Upload> upload, BodyFramer framer) {
  StartBodyClock();
  for (;;) {
    const bool full = upload->room() == 0 && (upload->filling.data || !rest_.empty());
    std::string_view data;
    const BodyFramer::Step step =
        full && !rest_.empty() ? BodyFramer::Step::kNeedMore
                               : framer.Next(rest_, data, std::max<size_t>(upload->room(), 1));
    switch (step) {
      case BodyFramer::Step::kData:
        if (data.data() != upload->free().data())
          std::memcpy(upload->free().data(), data.data(), data.size());
        upload->filling.size += data.size();
        upload->received += data.size();
        break;
      case BodyFramer::Step::kDone:
        co_return HeadError{};
      case BodyFramer::Step::kBad:
        co_return HeadError{400, framer.why()};
      case BodyFramer::Step::kNeedMore: {
        if (full) {
          const HeadError error = co_await Flush(upload);
          if (error || upload_failed_) co_return error;  // Receive looks at the status
          if (!rest_.empty()) break;
        }
        // A body without chunks is read right where it is wanted.
        const std::span<char> into = framer.chunked() ? std::span<char>() : upload->free();
        const bool more = co_await Fill(false, into);
        if (!more && upload_failed_) co_return HeadError{};
        if (!more) co_return BodyFailure();
        SetBodyDeadline(upload->received);
        break;
      }
    }
  }
}

/// Makes room in upload->filling.
Await<HeadError> Connection::Flush(std::shared_ptr<Upload> upload) {
  const size_t max = core_->options.bodies_bytes_max;
  const HeadError overload{503, "too many uploads at once"};
  if (!upload->filling.data) {
    const size_t first =
        upload->length == 0
            ? kFirstUploadBytes
            : static_cast<size_t>(std::min<uint64_t>(upload->length, kFirstUploadBytes));
    co_return upload->Allocate(upload->filling, first, max) ? HeadError{} : overload;
  }
  // The client's clock stands still while the sink is the slower one.
  HoldRest();
  const SteadyTime before = steady_clock::now();
  NoDeadline();
  co_await WaitWritten(*upload);
  if (upload_failed_) co_return HeadError{};
  std::swap(upload->filling, upload->writing);
  LaunchWrite(upload);
  if (upload->filling.capacity < kUploadBytes &&
      !upload->Allocate(upload->filling, kUploadBytes, max)) {
    // No memory for a second buffer: wait for the first to come back.
    co_await WaitWritten(*upload);
    std::swap(upload->filling, upload->writing);
  }
  upload->filling.size = 0;
  body_start_ += steady_clock::now() - before;
  SetBodyDeadline(upload->received);
  co_return HeadError{};
}

Await<void> Connection::WaitWritten(Upload& upload) {
  while (upload.busy) co_await upload.written.Wait();
}

void Connection::LaunchWrite(const std::shared_ptr<Upload>& upload) {
  Job job([upload, &loop = loop_] {
    upload->status = Guarded([&] {
      return upload->sink->Write({upload->writing.data.get(), upload->writing.size});
    });
    loop.Post([upload] {
      upload->busy = false;
      if (upload->owner && !upload->status.ok()) upload->owner->FailUpload();
      upload->written.Set();
    });
  });
  core_->pool->Post(std::move(job));
  upload->busy = true;
}

/// Answered at once, whether or not the client goes on sending.
void Connection::FailUpload() {
  upload_failed_ = true;
  boost::system::error_code ignored;
  descriptor_.cancel(ignored);
}

}  // namespace furrow::http
