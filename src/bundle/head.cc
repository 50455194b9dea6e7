// SPDX-License-Identifier: Apache-2.0
#include "bundle/head.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/crc32c.h"
#include "base/id.h"
#include "base/sha256.h"

namespace furrow::bundle {
namespace {

constexpr std::string_view kMagic("FRWBNDL\0", 8);
constexpr uint32_t kVersion = 1;

template <typename T>
void Put(std::string& out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) out += static_cast<char>(value >> (8 * i));
}

template <typename T>
T Get(std::string_view text, size_t at) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value |= static_cast<T>(static_cast<unsigned char>(text[at + i])) << (8 * i);
  }
  return value;
}

Status CheckLengths(const Source& source, const Header& header, bool whole) {
  if (header.bytes > kBundleBytesMax) {
    return Refused(Code::kTooLarge, "too large",
                   fmt::format("{} bytes, at most {}", header.bytes, kBundleBytesMax));
  }
  if (header.contents() > header.bytes) {
    return Refused(Code::kInvalidArgument, "wrong length",
                   fmt::format("its head alone is {} bytes, and all of it {}", header.contents(),
                               header.bytes));
  }
  const uint64_t needed = whole ? header.bytes : header.contents();
  if (source.size() < needed) {
    return Refused(Code::kCorruption, "truncated",
                   fmt::format("{} bytes of {}", source.size(), needed));
  }
  if (source.size() > header.bytes) {
    return Refused(Code::kInvalidArgument, "wrong length",
                   fmt::format("{} bytes where there should be {}", source.size(), header.bytes));
  }
  return {};
}

Result<PublicKey> CheckSignatures(const Bundle& bundle, std::span<const PublicKey> trusted) {
  if (bundle.signatures.empty()) {
    return Refused(Code::kUnauthenticated, "not signed", "nobody answers for it");
  }
  const std::string text = SignedText(bundle.id);
  const PublicKey* found = nullptr;
  for (const Signature& signature : bundle.signatures) {
    for (const PublicKey& key : trusted) {
      if (key.hex != signature.public_key) continue;
      if (!VerifySignature(key.hex, text, signature.value)) {
        return Refused(Code::kUnauthenticated, "bad signature",
                       fmt::format("that of the key \"{}\" is not of this bundle", key.name));
      }
      if (found == nullptr) found = &key;
    }
  }
  if (found == nullptr) {
    return Refused(Code::kUnauthenticated, "unknown key",
                   fmt::format("signed by {}, which is not trusted here",
                               bundle.signatures.front().public_key));
  }
  return *found;
}

Status CheckContents(const Bundle& bundle) {
  uint64_t end = bundle.contents_begin;
  for (const File& file : bundle.manifest.files) {
    // Both are at most kBundleBytesMax before the sum, so it cannot overflow.
    if (file.bytes > bundle.bytes || end + file.bytes > bundle.bytes) {
      return Refused(Code::kInvalidArgument, "wrong length",
                     fmt::format("the file {} ends behind the bundle's end", file.name));
    }
    end += file.bytes;
  }
  if (end != bundle.bytes) {
    return Refused(Code::kInvalidArgument, "wrong length",
                   fmt::format("head and files are {} bytes, the bundle {}", end, bundle.bytes));
  }
  return {};
}

Result<Bundle> ReadAll(Source& source, const std::span<const PublicKey>* trusted, bool whole) {
  std::string text(std::min<uint64_t>(source.size(), kHeaderBytes), '\0');
  FURROW_TRY(source.Read(0, text));
  FURROW_ASSIGN(const Header header, ParseHeader(text));
  FURROW_TRY(CheckLengths(source, header, whole));

  Bundle bundle;
  bundle.bytes = header.bytes;
  bundle.contents_begin = header.contents();
  bundle.manifest_text.resize(header.manifest_bytes);
  FURROW_TRY(source.Read(kHeaderBytes, bundle.manifest_text));
  std::string signatures(size_t{header.signatures} * kSignatureBytes, '\0');
  FURROW_TRY(source.Read(kHeaderBytes + uint64_t{header.manifest_bytes}, signatures));
  for (size_t at = 0; at < signatures.size(); at += kSignatureBytes) {
    bundle.signatures.push_back(
        {Hex(signatures.substr(at, 32)), Hex(signatures.substr(at + 32, 64))});
  }
  Sha256 digest;
  digest.Add(bundle.manifest_text);
  bundle.id = digest.Hex();

  if (trusted != nullptr) {
    FURROW_ASSIGN(bundle.signed_by, CheckSignatures(bundle, *trusted));
  }
  FURROW_ASSIGN(bundle.manifest, ParseManifest(bundle.manifest_text));
  FURROW_TRY(CheckContents(bundle));
  return bundle;
}

std::string FromHex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  }
  return bytes;
}

}  // namespace

Status Refused(Code code, std::string_view word, const std::string& detail) {
  return Status(code, fmt::format("{}: {}", word, detail));
}

std::string SignedText(std::string_view id) { return fmt::format("furrow bundle 1\n{}\n", id); }

std::string HeaderText(const Header& header) {
  std::string text(kMagic);
  Put(text, kVersion);
  Put(text, header.manifest_bytes);
  Put(text, header.signatures);
  Put(text, header.bytes);
  Put(text, Crc32c(0, text.data(), text.size()));
  return text;
}

Result<Header> ParseHeader(std::string_view text) {
  const std::string_view magic = text.substr(0, kMagic.size());
  if (magic != kMagic.substr(0, magic.size())) {
    return Refused(Code::kInvalidArgument, "wrong magic", "it is no bundle");
  }
  if (text.size() < kHeaderBytes) {
    return Refused(Code::kCorruption, "truncated",
                   fmt::format("{} bytes, where a header has {}", text.size(), kHeaderBytes));
  }
  // Before the checksum, which another version may have elsewhere.
  if (const auto version = Get<uint32_t>(text, 8); version != kVersion) {
    return Refused(Code::kInvalidArgument, "unknown version",
                   fmt::format("{}; this program knows {}", version, kVersion));
  }
  if (Get<uint32_t>(text, 28) != Crc32c(0, text.data(), 28)) {
    return Refused(Code::kCorruption, "damaged header", "its checksum is another");
  }
  const Header header{Get<uint32_t>(text, 12), Get<uint32_t>(text, 16), Get<uint64_t>(text, 20)};
  if (header.manifest_bytes > kManifestBytesMax) {
    return Refused(Code::kTooLarge, "too large",
                   fmt::format("a manifest of {} bytes, at most {}", header.manifest_bytes,
                               kManifestBytesMax));
  }
  if (header.signatures > kSignaturesMax) {
    return Refused(Code::kTooLarge, "too large",
                   fmt::format("{} signatures, at most {}", header.signatures, kSignaturesMax));
  }
  return header;
}

Result<Bundle> ReadHeadOf(Source& source, const std::span<const PublicKey>* trusted, bool whole) {
  Result<Bundle> bundle = ReadAll(source, trusted, whole);
  if (!bundle.ok()) return bundle.status().With(source.name());
  return bundle;
}

std::string HeadText(const Bundle& bundle) {
  std::string text = HeaderText({static_cast<uint32_t>(bundle.manifest_text.size()),
                                 static_cast<uint32_t>(bundle.signatures.size()), bundle.bytes});
  text += bundle.manifest_text;
  for (const Signature& signature : bundle.signatures) {
    text += FromHex(signature.public_key) + FromHex(signature.value);
  }
  return text;
}

}  // namespace furrow::bundle
