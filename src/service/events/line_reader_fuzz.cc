// SPDX-License-Identifier: Apache-2.0
// The fast reading of event lines agrees with the plain one: whatever json::Parse takes as an
// object is taken, with the same members, and what is kept as JSON text parses again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "json/text.h"
#include "service/events/line_reader.h"

namespace {

using furrow::json::Value;
using furrow::service::events::Line;
using furrow::service::events::LineReader;

void Require(bool holds) {
  if (!holds) std::abort();
}

void Compare(const Value& object, const Line& line) {
  const auto same = [&](std::string_view member, std::string_view read) {
    const Value& v = object.At(member);
    if (v.IsString()) Require(v.AsString() == read);
    if (v.IsNull()) Require(read.empty());
  };
  same("task", line.task);
  same("metric", line.metric);
  same("variant", line.variant);
  same("msg", line.msg);
  same("url", line.url);
  same("key", line.key);
  if (object.At("iter").IsInt()) Require(line.iter == object.At("iter").AsInt());
  if (object.At("model_event").IsBool())
    Require(line.model_event == object.At("model_event").AsBool());
  if (object.At("plot_str").IsString()) {
    const auto plot = furrow::json::Parse(line.plot_json);
    Require(plot.ok() && plot->AsString() == object.At("plot_str").AsString());
  }
  if (!line.values_json.empty()) Require(furrow::json::Parse(line.values_json).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  // Line by line, for a bad one ends the reading.
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string one = text.substr(at, end - at);
    at = end + 1;
    LineReader reader(one);
    Line line;
    const auto taken = reader.Next(line);
    const auto parsed = furrow::json::Parse(one);
    if (!parsed.ok() || !parsed->IsObject()) continue;
    Require(taken.ok() && *taken);
    Compare(*parsed, line);
  }
  LineReader whole(text);
  Line line;
  while (true) {
    const auto more = whole.Next(line);
    if (!more.ok() || !*more) break;
  }
  return 0;
}
