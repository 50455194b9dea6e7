// SPDX-License-Identifier: Apache-2.0
// A World with a directory of users over its stores.
#pragma once

#include <memory>
#include <stdexcept>

#include "auth/authenticator.h"
#include "auth/devices.h"
#include "auth/directory.h"
#include "auth/secrets.h"
#include "auth/token.h"
#include "entities/world_fixture.h"

namespace furrow::entities {

class DirectoryWorld : public World {
 protected:
  DirectoryWorld()
      : directory_(Open(*this)),
        directory(*directory_),
        signer_(secrets_.token_key),
        devices_(OpenDevices(*this)),
        devices(*devices_),
        authenticator(directory, signer_, clock, &devices) {
    ada = Add("Ada Lovelace", auth::Role::kUser);
    As(ada);
  }

  auth::User Add(const std::string& name, auth::Role role) {
    const auto user = directory.AddUser({.name = name, .role = role, .password = "hoe and rake"});
    if (!user.ok()) throw std::runtime_error(user.status().ToString());
    return *user;
  }
  /// Calls come from this user from now on.
  void As(const auth::User& user) {
    const auto found = directory.IdentityOf(user.id);
    EXPECT_TRUE(found.ok());
    if (found.ok()) identity = *found;
  }

 private:
  static std::unique_ptr<auth::Directory> Open(DirectoryWorld& world) {
    world.Put(kCompanies,
              json::Object{{"id", world.core.company_id}, {"name", world.core.company_name}});
    auto opened = auth::Directory::Open(
        world.core.docs,
        {.company = kCompanies, .user = kUsers, .credential = kCredentials, .session = kSessions},
        world.secrets_, world.clock, {.usage_flush = std::chrono::milliseconds(0)});
    if (!opened.ok()) throw std::runtime_error(opened.status().ToString());
    return std::move(opened).value();
  }

  static std::unique_ptr<auth::Devices> OpenDevices(DirectoryWorld& world) {
    auto opened = auth::Devices::Open(world.core.docs, kDevices, world.directory, world.secrets_,
                                      world.clock);
    if (!opened.ok()) throw std::runtime_error(opened.status().ToString());
    return std::move(opened).value();
  }

  const auth::Secrets secrets_;
  std::unique_ptr<auth::Directory> directory_;

 protected:
  auth::Directory& directory;

 private:
  auth::TokenSigner signer_;
  std::unique_ptr<auth::Devices> devices_;

 protected:
  auth::Devices& devices;
  auth::Authenticator authenticator;
  auth::User ada;
};

}  // namespace furrow::entities
