// SPDX-License-Identifier: Apache-2.0
#include "device/agent/config.h"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/toml.h"
#include "bundle/keys.h"
#include "edge/boom/section.h"
#include "edge/boom/text_file.h"

namespace furrow::device {
namespace {

using edge::Section;

constexpr size_t kBytesMax = 1u << 20;
constexpr size_t kArgumentsMax = 64;

const toml::table& TableOf(const toml::table& root, std::string_view name) {
  static const toml::table kNone;
  const toml::node* node = root.get(name);
  return node != nullptr && node->is_table() ? *node->as_table() : kNone;
}

std::string WithoutSlash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

Status ReadEdge(const toml::table& table, const std::string& path, DeviceConfig& config) {
  Section section(table, "edge", path);
  const auto beside = [&](const std::string& name) {
    return std::filesystem::path(name).is_absolute() ? name : config.folder + "/" + name;
  };
  FURROW_ASSIGN(config.edge_program, section.Text("program", "furrow-edge"));
  FURROW_ASSIGN(const std::string machine, section.Text("config", "machine.toml"));
  FURROW_ASSIGN(const std::string boom, section.Text("boom", "boom.toml"));
  FURROW_ASSIGN(const std::string link, section.Text("link", "link"));
  FURROW_ASSIGN(const std::string logs, section.Text("logs", "log"));
  config.machine = beside(machine);
  config.boom = beside(boom);
  config.link = beside(link);
  config.logs = beside(logs);
  FURROW_ASSIGN(const double watchdog, section.Number("watchdog_s", 0.5, 600, 3));
  config.watchdog = Seconds(watchdog);
  if (const toml::node* words = table.get("arguments")) {
    if (!words->is_array() || words->as_array()->size() > kArgumentsMax) {
      return section.Wrong(*words, "write arguments = [\"...\", ...]");
    }
    config.edge_arguments.clear();
    for (const toml::node& word : *words->as_array()) {
      if (!word.is_string()) return section.Wrong(word, "an argument is a text");
      config.edge_arguments.push_back(word.as_string()->get());
    }
  }
  return section.Done({"arguments"});
}

Status ReadTimes(const toml::table& table, const std::string& path, DeviceConfig& config) {
  Section section(table, "times", path);
  struct Row {
    const char* key;
    double least, most;
    Seconds DeviceConfig::*to;
  };
  constexpr Row kRows[] = {{"heartbeat_s", 0.1, 3600, &DeviceConfig::heartbeat},
                           {"metrics_s", 0.1, 3600, &DeviceConfig::metrics},
                           {"try_s", 0, 3600, &DeviceConfig::trial},
                           {"watch_s", 0, 86400, &DeviceConfig::watch}};
  for (const Row& row : kRows) {
    FURROW_ASSIGN(const double value,
                  section.Number(row.key, row.least, row.most, (config.*row.to).count()));
    config.*row.to = Seconds(value);
  }
  return section.Done();
}

}  // namespace

Result<DeviceConfig> ReadDeviceConfig(const std::string& folder) {
  DeviceConfig config;
  std::error_code error;
  config.folder = std::filesystem::absolute(folder, error).lexically_normal().string();
  while (config.folder.size() > 1 && config.folder.ends_with('/')) config.folder.pop_back();
  const std::string path = config.folder + "/device.toml";
  FURROW_ASSIGN(const std::string text, edge::ReadTextFile(path, kBytesMax));
  FURROW_ASSIGN(const toml::table root, ParseToml(text, path));
  Section top(root, "", path);
  FURROW_TRY(top.Whole("format", 1, 1, 1).status());
  FURROW_ASSIGN(config.name, top.Text("name", ""));
  if (!bundle::IsPlainName(config.name)) {
    return top.Wrong("name", "write name = \"...\": letters, digits, '.', '_' and '-'");
  }
  FURROW_ASSIGN(const std::string server, top.Text("server", ""));
  config.server = WithoutSlash(server);
  if (config.server.empty()) return top.Wrong("server", "write server = \"https://...\"");
  FURROW_ASSIGN(const std::string files, top.Text("files", config.server));
  config.files = WithoutSlash(files);
  FURROW_ASSIGN(config.ca_file, top.Text("ca_file", ""));
  FURROW_TRY(ReadEdge(TableOf(root, "edge"), path, config));
  FURROW_ASSIGN(config.field, ReadFieldPlace(TableOf(root, "field"), path));
  FURROW_TRY(ReadTimes(TableOf(root, "times"), path, config));

  Section watch(TableOf(root, "watch"), "watch", path);
  FURROW_ASSIGN(config.restarts_max, watch.Whole("restarts_max", 0, 1000, config.restarts_max));
  FURROW_ASSIGN(config.slack_p1_ms_min,
                watch.Number("slack_p1_ms_min", -1000, 1000, config.slack_p1_ms_min));
  FURROW_ASSIGN(config.by_index_share_max,
                watch.Number("by_index_share_max", 0, 1, config.by_index_share_max));
  FURROW_TRY(watch.Done());

  Section spool(TableOf(root, "spool"), "spool", path);
  FURROW_ASSIGN(const double megabytes, spool.Number("megabytes", 0.1, 1e6, 512));
  config.spool_bytes = static_cast<uint64_t>(megabytes * 1e6);
  FURROW_ASSIGN(config.images_mb, spool.Number("images_mb", 0, 1000, config.images_mb));
  FURROW_TRY(spool.Done());

  Section log(TableOf(root, "log"), "log", path);
  FURROW_ASSIGN(const double gigabytes, log.Number("gigabytes", 0.01, 1e5, 20));
  config.log_bytes = static_cast<uint64_t>(gigabytes * 1e9);
  FURROW_ASSIGN(const double free_mb, log.Number("free_mb", 0, 1e6, 100));
  config.free_bytes = static_cast<uint64_t>(free_mb * 1e6);
  FURROW_TRY(log.Done());
  FURROW_TRY(top.Done({"edge", "field", "times", "watch", "spool", "log"}));
  return config;
}

std::string DeviceConfigText(const std::string& name, const std::string& server,
                             const std::string& files) {
  return fmt::format(
      "# What furrow-device reads; docs/device.md has every word of it.\n"
      "format = 1\nname = \"{}\"\nserver = \"{}\"\nfiles = \"{}\"\n",
      name, server, files);
}

}  // namespace furrow::device
