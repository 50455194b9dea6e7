// SPDX-License-Identifier: Apache-2.0
// Users, their credentials, and what has been revoked.
//
// Everything a check needs is kept in memory beside the store, so that a check never blocks and a
// revocation holds from the moment the call that made it returns, on every listener. Changes are
// durable as the store says. Documents: docs/formats/identity.md. What other services may read of a
// user stands in the `user` collection; hashes stand apart, where no query reaches.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/identity.h"
#include "auth/password.h"
#include "auth/secrets.h"
#include "auth/token.h"
#include "base/status.h"
#include "base/time.h"
#include "store/docs/docs.h"

namespace furrow::auth {

/// Where the documents live.
struct Collections {
  docs::CollectionId company = 0;
  docs::CollectionId user = 0;
  docs::CollectionId credential = 0;  ///< access keys and accounts: never served by a query
  docs::CollectionId session = 0;     ///< sessions that were logged out
};

struct User {
  std::string id, name, company_id;
  Role role = Role::kGuest;
  bool disabled = false;
  bool has_password = false;
  Micros created = 0;
};

struct UserSpec {
  std::string name;  ///< 1-128 bytes of UTF-8, no ':' and no control character
  Role role = Role::kUser;
  std::optional<std::string> password;  ///< none: only credentials sign this user in
  json::Object extra;                   ///< further members of the user document (email, avatar…)
};

/// A pair as its user gets to see it, once.
struct NewCredential {
  std::string access_key, secret_key, label;
};

struct CredentialInfo {
  std::string access_key, label;
  Micros created = 0;
  Micros last_used = 0;        ///< 0: never
  std::string last_used_from;  ///< a worker's name or an address
};

/// Thread-safe.
class Directory {
 public:
  struct Options {
    size_t users_max = 10'000;
    size_t credentials_per_user_max = 1'000;
    size_t revoked_sessions_max = 1'000'000;
    std::chrono::milliseconds usage_flush{60'000};  ///< at most this old; 0: only on FlushUsage
  };

  /// Reads everything. Errors: kFailedPrecondition when there are users but `secrets` were only
  /// just made (their file is lost and no credential can match), or what the store says. All three
  /// references outlive the directory.
  static Result<std::unique_ptr<Directory>> Open(docs::Store& store, const Collections& ids,
                                                 const Secrets& secrets, const Clock& clock,
                                                 const Options& options);
  static Result<std::unique_ptr<Directory>> Open(docs::Store& store, const Collections& ids,
                                                 const Secrets& secrets, const Clock& clock) {
    return Open(store, ids, secrets, clock, Options());
  }
  /// Writes what is known of the use of credentials.
  ~Directory();

  /// The one company; empty before CreateCompany.
  std::string company_id() const;
  std::string company_name() const;
  Status CreateCompany(const std::string& id, const std::string& name);

  // Users. Errors: kAlreadyExists for a taken name, kNotFound for an unknown id, kInvalidArgument
  // for a bad name or password or a device's role, kResourceExhausted beyond the bounds.
  Result<User> AddUser(const UserSpec& spec);
  /// Adds a user and a given pair in one step; nothing is left when either is refused.
  Result<User> AddUserWithCredential(const UserSpec& spec, const NewCredential& pair);
  Result<User> Get(std::string_view user_id) const;
  Result<User> FindByName(std::string_view name) const;
  std::vector<User> ListUsers() const;  ///< by name
  Status Rename(std::string_view user_id, const std::string& name);
  Status SetRole(std::string_view user_id, Role role);
  /// A disabled user is refused everywhere; tokens from before stay void when enabled again.
  Status SetDisabled(std::string_view user_id, bool disabled);
  /// Voids the tokens issued so far, not the credentials.
  Status SetPassword(std::string_view user_id, std::string_view password);
  /// Removes the user and all that signs it in. Documents it made keep its id.
  Status Remove(std::string_view user_id);

  // Credentials.
  Result<NewCredential> CreateCredential(std::string_view user_id, std::string_view label);
  /// Adds a pair made elsewhere. Errors: kAlreadyExists, kInvalidArgument for a key outside 3-64
  /// characters of A-Z a-z 0-9 _ - or a secret outside 8-256 visible ASCII characters.
  Status AddCredential(std::string_view user_id, const NewCredential& pair);
  std::vector<CredentialInfo> Credentials(std::string_view user_id) const;  ///< oldest first
  /// False when the user has no such key. Its tokens are refused from now on.
  Result<bool> RevokeCredential(std::string_view user_id, std::string_view access_key);
  /// False when the user has no such key.
  Result<bool> EditLabel(std::string_view user_id, std::string_view access_key,
                         std::string_view label);

  // Checks. Errors: kUnauthenticated with one of the wire codes of identity.h.
  /// Memory only.
  Result<Identity> CheckSecret(std::string_view access_key, std::string_view secret) const;
  bool HasCredential(std::string_view access_key) const;
  /// Takes tens of milliseconds, by design; kResourceExhausted when too many wait.
  Result<Identity> CheckPassword(std::string_view name, std::string_view password);
  /// The identity behind a verified token as it is now (name and role are the directory's, not the
  /// token's). Refused with 401/31 when session, credential or user no longer stand. Memory only.
  Result<Identity> Resolve(const Claims& claims) const;
  /// The claims a new token for this identity carries, times left open.
  Result<Claims> ClaimsFor(const Identity& identity) const;
  /// The identity of a user who did not sign in (impersonation).
  Result<Identity> IdentityOf(std::string_view user_id) const;

  /// Logs the session out: every token of it is refused from now on.
  Status RevokeSession(std::string_view session_id);
  /// Memory only.
  bool IsSessionRevoked(std::string_view session_id) const;

  /// Remembers that a credential was used; written behind.
  void NoteUse(std::string_view access_key, std::string_view from);
  Status FlushUsage();
  /// Reads a user again after another service changed its document.
  Status Refresh(std::string_view user_id);

  class Impl;  ///< see directory_impl.h

 private:
  explicit Directory(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace furrow::auth
