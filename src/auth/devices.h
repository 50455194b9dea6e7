// SPDX-License-Identifier: Apache-2.0
// Tractors as callers: a one-time token that lets a machine name its own Ed25519 key, sign-in by
// that key, and the end of both.
//
// What decides is kept in memory beside the store, as in Directory, so that a check never blocks
// and a revocation holds from the moment its call returns. Documents: docs/formats/identity.md.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "auth/directory.h"
#include "auth/failure_limiter.h"
#include "auth/identity.h"
#include "auth/secrets.h"
#include "auth/token.h"
#include "base/status.h"
#include "base/time.h"
#include "store/docs/docs.h"

namespace furrow::auth {

inline constexpr int64_t kEnrolmentLifeMaxS = 30 * 86400;
/// How long a device's token is good; it signs in anew then.
inline constexpr int64_t kDeviceTokenLifeS = 86400;
/// How long a challenge may be answered.
inline constexpr int64_t kChallengeLifeS = 60;

/// True for 1 to 64 of A-Z a-z 0-9 . _ - that begin with a letter or digit: such a name is also a
/// folder of the file server and a project.
bool IsDeviceName(std::string_view name);

/// What a device signs to sign in.
std::string SignInText(std::string_view device, std::string_view nonce);

/// Thread-safe. Functions that take a Transaction change memory once it is written, and nothing
/// when it is not; they are called inside docs::Store::Transact.
class Devices {
 public:
  /// Reads everything. `collection` holds nothing else and is served by no query. All references
  /// outlive it.
  static Result<std::unique_ptr<Devices>> Open(docs::Store& store, docs::CollectionId collection,
                                               const Directory& directory, const Secrets& secrets,
                                               const Clock& clock);

  /// A token with which a machine may enrol once under that name; one made before for the name is
  /// void. `by`: the user who answers for it. Errors: kInvalidArgument for a bad name or a life
  /// outside 1 to kEnrolmentLifeMaxS.
  Result<std::string> CreateToken(docs::Transaction& t, std::string_view device,
                                  std::string_view by, int64_t life_s);
  /// Uses the token up and takes the key (64 hexadecimal digits) for the device's; a key from
  /// before, and the tokens of it, are void. Returns who made the token. `address` is whom failed
  /// attempts are counted for. Errors: kInvalidArgument for what is no key; kUnauthenticated, one
  /// text for every reason; kResourceExhausted (429) when the address failed too often.
  Result<std::string> Enrol(docs::Transaction& t, std::string_view device, std::string_view token,
                            std::string_view public_key, std::string_view address);

  /// A nonce to be signed, in hexadecimal; for names that nobody has as well. Keeps nothing.
  std::string Challenge(std::string_view device, Micros now) const;
  /// The device's identity once it has signed the nonce; that nonce is then used up. Errors as
  /// Enrol's.
  Result<Identity> SignIn(std::string_view device, std::string_view nonce,
                          std::string_view signature, std::string_view address, Micros now);

  /// Voids the device's key and every token it has. A new enrolment token lets it in again. False
  /// when there was nothing to void.
  Result<bool> Revoke(docs::Transaction& t, std::string_view device);

  /// As Directory's, for claims of which IsDevice holds. Memory only.
  Result<Identity> Resolve(const Claims& claims) const;
  Result<Claims> ClaimsFor(const Identity& identity) const;
  static bool IsDevice(std::string_view user_id);

 private:
  struct Device {
    std::string public_key;  ///< 32 bytes; empty: revoked
    int64_t epoch = 0;       ///< tokens of another epoch are void
  };

  Devices(docs::Store& store, docs::CollectionId collection, const Directory& directory,
          const Secrets& secrets, const Clock& clock);
  Status Load();
  std::string MacOf(std::string_view device, std::string_view head) const;
  Status CheckNonce(std::string_view device, std::string_view nonce, Micros now) const;
  Status Keep(docs::Transaction& t, std::string_view device, Device changed);
  Status Refuse(std::string_view address);

  docs::Store& store_;
  const docs::CollectionId collection_;
  const Directory& directory_;
  const Key hash_key_;  ///< of enrolment tokens at rest
  Key nonce_key_{};     ///< drawn anew by each process: a nonce does not outlive it
  const Clock& clock_;
  FailureLimiter failures_;

  mutable std::shared_mutex mutex_;
  std::map<std::string, Device, std::less<>> devices_;  // guarded by mutex_

  std::mutex used_mutex_;
  std::map<std::string, Micros, std::less<>> used_;  // guarded by used_mutex_: nonce -> its end
};

}  // namespace furrow::auth
