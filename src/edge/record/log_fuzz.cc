// SPDX-License-Identifier: Apache-2.0
// A log of any bytes: the first one says what the rest is. A segment as it lies on disk; the body
// of a block (checksums keep most inputs from getting that far in a segment); packed pixels.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "edge/record/block_codec.h"
#include "edge/record/pixels.h"
#include "edge/record/segment_reader.h"

namespace furrow::edge {
namespace {

void Decode(std::string_view body, Nanos base) {
  BlockDecoder decoder(body, base);
  BlockEncoder again;
  again.Begin(base);
  std::vector<Record> records;
  while (!decoder.empty()) {
    const auto next = decoder.Next();
    if (!next.ok()) break;
    records.push_back(*next);
    if (const auto* tick = std::get_if<TickRecord>(&*next)) again.Add(RawRecord(*tick), {});
    if (const auto* pose = std::get_if<PoseRecord>(&*next)) again.Add(RawRecord(*pose), {});
    if (const auto* one = std::get_if<CommandRecord>(&*next)) again.Add(RawRecord(*one), {});
    if (const auto* one = std::get_if<SprayedRecord>(&*next)) again.Add(RawRecord(*one), {});
    if (const auto* one = std::get_if<UnseenRecord>(&*next)) again.Add(RawRecord(*one), {});
    if (const auto* one = std::get_if<MasterRecord>(&*next)) again.Add(RawRecord(*one), {});
    if (const auto* one = std::get_if<ModelRecord>(&*next)) again.Add(RawRecord(*one), {});
    if (const auto* set = std::get_if<DetectionsRecord>(&*next)) {
      const RawDetections head{
          set->camera,   set->width,    set->height,   static_cast<uint32_t>(set->found.size()),
          set->sequence, set->captured, set->published};
      again.Add(RawRecord(head), {reinterpret_cast<const char*>(set->found.data()),
                                  set->found.size() * sizeof(Detection)});
    }
  }
  // What was understood is written alike.
  BlockDecoder second(again.body(), base);
  for (const Record& record : records) {
    if (std::holds_alternative<FrameRecord>(record) || std::holds_alternative<BoomRecord>(record) ||
        std::holds_alternative<NoteRecord>(record) || std::holds_alternative<GapRecord>(record) ||
        std::holds_alternative<EndRecord>(record)) {
      continue;
    }
    const auto next = second.Next();
    if (!next.ok() || !(*next == record)) std::abort();
  }
  if (!second.empty()) std::abort();
}

void Walk(std::string_view bytes, bool last) {
  SegmentReader reader(bytes, last);
  uint64_t before = 0;
  while (true) {
    const auto step = reader.Next();
    if (reader.offset() > bytes.size()) std::abort();
    if (step == SegmentReader::Step::kBlock) {
      if (reader.block().offset < before) std::abort();
      before = reader.offset();
      Decode(reader.block().body, reader.block().base);
    } else if (step != SegmentReader::Step::kDamage || !reader.Resync()) {
      break;
    }
  }
}

}  // namespace
}  // namespace furrow::edge

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace furrow::edge;
  if (size < 1) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 's':
    case 'm':
      Walk(rest, data[0] == 's');
      break;
    case 'b':
      Decode(rest, 1'000'000'000);
      break;
    default: {
      if (rest.size() < 2) break;
      const auto format = static_cast<PixelFormat>(data[0] & 1);
      const int width = static_cast<uint8_t>(rest[0]), height = static_cast<uint8_t>(rest[1]);
      std::vector<uint8_t> pixels;
      if (!UnpackPixels(format, width, height, rest.substr(2), pixels)) break;
      std::string packed;
      PackPixels(format, width, height,
                 {reinterpret_cast<const char*>(pixels.data()), pixels.size()}, packed);
      std::vector<uint8_t> back;
      if (!UnpackPixels(format, width, height, packed, back) || back != pixels) std::abort();
    }
  }
  return 0;
}
