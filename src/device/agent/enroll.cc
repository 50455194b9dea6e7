// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "bundle/keys.h"
#include "device/agent/about.h"
#include "device/agent/agent.h"
#include "device/agent/server.h"
#include "device/agent/trust.h"
#include "device/slots/slots.h"
#include "json/text.h"

namespace furrow::device {

Status Enroll(const EnrollOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  if (error) return Status(Code::kIoError, options.folder + ": " + error.message());
  const std::string folder = std::filesystem::absolute(options.folder, error).string();
  std::string name = options.name;
  if (name.empty()) name = std::filesystem::path(folder).lexically_normal().filename().string();
  if (name.empty()) {
    name = std::filesystem::path(folder).lexically_normal().parent_path().filename().string();
  }
  if (!bundle::IsPlainName(name)) {
    return Status(Code::kInvalidArgument,
                  name + ": a tractor's name is of letters, digits, '.', '_' and '-'; say --name");
  }
  const std::string toml = folder + "/device.toml", key_path = folder + "/device.key";
  if (!std::filesystem::exists(toml, error)) {
    const std::string files = options.files.empty() ? options.server : options.files;
    FURROW_TRY(
        bundle::PutFile(SystemDisk(), toml, DeviceConfigText(name, options.server, files), 0644));
  }
  FURROW_ASSIGN(const DeviceConfig config, ReadDeviceConfig(folder));
  if (config.name != name && !options.name.empty()) {
    return Status(Code::kInvalidArgument,
                  fmt::format("{}: names the tractor {}, not {}", toml, config.name, name));
  }
  // A key that is there was made by a try before this one, or enrols anew.
  if (!std::filesystem::exists(key_path, error)) {
    FURROW_ASSIGN(const bundle::SigningKey made, bundle::SigningKey::Make(config.name));
    FURROW_TRY(made.Write(key_path, SystemDisk()));
  }
  FURROW_ASSIGN(const bundle::SigningKey key, bundle::SigningKey::Read(key_path));
  Server server(config.server, config.files,
                options.ca_file.empty() ? config.ca_file : options.ca_file);
  FURROW_ASSIGN(const json::Value answer,
                server.Ask("fleet.enroll", json::Object{{"token", options.token},
                                                        {"tractor", config.name},
                                                        {"public_key", key.public_key().hex},
                                                        {"about", AboutMachine(config)}}));
  const std::vector<bundle::PublicKey> trusted = ParseKeys(answer.At("trusted_keys"));
  FURROW_TRY(WriteTrusted(folder, trusted));
  fmt::print("{} is enrolled at {}; bundles of {} keys are taken\n", config.name, config.server,
             trusted.size());
  return {};
}

}  // namespace furrow::device
