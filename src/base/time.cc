// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include <cstdio>

namespace furrow {
namespace {

class RealClock final : public Clock {
 public:
  Micros Now() const override {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
  std::chrono::steady_clock::time_point Steady() const override {
    return std::chrono::steady_clock::now();
  }
};

// Reads exactly `digits` decimal digits at `at`, moving it on.
bool ReadDigits(std::string_view text, size_t& at, int digits, int& out) {
  out = 0;
  for (int i = 0; i < digits; ++i, ++at) {
    if (at >= text.size() || text[at] < '0' || text[at] > '9') return false;
    out = out * 10 + (text[at] - '0');
  }
  return true;
}

}  // namespace

const Clock& SystemClock() {
  static const RealClock clock;
  return clock;
}

std::string FormatTime(Micros time) {
  using namespace std::chrono;
  const sys_time<microseconds> point{microseconds(time)};
  const auto day = floor<days>(point);
  const year_month_day date{day};
  const hh_mm_ss<microseconds> clock{point - day};
  char text[48];
  std::snprintf(
      text, sizeof(text), "%04d-%02u-%02uT%02d:%02d:%02d.%06d+00:00", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

std::optional<Micros> ParseTime(std::string_view text) {
  using namespace std::chrono;
  size_t at = 0;
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  auto skip = [&](char c) { return at < text.size() && text[at] == c && (++at, true); };
  if (!ReadDigits(text, at, 4, y) || !skip('-') || !ReadDigits(text, at, 2, mo) || !skip('-') ||
      !ReadDigits(text, at, 2, d)) {
    return std::nullopt;
  }
  const year_month_day date{year(y), month(static_cast<unsigned>(mo)),
                            day(static_cast<unsigned>(d))};
  if (!date.ok()) return std::nullopt;
  int64_t micros = 0;
  int offset_s = 0;
  if (at < text.size()) {
    if (!skip('T') && !skip('t') && !skip(' ')) return std::nullopt;
    if (!ReadDigits(text, at, 2, h) || !skip(':') || !ReadDigits(text, at, 2, mi))
      return std::nullopt;
    if (skip(':') && !ReadDigits(text, at, 2, s)) return std::nullopt;
    if (h > 23 || mi > 59 || s > 60) return std::nullopt;
    if (skip('.') || skip(',')) {
      int64_t scale = 100000;
      const size_t first = at;
      for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10) {
        micros += (text[at] - '0') * scale;
      }
      if (at == first) return std::nullopt;
    }
    if (at < text.size() && (text[at] == 'Z' || text[at] == 'z')) {
      ++at;
    } else if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
      const int sign = text[at++] == '-' ? -1 : 1;
      int oh = 0, om = 0;
      if (!ReadDigits(text, at, 2, oh)) return std::nullopt;
      skip(':');
      if (at < text.size() && !ReadDigits(text, at, 2, om)) return std::nullopt;
      offset_s = sign * (oh * 3600 + om * 60);
    }
  }
  if (at != text.size()) return std::nullopt;
  const auto day_start = sys_days(date).time_since_epoch();
  const int64_t seconds =
      duration_cast<std::chrono::seconds>(day_start).count() + h * 3600 + mi * 60 + s - offset_s;
  return seconds * 1000000 + micros;
}

}  // namespace furrow
