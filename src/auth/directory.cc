// SPDX-License-Identifier: Apache-2.0
// Opening the directory, and its users.
#include "auth/directory.h"

#include "auth/directory_impl.h"
#include "base/id.h"
#include "base/utf8.h"

namespace furrow::auth {
namespace {

constexpr std::string_view kAccountPrefix = "account:";

Status NoSuchUser() { return Status(Code::kNotFound, "no such user"); }

json::Value UserDoc(const User& user, const json::Object& extra) {
  const size_t space = user.name.find(' ');
  json::Value doc =
      json::Object{{"id", user.id},
                   {"name", user.name},
                   {"given_name", user.name.substr(0, space)},
                   {"family_name", space == std::string::npos ? "" : user.name.substr(space + 1)},
                   {"company", user.company_id},
                   {"role", RoleName(user.role)},
                   {"created", FormatTime(user.created)}};
  for (const json::Member& member : extra) {
    const json::Value* own = doc.Find(member.key);
    // What decides authority never comes from outside.
    const bool cosmetic = own == nullptr || member.key.ends_with("_name");
    if (cosmetic) doc[member.key] = member.value;
  }
  return doc;
}

Status CheckUserRole(Role role) {
  if (role != Role::kDevice) return {};
  return Status(Code::kInvalidArgument,
                "a device is no user: it enrols with a token of fleet.create_token");
}

}  // namespace

std::string AccountId(std::string_view user_id) {
  return std::string(kAccountPrefix) + std::string(user_id);
}

json::Value AccountDoc(const Directory::Impl::Account& account) {
  return json::Object{{"id", AccountId(account.user.id)},
                      {"user", account.user.id},
                      {"password_hash", account.password_hash},
                      {"epoch", account.epoch},
                      {"disabled", account.user.disabled}};
}

Status CheckUserName(std::string_view name) {
  if (!name.empty() && name.size() <= 128 && IsUtf8(name) && !HasControl(name) &&
      name.find(':') == std::string_view::npos && name.front() != ' ' && name.back() != ' ') {
    return {};
  }
  return Status(Code::kInvalidArgument,
                "a user name has 1 to 128 bytes of UTF-8, no colon, no control character and no "
                "space at its ends");
}

Status CheckLabel(std::string_view label) {
  if (label.size() <= 256 && IsUtf8(label) && !HasControl(label)) return {};
  return Status(Code::kInvalidArgument, "a label has at most 256 bytes of UTF-8");
}

Directory::Directory(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Directory::~Directory() {
  {
    std::lock_guard lock(impl_->use_mutex);
    impl_->stopping = true;
  }
  impl_->stop_wake.notify_all();
  if (impl_->flusher.joinable()) impl_->flusher.join();
  (void)FlushUsage();
}

Result<std::unique_ptr<Directory>> Directory::Open(docs::Store& store, const Collections& ids,
                                                   const Secrets& secrets, const Clock& clock,
                                                   const Options& options) {
  InitSodium();
  auto impl = std::make_unique<Impl>(store, ids, secrets, clock, options);
  FURROW_TRY(impl->Load());
  if (secrets.created && !impl->company_id.empty()) {
    return Status(Code::kFailedPrecondition,
                  "secrets.json was lost: restore it from a backup, or no credential of this "
                  "store will work");
  }
  std::unique_ptr<Directory> directory(new Directory(std::move(impl)));
  if (options.usage_flush.count() > 0) {
    directory->impl_->flusher =
        std::thread([self = directory.get()] { self->impl_->FlushLoop(*self); });
  }
  return directory;
}

Status Directory::Impl::Load() {
  FURROW_TRY(store.ForEach(ids.company, [&](std::string_view id, const json::Value& doc) {
    company_id = id;
    company_name = doc.At("name").AsString();
    return false;
  }));
  FURROW_TRY(LoadUsers());
  FURROW_TRY(LoadCredentials());
  return LoadSessions();
}

Status Directory::Impl::LoadUsers() {
  FURROW_TRY(store.ForEach(ids.user, [&](std::string_view id, const json::Value& doc) {
    Account account;
    account.user.id = id;
    account.user.name = doc.At("name").AsString();
    account.user.company_id = doc.At("company").AsString();
    account.user.role = ParseRole(doc.At("role").AsString()).value_or(Role::kGuest);
    account.user.created = ParseTime(doc.At("created").AsString()).value_or(0);
    // Until its account document says otherwise: a user without one cannot sign in.
    account.user.disabled = true;
    names.emplace(account.user.name, account.user.id);
    accounts.emplace(account.user.id, std::move(account));
    return true;
  }));
  return store.ForEach(ids.credential, [&](std::string_view id, const json::Value& doc) {
    if (!id.starts_with(kAccountPrefix)) return true;
    const auto found = accounts.find(doc.At("user").AsString());
    if (found == accounts.end()) return true;
    Account& account = found->second;
    account.password_hash = doc.At("password_hash").AsString();
    account.user.has_password = !account.password_hash.empty();
    account.epoch = doc.At("epoch").AsInt();
    account.user.disabled = doc.At("disabled").AsBool(true);
    return true;
  });
}

const Directory::Impl::Account* Directory::Impl::FindAccount(std::string_view user_id) const {
  const auto found = accounts.find(user_id);
  return found == accounts.end() ? nullptr : &found->second;
}

std::string Directory::company_id() const {
  std::shared_lock lock(impl_->mutex);
  return impl_->company_id;
}

std::string Directory::company_name() const {
  std::shared_lock lock(impl_->mutex);
  return impl_->company_name;
}

Status Directory::CreateCompany(const std::string& id, const std::string& name) {
  std::lock_guard changing(impl_->change);
  if (!company_id().empty()) return Status(Code::kAlreadyExists, "there is a company already");
  FURROW_TRY(impl_->store.Transact([&](docs::Transaction& t) {
    return t.Put(
        impl_->ids.company, id,
        json::Object{{"id", id}, {"name", name}, {"created", FormatTime(impl_->clock.Now())}});
  }));
  std::unique_lock lock(impl_->mutex);
  impl_->company_id = id;
  impl_->company_name = name;
  return {};
}

Result<User> Directory::Impl::Add(const UserSpec& spec, const NewCredential* pair) {
  FURROW_TRY(CheckUserName(spec.name));
  FURROW_TRY(CheckUserRole(spec.role));
  Account account;
  {
    std::shared_lock lock(mutex);
    if (company_id.empty()) return Status(Code::kFailedPrecondition, "there is no company yet");
    if (names.contains(spec.name)) {
      return Status(Code::kAlreadyExists, "a user named " + spec.name + " exists already");
    }
    if (pair != nullptr && credentials.contains(pair->access_key)) {
      return Status(Code::kAlreadyExists, "this access key exists already");
    }
    if (accounts.size() >= options.users_max) {
      return Status(Code::kResourceExhausted, "no more users can be added");
    }
    account.user.company_id = company_id;
  }
  account.user.id = NewId();
  account.user.name = spec.name;
  account.user.role = spec.role;
  account.user.created = clock.Now();
  if (spec.password) {
    FURROW_ASSIGN(account.password_hash, hasher.Hash(*spec.password));
    account.user.has_password = true;
  }
  std::optional<Credential> credential;
  if (pair != nullptr) credential = MakeCredential(account.user.id, *pair);

  FURROW_TRY(store.Transact([&](docs::Transaction& t) -> Status {
    FURROW_TRY(t.Put(ids.user, account.user.id, UserDoc(account.user, spec.extra)));
    FURROW_TRY(t.Put(ids.credential, AccountId(account.user.id), AccountDoc(account)));
    if (!credential) return {};
    return t.Put(ids.credential, credential->info.access_key, CredentialDoc(*credential));
  }));
  std::unique_lock lock(mutex);
  const User user = account.user;
  names.emplace(user.name, user.id);
  accounts.emplace(user.id, std::move(account));
  if (credential) credentials.emplace(credential->info.access_key, std::move(*credential));
  return user;
}

Result<User> Directory::AddUser(const UserSpec& spec) {
  std::lock_guard changing(impl_->change);
  return impl_->Add(spec, nullptr);
}

Result<User> Directory::AddUserWithCredential(const UserSpec& spec, const NewCredential& pair) {
  FURROW_TRY(CheckPair(pair));
  std::lock_guard changing(impl_->change);
  return impl_->Add(spec, &pair);
}

Result<User> Directory::Get(std::string_view user_id) const {
  std::shared_lock lock(impl_->mutex);
  const Impl::Account* account = impl_->FindAccount(user_id);
  if (account == nullptr) return NoSuchUser();
  return account->user;
}

Result<User> Directory::FindByName(std::string_view name) const {
  std::shared_lock lock(impl_->mutex);
  const auto found = impl_->names.find(name);
  if (found == impl_->names.end()) return NoSuchUser();
  return impl_->FindAccount(found->second)->user;
}

std::vector<User> Directory::ListUsers() const {
  std::shared_lock lock(impl_->mutex);
  std::vector<User> users;
  for (const auto& [name, id] : impl_->names) users.push_back(impl_->FindAccount(id)->user);
  return users;
}

Status Directory::Impl::ChangeAccount(std::string_view user_id,
                                      const std::function<void(Account&)>& edit) {
  Account copy;
  {
    std::shared_lock lock(mutex);
    const Account* account = FindAccount(user_id);
    if (account == nullptr) return NoSuchUser();
    copy = *account;
  }
  edit(copy);
  FURROW_TRY(store.Transact([&](docs::Transaction& t) {
    return t.Put(ids.credential, AccountId(user_id), AccountDoc(copy));
  }));
  std::unique_lock lock(mutex);
  accounts.find(user_id)->second = std::move(copy);
  return {};
}

Status Directory::Impl::ChangeUser(std::string_view user_id,
                                   const std::function<void(User&)>& edit) {
  User copy;
  {
    std::shared_lock lock(mutex);
    const Account* account = FindAccount(user_id);
    if (account == nullptr) return NoSuchUser();
    copy = account->user;
  }
  const std::string old_name = copy.name;
  edit(copy);
  FURROW_TRY(store.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(json::Value doc, t.Get(ids.user, user_id));
    doc["name"] = copy.name;
    doc["role"] = RoleName(copy.role);
    return t.Put(ids.user, user_id, std::move(doc));
  }));
  std::unique_lock lock(mutex);
  if (copy.name != old_name) {
    names.erase(old_name);
    names.emplace(copy.name, copy.id);
  }
  accounts.find(user_id)->second.user = std::move(copy);
  return {};
}

Status Directory::Rename(std::string_view user_id, const std::string& name) {
  FURROW_TRY(CheckUserName(name));
  std::lock_guard changing(impl_->change);
  if (Result<User> taken = FindByName(name); taken.ok() && taken->id != user_id) {
    return Status(Code::kAlreadyExists, "a user named " + name + " exists already");
  }
  return impl_->ChangeUser(user_id, [&](User& user) { user.name = name; });
}

Status Directory::SetRole(std::string_view user_id, Role role) {
  FURROW_TRY(CheckUserRole(role));
  std::lock_guard changing(impl_->change);
  return impl_->ChangeUser(user_id, [&](User& user) { user.role = role; });
}

Status Directory::SetDisabled(std::string_view user_id, bool disabled) {
  std::lock_guard changing(impl_->change);
  return impl_->ChangeAccount(user_id, [&](Impl::Account& account) {
    if (disabled && !account.user.disabled) ++account.epoch;
    account.user.disabled = disabled;
  });
}

Status Directory::SetPassword(std::string_view user_id, std::string_view password) {
  FURROW_ASSIGN(const std::string hash, impl_->hasher.Hash(password));
  std::lock_guard changing(impl_->change);
  return impl_->ChangeAccount(user_id, [&](Impl::Account& account) {
    account.password_hash = hash;
    account.user.has_password = true;
    ++account.epoch;
  });
}

Status Directory::Remove(std::string_view user_id) {
  std::lock_guard changing(impl_->change);
  std::vector<std::string> keys;
  FURROW_ASSIGN(const User user, Get(user_id));
  for (const CredentialInfo& info : Credentials(user_id)) keys.push_back(info.access_key);
  FURROW_TRY(impl_->store.Transact([&](docs::Transaction& t) -> Status {
    FURROW_TRY(t.Delete(impl_->ids.user, user_id));
    for (const std::string& key : keys) FURROW_TRY(t.Delete(impl_->ids.credential, key));
    return t.Delete(impl_->ids.credential, AccountId(user_id));
  }));
  std::unique_lock lock(impl_->mutex);
  for (const std::string& key : keys) impl_->credentials.erase(key);
  impl_->names.erase(user.name);
  impl_->accounts.erase(user.id);
  return {};
}

Status Directory::Refresh(std::string_view user_id) {
  std::lock_guard changing(impl_->change);
  FURROW_ASSIGN(const json::Value doc, impl_->store.Get(impl_->ids.user, user_id));
  const std::string& name = doc.At("name").AsString();
  FURROW_TRY(CheckUserName(name));
  std::unique_lock lock(impl_->mutex);
  const auto found = impl_->accounts.find(user_id);
  if (found == impl_->accounts.end()) return NoSuchUser();
  User& user = found->second.user;
  if (name == user.name) return {};
  if (impl_->names.contains(name)) {
    return Status(Code::kAlreadyExists, "a user named " + name + " exists already");
  }
  impl_->names.erase(user.name);
  user.name = name;
  impl_->names.emplace(user.name, user.id);
  return {};
}

}  // namespace furrow::auth
