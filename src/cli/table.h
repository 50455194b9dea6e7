// SPDX-License-Identifier: Apache-2.0
// Aligned tables for people.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace furrow::cli {

/// True when standard output is a terminal that wants colour (and NO_COLOR is not set).
bool UseColour();

/// Columns as wide as their widest cell (counted in characters of UTF-8), one header line. Cells
/// that name a task status are coloured on a terminal.
class Table {
 public:
  explicit Table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  size_t size() const { return rows_.size() - 1; }
  std::string Text(bool colour) const;
  void Print() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// Characters, not bytes.
size_t Width(std::string_view utf8);
/// At most `width` characters, the last one an ellipsis when something was cut.
std::string Clip(const std::string& utf8, size_t width);
/// A curve as one line of block characters, at most `width` of them; "" for no points.
std::string Sparkline(const std::vector<double>& values, size_t width);
/// Six significant digits, as short as they read back.
std::string Number(double value);
/// How long ago `time` was at `now`: "8 s", "3 min", "5 h", "12 d"; "never" for "".
std::string Ago(const std::string& time, const std::string& now);
/// "2026-11-23T20:31:43.1+00:00" as "2026-11-23 20:31:43"; "" stays.
std::string ShortTime(const std::string& time);

}  // namespace furrow::cli
