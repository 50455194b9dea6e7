// SPDX-License-Identifier: Apache-2.0
// multipart/form-data as it arrives: pushed in pieces of any size, handed on in pieces, never held.
//
//   MultipartParser parser(boundary, events);
//   FURROW_TRY(parser.Push(chunk));   // as often as chunks arrive
//   FURROW_TRY(parser.Finish());      // fails unless the closing boundary has come
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace furrow::files {

struct PartHead {
  std::string name;  ///< of the form field, as meant: unquoted, UTF-8
  std::string filename;
  bool has_filename = false;  ///< a file, not a plain field
  std::string content_type;   ///< "" when not said
};

/// What a parser finds, in order. An error ends the parse and is returned by Push.
class PartEvents {
 public:
  virtual ~PartEvents() = default;
  virtual Status OnPart(const PartHead& head) = 0;
  /// Of the part begun last; never empty.
  virtual Status OnData(std::string_view data) = 0;
  virtual Status OnPartEnd() = 0;
};

struct MultipartLimits {
  size_t head_bytes_max = 8 * 1024;  ///< of one part
  size_t parts_max = 1000;
  size_t preamble_bytes_max = 4 * 1024;
};

/// Not thread-safe. All errors are kInvalidArgument, or what an event returned.
class MultipartParser {
 public:
  /// `events` outlives the parser.
  MultipartParser(std::string_view boundary, PartEvents& events,
                  const MultipartLimits& limits = MultipartLimits());

  Status Push(std::string_view chunk);
  Status Finish();

 private:
  enum class State { kPreamble, kAfterBoundary, kHead, kData, kEpilogue, kFailed };
  Status Advance(std::string_view& in);
  Status ScanData(std::string_view& in);
  Status Emit(std::string_view data);
  Status AtBoundary();
  Status ScanBoundaryEnd(std::string_view& in);
  Status ScanHead(std::string_view& in);

  const std::string delimiter_;  ///< CR LF -- boundary
  PartEvents& events_;
  const MultipartLimits limits_;
  State state_ = State::kPreamble;
  std::string held_;  ///< bytes that may be the beginning of a delimiter
  std::string line_;  ///< what follows a boundary; then the head of a part
  size_t preamble_ = 0;
  size_t parts_ = 0;
};

/// The boundary of a Content-Type "multipart/form-data; boundary=...", "" when it is not one.
std::string BoundaryOf(std::string_view content_type);

/// Reads the fields of a part's head (without the empty line). Errors: kInvalidArgument.
Result<PartHead> ParsePartHead(std::string_view text);

}  // namespace furrow::files
