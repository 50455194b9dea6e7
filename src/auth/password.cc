// SPDX-License-Identifier: Apache-2.0
#include "auth/password.h"

#include <sodium.h>

#include "auth/identity.h"
#include "auth/secrets.h"

namespace furrow::auth {

// One of the few computations that may run at a time.
class PasswordHasher::Turn {
 public:
  explicit Turn(PasswordHasher& hasher) : hasher_(hasher) {
    std::unique_lock lock(hasher_.mutex_);
    if (hasher_.running_ >= hasher_.options_.concurrent_max) {
      if (hasher_.waiting_ >= hasher_.options_.waiting_max) return;
      ++hasher_.waiting_;
      hasher_.freed_.wait(lock, [&] { return hasher_.running_ < hasher_.options_.concurrent_max; });
      --hasher_.waiting_;
    }
    ++hasher_.running_;
    taken_ = true;
  }
  ~Turn() {
    if (!taken_) return;
    {
      std::lock_guard lock(hasher_.mutex_);
      --hasher_.running_;
    }
    hasher_.freed_.notify_one();
  }
  Status status() const {
    if (taken_) return {};
    return Status(Code::kResourceExhausted, kWireTooManyRequests, "Too many logins at once");
  }

 private:
  PasswordHasher& hasher_;
  bool taken_ = false;
};

PasswordHasher::PasswordHasher(const Options& options) : options_(options) { InitSodium(); }

Result<std::string> PasswordHasher::Hash(std::string_view password) {
  if (password.size() < kPasswordBytesMin || password.size() > kPasswordBytesMax) {
    return Status(Code::kInvalidArgument, "a password has " + std::to_string(kPasswordBytesMin) +
                                              " to " + std::to_string(kPasswordBytesMax) +
                                              " bytes");
  }
  Turn turn(*this);
  FURROW_TRY(turn.status());
  char out[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str_alg(out, password.data(), password.size(), options_.passes,
                            options_.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return Status(Code::kUnavailable, "not enough memory to hash a password");
  }
  return std::string(out);
}

Result<bool> PasswordHasher::Verify(std::string_view password, const std::string& hash) {
  if (password.size() > kPasswordBytesMax || hash.size() >= crypto_pwhash_STRBYTES) return false;
  Turn turn(*this);
  FURROW_TRY(turn.status());
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

Result<bool> PasswordHasher::VerifyNobody(std::string_view password) {
  std::call_once(nobody_once_, [&] {
    char out[crypto_pwhash_STRBYTES];
    const std::string unknown = RandomText(32, "0123456789abcdef");
    if (crypto_pwhash_str_alg(out, unknown.data(), unknown.size(), options_.passes,
                              options_.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) == 0) {
      nobody_hash_ = out;
    }
  });
  FURROW_ASSIGN(const bool matches, Verify(password, nobody_hash_));
  (void)matches;
  return false;
}

}  // namespace furrow::auth
