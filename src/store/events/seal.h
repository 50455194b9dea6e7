// SPDX-License-Identifier: Apache-2.0
// The seal on every stored value: its last four bytes are the CRC-32C of all before them. A value
// is believed only after its seal was checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace furrow::events {

/// CRC-32C (Castagnoli), as in RFC 3720; in hardware where the processor can. `crc` continues.
uint32_t Crc32c(std::string_view data, uint32_t crc = 0);

/// The same in portable code, to hold the two against each other.
uint32_t Crc32cPortable(std::string_view data, uint32_t crc = 0);

void Seal(std::string& value);
/// What was sealed, or nullopt when the value is damaged.
std::optional<std::string_view> Unseal(std::string_view value);

}  // namespace furrow::events
