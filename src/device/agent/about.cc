// SPDX-License-Identifier: Apache-2.0
#include "device/agent/about.h"

#include <sys/utsname.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "device/agent/edge_process.h"
#include "device/slots/slots.h"
#include "edge/boom/boom.h"
#include "edge/boom/text_file.h"

namespace furrow::device {
namespace {

constexpr size_t kBoomBytesMax = 1u << 20;

}  // namespace

json::Value AboutMachine(const DeviceConfig& config) {
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
  if (json::Value field = config.field.Json(); !field.IsNull()) about["field"] = std::move(field);
  return about;
}

}  // namespace furrow::device
