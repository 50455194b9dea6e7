// SPDX-License-Identifier: Apache-2.0
// The as-applied map as one HTML page that asks nobody for anything.
#pragma once

#include <string>
#include <vector>

#include "edge/record/as_applied.h"
#include "edge/record/patches.h"

namespace furrow::edge {

/// A weed that no nozzle hit, as whoever compared the two says.
struct MissedWeed {
  Microns x = 0, y = 0;
  Microns radius = 0;
  std::string why;  // for the one who points at it; may be empty
};

/// More patches than this are not drawn, and the page says so.
constexpr size_t kPagePatchesMax = 250'000;

/// The page; `title` stands on top of it. Texts are shown as they are, whatever they hold.
std::string SprayedPage(const AsApplied& table, const std::vector<Patch>& patches,
                        const std::vector<MissedWeed>& missed, const std::string& title);

}  // namespace furrow::edge
