// SPDX-License-Identifier: Apache-2.0
// What is taken is written, read and written alike, keeps its bounds, and names each key once.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "json/text.h"

namespace {

using furrow::json::Member;
using furrow::json::Value;

void Check(const Value& value, int depth, size_t& values) {
  if (depth > 8 || ++values > 1000) std::abort();
  for (const Value& v : value.array()) Check(v, depth + value.IsArray(), values);
  std::set<std::string_view> keys;
  for (const Member& m : value.object()) {
    if (!keys.insert(m.key).second) std::abort();
    Check(m.value, depth + 1, values);
  }
  if (keys.size() > 50) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace furrow::json;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto value = Parse(input, {.depth_max = 8, .values_max = 1000, .members_max = 50});
  if (!value.ok()) return 0;
  size_t values = 0;
  Check(*value, 0, values);
  const std::string text = Write(*value);
  const auto again = Parse(text);
  if (!again.ok() || Write(*again) != text) std::abort();
  const auto pretty = Parse(WritePretty(*value));
  if (!pretty.ok() || Write(*pretty) != text) std::abort();
  if (!Parse(Write(*value, NonFinite::kNull)).ok()) std::abort();
  return 0;
}
