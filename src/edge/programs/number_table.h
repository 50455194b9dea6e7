// SPDX-License-Identifier: Apache-2.0
// Tables of numbers in comma-separated text, as anybody's tools write them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace furrow::edge {

/// Columns of equal length; `lines[i]` is the line of the file that row i stood on.
struct NumberTable {
  std::vector<std::vector<double>> columns;
  std::vector<size_t> lines;

  size_t rows() const { return lines.size(); }
};

/// Takes the columns `names` out of `text`, whose first line names its columns in any order; other
/// columns are passed over. Lines may end in CR LF; empty ones and those that begin with # are left
/// out. Every number must be finite. An error names `path` and the line.
Result<NumberTable> ParseNumberTable(std::string_view text, const std::string& path,
                                     std::span<const std::string_view> names);

/// The same from a file.
Result<NumberTable> ReadNumberTable(const std::string& path,
                                    std::span<const std::string_view> names);

}  // namespace furrow::edge
