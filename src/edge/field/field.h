// SPDX-License-Identifier: Apache-2.0
// A field made by chance from a seed, with the exact truth about every plant on it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "edge/boom/units.h"
#include "edge/field/species.h"

namespace furrow::edge {

/// Bare soil of three kinds, soil between the stumps of the last harvest, and soil under a mat of
/// straw that was never tilled.
enum class Soil : uint8_t { kLight, kDark, kWet, kStubble, kNoTill };
constexpr int kSoils = 5;

enum class Crop : uint8_t { kNone, kMaize, kBeet, kSoy, kCereal };
constexpr int kCrops = 5;

struct FieldOptions {
  uint64_t seed = 1;
  double width_m = 36;      // 0.5 to 200; its middle is y = 0
  double weeds_per_m2 = 1;  // 0 to 100, the mean over the field
  double patchiness = 0.5;  // 0: evenly scattered; 1: all in patches on a quarter of the ground
  double unseen_share = 0;  // 0 to 1, of the weeds: of species flagged Species::unseen
  /// Indices in AllSpecies() of the weeds that grow, each as often as the others, at most 16; with
  /// them unseen_share is 0. None: all that are not flagged, by their weight.
  std::vector<uint8_t> weeds;
  Stage stage = Stage::kYoung;
  Soil soil = Soil::kLight;
  Crop crop = Crop::kNone;
  double row_m = 0.5;      // from crop row to crop row, 0.1 to 5
  double in_row_m = 0.18;  // from plant to plant within a row, 0.01 to 5
  // What only a camera sees:
  double sun_height_rad = 0.9;   // above the horizon, 0.1 to pi/2
  double sun_heading_rad = 0.8;  // where it stands, to the left of forward
  double cloud = 0.2;            // 0: hard shadows; 1: none
  double dew = 0;                // 0 to 1
  double dust = 0;               // 0 to 1, in the air
};

/// An error names the first option out of its bounds.
Status CheckField(const FieldOptions& options);

/// The names of the command line: light dark wet stubble no-till, none maize beet soy cereal,
/// seedling young grown, chickweed goosefoot and so on. An error lists them.
Result<Soil> SoilNamed(std::string_view name);
Result<Crop> CropNamed(std::string_view name);
Result<Stage> StageNamed(std::string_view name);
/// Of a weed, its index in AllSpecies().
Result<uint8_t> WeedNamed(std::string_view name);

struct Plant {
  Microns x = 0, y = 0;           // the middle of the box around all that is drawn of it
  Microns length = 0, width = 0;  // of that box, along x and y
  Microns stem_x = 0, stem_y = 0;
  uint8_t species = 0;  // index in AllSpecies()
  bool weed = false;
  Stage stage = Stage::kYoung;
  uint32_t id = 0;    // unique over 100 km of a field of up to 20 m, 50 km of one of 40 m
  Angle heading = 0;  // of its first leaf
  uint64_t key = 0;   // of the chance that shaped it
};

/// Without end in both directions of x, without memory, and the same on every processor: where
/// plants stand and how large they are comes from whole numbers alone. Immutable and thread-safe.
///
/// Weeds stand by a Poisson process whose density a field of patches modulates; crop stands in rows
/// parallel to x, some of its places empty. A box is that of the plant alone on the ground plane:
/// neighbours may hide parts of it.
class Field {
 public:
  /// `options` must pass CheckField.
  explicit Field(const FieldOptions& options);

  const FieldOptions& options() const { return options_; }

  /// Appends the plants whose x lies in [x0, x1), in order of x, then y, then id. However a stretch
  /// is cut, its parts give the same plants as the whole.
  void PlantsIn(Microns x0, Microns x1, std::vector<Plant>& out) const;

  /// The blades of a plant around its stem, lowest first; replaces what `out` holds.
  static void BladesOf(const Plant& plant, std::vector<Blade>& out);

  /// What the density at a place is multiplied by, in 65536ths; its mean over the field is 1.
  int64_t PatchAt(Microns x, Microns y) const;

 private:
  void WeedsOfCell(int64_t cell_x, int64_t cell_y, std::vector<Plant>& out,
                   std::vector<Blade>& scratch) const;
  void CropOfPlace(int64_t place, int64_t row, std::vector<Plant>& out,
                   std::vector<Blade>& scratch) const;

  FieldOptions options_;
  Microns half_width_;
  int64_t half_cells_;  // cells from the middle to the edge
  int64_t mean_q16_;    // weeds of a cell where the patch factor is 1
  int64_t patch_ppm_, unseen_ppm_;
  Microns row_, in_row_;
  int64_t rows_ = 0;
  uint8_t crop_species_ = 0;
  std::vector<uint8_t> common_, unseen_;  // indices of weed species, once for each unit of weight
};

}  // namespace furrow::edge
