// SPDX-License-Identifier: Apache-2.0
#include "admin/check_commands.h"

#include <cstdio>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "admin/fsck.h"
#include "admin/text.h"
#include "admin/usage.h"
#include "json/text.h"

namespace furrow::admin {
namespace {

constexpr char kFsckExamples[] =
    "Examples:\n"
    "  furrow fsck --data /var/lib/furrow\n"
    "  furrow fsck --data /var/lib/furrow --json | jq .findings\n"
    "\n"
    "Reads everything and compares it with its checksums: the store's tables and log, documents,\n"
    "points, log lines, plots, uploaded files, secrets. Names what is damaged and changes\n"
    "nothing. Of a running server it checks a snapshot. Exit status: 0 all is good, 1 it could\n"
    "not be checked, 2 something is damaged.\n";

constexpr char kDuExamples[] =
    "Examples:\n"
    "  furrow du --data /var/lib/furrow\n"
    "  furrow du --data /var/lib/furrow --tasks --top 20\n"
    "  furrow du --data /var/lib/furrow --json\n"
    "\n"
    "Shows what projects and tasks take, the largest first. Events are counted before the store\n"
    "packs them, files as they lie on the disk.\n";

struct Values {
  std::string data;
  bool json = false, tasks = false;
  size_t top = 50;
};

int Fail(const char* command, const Status& status) {
  fmt::print(stderr, "furrow {}: {}\n", command, status.message());
  return 1;
}

json::Value Counts(const FsckReport& r) {
  return json::Object{{"tables", r.tables},
                      {"table_bytes", r.table_bytes},
                      {"tables_damaged", r.tables_bad},
                      {"documents", r.documents},
                      {"documents_damaged", r.documents_bad},
                      {"points", r.points},
                      {"log_lines", r.lines},
                      {"plots_and_images", r.rich},
                      {"blocks", r.blocks},
                      {"chunks", r.chunks},
                      {"unfolded_requests", r.requests},
                      {"events_damaged", r.events_bad},
                      {"files", r.files},
                      {"file_bytes", r.file_bytes},
                      {"files_damaged", r.files_bad}};
}

void PrintFsck(const FsckReport& r, const Snapshot& snapshot) {
  fmt::print("Checked {}{}.\n", snapshot.data_dir(),
             snapshot.of_running_server() ? ", as it was when the check began" : "");
  const auto state = [](uint64_t bad) {
    return bad == 0 ? std::string("good") : Count(bad) + " DAMAGED";
  };
  fmt::print("  store      {}, {}: {}\n", Plural(r.tables, "table"), Bytes(r.table_bytes),
             state(r.tables_bad));
  fmt::print("  documents  {}: {}\n", Count(r.documents), state(r.documents_bad));
  fmt::print("  events     {}, {}, {} plots and images: {}\n", Plural(r.points, "point"),
             Plural(r.lines, "log line"), Count(r.rich), state(r.events_bad));
  fmt::print("  files      {}, {}: {}\n", Count(r.files), Bytes(r.file_bytes), state(r.files_bad));
  if (r.good()) {
    fmt::print("Everything is as it was written.\n");
    return;
  }
  fmt::print("\nDamaged:\n");
  for (const Finding& f : r.findings) {
    fmt::print("  {}{}{}: {}\n", f.project.empty() ? "" : "project " + f.project + ", ", f.subject,
               f.metric.empty() ? "" : " of " + f.metric, f.detail);
  }
  fmt::print(
      "\nEverything else is as it was written and can be read. A damaged part answers with an\n"
      "error and harms no other. To have it back, restore a backup beside this directory:\n"
      "  furrow restore BACKUP --data DIR\n");
}

int RunFsck(const Values& values) {
  const auto snapshot = Snapshot::Take(values.data);
  if (!snapshot.ok()) return Fail("fsck", snapshot.status());
  const FsckReport report = Fsck(**snapshot);
  if (!values.json) {
    PrintFsck(report, **snapshot);
    return report.good() ? 0 : 2;
  }
  json::Array findings;
  for (const Finding& f : report.findings) {
    findings.push_back(json::Object{{"kind", f.kind},
                                    {"project", f.project},
                                    {"subject", f.subject},
                                    {"metric", f.metric},
                                    {"detail", f.detail}});
  }
  fmt::print("{}\n", json::WritePretty(json::Object{{"good", report.good()},
                                                    {"running", (*snapshot)->of_running_server()},
                                                    {"checked", Counts(report)},
                                                    {"findings", std::move(findings)}}));
  return report.good() ? 0 : 2;
}

json::Value Describe(const Space& s) {
  return json::Object{
      {"bytes", s.bytes()},         {"points", s.points},        {"point_bytes", s.point_bytes},
      {"log_lines", s.lines},       {"log_bytes", s.line_bytes}, {"plots", s.plots},
      {"plot_bytes", s.plot_bytes}, {"files", s.files},          {"file_bytes", s.file_bytes}};
}

void PrintRow(const Space& s, const std::string& name) {
  fmt::print("{:>10}{:>14}{:>10}{:>10}{:>10}{:>10}  {}\n", Bytes(s.bytes()), Count(s.points),
             Bytes(s.point_bytes), Bytes(s.line_bytes), Bytes(s.plot_bytes), Bytes(s.file_bytes),
             name);
}

void PrintUsage(const Usage& usage, const Values& values) {
  fmt::print("{:>10}{:>14}{:>10}{:>10}{:>10}{:>10}  {}\n", "TOTAL", "POINTS", "SCALARS", "LOGS",
             "PLOTS", "FILES", values.tasks ? "TASK" : "PROJECT");
  const size_t rows = values.tasks ? usage.runs.size() : usage.projects.size();
  const size_t shown = values.top == 0 ? rows : std::min(values.top, rows);
  for (size_t i = 0; i < shown; ++i) {
    if (values.tasks) {
      const RunSpace& run = usage.runs[i];
      const std::string name = run.id.empty() ? "(nobody's)"
                                              : fmt::format("{} / {}{} ({})", run.project, run.name,
                                                            run.model ? " [model]" : "", run.id);
      PrintRow(run.space, name);
    } else {
      const ProjectSpace& project = usage.projects[i];
      PrintRow(project.space,
               fmt::format("{} ({})", project.name.empty() ? "(no project)" : project.name,
                           Plural(project.runs, "run")));
    }
  }
  if (shown < rows) fmt::print("… and {} more; --top 0 shows all\n", Count(rows - shown));
  PrintRow(usage.total, "in all");
  fmt::print("\nThe store takes {} on the disk{}.\n", Bytes(usage.store_bytes),
             usage.deleted_bytes == 0
                 ? ""
                 : ", of which deleted events of " + Bytes(usage.deleted_bytes) +
                       " (unpacked) are still to be cleaned away");
}

int RunDu(const Values& values) {
  const auto snapshot = Snapshot::Take(values.data);
  if (!snapshot.ok()) return Fail("du", snapshot.status());
  const auto usage = MeasureUsage(**snapshot);
  if (!usage.ok()) return Fail("du", usage.status());
  if (!values.json) {
    PrintUsage(*usage, values);
    return 0;
  }
  json::Array projects, runs;
  for (const ProjectSpace& p : usage->projects) {
    json::Value row = Describe(p.space);
    row["project"] = p.name;
    row["runs"] = p.runs;
    projects.push_back(std::move(row));
  }
  for (const RunSpace& r : usage->runs) {
    json::Value row = Describe(r.space);
    row["id"] = r.id;
    row["name"] = r.name;
    row["project"] = r.project;
    row["type"] = r.id.empty() ? "" : r.model ? "model" : "task";
    runs.push_back(std::move(row));
  }
  fmt::print("{}\n", json::WritePretty(json::Object{{"total", Describe(usage->total)},
                                                    {"store_bytes", usage->store_bytes},
                                                    {"deleted_bytes", usage->deleted_bytes},
                                                    {"projects", std::move(projects)},
                                                    {"runs", std::move(runs)}}));
  return 0;
}

}  // namespace

void AddCheckCommands(CLI::App& app, int& exit_code) {
  auto values = std::make_shared<Values>();
  const auto common = [&](CLI::App* command) {
    command->add_option("--data", values->data, "data directory of the server [FURROW_DATA]")
        ->envname("FURROW_DATA")
        ->required();
    command->add_flag("--json", values->json, "answer in JSON");
  };
  CLI::App* fsck = app.add_subcommand("fsck", "check everything in a data directory");
  fsck->footer(kFsckExamples);
  common(fsck);
  fsck->callback([values, &exit_code] { exit_code = RunFsck(*values); });

  CLI::App* du = app.add_subcommand("du", "show what projects and tasks take on the disk");
  du->footer(kDuExamples);
  common(du);
  du->add_flag("--tasks", values->tasks, "tasks and models instead of projects");
  du->add_option("--top", values->top, "how many rows; 0: all [50]");
  du->callback([values, &exit_code] { exit_code = RunDu(*values); });
}

}  // namespace furrow::admin
