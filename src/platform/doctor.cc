// SPDX-License-Identifier: Apache-2.0
#include "platform/doctor.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include <fmt/format.h>

#include "base/time.h"
#include "json/text.h"
#include "platform/doctor_checks.h"

namespace furrow::platform {
namespace {

constexpr char kExamples[] =
    "Examples:\n"
    "  furrow doctor --data /var/lib/furrow\n"
    "  sudo -u furrow furrow doctor --config /etc/furrow/furrow.toml\n"
    "  furrow doctor --data ./data --json\n"
    "\n"
    "Give it what you give furrow server, as the user that runs it. Exit status: 0 fit, perhaps\n"
    "with warnings, 1 the configuration cannot be read, 2 something is bad.\n";

const char* Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kGood:
      return "good";
    case Verdict::kNote:
      return "note";
    case Verdict::kWarning:
      return "warning";
    case Verdict::kBad:
      return "BAD";
  }
  return "";
}

int Run(const std::string& config, const Flags& flags, bool json) {
  std::map<std::string, std::string> sources;
  const auto settings = LoadSettings(config, flags, &sources);
  if (!settings.ok()) {
    fmt::print(stderr, "furrow doctor: {}\n", settings.status().message());
    return 1;
  }
  const std::vector<Diagnosis> found = Examine(*settings, sources);
  const auto count = [&](Verdict verdict) {
    return std::count_if(found.begin(), found.end(),
                         [&](const Diagnosis& d) { return d.verdict == verdict; });
  };
  const auto bad = count(Verdict::kBad), warnings = count(Verdict::kWarning);
  if (json) {
    json::Array lines;
    for (const Diagnosis& d : found) {
      lines.push_back(
          json::Object{{"verdict", d.verdict == Verdict::kBad ? "bad" : Name(d.verdict)},
                       {"topic", d.topic},
                       {"text", d.text},
                       {"advice", d.advice}});
    }
    fmt::print("{}\n",
               json::WritePretty(json::Object{
                   {"fit", bad == 0}, {"warnings", warnings}, {"findings", std::move(lines)}}));
    return bad == 0 ? 0 : 2;
  }
  for (const Diagnosis& d : found) {
    fmt::print("{:<8} {:<14} {}\n", Name(d.verdict), d.topic, d.text);
    if (!d.advice.empty()) fmt::print("{:<8} {:<14} -> {}\n", "", "", d.advice);
  }
  if (bad > 0) {
    fmt::print("\nNot fit: {} to mend, {} to look at.\n", bad, warnings);
  } else if (warnings > 0) {
    fmt::print("\nFit, with {} to look at.\n", warnings);
  } else {
    fmt::print("\nAll is well.\n");
  }
  return bad == 0 ? 0 : 2;
}

}  // namespace

std::vector<Diagnosis> Examine(const Settings& settings,
                               const std::map<std::string, std::string>& sources) {
  Findings out;
  ExamineVersions(out);
  ExamineConfiguration(settings, sources, out);
  ExamineData(settings, out);
  ExamineSecrets(settings, out);
  ExamineClock(settings, out);
  ExaminePorts(settings, out);
  ExamineLimits(settings, out);
  ExamineTls(settings, SystemClock().Now(), out);
  return out;
}

void AddDoctorCommand(CLI::App& app, int& exit_code) {
  CLI::App* doctor =
      app.add_subcommand("doctor", "is this machine fit for the server, and what to do if not");
  doctor->footer(kExamples);
  auto config = std::make_shared<std::string>();
  auto values = std::make_shared<Flags>();
  auto json = std::make_shared<bool>(false);
  doctor->add_option("--config", *config, "the server's configuration file")
      ->check(CLI::ExistingFile);
  doctor->add_flag("--json", *json, "answer in JSON");
  for (const Setting& s : SettingsTable()) {
    doctor
        ->add_option_function<std::string>(
            s.flag,
            [values, key = std::string(s.key)](const std::string& v) { (*values)[key] = v; },
            fmt::format("{} [{}]", s.help, s.environment))
        ->group(std::string(s.key) == "data" ? "Options" : "Settings of the server");
  }
  doctor->callback(
      [config, values, json, &exit_code] { exit_code = Run(*config, *values, *json); });
}

}  // namespace furrow::platform
