// SPDX-License-Identifier: Apache-2.0
// The server's own keys: made at first boot, kept in DIR/secrets.json with mode 0600, never sent,
// never logged. Format: docs/formats/identity.md.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/status.h"

namespace furrow::auth {

using Key = std::array<unsigned char, 32>;

struct Secrets {
  Key token_key{};       ///< signs tokens; changing it signs everybody out
  Key credential_key{};  ///< keys the hashes of API secrets; losing it voids every credential
  bool created = false;  ///< made by this call: there was no file

  /// Reads the file, or makes it durably. Errors: kCorruption when it is damaged or of a newer
  /// version, kFailedPrecondition when others may read it, kIoError, kUnavailable.
  static Result<Secrets> LoadOrCreate(const std::string& dir);
};

/// `count` characters drawn evenly from `alphabet` by the system's random source.
std::string RandomText(size_t count, std::string_view alphabet);

/// Keyed hash of an API secret, 64 hexadecimal digits.
std::string SecretHash(const Key& key, std::string_view secret);

/// Equality in time that depends on the lengths alone.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

/// Overwrites a text's bytes, spare capacity included, and empties it.
void Wipe(std::string& text);

/// Keeps this process's memory out of core dumps, and from other programs of the same user. Call
/// once, early.
void HideMemory();

/// Must have run before any function of libsodium; cheap to repeat. Thread-safe.
void InitSodium();

}  // namespace furrow::auth
