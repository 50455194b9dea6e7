// SPDX-License-Identifier: Apache-2.0
#include "bundle/bundle.h"

#include <sys/stat.h>

#include "base/crc32c.h"
#include "bundle/bundle_fixture.h"

namespace furrow::bundle {
namespace {

TEST_F(BundleTest, IsReadAsItWasWritten) {
  const auto written = WriteIt();
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  const auto source = OpenFile(path());
  ASSERT_TRUE(source.ok());
  const auto read = Verify(**source, trusted_);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->id, written->id);
  EXPECT_EQ(read->id, ShaOf(read->manifest_text));
  EXPECT_EQ(read->manifest, WithFiles());
  EXPECT_EQ(read->signed_by, key_->public_key());
  EXPECT_EQ(read->bytes, std::filesystem::file_size(path()));
  const auto report = ReadFile(**source, *read, "report.json", 100);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(*report, "{}");
  EXPECT_EQ(ReadFile(**source, *read, "nothing", 100).status().code(), Code::kNotFound);
  ExpectRefused(ReadFile(**source, *read, "model.onnx", 100).status(), Code::kTooLarge,
                path() + ": too large");
  // Only the four inputs and the bundle: nothing temporary stays.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 5);
}

TEST_F(BundleTest, TheFileIsAsTheFormatSays) {
  const auto written = WriteIt();
  ASSERT_TRUE(written.ok());
  const std::string bytes = TextOf(path());
  EXPECT_EQ(bytes.substr(0, 8), std::string("FRWBNDL\0", 8));
  EXPECT_EQ(bytes.substr(8, 4), std::string("\1\0\0\0", 4));
  const std::string& manifest = written->manifest_text;
  EXPECT_EQ(bytes.substr(32, manifest.size()), manifest);
  EXPECT_EQ(static_cast<unsigned char>(bytes[12]) | static_cast<unsigned char>(bytes[13]) << 8,
            static_cast<int>(manifest.size()));
  EXPECT_EQ(bytes.substr(32 + manifest.size() + 96), Contents());
  EXPECT_EQ(bytes, Bytes(manifest, Contents())) << "Ed25519 signs one text in one way";
  EXPECT_TRUE(VerifySignature(key_->public_key().hex, "furrow bundle 1\n" + written->id + "\n",
                              written->signatures[0].value));
}

TEST_F(BundleTest, IsNeverReplaced) {
  ASSERT_TRUE(WriteIt().ok());
  const std::string before = TextOf(path());
  EXPECT_EQ(WriteIt().status().code(), Code::kAlreadyExists);
  EXPECT_EQ(TextOf(path()), before);
}

TEST_F(BundleTest, WhatCouldNotBeReadIsNotWritten) {
  const SigningKey* const keys[] = {&*key_};
  Manifest m = SmallManifest();
  m.version = 0;
  ExpectRefused(Write(m, WriteInputs(), keys, path()).status(), Code::kInvalidArgument,
                path() + ": bad manifest: version");
  contents_.push_back({"../evil", ""});
  ExpectRefused(WriteIt().status(), Code::kInvalidArgument, path() + ": bad name: files[4]");
  contents_.pop_back();
  EXPECT_EQ(Write(SmallManifest(), WriteInputs(), {}, path()).status().code(),
            Code::kInvalidArgument);
  std::vector<Input> inputs = WriteInputs();
  inputs[0].path = folder_;
  EXPECT_EQ(Write(SmallManifest(), inputs, keys, path()).status().code(), Code::kInvalidArgument);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(BundleTest, EveryBitCounts) {
  contents_[0].second = "weights";
  const std::string manifest = ManifestText(WithFiles());
  const std::string good = Bytes(manifest, Contents());
  ASSERT_TRUE(VerifyBytes(good).ok()) << VerifyBytes(good).ToString();
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    const Status status = VerifyBytes(bad);
    EXPECT_FALSE(status.ok()) << "byte " << i;
    if (i >= 32 && i < 32 + manifest.size()) {
      ExpectRefused(status, Code::kUnauthenticated, "it: bad signature");
    }
  }
  for (size_t size = 0; size < good.size(); ++size) {
    ExpectRefused(VerifyBytes(good.substr(0, size)), Code::kCorruption, "it: truncated");
  }
  ExpectRefused(VerifyBytes(good + "x"), Code::kInvalidArgument, "it: wrong length");
}

TEST_F(BundleTest, WhatIsWrongHasAName) {
  const std::string good = Bytes(ManifestText(WithFiles()), Contents());
  ExpectRefused(VerifyBytes("PK\3\4" + good), Code::kInvalidArgument, "it: wrong magic");
  std::string bad = good;
  bad[8] = 2;
  ExpectRefused(VerifyBytes(bad), Code::kInvalidArgument, "it: unknown version: 2");
  bad = good;
  bad[28] = static_cast<char>(bad[28] ^ 1);
  ExpectRefused(VerifyBytes(bad), Code::kCorruption, "it: damaged header");
  bad = good;
  bad.back() = static_cast<char>(bad.back() ^ 1);
  ExpectRefused(VerifyBytes(bad), Code::kCorruption, "it: wrong content: the SHA-256 of golden/");
  ExpectRefused(VerifyBytes(HeaderText({0, 17, 5000})), Code::kTooLarge, "it: too large");
  ExpectRefused(VerifyBytes(HeaderText({2'000'000, 1, 5000})), Code::kTooLarge, "it: too large");
  ExpectRefused(VerifyBytes(HeaderText({100, 1, UINT64_MAX})), Code::kTooLarge, "it: too large");
  ExpectRefused(VerifyBytes(HeaderText({100, 1, 50})), Code::kInvalidArgument, "it: wrong length");
}

TEST_F(BundleTest, LengthsThatOverflowAreRefused) {
  Manifest m = WithFiles();
  m.files[0].bytes = INT64_MAX;
  m.files[1].bytes = INT64_MAX;
  ExpectRefused(VerifyBytes(Bytes(ManifestText(m), Contents())), Code::kInvalidArgument,
                "it: wrong length: the file model.onnx");
  m = WithFiles();
  m.files[1].bytes += 1;  // one more than there is
  ExpectRefused(VerifyBytes(Bytes(ManifestText(m), Contents())), Code::kInvalidArgument,
                "it: wrong length");
  m.files[1].bytes -= 2;
  ExpectRefused(VerifyBytes(Bytes(ManifestText(m), Contents())), Code::kInvalidArgument,
                "it: wrong length");
}

TEST_F(BundleTest, OnlyTrustedKeysCount) {
  const SigningKey other = SigningKey::Make("eve").value();
  const std::string manifest = ManifestText(WithFiles());
  const std::string good = Bytes(manifest, Contents());
  const PublicKey eve[] = {other.public_key()};
  ExpectRefused(Verify(*OpenBytes("it", good), eve).status(), Code::kUnauthenticated,
                "it: unknown key: signed by " + key_->public_key().hex);
  ExpectRefused(Verify(*OpenBytes("it", good), {}).status(), Code::kUnauthenticated,
                "it: unknown key");
  Bundle b;
  b.manifest_text = manifest;
  b.bytes = kHeaderBytes + manifest.size() + Contents().size();
  ExpectRefused(VerifyBytes(HeadText(b) + Contents()), Code::kUnauthenticated, "it: not signed");

  // Two signatures, one of which is trusted: it counts wherever it stands, and makes no other id.
  const std::string id = ShaOf(manifest);
  for (const bool first : {true, false}) {
    b.signatures = {{other.public_key().hex, other.Sign(SignedText(id))},
                    {key_->public_key().hex, key_->Sign(SignedText(id))}};
    if (first) std::swap(b.signatures[0], b.signatures[1]);
    b.bytes = kHeaderBytes + manifest.size() + 2 * kSignatureBytes + Contents().size();
    const std::string bytes = HeadText(b) + Contents();
    const auto read = Verify(*OpenBytes("it", bytes), trusted_);
    ASSERT_TRUE(read.ok()) << read.status().ToString();
    EXPECT_EQ(read->signed_by.name, "ann");
    EXPECT_EQ(read->id, id);
  }
  // A signature of the bare id, as of any text, is none.
  b.signatures = {{key_->public_key().hex, key_->Sign(id)}};
  b.bytes = kHeaderBytes + manifest.size() + kSignatureBytes + Contents().size();
  ExpectRefused(VerifyBytes(HeadText(b) + Contents()), Code::kUnauthenticated,
                "it: bad signature: that of the key \"ann\"");
}

TEST_F(BundleTest, TheHeadIsVerifiedWithoutTheRest) {
  const std::string manifest = ManifestText(WithFiles());
  const std::string good = Bytes(manifest, Contents());
  const size_t head = kHeaderBytes + manifest.size() + kSignatureBytes;
  for (const size_t size : {head, head + 1, good.size()}) {
    const std::string part = good.substr(0, size);
    const auto read = VerifyHead(*OpenBytes("it", part), trusted_);
    ASSERT_TRUE(read.ok()) << read.status().ToString();
    EXPECT_EQ(read->bytes, good.size());
  }
  const std::string bare = good.substr(0, head), cut = good.substr(0, head - 1);
  ExpectRefused(VerifyHead(*OpenBytes("it", cut), trusted_).status(), Code::kCorruption,
                "it: truncated");
  ExpectRefused(ReadHead(*OpenBytes("it", bare)).status(), Code::kCorruption, "it: truncated");
  EXPECT_TRUE(ReadHead(*OpenBytes("it", good)).ok());
}

TEST_F(BundleTest, OnlyRegularFilesAreOpened) {
  EXPECT_EQ(OpenFile(folder_).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(OpenFile(folder_ + "/none").status().code(), Code::kNotFound);
  ASSERT_EQ(::mkfifo((folder_ + "/pipe").c_str(), 0600), 0);
  EXPECT_EQ(OpenFile(folder_ + "/pipe").status().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace furrow::bundle
