// SPDX-License-Identifier: Apache-2.0
// Passwords as Argon2id hashes, with a bound on how many are computed at once: each costs megabytes
// and milliseconds, and anybody may ask for one.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>

#include "base/status.h"

namespace furrow::auth {

inline constexpr size_t kPasswordBytesMin = 8;
inline constexpr size_t kPasswordBytesMax = 256;

/// Thread-safe.
class PasswordHasher {
 public:
  struct Options {
    unsigned long long passes = 2;  ///< with the memory: OWASP's figures for Argon2id
    size_t memory_bytes = 19u << 20;
    int concurrent_max = 2;
    int waiting_max = 16;  ///< beyond: kResourceExhausted
  };
  PasswordHasher() : PasswordHasher(Options()) {}
  explicit PasswordHasher(const Options& options);

  /// The text to keep; holds its own salt and cost. Errors: kInvalidArgument for a length outside
  /// the bounds above, kResourceExhausted.
  Result<std::string> Hash(std::string_view password);
  /// True when `password` made `hash`. A malformed hash matches nothing.
  Result<bool> Verify(std::string_view password, const std::string& hash);
  /// Takes as long as Verify and says false: asked for a name nobody has, so that the time of an
  /// answer does not tell which names exist.
  Result<bool> VerifyNobody(std::string_view password);

 private:
  class Turn;
  const Options options_;
  std::mutex mutex_;
  std::condition_variable freed_;
  int running_ = 0;  // guarded by mutex_
  int waiting_ = 0;  // guarded by mutex_
  std::once_flag nobody_once_;
  std::string nobody_hash_;
};

}  // namespace furrow::auth
