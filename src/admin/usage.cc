// SPDX-License-Identifier: Apache-2.0
#include "admin/usage.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "admin/catalogue.h"
#include "store/events/survey.h"

namespace furrow::admin {
namespace {

namespace fs = std::filesystem;

Space FromEvents(const events::OwnerSizes& sizes) {
  Space out;
  out.points = sizes.points;
  out.point_bytes = sizes.point_bytes;
  out.lines = sizes.lines;
  out.line_bytes = sizes.line_bytes;
  out.plots = sizes.rich;
  out.plot_bytes = sizes.rich_bytes;
  return out;
}

void AddFiles(const std::string& dir, const Catalogue& catalogue,
              std::map<std::string, Space>& by_owner) {
  std::error_code error;
  const fs::path root = dir + "/files";
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code gone;
    if (!fs::is_regular_file(it->symlink_status(gone)) || gone) continue;
    Space& space = by_owner[catalogue.OwnerOf(it->path().lexically_relative(root).string())];
    ++space.files;
    space.file_bytes += it->file_size(gone);
  }
}

template <typename Row>
void LargestFirst(std::vector<Row>& rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.space.bytes() > b.space.bytes(); });
}

}  // namespace

void Space::Add(const Space& other) {
  points += other.points;
  point_bytes += other.point_bytes;
  lines += other.lines;
  line_bytes += other.line_bytes;
  plots += other.plots;
  plot_bytes += other.plot_bytes;
  files += other.files;
  file_bytes += other.file_bytes;
}

Result<Usage> MeasureUsage(Snapshot& snapshot) {
  FURROW_ASSIGN(store::Engine* const engine, snapshot.OpenEngine());
  // Damage is fsck's matter; what can be counted is counted.
  const Catalogue catalogue = ReadCatalogue(*engine, {}, [](const DocumentDamage&) {});
  const events::Survey survey =
      events::TakeSurvey(*engine, {}, false, [](const events::Damage&) {});
  std::map<std::string, Space> by_owner;
  for (const auto& [id, run] : catalogue.runs) by_owner[id];
  for (const auto& [id, sizes] : survey.owners) {
    by_owner[catalogue.runs.contains(id) ? id : ""].Add(FromEvents(sizes));
  }
  AddFiles(snapshot.path(), catalogue, by_owner);

  Usage out;
  out.deleted_bytes = survey.deleted_bytes;
  for (const store::TableFile& table : engine->tables()) out.store_bytes += table.bytes;
  std::map<std::string, ProjectSpace> projects;
  for (const auto& [id, space] : by_owner) {
    const auto run = catalogue.runs.find(id);
    const bool known = run != catalogue.runs.end();
    out.total.Add(space);
    out.runs.push_back({id, known ? run->second.name : "", known ? run->second.project : "",
                        known && run->second.model, space});
    ProjectSpace& project = projects[out.runs.back().project];
    project.name = out.runs.back().project;
    project.runs += known ? 1 : 0;
    project.space.Add(space);
  }
  for (auto& [name, project] : projects) out.projects.push_back(std::move(project));
  LargestFirst(out.projects);
  LargestFirst(out.runs);
  return out;
}

}  // namespace furrow::admin
