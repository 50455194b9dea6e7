// SPDX-License-Identifier: Apache-2.0
#include "edge/programs/number_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "edge/boom/text_file.h"

namespace furrow::edge {
namespace {

std::string_view Trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '"'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Cuts off what stands before the first `mark`.
std::string_view Take(std::string_view& rest, char mark) {
  const size_t end = std::min(rest.find(mark), rest.size());
  const std::string_view piece = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return piece;
}

std::vector<std::string_view> Cells(std::string_view line) {
  std::vector<std::string_view> cells;
  size_t commas = std::ranges::count(line, ',');
  for (size_t i = 0; i <= commas; ++i) cells.push_back(Trimmed(Take(line, ',')));
  return cells;
}

}  // namespace

Result<NumberTable> ParseNumberTable(std::string_view text, const std::string& path,
                                     std::span<const std::string_view> names) {
  const auto wrong = [&](size_t line, const std::string& what) {
    return Status(Code::kInvalidArgument, fmt::format("{}:{}: {}", path, line, what));
  };
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  NumberTable table;
  table.columns.resize(names.size());
  std::vector<size_t> place;  // of each name among the file's columns
  size_t width = 0;
  for (size_t line = 1; !text.empty(); ++line) {
    const std::string_view row = Trimmed(Take(text, '\n'));
    if (row.empty() || row.front() == '#') continue;
    const std::vector<std::string_view> cells = Cells(row);
    if (place.empty()) {
      for (const std::string_view name : names) {
        const auto found = std::ranges::find(cells, name);
        if (found == cells.end()) {
          return wrong(line, fmt::format("no column {}; the first line must name {}", name,
                                         fmt::join(names, ",")));
        }
        place.push_back(found - cells.begin());
      }
      width = cells.size();
      continue;
    }
    if (cells.size() != width) {
      return wrong(line,
                   fmt::format("{} columns where the first line has {}", cells.size(), width));
    }
    for (size_t i = 0; i < names.size(); ++i) {
      const std::string_view cell = cells[place[i]];
      double value = 0;
      const auto [end, error] = std::from_chars(cell.begin(), cell.end(), value);
      if (error != std::errc() || end != cell.end() || !std::isfinite(value)) {
        return wrong(line, fmt::format("{} is '{}', which is not a number", names[i], cell));
      }
      table.columns[i].push_back(value);
    }
    table.lines.push_back(line);
  }
  if (place.empty())
    return wrong(1, fmt::format("is empty; the first line must name {}", fmt::join(names, ",")));
  return table;
}

Result<NumberTable> ReadNumberTable(const std::string& path,
                                    std::span<const std::string_view> names) {
  constexpr size_t kFileMax = size_t{1} << 30;
  FURROW_ASSIGN(const std::string text, ReadTextFile(path, kFileMax));
  return ParseNumberTable(text, path, names);
}

}  // namespace furrow::edge
