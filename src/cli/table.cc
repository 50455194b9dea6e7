// SPDX-License-Identifier: Apache-2.0
#include "cli/table.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>

#include <fmt/format.h>

#include "base/time.h"

namespace furrow::cli {
namespace {

const char* ColourOf(const std::string& cell) {
  static const std::map<std::string, const char*> colours = {
      {"completed", "\x1b[32m"}, {"published", "\x1b[32m"}, {"in_progress", "\x1b[36m"},
      {"queued", "\x1b[33m"},    {"failed", "\x1b[31m"},    {"stopped", "\x1b[35m"},
  };
  const auto it = colours.find(cell);
  return it == colours.end() ? nullptr : it->second;
}

bool Continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

bool UseColour() { return isatty(STDOUT_FILENO) && !std::getenv("NO_COLOR"); }

size_t Width(std::string_view utf8) {
  return static_cast<size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return !Continues(c); }));
}

std::string Clip(const std::string& utf8, size_t width) {
  if (Width(utf8) <= width) return utf8;
  size_t at = 0;
  for (size_t n = 0; at < utf8.size(); ++at) {
    if (!Continues(utf8[at]) && ++n == width) break;
  }
  return utf8.substr(0, at) + "…";
}

std::string Table::Text(bool colour) const {
  std::vector<size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  std::string out;
  for (size_t r = 0; r < rows_.size(); ++r) {
    const auto& row = rows_[r];
    for (size_t i = 0; i < row.size(); ++i) {
      const char* tint = !colour ? nullptr : r == 0 ? "\x1b[1m" : ColourOf(row[i]);
      if (tint) out += tint;
      out += row[i];
      if (tint) out += "\x1b[0m";
      if (i + 1 < row.size()) out.append(widths[i] - Width(row[i]) + 2, ' ');
    }
    out += '\n';
  }
  return out;
}

void Table::Print() const { std::fputs(Text(UseColour()).c_str(), stdout); }

std::string Sparkline(const std::vector<double>& values, size_t width) {
  static constexpr const char* kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::vector<double> finite;
  for (const double v : values) {
    if (std::isfinite(v)) finite.push_back(v);
  }
  if (finite.empty() || width == 0) return {};
  const auto [low, high] = std::minmax_element(finite.begin(), finite.end());
  const double span = *high - *low;
  const size_t cells = std::min(width, finite.size());
  std::string out;
  for (size_t c = 0; c < cells; ++c) {
    const size_t first = c * finite.size() / cells;
    const size_t last = std::max(first + 1, (c + 1) * finite.size() / cells);
    double sum = 0;
    for (size_t i = first; i < last; ++i) sum += finite[i];
    const double mean = sum / static_cast<double>(last - first);
    const double level = span > 0 ? (mean - *low) / span : 0.5;
    out += kBars[static_cast<size_t>(std::clamp(level * 7.999, 0.0, 7.0))];
  }
  return out;
}

std::string Number(double value) { return fmt::format("{:.6g}", value); }

std::string ShortTime(const std::string& time) {
  if (time.size() < 19) return time;
  std::string out = time.substr(0, 19);
  out[10] = ' ';
  return out;
}

std::string Ago(const std::string& time, const std::string& now) {
  const auto then = ParseTime(time), present = ParseTime(now);
  if (!then || !present) return "never";
  const int64_t seconds = std::max<int64_t>(0, (*present - *then) / 1'000'000);
  constexpr struct {
    int64_t below, unit;
    const char* name;
  } kUnits[] = {{120, 1, " s"}, {7200, 60, " min"}, {172'800, 3600, " h"}};
  for (const auto& unit : kUnits) {
    if (seconds < unit.below) return std::to_string(seconds / unit.unit) + unit.name;
  }
  return std::to_string(seconds / 86'400) + " d";
}

}  // namespace furrow::cli
