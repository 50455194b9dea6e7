// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace furrow::files {

/// The Content-Type for a name, by its ending; "application/octet-stream" for what is not in the
/// table and for everything compressed (a browser must not unpack what a client hashed).
std::string_view ContentTypeOf(std::string_view name);

/// True for the image types that may be shown in place. Nothing that can carry a script is one.
bool MayShowInline(std::string_view content_type);

/// Content-Disposition for a file kept under `name`: inline for allow-listed types unless a
/// download was asked for.
std::string DispositionOf(std::string_view name, bool download);

}  // namespace furrow::files
