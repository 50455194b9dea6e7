// SPDX-License-Identifier: Apache-2.0
#include "bundle/manifest.h"

#include "bundle/bundle_fixture.h"
#include "json/text.h"

namespace furrow::bundle {
namespace {

json::Value Good() {
  Manifest m = SmallManifest();
  for (const char* name : {"model.onnx", "report.json", "golden/golden.json"}) {
    m.files.push_back({name, 3, ShaOf(name)});
  }
  return json::Parse(ManifestText(m)).value();
}

TEST(ManifestText, IsReadAgain) {
  Manifest m = SmallManifest();
  m.files = {{"model.onnx", 1, ShaOf("a")}, {"report.json", 0, ShaOf("")}, {"g/t", 5, ShaOf("b")}};
  m.golden = {"g/t", 3};
  m.report = {"report.json", false, Waiver{"a demonstration", "Ann"}};
  const auto again = ParseManifest(ManifestText(m));
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_EQ(*again, m);
  EXPECT_TRUE(again->Releasable());
  m.report.waiver.reset();
  m.golden = {};
  const auto bare = ParseManifest(ManifestText(m));
  ASSERT_TRUE(bare.ok()) << bare.status().ToString();
  EXPECT_FALSE(bare->Releasable());
}

struct Wrong {
  const char* path;
  json::Value value;
  const char* message;
};

TEST(ManifestText, EveryMemberHasItsBounds) {
  const Wrong wrongs[] = {
      {"format", 2, "bad manifest: format"},
      {"name", "two words", "bad manifest: name"},
      {"version", 0, "bad manifest: version"},
      {"version", 1.5, "bad manifest: version"},
      {"created_at", "yesterday", "bad manifest: created_at"},
      {"model.file", "other.onnx", "bad manifest: model.file"},
      {"model.method", "guess", "bad manifest: model.method"},
      {"model.area_min_px", 0, "bad manifest: model.area_min_px"},
      {"model.target", "cuda", "bad manifest: model.target"},
      {"model.more", 1, "bad manifest: model.more: is not known"},
      {"fits.boom", "abc", "bad manifest: fits.boom"},
      {"fits.runtime_min", "1.0", "bad manifest: fits.runtime_min"},
      {"fits.architectures", "x86_64", "bad manifest: fits.architectures"},
      {"fits.architectures", json::Array{1}, "bad manifest: fits.architectures"},
      {"budget_ms", 0, "bad manifest: budget_ms"},
      {"budget_ms", NAN, "bad manifest: budget_ms"},
      {"report.file", "", "bad manifest: report.file"},
      {"report.passed", 1, "bad manifest: report.passed"},
      {"report.waiver", true, "bad manifest: report.waiver"},
      {"report.waiver", json::Object{{"why", ""}, {"by", "x"}}, "bad manifest: report.waiver.why"},
      {"report.waiver", json::Object{{"why", "x"}}, "bad manifest: report.waiver.by"},
      {"golden.frames", 0, "bad manifest: golden.frames"},
      {"golden.file", "none", "bad manifest: golden.file"},
      {"source", json::Object{{"task", 1}}, "bad manifest: source"},
      {"files", json::Array{}, "bad manifest: files"},
      {"more", 1, "bad manifest: more: is not known"},
  };
  for (const Wrong& wrong : wrongs) {
    json::Value manifest = Good();
    manifest.MakePath(wrong.path) = wrong.value;
    const Status status = ParseManifest(json::Write(manifest)).status();
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << wrong.path;
    EXPECT_EQ(status.message().rfind(wrong.message, 0), 0u) << status.message();
  }
  const json::Value good = Good();
  for (const json::Member& member : good.object()) {
    json::Value manifest = Good();
    manifest.object().Erase(member.key);
    EXPECT_FALSE(ParseManifest(json::Write(manifest)).ok()) << member.key;
  }
  EXPECT_FALSE(ParseManifest("").ok());
  EXPECT_FALSE(ParseManifest("[]").ok());
}

TEST(ManifestText, NamesStayInTheFolder) {
  for (const char* good : {"a", "model.onnx", "golden/0.png", "a/b/c/d/e", "A-1_2.x"}) {
    EXPECT_TRUE(IsFileName(good)) << good;
  }
  for (const char* bad :
       {"", "/etc/passwd", "..", "../a", "a/../b", "a//b", "a/", ".hidden", "a/.b", "a b", "a\\b",
        "a/b/c/d/e/f", "bundle.head", "SLOT.json", "a\n"}) {
    EXPECT_FALSE(IsFileName(bad)) << bad;
  }
  EXPECT_FALSE(IsFileName(std::string_view("a\0b", 3)));
  EXPECT_FALSE(IsFileName(std::string(201, 'a')));
}

TEST(ManifestText, NoTwoFilesLieInOnePlace) {
  const std::pair<const char*, const char*> pairs[] = {
      {"a", "a"}, {"a", "A"}, {"a", "a/b"}, {"a/b", "a"}, {"x/a/b", "x/A"}};
  for (const auto& [first, second] : pairs) {
    json::Value manifest = Good();
    for (const char* name : {first, second}) {
      manifest["files"].array().push_back(
          json::Object{{"name", name}, {"bytes", 0}, {"sha256", ShaOf("")}});
    }
    const Status status = ParseManifest(json::Write(manifest)).status();
    EXPECT_EQ(status.message(), std::string("duplicate name: ") + second);
  }
}

TEST(ManifestText, VersionsAreCompared) {
  EXPECT_EQ(*CompareVersions("0.1.0", "0.1.0"), 0);
  EXPECT_LT(*CompareVersions("0.9.9", "0.10.0"), 0);
  EXPECT_GT(*CompareVersions("1.0.0", "0.99.99"), 0);
  for (const char* bad : {"", "1", "1.2", "1.2.", "1.2.3.4", "1.-2.3", "a.b.c", "1.2.3-rc",
                          "99999999999.0.0", " 1.2.3"}) {
    EXPECT_FALSE(CompareVersions(bad, "0.1.0").ok()) << bad;
  }
}

}  // namespace
}  // namespace furrow::bundle
