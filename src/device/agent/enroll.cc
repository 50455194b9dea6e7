// SPDX-License-Identifier: Apache-2.0
#include <sys/utsname.h>

#include <cstdio>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "bundle/keys.h"
#include "device/agent/agent.h"
#include "device/agent/edge_process.h"
#include "device/agent/server.h"
#include "device/agent/trust.h"
#include "device/slots/slots.h"
#include "edge/boom/boom.h"
#include "edge/boom/text_file.h"
#include "json/text.h"

namespace furrow::device {
namespace {

constexpr size_t kBoomBytesMax = 1u << 20;

/// What the server shall know of the machine; what cannot be found out is left out.
json::Value About(const DeviceConfig& config) {
  json::Object about;
  if (const auto text = edge::ReadTextFile(config.boom, kBoomBytesMax); text.ok()) {
    if (const auto sha256 = FileSha256(config.boom); sha256.ok()) about["boom_sha256"] = *sha256;
    if (const auto boom = edge::ParseBoom(*text, config.boom); boom.ok()) {
      double width = 0;
      for (const edge::Nozzle& nozzle : boom->nozzles) {
        width = std::max(width, 2 * std::abs(edge::FromMillionths(nozzle.y)) +
                                    edge::FromMillionths(nozzle.swath));
      }
      about["boom"] = json::Object{{"nozzles", boom->nozzles.size()}, {"width_m", width}};
    }
  }
  const auto ran = RunProgram({FindProgram(config.edge_program), "--version"}, config.folder, 30);
  if (ran.ok() && ran->out.find(' ') != std::string::npos) {
    const size_t space = ran->out.find(' ');
    about["runtime"] = ran->out.substr(space + 1, ran->out.find('\n') - space - 1);
  }
  utsname system{};
  ::uname(&system);
  about["architecture"] = system.machine;
  return about;
}

}  // namespace

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
                                                        {"about", About(config)}}));
  const std::vector<bundle::PublicKey> trusted = ParseKeys(answer.At("trusted_keys"));
  FURROW_TRY(WriteTrusted(folder, trusted));
  fmt::print("{} is enrolled at {}; bundles of {} keys are taken\n", config.name, config.server,
             trusted.size());
  return {};
}

}  // namespace furrow::device
