// SPDX-License-Identifier: Apache-2.0
// A body must give the same parts however it is cut. The first byte chooses the cuts.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "files/conditions.h"
#include "files/multipart.h"

namespace {

using furrow::Status;

class Recorder final : public furrow::files::PartEvents {
 public:
  Status OnPart(const furrow::files::PartHead& head) override {
    text += "[" + head.name + "|" + head.filename + "]";
    return {};
  }
  Status OnData(std::string_view data) override {
    if (data.empty()) std::abort();
    text += data;
    return {};
  }
  Status OnPartEnd() override {
    text += ";";
    return {};
  }
  std::string text;
};

std::string Parse(std::string_view body, size_t step) {
  Recorder recorder;
  furrow::files::MultipartParser parser("b", recorder);
  Status status;
  while (status.ok() && !body.empty()) {
    status = parser.Push(body.substr(0, step));
    body.remove_prefix(std::min(step, body.size()));
  }
  if (status.ok()) status = parser.Finish();
  return status.ok() ? recorder.text : "!";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = Parse(body, SIZE_MAX);
  if (Parse(body, 1) != whole || Parse(body, 1 + data[0]) != whole) std::abort();
  (void)furrow::files::BoundaryOf(body);
  const auto range = furrow::files::ParseRange(body, data[0]);
  if (range.kind == furrow::files::RangeKind::kPart &&
      (range.span.length == 0 || range.span.offset + range.span.length > data[0])) {
    std::abort();
  }
  (void)furrow::files::ParseHttpDate(body);
  return 0;
}
