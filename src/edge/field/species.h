// SPDX-License-Identifier: Apache-2.0
// The plants that a generated field knows, and how each is drawn.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "edge/field/blade.h"

namespace furrow::edge {

enum class Stage : uint8_t { kSeedling, kYoung, kGrown };
constexpr int kStages = 3;

/// How leaves stand around the stem.
enum class Habit : uint8_t {
  kRosette,   // one after another around the circle
  kPairs,     // opposite each other, every pair across the last
  kTuft,      // grass: blades in all directions
  kStar,      // narrow leaves in whorls
  kFeather,   // leaves cut into fine strips
  kTwoSided,  // maize: leaves to two sides, hanging over
  kThrees     // three leaflets on a stalk
};

struct Species {
  const char* name;
  Habit habit;
  Profile profile;
  bool weed;
  /// Looks like none of the others: kept from a network's training data, it shows what the network
  /// does with a plant it never saw.
  bool unseen;
  int weight;                // how often, among its like
  int size_mm[kStages][2];   // from tip to tip, least and most
  int leaves[kStages][2];    // least and most
  int width_percent;         // of a leaf, of its length
  uint8_t red, green, blue;  // of a leaf in full light
};

/// All of them; Plant::species counts in this order.
std::span<const Species> AllSpecies();

/// The index of a species by name; -1 when there is none.
int SpeciesNamed(const char* name);

/// No part of a plant is farther than this from its stem, along x or y.
constexpr int32_t kPlantReach = 400'000;

/// The blades of one plant around its stem at (0, 0), lowest first; replaces what `out` holds.
/// A function of its arguments alone.
void Grow(const Species& species, Stage stage, uint64_t key, Angle heading,
          std::vector<Blade>& out);

}  // namespace furrow::edge
