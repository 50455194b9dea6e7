// SPDX-License-Identifier: Apache-2.0
// Short hashes of long bytes, to recognise what was seen before.
#pragma once

#include <string>
#include <string_view>

namespace furrow {

/// 16 raw bytes for `body` as sent by `sender`: SipHash-2-4-128 of the body under a key made of the
/// sender, so nobody can aim at another's hashes. Thread-safe.
std::string SenderHash(std::string_view sender, std::string_view body);

}  // namespace furrow
