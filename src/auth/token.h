// SPDX-License-Identifier: Apache-2.0
// Tokens: JSON Web Tokens signed with HMAC-SHA256. The official clients decode them without
// checking, so the payload is part of the protocol (docs of the API, section 1.3).
//
// The header is one constant text. A token whose header differs in a single byte (another
// algorithm, a foreign key id, the same fields in another order) was not made here and is refused
// before anything of it is parsed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "auth/secrets.h"
#include "base/status.h"
#include "base/time.h"

namespace furrow::auth {

inline constexpr size_t kTokenBytesMax = 8 * 1024;
inline constexpr int64_t kTokenLifeDefaultS = 30 * 86400;
inline constexpr int64_t kTokenLifeMaxS = 365 * 86400;
/// How far the clock may have been set back since a token was issued. Expiry has no such grace: the
/// clock that issued is the clock that checks.
inline constexpr int64_t kTokenSkewS = 300;

/// What a token says. The last two are ours: they tie it to the credential and to the state of the
/// account it was issued for, so that both can be revoked.
struct Claims {
  std::string user, user_name, company, company_name, role;
  std::string session_id;
  int64_t issued_at_s = 0;  ///< since 1970 UTC
  int64_t expires_at_s = 0;
  std::string credential_key;
  int64_t epoch = 0;
};

/// Thread-safe.
class TokenSigner {
 public:
  explicit TokenSigner(const Key& key);

  std::string Make(const Claims& claims) const;
  /// Checks form, signature and time, not revocation. Errors: kUnauthenticated, 401/30.
  Result<Claims> Verify(std::string_view token, Micros now) const;

 private:
  Key key_;
  std::string header_;  ///< encoded, with the dot behind it
};

}  // namespace furrow::auth
