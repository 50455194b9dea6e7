// SPDX-License-Identifier: Apache-2.0
// Blocks and log records as a damaged disk could hold them. The seal stops nearly all of it, so the
// input is also tried sealed: what lies behind the seal must not trust it.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "store/events/block.h"
#include "store/events/record.h"
#include "store/events/seal.h"

namespace {

using namespace furrow::events;

void ReadBlock(std::string_view bytes) {
  const auto block = Block::Open(bytes);
  if (!block.ok()) return;
  if (block->head().count > kBlockPointsMax) std::abort();
  Columns columns;
  if (block->Read(columns).ok()) {
    if (columns.size() != block->head().count) std::abort();
    if (columns.time_ms.size() != columns.size() || columns.value.size() != columns.size())
      std::abort();
  }
  (void)block->Pyramid();
}

void ReadRecord(std::string_view bytes) {
  (void)PeekRecord(bytes);
  const auto record = DecodeRecord(bytes);
  if (!record.ok()) return;
  for (const OwnerEvents& owner : record->owners) {
    for (const OwnerEvents::Point& point : owner.points) {
      if (point.series >= owner.series.size()) std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  ReadBlock(bytes);
  ReadRecord(bytes);
  Seal(bytes);
  ReadBlock(bytes);
  ReadRecord(bytes);
  return 0;
}
