// SPDX-License-Identifier: Apache-2.0
#include "files/conditions.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace furrow::files {
namespace {

constexpr Micros kSecond = 1'000'000;
constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool Digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Saturates: a position beyond any file is beyond this one.
uint64_t Number(std::string_view digits) {
  uint64_t value = 0;
  for (const char c : digits) {
    const auto digit = static_cast<uint64_t>(c - '0');
    if (value > (UINT64_MAX - digit) / 10) return UINT64_MAX;
    value = value * 10 + digit;
  }
  return value;
}

Micros WholeSeconds(Micros time) { return time - ((time % kSecond) + kSecond) % kSecond; }

}  // namespace

RangeAnswer ParseRange(std::string_view field, uint64_t size) {
  field = Trim(field);
  constexpr std::string_view kUnit = "bytes=";
  if (!field.starts_with(kUnit) || field.find(',') != std::string_view::npos) return {};
  field = Trim(field.substr(kUnit.size()));
  const size_t dash = field.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view first = Trim(field.substr(0, dash));
  const std::string_view last = Trim(field.substr(dash + 1));
  if ((!first.empty() && !Digits(first)) || (!last.empty() && !Digits(last))) return {};
  if (first.empty()) {
    if (last.empty()) return {};
    const uint64_t wanted = std::min(Number(last), size);
    if (wanted == 0) return {RangeKind::kUnsatisfiable, {}};
    return {RangeKind::kPart, {size - wanted, wanted}};
  }
  const uint64_t begin = Number(first);
  const uint64_t end = last.empty() ? UINT64_MAX : Number(last);
  if (end < begin) return {};
  if (begin >= size) return {RangeKind::kUnsatisfiable, {}};
  return {RangeKind::kPart, {begin, std::min(end, size - 1) - begin + 1}};
}

bool NotModified(const http::Headers& headers, std::string_view etag, Micros modified) {
  if (headers.Has("If-None-Match")) {
    std::string_view list = headers.Get("If-None-Match");
    if (Trim(list) == "*") return true;
    while (!list.empty()) {
      const size_t comma = list.find(',');
      std::string_view tag = Trim(list.substr(0, comma));
      if (tag.starts_with("W/")) tag.remove_prefix(2);
      if (tag == etag) return true;
      list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return false;
  }
  const auto since = ParseHttpDate(headers.Get("If-Modified-Since"));
  return since && WholeSeconds(modified) <= *since;
}

bool IfRangeHolds(const http::Headers& headers, std::string_view etag, Micros modified) {
  if (!headers.Has("If-Range")) return true;
  const std::string_view field = Trim(headers.Get("If-Range"));
  if (field.starts_with('"')) return field == etag;
  const auto date = ParseHttpDate(field);
  return date && *date == WholeSeconds(modified);
}

std::string HttpDate(Micros time) {
  using namespace std::chrono;
  const sys_seconds point{seconds(WholeSeconds(time) / kSecond)};
  const sys_days day = floor<days>(point);
  const year_month_day date(day);
  const hh_mm_ss clock(point - day);
  char text[64];
  std::snprintf(text, sizeof(text), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                kDays[weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

std::optional<Micros> ParseHttpDate(std::string_view text) {
  // Only the form that every client sends today: "Mon, 23 Nov 2026 20:31:43 GMT".
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") {
    return std::nullopt;
  }
  const auto number = [&](size_t at, size_t count) -> int {
    const std::string_view part = text.substr(at, count);
    return Digits(part) ? static_cast<int>(Number(part)) : -1;
  };
  const auto month = std::find_if(kMonths.begin(), kMonths.end(),
                                  [&](const char* name) { return text.substr(8, 3) == name; });
  if (month == kMonths.end() || text[7] != ' ' || text[11] != ' ' || text[16] != ' ' ||
      text[19] != ':' || text[22] != ':') {
    return std::nullopt;
  }
  const int day = number(5, 2), year = number(12, 4);
  const int hour = number(17, 2), minute = number(20, 2), second = number(23, 2);
  using namespace std::chrono;
  const year_month_day date(std::chrono::year(year),
                            std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
                            std::chrono::day(static_cast<unsigned>(std::max(day, 0))));
  if (year < 1970 || !date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 60) {
    return std::nullopt;
  }
  const sys_seconds point = sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
  return point.time_since_epoch().count() * kSecond;
}

}  // namespace furrow::files
