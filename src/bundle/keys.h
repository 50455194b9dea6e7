// SPDX-License-Identifier: Apache-2.0
// Ed25519 keys (RFC 8032) in text files: docs/formats/bundle.md says how. Used to sign bundles, and
// by a tractor to sign in. All functions are thread-safe.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "bundle/disk.h"

namespace furrow::bundle {

/// Whether `name` may name a key or a bundle: 1 to 64 of A-Z a-z 0-9 . _ -, first a letter or
/// digit.
bool IsPlainName(std::string_view name);

struct PublicKey {
  std::string name;  // what people call it; says nothing about who holds it
  std::string hex;   // 64 lowercase hexadecimal digits

  bool operator==(const PublicKey&) const = default;
};

/// Whether `hex` is the form of a public key (not whether anybody holds its other half).
bool IsPublicKeyHex(std::string_view hex);

/// The other half, which only its owner may see. It is overwritten when it goes.
class SigningKey {
 public:
  /// A new one from the system's random source. Errors: kInvalidArgument for a bad name.
  static Result<SigningKey> Make(const std::string& name);
  /// Reads NAME.key. Errors name the file: kNotFound, kPermissionDenied when others may read it,
  /// kCorruption when its checksum is another, kInvalidArgument when it is no such file.
  static Result<SigningKey> Read(const std::string& path);
  SigningKey(SigningKey&& other) noexcept;
  SigningKey& operator=(SigningKey&& other) noexcept;
  ~SigningKey();

  const PublicKey& public_key() const { return public_key_; }
  /// 128 lowercase hexadecimal digits.
  std::string Sign(std::string_view message) const;
  /// Writes it with mode 0600, durably. Errors: kAlreadyExists: a key is never replaced.
  Status Write(const std::string& path, Disk& disk = SystemDisk()) const;

 private:
  SigningKey() = default;
  void Forget();
  Status Derive();

  PublicKey public_key_;
  std::array<unsigned char, 32> seed_{};
  std::array<unsigned char, 64> secret_{};
};

/// Whether `signature_hex` (128 digits) of `message` was made by the holder of the key. False for
/// texts that are no key or no signature.
bool VerifySignature(std::string_view public_key_hex, std::string_view message,
                     std::string_view signature_hex);

/// NAME.pub. Errors as those of SigningKey::Read and Write; anybody may read it.
Result<PublicKey> ReadPublicKey(const std::string& path);
Status WritePublicKey(const PublicKey& key, const std::string& path, Disk& disk = SystemDisk());

}  // namespace furrow::bundle
