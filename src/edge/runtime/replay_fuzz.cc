// SPDX-License-Identifier: Apache-2.0
// A log whose blocks are whole and whose records are anything: it is replayed and mapped, or an
// error that names it. The input is the body of the block behind that of the boom.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "edge/boom/standard.h"
#include "edge/record/as_applied.h"
#include "edge/record/block_codec.h"
#include "edge/record/segment_format.h"
#include "edge/runtime/replay.h"

namespace furrow::edge {
namespace {

constexpr Nanos kBase = kSecond;

std::string Log(std::string_view body) {
  std::string log = EncodeSegmentHeader({kLogVersion, 1, 1});
  BlockEncoder boom;
  boom.Begin(kBase);
  boom.Add(RawRecord(RecordKind::kBoom), BoomText(StandardBoom(1)));
  log += EncodeBlockHeader(1, kBase, boom.body()) + boom.body();
  log += EncodeBlockHeader(2, kBase, body);
  return log += body;
}

/// A file that is nowhere.
class Nowhere {
 public:
  explicit Nowhere(const std::string& content) : file_(::memfd_create("log", 0)) {
    if (::write(file_, content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
      std::abort();
    }
  }
  ~Nowhere() { ::close(file_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  const int file_;
};

void Require(bool good) {
  if (!good) std::abort();
}

void Take(std::string_view body) {
  const Nowhere file(Log(body));
  const auto report = Replay(file.path(), {});
  if (!report.ok()) Require(report.status().message().starts_with(file.path()));
  std::vector<std::string> damage;
  const auto table = AsApplied::FromLog(file.path(), {}, damage);
  if (!table.ok()) Require(table.status().message().starts_with(file.path()));
  for (const std::string& one : damage) Require(one.starts_with(file.path()));
}

}  // namespace
}  // namespace furrow::edge

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kBytesMax = 4096;
  if (size > kBytesMax) return 0;
  furrow::edge::Take({reinterpret_cast<const char*>(data), size});
  return 0;
}
