// SPDX-License-Identifier: Apache-2.0
#include "platform/settings.h"

#include <charconv>
#include <cstdlib>
#include <sstream>

#include "base/toml.h"
#include "http/forwarded.h"

namespace furrow::platform {
namespace {

constexpr Setting Text(const char* key, const char* flag, const char* environment,
                       std::string Settings::*field, const char* help) {
  return {key, flag, environment, help, Kind::kText, field, nullptr};
}
constexpr Setting Number(const char* key, const char* flag, const char* environment,
                         int64_t Settings::*field, int64_t min, int64_t max, const char* help) {
  return {key, flag, environment, help, Kind::kNumber, nullptr, field, min, max};
}

Status Set(const Setting& setting, const std::string& value, const std::string& where,
           Settings& out) {
  if (setting.kind == Kind::kText) {
    out.*setting.text = value;
    return {};
  }
  int64_t number = 0;
  const char* end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || number < setting.min || number > setting.max) {
    return Status(Code::kInvalidArgument,
                  where + ": " + setting.key + " must be a whole number from " +
                      std::to_string(setting.min) + " to " + std::to_string(setting.max) +
                      ", not '" + value + "'");
  }
  out.*setting.number = number;
  return {};
}

using Sources = std::map<std::string, std::string>;

Status ReadFile(const std::string& path, Settings& out, Sources& sources) {
  FURROW_ASSIGN(const toml::table table, ReadToml(path));
  for (const auto& [key, node] : table) {
    const std::string where = path + ":" + std::to_string(node.source().begin.line);
    const Setting* found = nullptr;
    for (const Setting& s : SettingsTable()) {
      if (key.str() == s.key) found = &s;
    }
    if (!found) {
      return Status(Code::kInvalidArgument, where + ": unknown setting '" + std::string(key.str()) +
                                                "': see furrow server --help");
    }
    std::string value;
    if (const auto text = node.value_exact<std::string>()) {
      value = *text;
    } else if (const auto number = node.value_exact<int64_t>()) {
      value = std::to_string(*number);
    } else {
      return Status(Code::kInvalidArgument,
                    where + ": " + found->key + " must be " +
                        (found->kind == Kind::kText ? "a text" : "a number"));
    }
    FURROW_TRY(Set(*found, value, where, out));
    sources[found->key] = where;
  }
  return {};
}

}  // namespace

const std::vector<Setting>& SettingsTable() {
  using S = Settings;
  static const std::vector<Setting> table = {
      Text("data", "--data", "FURROW_DATA", &S::data,
           "directory of the store and the files; made when missing (required)"),
      Text("listen", "--listen", "FURROW_LISTEN", &S::listen, "address to listen on"),
      Number("api_port", "--api-port", "FURROW_API_PORT", &S::api_port, 0, 65535,
             "port of the API; 0 picks a free one"),
      Number("files_port", "--files-port", "FURROW_FILES_PORT", &S::files_port, 0, 65535,
             "port of the file server; 0 picks a free one"),
      Number("web_port", "--web-port", "FURROW_WEB_PORT", &S::web_port, 0, 65535,
             "port of the web pages, and of /api and /files; 0 picks a free one"),
      Text("public_url", "--public-url", "FURROW_PUBLIC_URL", &S::public_url,
           "URL at which people reach the web port"),
      Text("api_url", "--api-url", "FURROW_API_URL", &S::api_url,
           "URL at which clients reach the API"),
      Text("files_url", "--files-url", "FURROW_FILES_URL", &S::files_url,
           "URL at which clients reach the file server; stored inside artifacts"),
      Text("tls_certificate", "--tls-certificate", "FURROW_TLS_CERTIFICATE", &S::tls_certificate,
           "PEM file with the certificate chain; turns TLS on"),
      Text("tls_key", "--tls-key", "FURROW_TLS_KEY", &S::tls_key, "PEM file with its private key"),
      Text("allowed_origins", "--allowed-origins", "FURROW_ALLOWED_ORIGINS", &S::allowed_origins,
           "further web origins that may call the API with a cookie, comma-separated"),
      Text("trusted_proxies", "--trusted-proxies", "FURROW_TRUSTED_PROXIES", &S::trusted_proxies,
           "addresses of proxies whose X-Forwarded-For is believed, comma-separated"),
      Text("log_level", "--log-level", "FURROW_LOG_LEVEL", &S::log_level,
           "trace, debug, info, warn or error"),
      Text("log_file", "--log-file", "FURROW_LOG_FILE", &S::log_file,
           "file for the log instead of standard error; SIGHUP opens it anew"),
      Number("log_file_mb", "--log-file-mb", "FURROW_LOG_FILE_MB", &S::log_file_mb, 1, 1 << 20,
             "size at which the log file is changed for a new one, in MiB"),
      Number("log_files", "--log-files", "FURROW_LOG_FILES", &S::log_files, 1, 1000,
             "log files kept, the current one included"),
      Number(
          "low_space_mb", "--low-space-mb", "FURROW_LOW_SPACE_MB", &S::low_space_mb, 0, 1LL << 40,
          "warn when less of the disk is free, in MiB; of a small disk, when less than a tenth is"),
      Number("threads", "--threads", "FURROW_THREADS", &S::threads, 0, 1024,
             "threads that run requests; 0: one per core, at least 4"),
      Number("cache_mb", "--cache-mb", "FURROW_CACHE_MB", &S::cache_mb, 1, 1 << 20,
             "memory for cached blocks of the store, in MiB"),
      Number("task_timeout_s", "--task-timeout-s", "FURROW_TASK_TIMEOUT_S", &S::task_timeout_s, 60,
             31'536'000, "seconds after which a running task that is silent is stopped"),
      Number(
          "queue_lease_s", "--queue-lease-s", "FURROW_QUEUE_LEASE_S", &S::queue_lease_s, 1, 86'400,
          "seconds after which a task that was handed to a worker and not begun is offered again"),
      Text("metrics_token", "--metrics-token", "FURROW_METRICS_TOKEN", &S::metrics_token,
           "bearer token that lets /metrics answer beyond loopback"),
      Number("session_rate", "--session-rate", "FURROW_SESSION_RATE", &S::session_rate, 0,
             1'000'000'000, "requests a second one signed-in session may make; 0: no bound"),
      Number("address_rate", "--address-rate", "FURROW_ADDRESS_RATE", &S::address_rate, 0,
             1'000'000'000,
             "requests a second one address may make without a good token; 0: no bound"),
  };
  return table;
}

Result<Settings> LoadSettings(const std::string& config_file, const Flags& flags,
                              std::map<std::string, std::string>* sources) {
  Settings out;
  Sources found;
  if (!config_file.empty()) FURROW_TRY(ReadFile(config_file, out, found));
  for (const Setting& s : SettingsTable()) {
    const char* value = std::getenv(s.environment);
    if (!value || !*value) continue;
    FURROW_TRY(Set(s, value, s.environment, out));
    found[s.key] = s.environment;
  }
  for (const auto& [key, value] : flags) {
    for (const Setting& s : SettingsTable()) {
      if (key != s.key) continue;
      FURROW_TRY(Set(s, value, s.flag, out));
      found[s.key] = s.flag;
    }
  }
  if (sources) *sources = std::move(found);
  if (out.data.empty()) {
    return Status(Code::kInvalidArgument, "no data directory: say --data DIR");
  }
  if (out.tls_certificate.empty() != out.tls_key.empty()) {
    return Status(Code::kInvalidArgument, "TLS needs both --tls-certificate and --tls-key");
  }
  FURROW_TRY(TrustedProxies(out).status());
  for (std::string S : {"trace", "debug", "info", "warn", "error"}) {
    if (out.log_level == S) return out;
  }
  return Status(Code::kInvalidArgument,
                "log_level must be trace, debug, info, warn or error, not '" + out.log_level + "'");
}

Result<std::vector<std::string>> TrustedProxies(const Settings& settings) {
  std::vector<std::string> out;
  std::istringstream list(settings.trusted_proxies);
  for (std::string one; std::getline(list, one, ',');) {
    std::erase(one, ' ');
    const auto address = http::PlainAddress(one);
    if (!address) {
      return Status(Code::kInvalidArgument,
                    "trusted_proxies must be addresses, like 127.0.0.1, not '" + one + "'");
    }
    out.push_back(*address);
  }
  return out;
}

std::string SettingsReference() {
  const Settings defaults;
  std::string out = "| file | flag | environment | default | meaning |\n|---|---|---|---|---|\n";
  for (const Setting& s : SettingsTable()) {
    const std::string value =
        s.kind == Kind::kText ? defaults.*s.text : std::to_string(defaults.*s.number);
    out += std::string("| `") + s.key + "` | `" + s.flag + "` | `" + s.environment + "` | " +
           (value.empty() ? "" : "`" + value + "`") + " | " + s.help + " |\n";
  }
  return out;
}

}  // namespace furrow::platform
