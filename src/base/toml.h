// SPDX-License-Identifier: Apache-2.0
// The one way to read TOML. toml++ asserts in places that a malformed document can reach; here such
// an assertion is an error of the document, as it should be.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace furrow {
struct TomlMisread {};
}  // namespace furrow

#define TOML_ASSERT(expr) ((expr) ? static_cast<void>(0) : throw ::furrow::TomlMisread())
#include <toml++/toml.h>

namespace furrow {

/// The document `text`. An error begins with `path`, line and column.
Result<toml::table> ParseToml(std::string_view text, const std::string& path);

/// The document in a file. Errors: as above; kInvalidArgument when it cannot be opened.
Result<toml::table> ReadToml(const std::string& path);

}  // namespace furrow
