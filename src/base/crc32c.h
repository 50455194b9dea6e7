// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace furrow {

/// CRC-32C (Castagnoli) of `size` bytes, continuing from the CRC of what came before (0 at the
/// start). Uses the processor's instruction where there is one.
uint32_t Crc32c(uint32_t crc, const void* data, size_t size);

/// The same by tables alone; for machines without and for tests.
uint32_t Crc32cPortable(uint32_t crc, const void* data, size_t size);

}  // namespace furrow
