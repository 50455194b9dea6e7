// SPDX-License-Identifier: Apache-2.0
// A bundle: one signed file that carries a model from the lab to a tractor.
// docs/formats/bundle.md describes it.
//
//   FURROW_ASSIGN(auto source, bundle::OpenFile("beet-7.bundle"));
//   FURROW_ASSIGN(bundle::Bundle b, bundle::Verify(*source, trusted));       // all of it is good
//   FURROW_TRY(bundle::Unpack(*source, trusted, "slots/b"));
//
// Errors begin with the source's name and, but for those of the disk, one of the words of
// docs/formats/bundle.md ("beet-7.bundle: bad signature: …"). Codes: kNotFound, kIoError,
// kUnavailable (disk full) of the disk; kCorruption for what is damaged (truncated, damaged header,
// wrong content); kUnauthenticated for not signed, unknown key, bad signature; kTooLarge;
// kInvalidArgument for the rest. All functions are thread-safe, and none throws.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "bundle/disk.h"
#include "bundle/keys.h"
#include "bundle/manifest.h"

namespace furrow::bundle {

/// The bytes of a bundle, wherever they are. One thread at a time.
class Source {
 public:
  virtual ~Source() = default;
  /// What errors call it.
  virtual const std::string& name() const = 0;
  virtual uint64_t size() const = 0;
  /// Fills `out` from `offset` on; offset + out.size() <= size(). Errors: kIoError.
  virtual Status Read(uint64_t offset, std::span<char> out) = 0;
};

/// A regular file. Errors: kNotFound, kIoError, kInvalidArgument when it is none.
Result<std::unique_ptr<Source>> OpenFile(const std::string& path);

/// Bytes in memory, which must outlive it.
std::unique_ptr<Source> OpenBytes(std::string name, std::string_view bytes);

struct Signature {
  std::string public_key;  // 64 lowercase hexadecimal digits
  std::string value;       // 128

  bool operator==(const Signature&) const = default;
};

struct Bundle {
  std::string id;             // SHA-256 of manifest_text
  std::string manifest_text;  // the very bytes
  Manifest manifest;
  std::vector<Signature> signatures;
  uint64_t bytes = 0;           // of the whole bundle
  uint64_t contents_begin = 0;  // where the first file lies
  /// The trusted key whose signature counted. Empty where none was asked for.
  PublicKey signed_by;
};

/// What is signed of a bundle.
std::string SignedText(std::string_view id);

/// Reads head and manifest without asking who signed it, or whether the files are whole: only to
/// show.
Result<Bundle> ReadHead(Source& source);

/// Everything: the head, a signature by one of `trusted`, every file's SHA-256. The signature is
/// checked before a byte of the manifest is understood.
Result<Bundle> Verify(Source& source, std::span<const PublicKey> trusted);

/// As Verify, but the contents are not read: whether a bundle that is still being fetched is worth
/// it. `source` must hold the head (kHeadBytesMax is enough) and may end anywhere behind it.
Result<Bundle> VerifyHead(Source& source, std::span<const PublicKey> trusted);
constexpr size_t kHeadBytesMax = 32 + kManifestBytesMax + 16 * 96;

/// One file of a verified bundle, at most `bytes_max` of it; its SHA-256 is checked again. Errors:
/// kNotFound, kTooLarge, `wrong content`.
Result<std::string> ReadFile(Source& source, const Bundle& bundle, std::string_view file,
                             uint64_t bytes_max);

/// Verifies and writes every file, `bundle.head` and `slot.json` into `folder`, replacing one that
/// is there; its parent must be there. Durable, and `folder` is never seen half-written: in between
/// there may be none. What an interrupted call left is taken away by the next one.
Result<Bundle> Unpack(Source& source, std::span<const PublicKey> trusted, const std::string& folder,
                      Disk& disk = SystemDisk());

/// Verifies a folder that Unpack made, all over again; files that do not belong there are an error.
Result<Bundle> VerifyUnpacked(const std::string& folder, std::span<const PublicKey> trusted);

/// The text of `slot.json`.
std::string SlotText(const Bundle& bundle);

/// A file to put into a bundle.
struct Input {
  std::string name;  // in the bundle
  std::string path;  // on disk
};

/// Writes a bundle durably. The manifest's `files` are filled in from `inputs`, in their order; all
/// else is the caller's. Errors: those of ParseManifest, since what could not be read again is not
/// written; kInvalidArgument without a key; kAlreadyExists: a bundle is never replaced.
Result<Bundle> Write(Manifest manifest, std::span<const Input> inputs,
                     std::span<const SigningKey* const> keys, const std::string& path,
                     Disk& disk = SystemDisk());

}  // namespace furrow::bundle
