// SPDX-License-Identifier: Apache-2.0
// The parts that blocks and chunks have in common: length-prefixed columns, and workers as a small
// dictionary with runs.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/events/block.h"
#include "store/events/bytes.h"

namespace furrow::events {

void PutIntSection(std::string& out, std::span<const int64_t> column);

/// The workers of points [from, to), whose names are names[worker].
void PutWorkers(const Columns& columns, size_t from, size_t to,
                const std::vector<std::string>& names, std::string& out);
/// False when they do not describe `count` points.
bool TakeWorkers(Reader& in, uint32_t count, std::vector<std::string_view>& names,
                 std::vector<Columns::Run>& runs);

/// Appends `count` points from three sections to the columns (not their workers). False when a
/// section is no column of that length.
bool TakeColumns(std::string_view iter, std::string_view time, std::string_view value,
                 uint32_t count, Columns& to);

}  // namespace furrow::events
