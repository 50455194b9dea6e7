// SPDX-License-Identifier: Apache-2.0
// Whole text files, by the names of a command line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"

namespace furrow::edge {

/// Errors, with the path: kNotFound when it cannot be opened, kTooLarge beyond `bytes_max`,
/// kIoError.
Result<std::string> ReadTextFile(const std::string& path, size_t bytes_max);

/// Puts `text` there whole: a reader sees the old file or the new one. What is no regular file (a
/// pipe, /dev/stdout) is written to as it is. An error leaves the old file as it was.
Status WriteTextFile(const std::string& path, std::string_view text);

}  // namespace furrow::edge
