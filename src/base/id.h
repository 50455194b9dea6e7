// SPDX-License-Identifier: Apache-2.0
// Identifiers: 32 lowercase hexadecimal digits, drawn from the system's random source.
#pragma once

#include <string>
#include <string_view>

namespace furrow {

/// A new random id. Thread-safe.
std::string NewId();

/// True for exactly 32 characters of 0-9 a-f.
bool IsId(std::string_view text);

/// Lowercase MD5 in hexadecimal: the public key of a metric or variant, not a safeguard.
std::string Md5Hex(std::string_view text);

/// Lowercase hexadecimal of raw bytes.
std::string Hex(std::string_view bytes);

}  // namespace furrow
