// SPDX-License-Identifier: Apache-2.0
#include <sys/sendfile.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

#include "base/forget.h"
#include "http/connection.h"

namespace furrow::http {

namespace {

constexpr std::chrono::seconds kWriteStallMax{60};
constexpr int kReadsInARowMax = 16;  // then others get their turn
constexpr size_t kFileBufferBytes = 256 * 1024;
constexpr uint64_t kSendfileBytesMax = 8 * 1024 * 1024;  // then the pool gets its turn
constexpr uint64_t kCheckedBytesMax = 1024 * 1024;       // checked at once: may not be sent at once
constexpr size_t kTlsRecordBytes = 16 * 1024;

bool PassesCheck(const FileSpan& file, uint64_t offset, uint64_t length) {
  try {
    return !file.check || file.check(offset, length);
  } catch (...) {
    return false;
  }
}

iovec Piece(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

}  // namespace

Await<bool> Connection::WaitFor(IoState state) {
  if (Interrupted()) co_return false;
  reads_in_a_row_ = 0;
  boost::system::error_code error;
  const auto what = state == IoState::kWantWrite ? asio::posix::descriptor_base::wait_write
                                                 : asio::posix::descriptor_base::wait_read;
  co_await descriptor_.async_wait(what, asio::redirect_error(kAwait, error));
  co_return !error && !Interrupted();
}

void Connection::HoldRest() {
  if (rest_held_) return;
  if (rest_.empty()) {
    std::string().swap(pending_);
    return;
  }
  pending_.assign(rest_);
  Forget(rest_);
  rest_ = pending_;
  rest_held_ = true;
}

/// More input for rest_; into `into` when that is given and rest_ empty.
Await<bool> Connection::Fill(bool wait_first, std::span<char> into) {
  HoldRest();
  if (into.empty() || !rest_.empty()) into = {loop_.scratch.get(), Loop::kScratchBytes};
  if (wait_first && !transport_.HasHeldBytes()) {
    const bool ready = co_await WaitFor(IoState::kWantRead);
    if (!ready) co_return false;
  }
  if (++reads_in_a_row_ > kReadsInARowMax) {
    reads_in_a_row_ = 0;
    co_await asio::post(loop_.context.get_executor(), kAwait);
  }
  for (;;) {
    if (Interrupted()) co_return false;
    const IoResult result = transport_.Read(into.data(), into.size());
    if (result.state == IoState::kOk) {
      core_->bytes_in.fetch_add(result.bytes, std::memory_order_relaxed);
      const std::string_view fresh(into.data(), result.bytes);
      if (rest_.empty()) {
        rest_ = fresh;
        rest_held_ = false;
      } else {
        pending_.erase(0, pending_.size() - rest_.size());
        pending_.append(fresh);
        Forget(fresh);
        rest_ = pending_;
      }
      co_return true;
    }
    if (result.state == IoState::kEnd || result.state == IoState::kFailed) co_return false;
    const bool ready = co_await WaitFor(result.state);
    if (!ready) co_return false;
  }
}

Await<bool> Connection::Send(iovec* pieces, int count, bool more) {
  bool clock_runs = false;
  while (count > 0) {
    if (pieces->iov_len == 0) {
      ++pieces;
      --count;
      continue;
    }
    if (aborted_) co_return false;
    const IoResult result = transport_.Write(pieces, count, more);
    if (result.state == IoState::kOk) {
      core_->bytes_out.fetch_add(result.bytes, std::memory_order_relaxed);
      size_t left = result.bytes;
      while (left > 0) {
        const size_t take = std::min(left, pieces->iov_len);
        pieces->iov_base = static_cast<char*>(pieces->iov_base) + take;
        pieces->iov_len -= take;
        left -= take;
        if (pieces->iov_len == 0) {
          ++pieces;
          --count;
        }
      }
      clock_runs = false;
      continue;
    }
    if (result.state == IoState::kEnd || result.state == IoState::kFailed) co_return false;
    if (!clock_runs) SetDeadline(kWriteStallMax);
    clock_runs = true;
    const bool ready = co_await WaitFor(result.state);
    if (!ready) co_return false;
  }
  co_return true;
}

Await<bool> Connection::SayContinue() {
  iovec piece = Piece("HTTP/1.1 100 Continue\r\n\r\n");
  const bool sent = co_await Send(&piece, 1, false);
  co_return sent;
}

Await<bool> Connection::Answer(Response& response, bool keep_alive) {
  phase_ = Phase::kAnswer;
  NoDeadline();
  const HeadFraming framing = FrameResponse(response, head_request_, http11_, keep_alive);
  std::string head = ResponseHead(response, framing, core_->options.server_header, loop_.Date());
  bool sent = false;
  if (head_request_ || framing.kind == BodyKind::kNone) {
    iovec piece = Piece(head);
    sent = co_await Send(&piece, 1, false);
  } else if (response.feed) {
    sent = co_await SendFeed(response, head, framing.kind);
  } else if (framing.kind != BodyKind::kLength) {
    sent = co_await SendStream(response, head, framing.kind);
  } else if (response.file.fd) {
    iovec piece = Piece(head);
    sent = co_await Send(&piece, 1, response.file.length > 0);
    if (sent) sent = co_await SendFile(response.file);
  } else {
    // One record instead of two: TLS does not gather.
    const bool join = transport_.tls() && head.size() + response.body.size() <= kTlsRecordBytes;
    if (join) head += response.body;
    iovec pieces[2] = {Piece(head), Piece(join ? std::string_view() : response.body)};
    sent = co_await Send(pieces, 2, false);
  }
  if (response.secret) {
    Forget(head);
    Forget(response.body);
    for (const Header& field : response.headers.all()) Forget(field.value);
    ForgetTraces();
  }
  NoDeadline();
  co_return sent&& framing.keep_alive;
}

Await<bool> Connection::SendFile(const FileSpan& file) {
  uint64_t offset = file.offset;
  uint64_t left = file.length;
  uint64_t checked = offset;  // what lies before was found good
  bool buffered = transport_.tls();
  while (left > 0 && !buffered) {
    // The disk may block, so the pool calls sendfile; the descriptor stays ours to close.
    int failure = 0;
    uint64_t moved = 0;
    co_await OnPool([&] {
      while (moved < left && moved < kSendfileBytesMax) {
        off_t at = static_cast<off_t>(offset + moved);
        size_t ask = static_cast<size_t>(std::min(left - moved, kSendfileBytesMax));
        if (file.check) {
          if (offset + moved >= checked) {
            const uint64_t next = std::min(left - moved, kCheckedBytesMax);
            if (!PassesCheck(file, checked, next)) {
              failure = EIO;
              return;
            }
            checked += next;
          }
          ask = static_cast<size_t>(checked - offset - moved);
        }
        const ssize_t n = ::sendfile(transport_.fd(), *file.fd, &at, ask);
        if (n > 0) {
          moved += static_cast<uint64_t>(n);
        } else if (n == 0) {
          failure = EIO;  // the file is shorter than was promised
          return;
        } else if (errno != EINTR) {
          failure = errno;
          return;
        }
      }
    });
    core_->bytes_out.fetch_add(moved, std::memory_order_relaxed);
    offset += moved;
    left -= moved;
    if (aborted_) co_return false;
    if (failure == EINVAL || failure == ENOSYS) {
      buffered = true;
    } else if (failure == EAGAIN) {
      SetDeadline(kWriteStallMax);
      const bool ready = co_await WaitFor(IoState::kWantWrite);
      if (!ready) co_return false;
      NoDeadline();
    } else if (failure != 0) {
      co_return false;
    }
  }
  if (left == 0) co_return true;
  const bool sent = co_await SendFileBuffered(file, offset, left);
  co_return sent;
}

Await<bool> Connection::SendFileBuffered(const FileSpan& file, uint64_t offset, uint64_t left) {
  const size_t capacity = static_cast<size_t>(std::min<uint64_t>(left, kFileBufferBytes));
  const std::unique_ptr<char[]> buffer(new char[capacity]);
  while (left > 0) {
    const size_t want = static_cast<size_t>(std::min<uint64_t>(left, capacity));
    ssize_t n = 0;
    co_await OnPool([&] {
      if (!PassesCheck(file, offset, want)) return;
      do {
        n = ::pread(*file.fd, buffer.get(), want, static_cast<off_t>(offset));
      } while (n < 0 && errno == EINTR);
    });
    if (n <= 0 || aborted_) co_return false;
    iovec piece{buffer.get(), static_cast<size_t>(n)};
    const bool sent = co_await Send(&piece, 1, static_cast<uint64_t>(n) < left);
    if (!sent) co_return false;
    NoDeadline();
    offset += static_cast<uint64_t>(n);
    left -= static_cast<uint64_t>(n);
  }
  co_return true;
}

Await<bool> Connection::SendStream(Response& response, std::string& head, BodyKind kind) {
  bool more = true;
  bool ok = true;
  std::string chunk;
  std::string before = std::move(head);
  while (more && ok) {
    chunk.clear();
    co_await OnPool([&] {
      try {
        more = response.stream(chunk);
      } catch (...) {
        ok = false;
      }
    });
    if (!ok || aborted_) break;
    std::string_view after;
    if (kind == BodyKind::kChunked) {
      if (!chunk.empty()) {
        char size[18];
        const auto end = std::to_chars(size, size + 16, chunk.size(), 16).ptr;
        before.append(size, end);
        before += "\r\n";
        after = more ? "\r\n" : "\r\n0\r\n\r\n";
      } else if (!more) {
        after = "0\r\n\r\n";
      }
    }
    iovec pieces[3] = {Piece(before), Piece(chunk), Piece(after)};
    ok = co_await Send(pieces, 3, false);
    NoDeadline();
    before.clear();
  }
  // Closing what it reads from may block.
  core_->PostQuietly([stream = std::move(response.stream)] {});
  response.stream = nullptr;
  co_return ok && !more && !aborted_;
}

}  // namespace furrow::http
