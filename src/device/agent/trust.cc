// SPDX-License-Identifier: Apache-2.0
#include "device/agent/trust.h"

#include "device/agent/server.h"
#include "device/spool/disk.h"
#include "edge/boom/text_file.h"
#include "json/text.h"

namespace furrow::device {
namespace {

constexpr size_t kBytesMax = 1u << 20;

std::string PathIn(const std::string& folder) { return folder + "/trusted.json"; }

}  // namespace

Result<std::vector<bundle::PublicKey>> ReadTrusted(const std::string& folder) {
  const auto text = edge::ReadTextFile(PathIn(folder), kBytesMax);
  if (!text.ok() && text.status().code() == Code::kNotFound) {
    return std::vector<bundle::PublicKey>();
  }
  if (!text.ok()) return text.status();
  const auto value = json::Parse(*text);
  if (!value.ok() || value->At("format").AsInt() != 1 || !value->At("keys").IsArray()) {
    return Status(Code::kCorruption, PathIn(folder) + ": is damaged; enrol again");
  }
  return ParseKeys(value->At("keys"));
}

Status WriteTrusted(const std::string& folder, const std::vector<bundle::PublicKey>& keys) {
  json::Array list;
  for (const bundle::PublicKey& key : keys) {
    list.push_back(json::Object{{"name", key.name}, {"public_key", key.hex}});
  }
  const json::Value value = json::Object{{"format", 1}, {"keys", std::move(list)}};
  return bundle::PutFile(SystemDisk(), PathIn(folder), json::WritePretty(value) + "\n", 0644);
}

}  // namespace furrow::device
