// SPDX-License-Identifier: Apache-2.0
// A directory over a real store in a temporary folder, for the tests of this module.
#pragma once

#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "auth/authenticator.h"
#include "auth/devices.h"
#include "auth/directory.h"
#include "auth/secrets.h"
#include "auth/token.h"
#include "store/docs/docs.h"
#include "store/kv/engine.h"

namespace furrow::auth {

class TestClock final : public Clock {
 public:
  Micros Now() const override { return now.load(); }
  std::chrono::steady_clock::time_point Steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::microseconds(steady.load()));
  }
  void Advance(int64_t seconds) {
    now += seconds * 1'000'000;
    steady += seconds * 1'000'000;
  }
  std::atomic<Micros> now{1'700'000'000'000'000};
  std::atomic<int64_t> steady{1'000'000};
};

class AuthTest : public ::testing::Test {
 protected:
  static constexpr Collections kIds{.company = 0, .user = 1, .credential = 2, .session = 3};
  static constexpr docs::CollectionId kDeviceCollection = 4;

  void SetUp() override {
    char name[] = "/tmp/furrow-auth-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    dir = name;
    Open();
  }
  void TearDown() override {
    Close();
    std::filesystem::remove_all(dir);
  }

  void Open() {
    auto opened_engine = store::Engine::Open(dir + "/store", {});
    ASSERT_TRUE(opened_engine.ok()) << opened_engine.status().ToString();
    engine = std::move(opened_engine).value();
    docs =
        std::make_unique<docs::Store>(*engine, std::vector<docs::Collection>{{.name = "company"},
                                                                             {.name = "user"},
                                                                             {.name = "credential"},
                                                                             {.name = "session"},
                                                                             {.name = "device"}});
    auto loaded = Secrets::LoadOrCreate(dir);
    ASSERT_TRUE(loaded.ok()) << loaded.status().ToString();
    secrets = *loaded;
    Directory::Options options = directory_options;
    auto opened = Directory::Open(*docs, kIds, secrets, clock, options);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    directory = std::move(opened).value();
    signer = std::make_unique<TokenSigner>(secrets.token_key);
    auto opened_devices = Devices::Open(*docs, kDeviceCollection, *directory, secrets, clock);
    ASSERT_TRUE(opened_devices.ok()) << opened_devices.status().ToString();
    devices = std::move(opened_devices).value();
    authenticator = std::make_unique<Authenticator>(*directory, *signer, clock, devices.get());
  }
  void Close() {
    authenticator.reset();
    devices.reset();
    directory.reset();
    docs.reset();
    if (engine) {
      EXPECT_TRUE(engine->Sync().ok());
    }
    engine.reset();
  }
  void Reopen() {
    Close();
    Open();
  }

  void MakeCompany() {
    ASSERT_TRUE(directory->CreateCompany("0123456789abcdef0123456789abcdef", "Furrow").ok());
  }
  User MakeUser(const std::string& name, Role role = Role::kUser,
                std::optional<std::string> password = std::nullopt) {
    UserSpec spec;
    spec.name = name;
    spec.role = role;
    spec.password = std::move(password);
    auto user = directory->AddUser(spec);
    EXPECT_TRUE(user.ok()) << user.status().ToString();
    return user.ok() ? *user : User();
  }

  std::string dir;
  TestClock clock;
  Directory::Options directory_options{.usage_flush = std::chrono::milliseconds(0)};
  std::unique_ptr<store::Engine> engine;
  std::unique_ptr<docs::Store> docs;
  Secrets secrets;
  std::unique_ptr<Directory> directory;
  std::unique_ptr<TokenSigner> signer;
  std::unique_ptr<Devices> devices;
  std::unique_ptr<Authenticator> authenticator;
};

}  // namespace furrow::auth
