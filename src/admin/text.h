// SPDX-License-Identifier: Apache-2.0
// Numbers and sizes for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace furrow::admin {

/// "12.3 MB": powers of 1000, as file managers and disk vendors count.
std::string Bytes(uint64_t bytes);
/// "1,234,567"
std::string Count(uint64_t number);
/// "1 file", "2 files"
std::string Plural(uint64_t number, std::string_view noun);
/// Aligned by characters, not bytes: continuation bytes take no place.
std::string Padded(std::string_view text, size_t width);

}  // namespace furrow::admin
