// SPDX-License-Identifier: Apache-2.0
#include "bundle/bundle.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/id.h"
#include "base/sha256.h"
#include "bundle/head.h"

namespace furrow::bundle {
namespace {

/// Hands over the bytes of a file in pieces.
Status Pieces(Source& source, const std::function<Status(std::string_view)>& take) {
  std::string piece;
  for (uint64_t at = 0; at < source.size(); at += piece.size()) {
    piece.resize(std::min<uint64_t>(source.size() - at, 1 << 18));
    FURROW_TRY(source.Read(at, piece).With(source.name()));
    FURROW_TRY(take(piece));
  }
  return {};
}

Result<File> Describe(const Input& input) {
  FURROW_ASSIGN(const std::unique_ptr<Source> source, OpenFile(input.path));
  Sha256 digest;
  FURROW_TRY(Pieces(*source, [&](std::string_view piece) -> Status {
    digest.Add(piece);
    return {};
  }));
  return File{input.name, source->size(), digest.Hex()};
}

Status CopyInputs(std::span<const Input> inputs, const Manifest& manifest, NewFile& out) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    FURROW_ASSIGN(const std::unique_ptr<Source> source, OpenFile(inputs[i].path));
    const File& file = manifest.files[i];
    if (source->size() != file.bytes) {
      return Status(Code::kFailedPrecondition, inputs[i].path + ": changed while it was read");
    }
    FURROW_TRY(CopyFile(*source, file, 0, [&](std::string_view piece) {
                 return out.Add(piece);
               }).With(inputs[i].path));
  }
  return {};
}

}  // namespace

Result<Bundle> ReadHead(Source& source) { return ReadHeadOf(source, nullptr, true); }

Result<Bundle> VerifyHead(Source& source, std::span<const PublicKey> trusted) {
  return ReadHeadOf(source, &trusted, false);
}

Result<Bundle> Verify(Source& source, std::span<const PublicKey> trusted) {
  FURROW_ASSIGN(Bundle bundle, ReadHeadOf(source, &trusted, true));
  uint64_t offset = bundle.contents_begin;
  for (const File& file : bundle.manifest.files) {
    FURROW_TRY(CopyFile(source, file, offset, [](std::string_view) -> Status {
                 return {};
               }).With(source.name()));
    offset += file.bytes;
  }
  return bundle;
}

Result<Bundle> Write(Manifest manifest, std::span<const Input> inputs,
                     std::span<const SigningKey* const> keys, const std::string& path, Disk& disk) {
  if (keys.empty() || keys.size() > kSignaturesMax) {
    return Status(Code::kInvalidArgument,
                  fmt::format("{}: a bundle has 1 to {} signatures", path, kSignaturesMax));
  }
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(path, error))) {
    return DiskError(path, EEXIST);
  }
  manifest.files.clear();
  for (const Input& input : inputs) {
    FURROW_ASSIGN(File file, Describe(input));
    manifest.files.push_back(std::move(file));
  }
  Bundle bundle;
  bundle.manifest_text = ManifestText(manifest);
  if (bundle.manifest_text.size() > kManifestBytesMax) {
    return Refused(Code::kTooLarge, "too large", "its manifest").With(path);
  }
  if (Result<Manifest> again = ParseManifest(bundle.manifest_text); again.ok()) {
    bundle.manifest = std::move(again).value();
  } else {
    return again.status().With(path);
  }
  Sha256 digest;
  digest.Add(bundle.manifest_text);
  bundle.id = digest.Hex();
  for (const SigningKey* key : keys) {
    bundle.signatures.push_back({key->public_key().hex, key->Sign(SignedText(bundle.id))});
  }
  bundle.signed_by = keys.front()->public_key();
  bundle.contents_begin =
      kHeaderBytes + bundle.manifest_text.size() + bundle.signatures.size() * kSignatureBytes;
  bundle.bytes = bundle.contents_begin;
  for (const File& file : manifest.files) {
    if (file.bytes > kBundleBytesMax || bundle.bytes + file.bytes > kBundleBytesMax) {
      return Refused(Code::kTooLarge, "too large",
                     fmt::format("with {} it has more than {} bytes", file.name, kBundleBytesMax))
          .With(path);
    }
    bundle.bytes += file.bytes;
  }

  const std::string temporary = path + "." + NewId();
  {
    FURROW_ASSIGN(NewFile out, NewFile::Create(disk, temporary, 0644));
    FURROW_TRY(out.Add(HeadText(bundle)));
    FURROW_TRY(CopyInputs(inputs, manifest, out));
    FURROW_TRY(out.Finish());
  }
  if (const int renamed = disk.Rename(temporary, path); renamed < 0) {
    disk.Remove(temporary);
    return DiskError(path, renamed);
  }
  const std::string folder = FolderOf(path);
  if (const int synced = disk.SyncFolder(folder); synced < 0) return DiskError(folder, synced);
  return bundle;
}

}  // namespace furrow::bundle
