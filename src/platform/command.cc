// SPDX-License-Identifier: Apache-2.0
#include "platform/command.h"

#include <csignal>
#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "auth/secrets.h"
#include "platform/log.h"
#include "platform/manager.h"
#include "platform/open_files.h"
#include "platform/platform.h"
#include "platform/settings.h"

namespace furrow::platform {
namespace {

constexpr char kExamples[] =
    "Examples:\n"
    "  furrow server --data /var/lib/furrow\n"
    "  furrow server --data ./data --api-port 0 --files-port 0 --web-port 0\n"
    "  furrow server --config /etc/furrow/furrow.toml --listen 0.0.0.0 \\\n"
    "      --public-url https://furrow.example --files-url https://furrow.example/files\n"
    "\n"
    "Settings are read from the configuration file, then the environment, then flags; the last "
    "one\n"
    "that names a setting wins. docs/configuration.md lists them all.\n";

void PrintWelcome(const Platform& platform) {
  const auth::FirstBoot& first = platform.first_boot();
  if (first.happened) {
    fmt::print(
        "First start: an administrator was made. This is shown once.\n"
        "  user     {}\n  password {}\n\n",
        first.admin_name, first.password);
  }
  const Urls& urls = platform.urls();
  fmt::print("Furrow {} is running.\n  web    {}\n  api    {}\n  files  {}\n", FURROW_VERSION,
             urls.web, urls.api, urls.files);
  if (first.happened) {
    fmt::print(
        "\nConnect an SDK:\n"
        "  export CLEARML_API_HOST={}\n  export CLEARML_WEB_HOST={}\n"
        "  export CLEARML_FILES_HOST={}\n  export CLEARML_API_ACCESS_KEY={}\n"
        "  export CLEARML_API_SECRET_KEY={}\n",
        urls.api, urls.web, urls.files, first.access_key, first.secret_key);
  }
  std::fflush(stdout);
}

int Fail(const Status& status) {
  fmt::print(stderr, "furrow server: {}\n", status.message());
  return 1;
}

int RunServer(const std::string& config, const Flags& flags) {
  // Blocked before any thread starts, so that only the sigwait below takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  auth::HideMemory();
  RaiseOpenFiles();
  auto settings = LoadSettings(config, flags);
  if (!settings.ok()) return Fail(settings.status());
  if (const Status logging = StartLog(*settings); !logging.ok()) return Fail(logging);

  auto platform = Platform::Open(*settings);
  if (!platform.ok()) return Fail(platform.status());
  if (const Status started = (*platform)->Start(); !started.ok()) return Fail(started);
  PrintWelcome(**platform);
  (*platform)->ForgetFirstBoot();

  TellManager("READY=1");
  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal == SIGHUP) {
    ReopenLog();
    spdlog::info("the log was opened anew");
  }
  TellManager("STOPPING=1");
  spdlog::info("stopping");
  (*platform)->Stop();
  return 0;
}

}  // namespace

void AddServerCommand(CLI::App& app, int& exit_code) {
  CLI::App* server = app.add_subcommand("server", "run the platform: API, files and web ports");
  server->footer(kExamples);
  auto config = std::make_shared<std::string>();
  auto values = std::make_shared<Flags>();
  server->add_option("--config", *config, "TOML file with any of the settings below")
      ->check(CLI::ExistingFile);
  for (const Setting& s : SettingsTable()) {
    server->add_option_function<std::string>(
        s.flag, [values, key = std::string(s.key)](const std::string& v) { (*values)[key] = v; },
        fmt::format("{} [{}]", s.help, s.environment));
  }
  server->callback([config, values, &exit_code] { exit_code = RunServer(*config, *values); });
}

}  // namespace furrow::platform
