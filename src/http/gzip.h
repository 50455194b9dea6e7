// SPDX-License-Identifier: Apache-2.0
// gzip for answers.
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace furrow::http {

/// Bodies up to this size are sent as they are.
inline constexpr size_t kGzipBytesMin = 1024;

/// `text` as a gzip file at level 1, or "" when memory is short. Thread-safe.
std::string Gzip(std::string_view text);

/// True when gzip is worth while for this answer: a body of JSON or text over kGzipBytesMin that
/// is not encoded already.
bool WantsGzip(const Response& response);

/// Compresses the body in place and sets its fields, if that makes it smaller.
void GzipBody(Response& response);

}  // namespace furrow::http
