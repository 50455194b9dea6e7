// SPDX-License-Identifier: Apache-2.0
// From the header fields of a request to an Identity, and from credentials to a token.
//
//   FURROW_ASSIGN(auth::Caller caller, authenticator.Authenticate(head.headers, now));
//   FURROW_TRY(auth::Require(caller.identity, route.permission));
//   if (caller.by_cookie && !auth::CookieCallAllowed(head, route.read_only, origins)) refuse
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "auth/devices.h"
#include "auth/directory.h"
#include "auth/failure_limiter.h"
#include "auth/identity.h"
#include "auth/token.h"
#include "base/status.h"
#include "base/time.h"
#include "http/message.h"

namespace furrow::auth {

inline constexpr std::string_view kTokenCookie = "clearml_token_basic";

struct Caller {
  Identity identity;
  bool by_cookie = false;  ///< no Authorization header: see CookieCallAllowed
};

struct Login {
  std::string token;
  Identity identity;
  int64_t expires_at_s = 0;
};

/// Thread-safe.
class Authenticator {
 public:
  /// All outlive it. Without `devices` no device is let in.
  Authenticator(Directory& directory, const TokenSigner& signer, const Clock& clock,
                const Devices* devices = nullptr)
      : directory_(directory), signer_(signer), devices_(devices), failures_(clock) {}

  /// A bearer token, or the cookie when there is no Authorization header. Basic is refused here
  /// (401/10): only Login takes it. Never blocks. Errors: kUnauthenticated with a wire code.
  Result<Caller> Authenticate(const http::Headers& headers, Micros now);

  /// The identity of a token that came some other way (auth.validate_token). Never blocks.
  Result<Identity> CheckToken(std::string_view token, Micros now) const;

  /// What auth.login does: takes Basic with key:secret or name:password, else what Authenticate
  /// takes, and makes a token; a device's is not renewed, it
  /// signs in by its key. A renewed token stays in its session, so that one logout ends both.
  /// `expires_in_s` is cut to a year; absent or not positive means 30 days. `address` is whom
  /// failed attempts are counted for. May take tens of milliseconds. Errors: also
  /// kResourceExhausted (429) when this address failed too often or too many passwords are being
  /// checked.
  Result<Login> LogIn(const http::Headers& headers, std::string_view address, Micros now,
                      std::optional<int64_t> expires_in_s);
  /// A token for an identity already established (auth.get_token_for_user, fleet.sign_in).
  Result<Login> MakeToken(Identity identity, Micros now, std::optional<int64_t> expires_in_s) const;
  /// Ends the session of the identity's token.
  Status LogOut(const Identity& identity);

  /// The identity a call runs under: the caller's own, or, when a header X-ClearML-Impersonate-As
  /// or X-ClearML-Act-As names a user, that user's. Only admin and up may ask, and nobody gets
  /// another's rights beyond their own. Errors: 400/6, 403/20.
  Result<Identity> Effective(const Identity& caller, const http::Headers& headers) const;

 private:
  Result<Identity> CheckBasic(std::string_view encoded, std::string_view address);

  Directory& directory_;
  const TokenSigner& signer_;
  const Devices* const devices_;
  FailureLimiter failures_;
};

/// Set-Cookie value that signs a browser in, or, with an empty token, out.
std::string TokenCookie(std::string_view token, bool secure, int64_t life_s);

/// `name` in either of its spellings: X-ClearML-name or X-Trains-name.
std::string_view ClientHeader(const http::Headers& headers, std::string_view name);

}  // namespace furrow::auth
