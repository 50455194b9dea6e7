// SPDX-License-Identifier: Apache-2.0
#include "auth/secrets.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdlib>

#include <sodium.h>

#include "auth/private_file.h"
#include "base/id.h"
#include "json/text.h"

namespace furrow::auth {
namespace {

constexpr int kFormatVersion = 1;

std::string KeyHex(const Key& key) {
  return Hex({reinterpret_cast<const char*>(key.data()), key.size()});
}

bool KeyFromHex(const std::string& text, Key& key) {
  size_t size = 0;
  return sodium_hex2bin(key.data(), key.size(), text.data(), text.size(), nullptr, &size,
                        nullptr) == 0 &&
         size == key.size() && text.size() == 2 * key.size();
}

// Tells a damaged file from a key that merely differs.
std::string Checksum(const Secrets& secrets) {
  unsigned char digest[16];
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, sizeof(digest));
  crypto_generichash_update(&state, secrets.token_key.data(), secrets.token_key.size());
  crypto_generichash_update(&state, secrets.credential_key.data(), secrets.credential_key.size());
  crypto_generichash_final(&state, digest, sizeof(digest));
  return Hex({reinterpret_cast<char*>(digest), sizeof(digest)});
}

}  // namespace

void InitSodium() {
  static const bool ready = sodium_init() >= 0;
  if (!ready) std::abort();  // no random source: nothing secret can be made
}

std::string RandomText(size_t count, std::string_view alphabet) {
  InitSodium();
  std::string text;
  text.reserve(count);
  while (text.size() < count) {
    text += alphabet[randombytes_uniform(static_cast<uint32_t>(alphabet.size()))];
  }
  return text;
}

std::string SecretHash(const Key& key, std::string_view secret) {
  InitSodium();
  unsigned char digest[32];
  crypto_generichash(digest, sizeof(digest), reinterpret_cast<const unsigned char*>(secret.data()),
                     secret.size(), key.data(), key.size());
  return Hex({reinterpret_cast<char*>(digest), sizeof(digest)});
}

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

void Wipe(std::string& text) {
  text.resize(text.capacity());
  sodium_memzero(text.data(), text.size());
  text.clear();
}

void HideMemory() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  // A dump handed to a program is not bound by the limit, so the process says so as well.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

Result<Secrets> Secrets::LoadOrCreate(const std::string& dir) {
  InitSodium();
  const std::string path = dir + "/secrets.json";
  FURROW_ASSIGN(std::optional<std::string> text, ReadPrivateFile(path));
  Secrets secrets;
  if (text) {
    Result<json::Value> parsed = json::Parse(*text);
    Wipe(*text);
    if (!parsed.ok()) return Status(Code::kCorruption, path + " is not JSON");
    if (parsed->At("version").AsInt() != kFormatVersion) {
      return Status(Code::kCorruption, path + " has an unknown version");
    }
    if (!KeyFromHex(parsed->At("token_key").AsString(), secrets.token_key) ||
        !KeyFromHex(parsed->At("credential_key").AsString(), secrets.credential_key) ||
        parsed->At("checksum").AsString() != Checksum(secrets)) {
      return Status(Code::kCorruption, path + " is damaged: restore it from a backup");
    }
    return secrets;
  }
  randombytes_buf(secrets.token_key.data(), secrets.token_key.size());
  randombytes_buf(secrets.credential_key.data(), secrets.credential_key.size());
  secrets.created = true;
  const json::Value out = json::Object{{"version", kFormatVersion},
                                       {"token_key", KeyHex(secrets.token_key)},
                                       {"credential_key", KeyHex(secrets.credential_key)},
                                       {"checksum", Checksum(secrets)}};
  FURROW_TRY(WritePrivateFile(path, json::WritePretty(out) + "\n"));
  return secrets;
}

}  // namespace furrow::auth
