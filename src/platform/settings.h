// SPDX-License-Identifier: Apache-2.0
// The server's configuration: a TOML file, then the environment, then flags, each stronger than the
// one before. One table names every setting; --help and docs/configuration.md are made from it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"

namespace furrow::platform {

struct Settings {
  std::string data;  ///< required
  std::string listen = "127.0.0.1";
  int64_t api_port = 8008;
  int64_t files_port = 8081;
  int64_t web_port = 8080;
  std::string public_url;  ///< of the web port, as people reach it
  std::string files_url;   ///< of the files port, as clients reach it; stored in artifacts
  std::string api_url;     ///< of the API port, as clients reach it
  std::string tls_certificate;
  std::string tls_key;
  std::string allowed_origins;  ///< further origins, comma-separated
  std::string log_level = "info";
  std::string log_file;         ///< "": standard error
  int64_t log_file_mb = 64;     ///< a full one is changed for a new one
  int64_t log_files = 5;        ///< so many are kept, the current one included
  int64_t low_space_mb = 2048;  ///< less free space than this is warned of
  int64_t threads = 0;          ///< 0: one per core, at least 4
  int64_t cache_mb = 16;
  int64_t task_timeout_s = 7200;  ///< a silent running task is stopped after this
  int64_t queue_lease_s = 60;     ///< what is handed out and not begun is offered again after this
  std::string trusted_proxies;    ///< addresses, comma-separated
  std::string metrics_token;      ///< lets /metrics answer beyond loopback
  int64_t session_rate = 20'000;  ///< requests a second of one signed-in session; 0: no bound
  int64_t address_rate = 2'000;   ///< requests a second of one address without a token; 0: no bound
};

enum class Kind { kText, kNumber };

/// One line of the table.
struct Setting {
  const char* key;          ///< in the file, e.g. "api_port"
  const char* flag;         ///< "--api-port"
  const char* environment;  ///< "FURROW_API_PORT"
  const char* help;
  Kind kind;
  std::string Settings::*text;
  int64_t Settings::*number;
  int64_t min = 0, max = 0;
};
const std::vector<Setting>& SettingsTable();

/// Values given as flags, by key.
using Flags = std::map<std::string, std::string>;

/// Reads `config_file` ("" = none), the environment and the flags. Errors: kInvalidArgument naming
/// the file and line, the variable or the flag, and what would be right; an unknown key is one.
/// `sources`, unless null, is told where each setting that is given was found.
Result<Settings> LoadSettings(const std::string& config_file, const Flags& flags,
                              std::map<std::string, std::string>* sources = nullptr);

/// The plain addresses in `trusted_proxies`. Errors: kInvalidArgument.
Result<std::vector<std::string>> TrustedProxies(const Settings& settings);

/// The reference page's table, Markdown.
std::string SettingsReference();

}  // namespace furrow::platform
