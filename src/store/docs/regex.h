// SPDX-License-Identifier: Apache-2.0
// Regular expressions of requests, on an engine that never backtracks (RE2) with bounded memory.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace furrow::docs {

/// Compiled, immutable, cheap to copy. Thread-safe.
class Regex {
 public:
  /// Takes what Python's `re` writes where RE2 spells it otherwise: escapes of any character that
  /// is neither letter nor digit, \Z, \uXXXX. Look-around and back-references are errors:
  /// kInvalidArgument with wire code 4000021. Recent patterns are kept compiled.
  static Result<Regex> Compile(std::string_view pattern, bool ignore_case);

  /// True when a match stands anywhere in `text`.
  bool Search(std::string_view text) const;
  /// The one text that can match ("^escaped literal$"), nullptr when there may be several.
  const std::string* exact() const;

 private:
  struct Rep;
  explicit Regex(std::shared_ptr<const Rep> rep) : rep_(std::move(rep)) {}
  std::shared_ptr<const Rep> rep_;
};

/// `text` with every character that means something to a Regex escaped.
std::string EscapeRegex(std::string_view text);

}  // namespace furrow::docs
