// SPDX-License-Identifier: Apache-2.0
// furrow-edge map: what a log says was sprayed, in the forms that others read.
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "edge/boom/text_file.h"
#include "edge/image/image.h"
#include "edge/programs/commands.h"
#include "edge/record/as_applied.h"
#include "edge/record/as_applied_files.h"
#include "edge/record/patches.h"
#include "edge/record/sprayed_map.h"
#include "edge/record/sprayed_page.h"

namespace furrow::edge {
namespace {

constexpr const char* kExamples = R"(
LOG is a folder of segments or one of them. Whatever is damaged in it is named and left out.

Examples:
  furrow-edge map run1 --html map.html --png map.png
  furrow-edge map run1 --csv sprayed.csv
  furrow-edge map run1 --geojson sprayed.geojson --latitude 48.1 --longitude 11.5 --course 90
)";

struct Options {
  std::string log, html, png, csv, geojson, isoxml;
  Origin origin;
  AsAppliedOptions table;
  int side = 2000;
};

Status Run(const Options& options) {
  std::vector<std::string> damage;
  const Result<AsApplied> read = AsApplied::FromLog(options.log, options.table, damage);
  for (const std::string& one : damage) {
    fmt::print(stderr, "furrow-edge map: left out: {}\n", one);
  }
  FURROW_TRY(read.status());
  const AsApplied& table = *read;
  const std::vector<Patch> patches = MakePatches(table);
  if (!options.csv.empty()) FURROW_TRY(WriteTextFile(options.csv, AsAppliedCsv(table)));
  if (!options.geojson.empty()) {
    FURROW_TRY(WriteTextFile(options.geojson, AsAppliedGeoJson(patches, options.origin)));
  }
  if (!options.isoxml.empty()) {
    TaskDataOptions task;
    task.origin = options.origin;
    FURROW_ASSIGN(const std::string text, AsAppliedTaskData(table, task));
    FURROW_TRY(WriteTextFile(options.isoxml, text));
  }
  if (!options.html.empty()) {
    FURROW_TRY(WriteTextFile(options.html, SprayedPage(table, patches, {}, options.log)));
  }
  if (!options.png.empty()) {
    FURROW_ASSIGN(const Image image, SprayedMap(table, patches, {}, options.side));
    FURROW_TRY(WritePng(image, options.png));
  }
  double litres = 0, square_metres = 0;
  for (const Patch& patch : patches) {
    litres += patch.litres;
    square_metres += patch.square_metres;
  }
  fmt::print("{} pieces of {} nozzles: {:.1f} m2, {:.2f} l\n", table.pieces().size(),
             table.boom().nozzles.size(), square_metres, litres);
  return {};
}

}  // namespace

void AddMapCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* map = app.add_subcommand("map", "what a log says was sprayed: map, tables, page");
  map->footer(kExamples);
  map->add_option("LOG", options->log, "a log")->required();
  map->add_option("--html", options->html, "a page that needs nothing else");
  map->add_option("--png", options->png, "a picture");
  map->add_option("--side", options->side, "of the picture, pixels of its longer side")
      ->check(CLI::Range(100, 16384))
      ->capture_default_str();
  map->add_option("--csv", options->csv, "a row for each piece");
  map->add_option("--geojson", options->geojson, "polygons (RFC 7946)");
  map->add_option("--isoxml", options->isoxml, "TASKDATA.XML (ISO 11783-10)");
  map->add_option("--latitude", options->origin.latitude, "of the first pose, degrees")
      ->check(CLI::Range(-90.0, 90.0));
  map->add_option("--longitude", options->origin.longitude, "of the first pose, degrees")
      ->check(CLI::Range(-180.0, 180.0));
  map->add_option("--course", options->origin.course, "at the first pose, degrees from north")
      ->check(CLI::Range(0.0, 360.0));
  map->add_option("--litres-per-minute", options->table.litres_per_minute, "of an open nozzle")
      ->check(CLI::Range(0.001, 1000.0))
      ->capture_default_str();
  map->callback([options, &exit_code] {
    const Status status = Run(*options);
    if (status.ok()) return;
    fmt::print(stderr, "furrow-edge map: {}\n", status.message());
    exit_code = 1;
  });
}

}  // namespace furrow::edge
