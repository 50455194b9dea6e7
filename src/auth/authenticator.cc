// SPDX-License-Identifier: Apache-2.0
#include "auth/authenticator.h"

#include <algorithm>

#include <sodium.h>

#include "auth/secrets.h"
#include "base/forget.h"
#include "base/id.h"
#include "base/utf8.h"

namespace furrow::auth {
namespace {

constexpr size_t kBasicBytesMax = 4096;

Status Refuse(uint32_t wire, const char* message) {
  return Status(Code::kUnauthenticated, wire, message);
}

bool SameWord(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? x + 32 : x) == (y >= 'A' && y <= 'Z' ? y + 32 : y);
  });
}

struct Credentials {
  std::string_view scheme, value;
};

// Two fields of that name are as good as none: which one a proxy looked at is anybody's guess.
Result<std::optional<Credentials>> AuthorizationOf(const http::Headers& headers) {
  const http::Header* field = nullptr;
  for (const http::Header& header : headers.all()) {
    if (!SameWord(header.name, "Authorization")) continue;
    if (field != nullptr) return Refuse(kWireBadCredentials, "Unauthorized (bad credentials)");
    field = &header;
  }
  if (field == nullptr) return std::optional<Credentials>();
  const std::string_view text = field->value;
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) {
    return Refuse(kWireBadCredentials, "Unauthorized (malformed credentials)");
  }
  std::string_view value = text.substr(space + 1);
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  return std::optional<Credentials>({text.substr(0, space), value});
}

// The token a request carries, with a word on where it stood.
struct Carried {
  Carried(std::string t, bool cookie) : token(std::move(t)), by_cookie(cookie) {}
  Carried(Carried&&) = default;
  Carried& operator=(Carried&&) = default;
  ~Carried() { Wipe(token); }

  std::string token;
  bool by_cookie = false;
};

Result<Carried> TokenOf(const http::Headers& headers) {
  FURROW_ASSIGN(const std::optional<Credentials> credentials, AuthorizationOf(headers));
  if (credentials) {
    if (!SameWord(credentials->scheme, "Bearer")) {
      return Refuse(kWireBadAuthType, "Unauthorized (bad authentication type)");
    }
    return Carried{std::string(credentials->value), false};
  }
  Carried carried{http::CookieValue(headers.Get("Cookie"), kTokenCookie), true};
  if (carried.token.empty()) {
    return Refuse(kWireNoCredentials, "Unauthorized (missing credentials)");
  }
  return carried;
}

// Python's clients encode Basic as Latin-1, browsers as UTF-8.
std::string ToUtf8(std::string text) {
  if (IsUtf8(text)) return text;
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xC0 | (byte >> 6));
      out += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return out;
}

}  // namespace

Result<Identity> Authenticator::CheckToken(std::string_view token, Micros now) const {
  FURROW_ASSIGN(const Claims claims, signer_.Verify(token, now));
  if (devices_ && Devices::IsDevice(claims.user)) return devices_->Resolve(claims);
  return directory_.Resolve(claims);
}

Result<Caller> Authenticator::Authenticate(const http::Headers& headers, Micros now) {
  const ForgetfulScope scope;
  FURROW_ASSIGN(const Carried carried, TokenOf(headers));
  Caller caller;
  caller.by_cookie = carried.by_cookie;
  FURROW_ASSIGN(caller.identity, CheckToken(carried.token, now));
  directory_.NoteUse(caller.identity.credential_key, ClientHeader(headers, "Worker"));
  return caller;
}

Result<Identity> Authenticator::CheckBasic(std::string_view encoded, std::string_view address) {
  if (!failures_.MayTry(address)) {
    return Status(Code::kResourceExhausted, kWireTooManyRequests,
                  "Too many failed logins, try again later");
  }
  std::string text(encoded.size() / 4 * 3 + 3, '\0');
  size_t size = 0;
  const bool decoded = encoded.size() <= kBasicBytesMax &&
                       sodium_base642bin(reinterpret_cast<unsigned char*>(text.data()), text.size(),
                                         encoded.data(), encoded.size(), nullptr, &size, nullptr,
                                         sodium_base64_VARIANT_ORIGINAL) == 0;
  text.resize(decoded ? size : 0);
  const size_t colon = text.find(':');
  if (!decoded || colon == std::string::npos) {
    failures_.Failed(address);
    return Refuse(kWireBadCredentials, "Unauthorized (malformed credentials)");
  }
  const std::string name = ToUtf8(text.substr(0, colon));
  std::string secret = ToUtf8(text.substr(colon + 1));
  Result<Identity> identity = directory_.HasCredential(name)
                                  ? directory_.CheckSecret(name, secret)
                                  : directory_.CheckPassword(name, secret);
  Wipe(text);
  Wipe(secret);
  if (!identity.ok() && identity.status().code() == Code::kUnauthenticated) {
    failures_.Failed(address);
  }
  return identity;
}

Result<Login> Authenticator::LogIn(const http::Headers& headers, std::string_view address,
                                   Micros now, std::optional<int64_t> expires_in_s) {
  const ForgetfulScope scope;
  FURROW_ASSIGN(const std::optional<Credentials> credentials, AuthorizationOf(headers));
  Identity identity;
  if (credentials && SameWord(credentials->scheme, "Basic")) {
    FURROW_ASSIGN(identity, CheckBasic(credentials->value, address));
    const std::string_view worker = ClientHeader(headers, "Worker");
    directory_.NoteUse(identity.credential_key, worker.empty() ? address : worker);
  } else {
    FURROW_ASSIGN(Caller caller, Authenticate(headers, now));
    FURROW_TRY(Require(caller.identity, Permission::kSelf));
    identity = std::move(caller.identity);
  }
  return MakeToken(std::move(identity), now, expires_in_s);
}

Result<Login> Authenticator::MakeToken(Identity identity, Micros now,
                                       std::optional<int64_t> expires_in_s) const {
  if (identity.session_id.empty()) identity.session_id = NewId();
  FURROW_ASSIGN(Claims claims, devices_ && Devices::IsDevice(identity.user_id)
                                   ? devices_->ClaimsFor(identity)
                                   : directory_.ClaimsFor(identity));
  int64_t life = expires_in_s.value_or(0);
  if (life <= 0) life = kTokenLifeDefaultS;
  claims.issued_at_s = now / 1'000'000;
  claims.expires_at_s = claims.issued_at_s + std::min(life, kTokenLifeMaxS);
  return Login{signer_.Make(claims), std::move(identity), claims.expires_at_s};
}

Status Authenticator::LogOut(const Identity& identity) {
  if (identity.session_id.empty()) return {};
  return directory_.RevokeSession(identity.session_id);
}

Result<Identity> Authenticator::Effective(const Identity& caller,
                                          const http::Headers& headers) const {
  std::string_view target = ClientHeader(headers, "Impersonate-As");
  if (target.empty()) target = ClientHeader(headers, "Act-As");
  if (target.empty() || target == caller.user_id) return caller;
  FURROW_TRY(Require(caller, Permission::kManageUsers));
  Result<Identity> other = directory_.IdentityOf(target);
  if (!other.ok()) {
    return Status(Code::kInvalidArgument, kWireImpersonation, "Impersonation error: no such user");
  }
  if (other->role < caller.role) {
    return Status(Code::kPermissionDenied, kWireRoleNotAllowed, "Forbidden (not allowed for role)");
  }
  other->session_id = caller.session_id;
  other->credential_key = caller.credential_key;
  return other;
}

std::string TokenCookie(std::string_view token, bool secure, int64_t life_s) {
  std::string cookie;
  cookie.reserve(token.size() + 256);  // growing would leave a copy of the token behind
  cookie += kTokenCookie;
  cookie += "=";
  cookie += token;
  cookie +=
      "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(token.empty() ? 0 : life_s);
  if (secure) cookie += "; Secure";
  return cookie;
}

std::string_view ClientHeader(const http::Headers& headers, std::string_view name) {
  const std::string_view value = headers.Get("X-ClearML-" + std::string(name));
  return value.empty() ? headers.Get("X-Trains-" + std::string(name)) : value;
}

}  // namespace furrow::auth
