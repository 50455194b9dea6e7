// SPDX-License-Identifier: Apache-2.0
// A small bundle for tests, whose every byte can be chosen.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/sha256.h"
#include "bundle/bundle.h"
#include "bundle/head.h"

namespace furrow::bundle {

inline std::string ShaOf(std::string_view text) {
  Sha256 digest;
  digest.Add(text);
  return digest.Hex();
}

inline std::string TextOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void PutText(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline Manifest SmallManifest() {
  Manifest m;
  m.name = "beet";
  m.version = 7;
  m.created_at = "2026-11-29T07:30:00+00:00";
  m.model.file = "model.onnx";
  m.fits.boom = ShaOf("a boom");
  m.fits.runtime_min = "0.1.0";
  m.fits.architectures = {"x86_64", "aarch64"};
  m.budget_ms = 90.5;
  m.report = {"report.json", true, std::nullopt};
  m.golden = {"golden/golden.json", 1};
  m.source = {{"task", "0123"}, {"dataset", "field A"}};
  return m;
}

/// Files by name and content, and a folder of the test's own.
class BundleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "bundle-" + std::to_string(getpid());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    key_.emplace(SigningKey::Make("ann").value());
    trusted_ = {key_->public_key()};
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::vector<Input> WriteInputs() {
    std::vector<Input> inputs;
    for (const auto& [name, content] : contents_) {
      inputs.push_back({name, folder_ + "/in-" + std::to_string(inputs.size())});
      PutText(inputs.back().path, content);
    }
    return inputs;
  }
  std::string path() const { return folder_ + "/beet-7.bundle"; }
  Result<Bundle> WriteIt() {
    const SigningKey* const keys[] = {&*key_};
    return Write(SmallManifest(), WriteInputs(), keys, path());
  }

  /// The bytes of a bundle with this manifest, signed properly whatever it says.
  std::string Bytes(const std::string& manifest, const std::string& contents) const {
    Bundle b;
    b.manifest_text = manifest;
    b.signatures = {{key_->public_key().hex, key_->Sign(SignedText(ShaOf(manifest)))}};
    b.bytes = kHeaderBytes + manifest.size() + kSignatureBytes + contents.size();
    return HeadText(b) + contents;
  }
  std::string Contents() const {
    std::string all;
    for (const auto& [name, content] : contents_) all += content;
    return all;
  }
  Manifest WithFiles() const {
    Manifest m = SmallManifest();
    for (const auto& [name, content] : contents_) {
      m.files.push_back({name, content.size(), ShaOf(content)});
    }
    return m;
  }
  Status VerifyBytes(const std::string& bytes) const {
    return Verify(*OpenBytes("it", bytes), trusted_).status();
  }

  std::vector<std::pair<std::string, std::string>> contents_ = {
      {"model.onnx", std::string(700'000, 'w')},
      {"report.json", "{}"},
      {"golden/golden.json", "{\"format\": 1}"},
      {"golden/0.png", ""}};
  std::string folder_;
  std::optional<SigningKey> key_;
  std::vector<PublicKey> trusted_;
};

/// Whether an error is of that code and begins with the source's name and that word.
inline void ExpectRefused(const Status& status, Code code, const std::string& beginning) {
  EXPECT_EQ(status.code(), code) << status.ToString();
  EXPECT_EQ(status.message().rfind(beginning, 0), 0u) << status.message();
}

}  // namespace furrow::bundle
