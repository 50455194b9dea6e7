// SPDX-License-Identifier: Apache-2.0
// Where a request's body ends: by length or by chunks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace furrow::http {

/// A decoder of the chunked coding that holds no bytes: a few counters whatever is sent to it.
/// Overhead (sizes, extensions, line ends) may not outgrow the data by much, so that a body of
/// tiny chunks costs its sender, not us.
class ChunkDecoder {
 public:
  enum class Step { kData, kNeedMore, kDone, kBad };

  /// Consumes from the front of `input` up to and including the next piece of data, which is at
  /// most `max` bytes (`max` > 0).
  ///   kData      `data` is a non-empty part of `input`
  ///   kNeedMore  all of `input` was consumed
  ///   kDone      the last chunk and the trailer were consumed
  ///   kBad       malformed, or wasteful beyond the bound; why() says which
  Step Next(std::string_view& input, std::string_view& data, size_t max = SIZE_MAX);
  const char* why() const { return why_; }

 private:
  enum class State {
    kSizeFirst,
    kSize,
    kExtension,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailerStart,
    kTrailer,
    kTrailerLf,
    kEndLf,
    kDone,
    kBad
  };
  Step Bad(const char* why);
  bool Take(char c);  ///< one byte that is not data; false: bad

  State state_ = State::kSizeFirst;
  uint64_t left_ = 0;  ///< of the current chunk
  uint64_t overhead_ = 0;
  uint64_t data_ = 0;
  uint32_t trailer_bytes_ = 0;
  const char* why_ = "";
};

/// Either kind of body, read the same way.
class BodyFramer {
 public:
  using Step = ChunkDecoder::Step;
  static BodyFramer Length(uint64_t length) { return BodyFramer(false, length); }
  static BodyFramer Chunked() { return BodyFramer(true, 0); }

  Step Next(std::string_view& input, std::string_view& data, size_t max = SIZE_MAX);
  const char* why() const { return chunks_.why(); }
  bool chunked() const { return chunked_; }

 private:
  BodyFramer(bool chunked, uint64_t length) : chunked_(chunked), left_(length) {}

  bool chunked_;
  uint64_t left_;
  ChunkDecoder chunks_;
};

}  // namespace furrow::http
