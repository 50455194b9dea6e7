// SPDX-License-Identifier: Apache-2.0
#include "http/core.h"

#include <ctime>

#include "http/connection.h"

namespace furrow::http {

Loop::Loop() : scratch(new char[kScratchBytes]) {}

void Loop::Close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  context.restart();
  context.poll();
}

std::string_view Loop::Date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    gmtime_r(&now, &utc);
    char text[64];
    std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[utc.tm_wday],
                  utc.tm_mday, kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                  utc.tm_sec);
    date_ = text;
    date_second_ = now;
  }
  return date_;
}

Core::Core(ServerOptions given) : options(std::move(given)) {}

bool Core::WaitClosed(std::optional<std::chrono::milliseconds> patience) {
  std::unique_lock lock(mutex_);
  const auto none = [this] { return connections_open.load() == 0; };
  if (patience) return closed_.wait_for(lock, *patience, none);
  closed_.wait(lock, none);
  return true;
}

void Core::ConnectionClosed() {
  std::lock_guard lock(mutex_);
  if (connections_open.fetch_sub(1) == 1) closed_.notify_all();
}

}  // namespace furrow::http
