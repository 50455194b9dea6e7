// SPDX-License-Identifier: Apache-2.0
// A segment of a spool of any bytes: what is understood is written alike.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "device/spool/segment.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace furrow::device;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto segment = ReadSpoolSegment(bytes);
  if (!segment) return 0;
  std::string again = EncodeSpoolHeader(segment->stream, segment->first);
  uint64_t number = segment->first;
  for (const std::string& record : segment->records) again += EncodeSpoolRecord(number++, record);
  if (again.size() > bytes.size()) std::abort();
  // The header's spare bytes are covered by its checksum and so are zero in what we write alone.
  if (bytes.substr(kSpoolHeaderBytes, again.size() - kSpoolHeaderBytes) !=
      std::string_view(again).substr(kSpoolHeaderBytes)) {
    std::abort();
  }
  static_cast<void>(SpoolSegmentFirst(bytes));
  return 0;
}
