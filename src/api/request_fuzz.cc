// SPDX-License-Identifier: Apache-2.0
// Paths, versions, bodies and arguments of a call. The first line is the path, the second the
// query, the third the content type, the rest the body.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "api/request.h"

namespace {

std::string Line(std::string_view& input) {
  const size_t end = std::min(input.find('\n'), input.size());
  std::string line(input.substr(0, end));
  input.remove_prefix(std::min(end + 1, input.size()));
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace furrow;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string path = Line(input);
  if (const auto target = api::ParseTarget(path); target.ok()) {
    for (const char c : target->name) {
      if (c == '/' || c == '\\' || c == '%' || static_cast<unsigned char>(c) < 0x20) std::abort();
    }
    if (target->name.find('.') == std::string::npos) std::abort();
  }
  http::Request request;
  request.query = Line(input);
  request.headers.Set("Content-Type", Line(input));
  request.body = input;
  for (const bool keep_lines : {false, true}) {
    const auto body = api::ParseBody(request, keep_lines);
    if (body.ok() && !body->request.IsObject()) std::abort();
    if (body.ok() && keep_lines && !body->batch.empty()) std::abort();
  }
  return 0;
}
