// SPDX-License-Identifier: Apache-2.0
// From the bytes of a request's head to a RequestHead. Strict: what two programs could read in two
// ways is refused, because the one in front of us may read it the other way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.h"

namespace furrow::http {

struct HeadLimits {
  size_t bytes_max = 16 * 1024;
  size_t fields_max = 100;
};

/// A refusal: the status to answer and the reason for a person. 0: no refusal.
struct HeadError {
  int status = 0;
  const char* why = "";
  explicit operator bool() const { return status != 0; }
};

/// Finds the end of a head in input that grows, without looking at a byte twice. Refuses what only
/// the raw bytes show: bare line feeds, folded lines, too many bytes or fields.
class HeadScanner {
 public:
  explicit HeadScanner(HeadLimits limits) : limits_(limits) {}
  /// `input` is all that has arrived so far, from the head's first byte on. After true `end()` is
  /// the head's size with its empty line. False: more is needed, or `error()` is set.
  bool Scan(std::string_view input);
  size_t end() const { return at_; }
  /// Empty lines before the request line, which are not part of it.
  size_t begin() const { return begin_; }
  HeadError error() const { return error_; }

 private:
  bool Fail(int status, const char* why);

  HeadLimits limits_;
  size_t begin_ = 0;
  size_t at_ = 0;  ///< start of the line being looked for
  size_t scanned_ = 0;
  size_t lines_ = 0;
  HeadError error_;
};

struct ParsedHead {
  RequestHead head;
  bool http11 = true;
  bool keep_alive = true;
  bool expect_continue = false;
  bool accept_gzip = false;
  bool is_head = false;
};

/// Parses one whole head, empty line included.
HeadError ParseHead(std::string_view bytes, ParsedHead& out);

/// True when an Accept-Encoding value allows gzip.
bool AcceptsGzip(std::string_view value);

}  // namespace furrow::http
