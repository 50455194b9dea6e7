// SPDX-License-Identifier: Apache-2.0
// Small files only their owner may read: signing keys, the first password.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace furrow::auth {

/// Puts `text` at `path` with mode 0600, whole or not at all: temporary file, fsync, rename, fsync
/// of the directory. The file on disk is never readable by others, not even for a moment. Errors:
/// kUnavailable when the disk is full, kIoError.
Status WritePrivateFile(const std::string& path, std::string_view text);

/// The content, nullopt when there is no such file. Refuses (kFailedPrecondition) a file that
/// others may read or write, a link, or more than 64 KiB.
Result<std::optional<std::string>> ReadPrivateFile(const std::string& path);

}  // namespace furrow::auth
