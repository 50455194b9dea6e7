// SPDX-License-Identifier: Apache-2.0
#include "service/releases/stored_bundle.h"

#include <algorithm>

#include "api/error.h"
#include "http/message.h"

namespace furrow::service::releases {
namespace {

constexpr std::string_view kFolder = "bundles/";

class BlobSource final : public bundle::Source {
 public:
  BlobSource(std::string name, std::unique_ptr<blobs::Reader> reader)
      : name_(std::move(name)), reader_(std::move(reader)) {}

  const std::string& name() const override { return name_; }
  uint64_t size() const override { return reader_->info().size; }
  Status Read(uint64_t offset, std::span<char> out) override {
    buffer_.clear();
    FURROW_TRY(reader_->Read(offset, out.size(), buffer_));
    std::copy(buffer_.begin(), buffer_.end(), out.begin());
    return {};
  }

 private:
  const std::string name_;
  const std::unique_ptr<blobs::Reader> reader_;
  std::string buffer_;
};

Status Refuse(std::string_view name, const std::string& why) {
  return api::Fail(api::kBundleRefused, std::string(name.substr(0, 200)) + ": " + why);
}

}  // namespace

Result<StoredBundle> OpenStored(const entities::Core& core, const blobs::Store& blobs,
                                std::string_view name) {
  std::string_view rest = name;
  std::vector<std::string> roots = core.more_files_urls;
  roots.push_back(core.files_url);
  std::string decoded(rest);
  for (const std::string& root : roots) {
    if (root.empty() || !rest.starts_with(root + "/")) continue;
    rest.remove_prefix(root.size());
    if (!http::PercentDecode(rest, false, decoded)) return Refuse(name, "is no URL");
    break;
  }
  const auto path = blobs::Path::Parse(decoded);
  if (!path.ok() || !path->text().starts_with(kFolder)) {
    return Refuse(name, "a bundle is a file below /bundles/ on the file server");
  }
  auto reader = blobs.Open(*path);
  if (!reader.ok()) {
    return reader.status().code() == Code::kNotFound ? Refuse(name, "there is no such file")
                                                     : reader.status();
  }
  StoredBundle stored;
  stored.file = path->text();
  stored.info = (*reader)->info();
  stored.source = std::make_unique<BlobSource>(path->name(), std::move(reader).value());
  return stored;
}

Result<std::vector<bundle::PublicKey>> FleetKeys(const entities::Core& core) {
  std::vector<bundle::PublicKey> keys;
  FURROW_TRY(
      core.docs.ForEach(entities::kFleetKeys, [&](std::string_view id, const json::Value& doc) {
        keys.push_back({.name = std::string(id), .hex = doc.At("public_key").AsString()});
        return true;
      }));
  return keys;
}

}  // namespace furrow::service::releases
