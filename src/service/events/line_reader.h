// SPDX-License-Identifier: Apache-2.0
// Reads a json-lines body of events, one flat object a line, without building documents: the
// hottest loop of the server.
//
//   LineReader reader(call.raw_body);
//   Line line;
//   while (true) {
//     FURROW_ASSIGN(const bool more, reader.Next(line));
//     if (!more) break;
//     ... line.metric ...
//   }
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/status.h"
#include "service/events/event_types.h"

namespace furrow::service::events {

/// One event as reported. Texts are unescaped; all views live as long as the reader.
struct Line {
  std::optional<EventType> type;  ///< nullopt: absent or unknown
  std::string_view task, model, metric, variant, key, url, level, worker, msg, x_axis_label;
  std::string_view plot_json;    ///< `plot_str` as a JSON string, quotes included
  std::string_view values_json;  ///< `values` (or `value`) of a vector as a JSON array
  std::optional<int64_t> iter;
  std::optional<double> value;
  std::optional<int64_t> time_ms;
  bool allow_locked = false;
  bool model_event = false;
  const char* problem = nullptr;  ///< why this event cannot be taken, when its shape says so
};

/// Not thread-safe; its buffers belong to the thread that made it, which has one reader at a time.
class LineReader {
 public:
  explicit LineReader(std::string_view body);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// The next event; false at the end. Blank lines are skipped. Errors: 400/18 for a line that is
  /// no JSON object.
  Result<bool> Next(Line& line);

  /// A text that lives as long as the reader.
  std::string_view Keep(std::string text);

 private:
  struct Scratch;
  static Scratch& ThreadScratch();
  bool ReadFast(std::string_view text, Line& line);
  bool ReadSlow(std::string_view text, Line& line);
  bool TakePlot(std::string_view token, Line& line);
  std::string_view Unescape(const char* begin, const char* end);

  Scratch& scratch_;
  size_t at_ = 0;
  size_t size_ = 0;
  int64_t number_ = 0;
};

}  // namespace furrow::service::events
