// SPDX-License-Identifier: Apache-2.0
#include "auth/password.h"

#include <atomic>
#include <latch>
#include <thread>

#include <gtest/gtest.h>

namespace furrow::auth {
namespace {

PasswordHasher::Options Cheap() {
  PasswordHasher::Options options;
  options.passes = 1;
  options.memory_bytes = 64 * 1024;
  return options;
}

TEST(Password, HashesWithArgon2idAtTheStatedCost) {
  PasswordHasher hasher;
  const auto hash = hasher.Hash("correct horse");
  ASSERT_TRUE(hash.ok());
  EXPECT_EQ(hash->find("$argon2id$v=19$m=19456,t=2,p=1$"), 0u) << *hash;
  EXPECT_TRUE(*hasher.Verify("correct horse", *hash));
  EXPECT_FALSE(*hasher.Verify("correct horsf", *hash));
  EXPECT_FALSE(*hasher.Verify("", *hash));
}

TEST(Password, SaltsEachHash) {
  PasswordHasher hasher(Cheap());
  EXPECT_NE(*hasher.Hash("same password"), *hasher.Hash("same password"));
}

TEST(Password, RefusesLengthsOutsideTheBounds) {
  PasswordHasher hasher(Cheap());
  EXPECT_EQ(hasher.Hash("short12").status().code(), Code::kInvalidArgument);
  EXPECT_TRUE(hasher.Hash("long enough").ok());
  EXPECT_EQ(hasher.Hash(std::string(257, 'x')).status().code(), Code::kInvalidArgument);
  EXPECT_FALSE(*hasher.Verify(std::string(1 << 20, 'x'), *hasher.Hash("long enough")));
}

TEST(Password, MalformedHashMatchesNothing) {
  PasswordHasher hasher(Cheap());
  for (const std::string hash :
       {"", "$argon2id$", "plain text", "$argon2id$v=19$m=1,t=1,p=1$a$b"}) {
    EXPECT_FALSE(*hasher.Verify("password", hash)) << hash;
  }
  EXPECT_FALSE(*hasher.Verify("password", std::string(500, '$')));
  EXPECT_FALSE(*hasher.VerifyNobody("password"));
}

TEST(Password, BoundsHowManyWait) {
  PasswordHasher::Options options = Cheap();
  options.passes = 3;
  options.memory_bytes = 32u << 20;
  options.concurrent_max = 1;
  options.waiting_max = 1;
  PasswordHasher hasher(options);
  std::atomic<int> done{0}, refused{0};
  std::latch start(8);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      start.arrive_and_wait();
      for (int round = 0; round < 4; ++round) {
        const auto hash = hasher.Hash("some password");
        if (hash.ok())
          ++done;
        else if (hash.status().code() == Code::kResourceExhausted)
          ++refused;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(done + refused, 32);
  EXPECT_GE(done, 1);
  EXPECT_GE(refused, 1);
  EXPECT_TRUE(hasher.Hash("some password").ok()) << "a turn was not given back";
}

}  // namespace
}  // namespace furrow::auth
