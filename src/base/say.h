// SPDX-License-Identifier: Apache-2.0
// Words for people that may be lost: of a program that must go on where its output cannot be
// written, a full disk under a redirected standard error for one. fmt::print throws there.
#pragma once

#include <cstdio>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace furrow {

/// Prints as fmt::print does; what cannot be written is left out. Thread-safe.
template <typename... Args>
void Say(std::FILE* to, fmt::format_string<Args...> format, Args&&... args) {
  const std::string text = fmt::format(format, std::forward<Args>(args)...);
  if (std::fwrite(text.data(), 1, text.size(), to) < text.size()) std::clearerr(to);
}

}  // namespace furrow
