// SPDX-License-Identifier: Apache-2.0
// The state behind Directory; private to its source files.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "auth/directory.h"

namespace furrow::auth {

class Directory::Impl {
 public:
  Impl(docs::Store& docs, const Collections& collections, const Secrets& keys, const Clock& time,
       const Options& limits)
      : store(docs), ids(collections), secrets(keys), clock(time), options(limits) {}

  struct Account {
    User user;
    std::string password_hash;
    int64_t epoch = 0;  ///< tokens of another epoch are void
  };
  struct Credential {
    std::string user_id, secret_hash;
    CredentialInfo info;
  };
  struct Use {
    Micros at = 0;
    std::string from;
  };
  template <typename T>
  using Table = std::map<std::string, T, std::less<>>;

  Status Load();
  Status LoadUsers();
  Status LoadCredentials();
  Status LoadSessions();

  // All below want `mutex` held, shared or alone.
  const Account* FindAccount(std::string_view user_id) const;
  Identity MakeIdentity(const Account& account, std::string_view credential_key) const;
  size_t CountCredentials(std::string_view user_id) const;

  /// Rewrites the account document with `edit` applied to a copy, then the copy in memory.
  Status ChangeAccount(std::string_view user_id, const std::function<void(Account&)>& edit);
  /// The same for the public document.
  Status ChangeUser(std::string_view user_id, const std::function<void(User&)>& edit);
  /// Adds user and optional pair. Wants `change` held.
  Result<User> Add(const UserSpec& spec, const NewCredential* pair);
  Credential MakeCredential(std::string_view user_id, const NewCredential& pair) const;

  void FlushLoop(Directory& owner);

  docs::Store& store;
  const Collections ids;
  const Secrets secrets;
  const Clock& clock;
  const Options options;
  PasswordHasher hasher;

  std::mutex change;                ///< one change at a time, store and memory together
  mutable std::shared_mutex mutex;  ///< guards the tables below; taken after `change`
  std::string company_id, company_name;
  Table<Account> accounts;         // by user id
  Table<std::string> names;        // name -> user id
  Table<Credential> credentials;   // by access key
  Table<Micros> revoked_sessions;  // session id -> when the last of its tokens is dead

  mutable std::mutex use_mutex;
  Table<Use> uses;  // guarded by use_mutex: not yet written
  std::condition_variable stop_wake;
  bool stopping = false;  // guarded by use_mutex
  std::thread flusher;
};

// The documents, both ways.
json::Value CredentialDoc(const Directory::Impl::Credential& credential);
json::Value AccountDoc(const Directory::Impl::Account& account);
std::string AccountId(std::string_view user_id);

/// OK, or kInvalidArgument saying what a name may be.
Status CheckUserName(std::string_view name);
Status CheckPair(const NewCredential& pair);
Status CheckLabel(std::string_view label);

}  // namespace furrow::auth
