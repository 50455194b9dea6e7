// SPDX-License-Identifier: Apache-2.0
// Credentials, sessions, and the checks made of them.
#include <algorithm>

#include "auth/directory.h"
#include "auth/directory_impl.h"
#include "base/utf8.h"

namespace furrow::auth {
namespace {

constexpr std::string_view kAccessAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::string_view kSecretAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr size_t kAccessKeySize = 30;
constexpr size_t kSecretKeySize = 64;

Status WrongCredentials() {
  // One text for every reason: which part was wrong is not told.
  return Status(Code::kUnauthenticated, kWireInvalidCredentials,
                "Unauthorized (invalid credentials)");
}

Status Blocked(const char* why) {
  return Status(Code::kUnauthenticated, kWireBlockedToken,
                std::string("Unauthorized (blocked token: ") + why + ")");
}

bool Visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

bool KeyCharacters(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return kSecretAlphabet.find(c) != std::string_view::npos; });
}

}  // namespace

Status CheckPair(const NewCredential& pair) {
  if (pair.access_key.size() < 3 || pair.access_key.size() > 64 ||
      !KeyCharacters(pair.access_key)) {
    return Status(Code::kInvalidArgument,
                  "an access key has 3 to 64 characters of A-Z, a-z, 0-9, _ and -");
  }
  if (pair.secret_key.size() < 8 || pair.secret_key.size() > 256 || !Visible(pair.secret_key)) {
    return Status(Code::kInvalidArgument, "a secret key has 8 to 256 visible ASCII characters");
  }
  return CheckLabel(pair.label);
}

json::Value CredentialDoc(const Directory::Impl::Credential& credential) {
  const CredentialInfo& info = credential.info;
  json::Value doc = json::Object{{"id", info.access_key},
                                 {"user", credential.user_id},
                                 {"label", info.label},
                                 {"secret_hash", credential.secret_hash},
                                 {"created", FormatTime(info.created)}};
  if (info.last_used != 0) {
    doc["last_used"] = FormatTime(info.last_used);
    doc["last_used_from"] = info.last_used_from;
  }
  return doc;
}

Status Directory::Impl::LoadCredentials() {
  return store.ForEach(ids.credential, [&](std::string_view id, const json::Value& doc) {
    if (doc.Find("secret_hash") == nullptr) return true;  // an account
    Credential credential;
    credential.user_id = doc.At("user").AsString();
    credential.secret_hash = doc.At("secret_hash").AsString();
    credential.info.access_key = id;
    credential.info.label = doc.At("label").AsString();
    credential.info.created = ParseTime(doc.At("created").AsString()).value_or(0);
    credential.info.last_used = ParseTime(doc.At("last_used").AsString()).value_or(0);
    credential.info.last_used_from = doc.At("last_used_from").AsString();
    credentials.emplace(credential.info.access_key, std::move(credential));
    return true;
  });
}

Status Directory::Impl::LoadSessions() {
  const Micros now = clock.Now();
  std::vector<std::string> dead;
  FURROW_TRY(store.ForEach(ids.session, [&](std::string_view id, const json::Value& doc) {
    const Micros until = doc.At("until").AsInt();
    if (until > now)
      revoked_sessions.emplace(id, until);
    else
      dead.emplace_back(id);
    return true;
  }));
  if (dead.empty()) return {};
  return store.Transact([&](docs::Transaction& t) -> Status {
    for (const std::string& id : dead) FURROW_TRY(t.Delete(ids.session, id));
    return {};
  });
}

size_t Directory::Impl::CountCredentials(std::string_view user_id) const {
  return static_cast<size_t>(
      std::count_if(credentials.begin(), credentials.end(),
                    [&](const auto& entry) { return entry.second.user_id == user_id; }));
}

Directory::Impl::Credential Directory::Impl::MakeCredential(std::string_view user_id,
                                                            const NewCredential& pair) const {
  Credential credential;
  credential.user_id = user_id;
  credential.secret_hash = SecretHash(secrets.credential_key, pair.secret_key);
  credential.info.access_key = pair.access_key;
  credential.info.label = pair.label;
  credential.info.created = clock.Now();
  return credential;
}

Result<NewCredential> Directory::CreateCredential(std::string_view user_id,
                                                  std::string_view label) {
  NewCredential pair{RandomText(kAccessKeySize, kAccessAlphabet),
                     RandomText(kSecretKeySize, kSecretAlphabet), std::string(label)};
  FURROW_TRY(AddCredential(user_id, pair));
  return pair;
}

Status Directory::AddCredential(std::string_view user_id, const NewCredential& pair) {
  FURROW_TRY(CheckPair(pair));
  std::lock_guard changing(impl_->change);
  {
    std::shared_lock lock(impl_->mutex);
    if (impl_->FindAccount(user_id) == nullptr) return Status(Code::kNotFound, "no such user");
    if (impl_->credentials.contains(pair.access_key)) {
      return Status(Code::kAlreadyExists, "this access key exists already");
    }
    if (impl_->CountCredentials(user_id) >= impl_->options.credentials_per_user_max) {
      return Status(Code::kResourceExhausted, "this user has too many credentials");
    }
  }
  Impl::Credential credential = impl_->MakeCredential(user_id, pair);
  FURROW_TRY(impl_->store.Transact([&](docs::Transaction& t) {
    return t.Put(impl_->ids.credential, pair.access_key, CredentialDoc(credential));
  }));
  std::unique_lock lock(impl_->mutex);
  impl_->credentials.emplace(pair.access_key, std::move(credential));
  return {};
}

std::vector<CredentialInfo> Directory::Credentials(std::string_view user_id) const {
  std::vector<CredentialInfo> out;
  {
    std::shared_lock lock(impl_->mutex);
    for (const auto& [key, credential] : impl_->credentials) {
      if (credential.user_id == user_id) out.push_back(credential.info);
    }
  }
  {
    std::lock_guard lock(impl_->use_mutex);
    for (CredentialInfo& info : out) {
      const auto use = impl_->uses.find(info.access_key);
      if (use == impl_->uses.end()) continue;
      info.last_used = use->second.at;
      info.last_used_from = use->second.from;
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const CredentialInfo& a, const CredentialInfo& b) {
    return a.created < b.created;
  });
  return out;
}

Result<bool> Directory::RevokeCredential(std::string_view user_id, std::string_view access_key) {
  std::lock_guard changing(impl_->change);
  {
    std::shared_lock lock(impl_->mutex);
    const auto found = impl_->credentials.find(access_key);
    if (found == impl_->credentials.end() || found->second.user_id != user_id) return false;
  }
  FURROW_TRY(impl_->store.Transact(
      [&](docs::Transaction& t) { return t.Delete(impl_->ids.credential, access_key); }));
  {
    std::unique_lock lock(impl_->mutex);
    impl_->credentials.erase(impl_->credentials.find(access_key));
  }
  std::lock_guard lock(impl_->use_mutex);
  if (const auto use = impl_->uses.find(access_key); use != impl_->uses.end()) {
    impl_->uses.erase(use);
  }
  return true;
}

Result<bool> Directory::EditLabel(std::string_view user_id, std::string_view access_key,
                                  std::string_view label) {
  FURROW_TRY(CheckLabel(label));
  std::lock_guard changing(impl_->change);
  Impl::Credential copy;
  {
    std::shared_lock lock(impl_->mutex);
    const auto found = impl_->credentials.find(access_key);
    if (found == impl_->credentials.end() || found->second.user_id != user_id) return false;
    copy = found->second;
  }
  copy.info.label = label;
  FURROW_TRY(impl_->store.Transact([&](docs::Transaction& t) {
    return t.Put(impl_->ids.credential, access_key, CredentialDoc(copy));
  }));
  std::unique_lock lock(impl_->mutex);
  impl_->credentials.find(access_key)->second = std::move(copy);
  return true;
}

Identity Directory::Impl::MakeIdentity(const Account& account,
                                       std::string_view credential_key) const {
  Identity identity;
  identity.user_id = account.user.id;
  identity.user_name = account.user.name;
  identity.company_id = company_id;
  identity.company_name = company_name;
  identity.role = account.user.role;
  identity.credential_key = credential_key;
  return identity;
}

bool Directory::HasCredential(std::string_view access_key) const {
  std::shared_lock lock(impl_->mutex);
  return impl_->credentials.contains(access_key);
}

Result<Identity> Directory::CheckSecret(std::string_view access_key,
                                        std::string_view secret) const {
  const std::string hash = SecretHash(impl_->secrets.credential_key, secret);
  std::shared_lock lock(impl_->mutex);
  const auto found = impl_->credentials.find(access_key);
  if (found == impl_->credentials.end()) return WrongCredentials();
  if (!ConstantTimeEqual(found->second.secret_hash, hash)) return WrongCredentials();
  const Impl::Account* account = impl_->FindAccount(found->second.user_id);
  if (account == nullptr || account->user.disabled) return WrongCredentials();
  return impl_->MakeIdentity(*account, access_key);
}

Result<Identity> Directory::CheckPassword(std::string_view name, std::string_view password) {
  std::string user_id, hash;
  int64_t epoch = 0;
  {
    std::shared_lock lock(impl_->mutex);
    const auto found = impl_->names.find(name);
    const Impl::Account* account =
        found == impl_->names.end() ? nullptr : impl_->FindAccount(found->second);
    if (account != nullptr && !account->user.disabled) {
      user_id = account->user.id;
      hash = account->password_hash;
      epoch = account->epoch;
    }
  }
  FURROW_ASSIGN(const bool matches, hash.empty() ? impl_->hasher.VerifyNobody(password)
                                                 : impl_->hasher.Verify(password, hash));
  if (!matches) return WrongCredentials();
  std::shared_lock lock(impl_->mutex);
  const Impl::Account* account = impl_->FindAccount(user_id);
  // Disabled or given another password while the hash was computed.
  if (account == nullptr || account->user.disabled || account->epoch != epoch) {
    return WrongCredentials();
  }
  return impl_->MakeIdentity(*account, "");
}

Result<Identity> Directory::Resolve(const Claims& claims) const {
  std::shared_lock lock(impl_->mutex);
  if (impl_->revoked_sessions.contains(claims.session_id)) return Blocked("logged out");
  const Impl::Account* account = impl_->FindAccount(claims.user);
  if (account == nullptr || claims.company != impl_->company_id) return Blocked("no such user");
  if (account->user.disabled) return Blocked("user disabled");
  if (account->epoch != claims.epoch) return Blocked("account changed");
  if (!claims.credential_key.empty()) {
    const auto found = impl_->credentials.find(claims.credential_key);
    if (found == impl_->credentials.end() || found->second.user_id != claims.user) {
      return Blocked("credentials revoked");
    }
  }
  Identity identity = impl_->MakeIdentity(*account, claims.credential_key);
  identity.session_id = claims.session_id;
  return identity;
}

Result<Claims> Directory::ClaimsFor(const Identity& identity) const {
  std::shared_lock lock(impl_->mutex);
  const Impl::Account* account = impl_->FindAccount(identity.user_id);
  if (account == nullptr) return Status(Code::kNotFound, "no such user");
  Claims claims;
  claims.user = account->user.id;
  claims.user_name = account->user.name;
  claims.company = impl_->company_id;
  claims.company_name = impl_->company_name;
  claims.role = RoleName(account->user.role);
  claims.session_id = identity.session_id;
  claims.credential_key = identity.credential_key;
  claims.epoch = account->epoch;
  return claims;
}

Result<Identity> Directory::IdentityOf(std::string_view user_id) const {
  std::shared_lock lock(impl_->mutex);
  const Impl::Account* account = impl_->FindAccount(user_id);
  if (account == nullptr || account->user.disabled) {
    return Status(Code::kNotFound, "no such user");
  }
  return impl_->MakeIdentity(*account, "");
}

Status Directory::RevokeSession(std::string_view session_id) {
  std::lock_guard changing(impl_->change);
  const Micros now = impl_->clock.Now();
  std::vector<std::string> dead;
  {
    std::shared_lock lock(impl_->mutex);
    if (impl_->revoked_sessions.contains(session_id)) return {};
    if (impl_->revoked_sessions.size() >= impl_->options.revoked_sessions_max) {
      for (const auto& [id, until] : impl_->revoked_sessions) {
        if (until <= now) dead.push_back(id);
      }
      if (dead.empty()) {
        return Status(Code::kResourceExhausted, kWireTooManyRequests, "Too many logouts");
      }
    }
  }
  // A session may have been renewed into tokens of any life, so it stays blocked for the longest.
  const Micros until = now + kTokenLifeMaxS * 1'000'000;
  FURROW_TRY(impl_->store.Transact([&](docs::Transaction& t) -> Status {
    for (const std::string& id : dead) FURROW_TRY(t.Delete(impl_->ids.session, id));
    return t.Put(impl_->ids.session, session_id,
                 json::Object{{"id", session_id}, {"until", until}});
  }));
  std::unique_lock lock(impl_->mutex);
  for (const std::string& id : dead) impl_->revoked_sessions.erase(id);
  impl_->revoked_sessions.emplace(session_id, until);
  return {};
}

bool Directory::IsSessionRevoked(std::string_view session_id) const {
  std::shared_lock lock(impl_->mutex);
  return impl_->revoked_sessions.contains(session_id);
}

void Directory::NoteUse(std::string_view access_key, std::string_view from) {
  if (access_key.empty() || !HasCredential(access_key)) return;
  const Micros now = impl_->clock.Now();
  std::lock_guard lock(impl_->use_mutex);
  auto use = impl_->uses.find(access_key);
  if (use == impl_->uses.end()) use = impl_->uses.emplace(access_key, Impl::Use()).first;
  use->second.at = now;
  use->second.from = IsUtf8(from) && from.size() <= 256 ? from : "";
}

Status Directory::FlushUsage() {
  std::lock_guard changing(impl_->change);
  Impl::Table<Impl::Use> taken;
  {
    std::lock_guard lock(impl_->use_mutex);
    taken.swap(impl_->uses);
  }
  if (taken.empty()) return {};
  std::vector<Impl::Credential> changed;
  {
    std::unique_lock lock(impl_->mutex);
    for (const auto& [key, use] : taken) {
      const auto found = impl_->credentials.find(key);
      if (found == impl_->credentials.end()) continue;
      found->second.info.last_used = use.at;
      found->second.info.last_used_from = use.from;
      changed.push_back(found->second);
    }
  }
  return impl_->store.Transact([&](docs::Transaction& t) -> Status {
    for (const Impl::Credential& credential : changed) {
      FURROW_TRY(
          t.Put(impl_->ids.credential, credential.info.access_key, CredentialDoc(credential)));
    }
    return {};
  });
}

void Directory::Impl::FlushLoop(Directory& owner) {
  for (;;) {
    {
      std::unique_lock lock(use_mutex);
      if (stop_wake.wait_for(lock, options.usage_flush, [&] { return stopping; })) return;
    }
    // A failure is not lost: the next use writes the whole document again.
    (void)owner.FlushUsage();
  }
}

}  // namespace furrow::auth
