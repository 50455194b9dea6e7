// SPDX-License-Identifier: Apache-2.0
#include "http/body.h"

#include <algorithm>

namespace furrow::http {

namespace {

// One-byte chunks cost five bytes of overhead each; a client that sends lines one at a time stays
// well below twice its data.
constexpr uint64_t kOverheadFree = 256 * 1024;
constexpr uint64_t kOverheadPerDataByte = 2;
constexpr uint32_t kTrailerBytesMax = 8 * 1024;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

ChunkDecoder::Step ChunkDecoder::Bad(const char* why) {
  state_ = State::kBad;
  why_ = why;
  return Step::kBad;
}

bool ChunkDecoder::Take(char c) {
  switch (state_) {
    case State::kSizeFirst:
    case State::kSize: {
      const int digit = HexDigit(c);
      if (digit >= 0) {
        // 16 TiB: nobody's chunk, and far from what could overflow.
        if (left_ >> 40) {
          Bad("chunk size too large");
          return false;
        }
        left_ = left_ * 16 + static_cast<uint64_t>(digit);
        state_ = State::kSize;
        return true;
      }
      if (state_ == State::kSizeFirst) break;
      if (c == '\r') {
        state_ = State::kSizeLf;
        return true;
      }
      if (c == ';' || c == ' ' || c == '\t') {
        state_ = State::kExtension;
        return true;
      }
      break;
    }
    case State::kExtension:
      if (c == '\r') {
        state_ = State::kSizeLf;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20 && c != '\t') break;
      return true;
    case State::kSizeLf:
      if (c != '\n') break;
      state_ = left_ > 0 ? State::kData : State::kTrailerStart;
      return true;
    case State::kDataCr:
      if (c != '\r') break;
      state_ = State::kDataLf;
      return true;
    case State::kDataLf:
      if (c != '\n') break;
      state_ = State::kSizeFirst;
      return true;
    case State::kTrailerStart:
      if (c == '\r') {
        state_ = State::kEndLf;
        return true;
      }
      [[fallthrough]];
    case State::kTrailer:
      if (++trailer_bytes_ > kTrailerBytesMax) {
        Bad("trailer too large");
        return false;
      }
      if (c == '\r') {
        state_ = State::kTrailerLf;
        return true;
      }
      if (c == '\n') break;
      state_ = State::kTrailer;
      return true;
    case State::kTrailerLf:
      if (c != '\n') break;
      state_ = State::kTrailerStart;
      return true;
    case State::kEndLf:
      if (c != '\n') break;
      state_ = State::kDone;
      return true;
    case State::kData:
    case State::kDone:
    case State::kBad:
      break;
  }
  Bad("malformed chunk");
  return false;
}

ChunkDecoder::Step ChunkDecoder::Next(std::string_view& input, std::string_view& data, size_t max) {
  while (state_ != State::kDone) {
    if (state_ == State::kBad) return Step::kBad;
    if (input.empty()) return Step::kNeedMore;
    if (state_ == State::kData) {
      const size_t take =
          static_cast<size_t>(std::min<uint64_t>(left_, std::min(input.size(), max)));
      data = input.substr(0, take);
      input.remove_prefix(take);
      left_ -= take;
      data_ += take;
      if (left_ == 0) state_ = State::kDataCr;
      return Step::kData;
    }
    if (!Take(input.front())) return Step::kBad;
    input.remove_prefix(1);
    if (++overhead_ > kOverheadFree && overhead_ - kOverheadFree > kOverheadPerDataByte * data_)
      return Bad("chunks too small");
  }
  return Step::kDone;
}

BodyFramer::Step BodyFramer::Next(std::string_view& input, std::string_view& data, size_t max) {
  if (chunked_) return chunks_.Next(input, data, max);
  if (left_ == 0) return Step::kDone;
  if (input.empty()) return Step::kNeedMore;
  const size_t take = static_cast<size_t>(std::min<uint64_t>(left_, std::min(input.size(), max)));
  data = input.substr(0, take);
  input.remove_prefix(take);
  left_ -= take;
  return Step::kData;
}

}  // namespace furrow::http
