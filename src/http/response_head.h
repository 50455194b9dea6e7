// SPDX-License-Identifier: Apache-2.0
// The bytes before an answer's body.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.h"

namespace furrow::http {

enum class BodyKind { kNone, kLength, kChunked, kUntilClose };

struct HeadFraming {
  BodyKind kind = BodyKind::kLength;
  uint64_t length = 0;
  bool keep_alive = true;
  bool http11 = true;  ///< of the request
  bool head_request = false;
};

/// Which framing an answer gets, from its status and body.
HeadFraming FrameResponse(const Response& response, bool head_request, bool http11,
                          bool keep_alive);

/// Status line and fields. A field of the handler that would fight with the framing is left out,
/// and a control character in a value is sent as a space.
std::string ResponseHead(const Response& response, const HeadFraming& framing,
                         std::string_view server, std::string_view date);

}  // namespace furrow::http
