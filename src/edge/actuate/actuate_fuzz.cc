// SPDX-License-Identifier: Apache-2.0
// Any text is a table [actuate] or an error that names a line; any eight bytes are a frame that the
// controller survives, and with which nothing stays open longer than the lease.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "edge/actuate/can_ecu.h"
#include "edge/actuate/options.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace furrow::edge;
  const auto options = ParseActuate({reinterpret_cast<const char*>(data), size}, "input");
  if (!options.ok() && !options.status().message().starts_with("input:")) std::abort();

  CanValveEcu ecu;
  Nanos now = 0;
  for (; size >= CanValveFrame::kBytes; data += 8, size -= 8) {
    const auto frame = DecodeCanValves(0, {data, CanValveFrame::kBytes});
    const auto again = EncodeCanValves(*frame);
    if (!std::equal(again.begin(), again.end(), data)) std::abort();
    ecu.Take(*frame, now += kMillisecond);
  }
  if (ecu.Open(now + 256 * kMillisecond) != 0) std::abort();
  return 0;
}
