// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <memory>

#include "json/text.h"
#include "service/events/event_json.h"
#include "service/events/events_service.h"
#include "service/events/owners.h"

namespace furrow::service::events {
namespace {

constexpr int64_t kBatchDefault = 500;
constexpr int64_t kBatchMax = 10'000;
constexpr size_t kChunkLines = 500;
// An answer of very long lines ends early; the reader goes on from its last timestamp.
constexpr size_t kAnswerBytesMax = 32u << 20;
constexpr uint64_t kTotalMax = 10'000;

/// Lines from `from_ms` on, or back from it. Never ends within one millisecond, so the reader may
/// go on from the next.
Result<std::vector<es::StoredLog>> ReadLines(const es::Store& store, std::string_view owner,
                                             std::optional<int64_t> from_ms, bool forwards,
                                             size_t wanted) {
  std::vector<es::StoredLog> lines;
  size_t bytes = 0;
  while (lines.size() < wanted && bytes < kAnswerBytesMax) {
    const size_t chunk = std::min(wanted - lines.size(), kChunkLines);
    FURROW_ASSIGN(auto more, store.Logs(owner, from_ms, forwards, chunk, /*whole_ms=*/true));
    if (more.empty()) break;
    from_ms = more.back().time_ms + (forwards ? 1 : -1);
    for (es::StoredLog& line : more) {
      bytes += line.text.size() + 64;
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

Status Answer(Context& context, api::Call& call, std::string_view owner,
              const std::vector<es::StoredLog>& lines) {
  json::Array events;
  events.reserve(lines.size());
  for (const es::StoredLog& line : lines) events.push_back(LogEvent(owner, line));
  FURROW_ASSIGN(const uint64_t total, context.core.events.LogCount(owner));
  call.response["returned"] = events.size();
  call.response["total"] = std::min(total, kTotalMax);
  call.response["events"] = std::move(events);
  return {};
}

size_t BatchSize(api::Call& call) {
  return static_cast<size_t>(
      std::clamp<int64_t>(call.Int("batch_size", kBatchDefault), 1, kBatchMax));
}

/// One line of a downloaded log: each placeholder of `format` replaced, anything else kept.
std::string FormatLine(std::string_view format, const es::StoredLog& line) {
  std::string out;
  while (!format.empty()) {
    const auto take = [&](std::string_view placeholder, std::string_view text) {
      if (!format.starts_with(placeholder)) return false;
      out += text;
      format.remove_prefix(placeholder.size());
      return true;
    };
    if (format.front() == '{' &&
        (take("{asctime}", IsoMillis(line.time_ms)) || take("{worker}", line.worker) ||
         take("{level}", line.level) || take("{msg}", line.text))) {
      continue;
    }
    out += format.front();
    format.remove_prefix(1);
  }
  return out;
}

}  // namespace

Status GetTaskLog(Context& context, api::Call& call) {
  const bool earlier = call.Flag("navigate_earlier", true);
  const std::string order = call.Text("order");
  const std::optional<double> from = call.Number("from_timestamp");
  const size_t batch_size = BatchSize(call);
  FURROW_ASSIGN(const Owner owner, OwnerOf(context.core, call));
  std::optional<int64_t> from_ms;
  if (from) {
    // The timestamp names the last line the reader has.
    from_ms = static_cast<int64_t>(std::clamp(*from, -1e15, 1e15)) + (earlier ? -1 : 1);
  }
  FURROW_ASSIGN(auto lines,
                ReadLines(context.core.events, owner.id, from_ms, !earlier, batch_size));
  const bool descending = order.empty() ? earlier : order == "desc";
  if (descending != earlier) std::reverse(lines.begin(), lines.end());
  return Answer(context, call, owner.id, lines);
}

Status GetTaskLogScrolled(Context& context, api::Call& call) {
  const bool tail = call.Text("from", "head") == "tail";
  const bool descending = call.Text("order", "asc") == "desc";
  const std::string scroll = call.Text("scroll_id");
  const size_t batch_size = BatchSize(call);
  FURROW_ASSIGN(const Owner owner, OwnerOf(context.core, call));
  std::optional<int64_t> from_ms;
  if (!scroll.empty()) {
    int64_t ms = 0;
    const auto [end, error] = std::from_chars(scroll.data(), scroll.data() + scroll.size(), ms);
    if (error != std::errc() || end != scroll.data() + scroll.size()) {
      return api::Fail(api::kInvalidScrollId, "scroll_id=" + scroll);
    }
    from_ms = ms;
  }
  FURROW_ASSIGN(auto lines, ReadLines(context.core.events, owner.id, from_ms, !tail, batch_size));
  if (!lines.empty()) {
    call.response["scroll_id"] = std::to_string(lines.back().time_ms + (tail ? -1 : 1));
  } else {
    call.response["scroll_id"] = scroll;
  }
  if (descending != tail) std::reverse(lines.begin(), lines.end());
  return Answer(context, call, owner.id, lines);
}

Status ClearTaskLog(Context& context, api::Call& call) {
  const int64_t threshold_s = call.Int("threshold_sec", 0);
  const bool allow_locked = call.Flag("allow_locked");
  FURROW_ASSIGN(const Owner owner, OwnerOf(context.core, call));
  FURROW_ASSIGN(const OwnerState state, StateOf(context.core, false, owner.id));
  if (state == OwnerState::kLocked && !allow_locked)
    return api::Fail(api::kTaskPublished, owner.id);
  std::optional<int64_t> before_ms;
  if (threshold_s > 0) before_ms = call.now / 1000 - std::min(threshold_s, int64_t{1} << 40) * 1000;
  FURROW_ASSIGN(const uint64_t deleted, context.core.events.DeleteLogs(owner.id, before_ms));
  call.response["deleted"] = deleted;
  return {};
}

Status DownloadTaskLog(Context& context, api::Call& call) {
  const std::string type = call.Text("line_type", "json");
  std::string format = call.Text("line_format", "{asctime} {worker} {level} {msg}");
  FURROW_ASSIGN(const Owner owner, OwnerOf(context.core, call));
  if (type != "json" && type != "text") return api::Fail(api::kFieldsValue, "line_type=" + type);

  struct Download {
    es::Store& store;
    std::string owner, format;
    bool as_json;
    std::optional<int64_t> from_ms;
  };
  auto download = std::make_shared<Download>(
      Download{context.core.events, owner.id, std::move(format), type == "json", {}});
  http::Response& answer = call.raw.emplace();
  answer.headers.Set("Content-Type", "text/plain; charset=utf-8");
  answer.headers.Set("Content-Disposition", "attachment; filename=\"task_" + owner.id + ".log\"");
  answer.stream = [download](std::string& chunk) {
    const auto lines =
        download->store.Logs(download->owner, download->from_ms, true, kChunkLines, true);
    if (!lines.ok() || lines->empty()) return false;
    for (const es::StoredLog& line : *lines) {
      chunk += download->as_json ? json::Write(LogEvent(download->owner, line))
                                 : FormatLine(download->format, line);
      chunk += '\n';
    }
    download->from_ms = lines->back().time_ms + 1;
    return true;
  };
  return {};
}

}  // namespace furrow::service::events
