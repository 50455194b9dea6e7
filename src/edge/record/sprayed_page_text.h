// SPDX-License-Identifier: Apache-2.0
// What is the same in every page of sprayed_page.h: before the data, and behind them.
#pragma once

#include <string_view>

namespace furrow::edge {

extern const std::string_view kPageTop, kPageScript;

}  // namespace furrow::edge
