// SPDX-License-Identifier: Apache-2.0
#include "bundle/keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <vector>

#include <fmt/format.h>
#include <sodium.h>

#include "base/crc32c.h"
#include "base/forget.h"
#include "base/id.h"

namespace furrow::bundle {
namespace {

constexpr std::string_view kSecretWord = "furrow-signing-key", kPublicWord = "furrow-public-key";
constexpr size_t kKeyFileMax = 4096;

void StartSodium() {
  static const bool ready = sodium_init() >= 0;
  if (!ready) std::abort();  // no random source: nothing secret can be made
}

bool FromHex(std::string_view hex, unsigned char* out, size_t size) {
  if (hex.size() != 2 * size) return false;
  // sodium_hex2bin also takes capitals; one key has one text.
  const bool plain = std::ranges::all_of(
      hex, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  size_t read = 0;
  return plain && sodium_hex2bin(out, size, hex.data(), hex.size(), nullptr, &read, nullptr) == 0 &&
         read == size;
}

template <size_t kSize>
std::string ToHex(const std::array<unsigned char, kSize>& bytes) {
  return Hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string Line(std::string_view word, const std::string& name, const std::string& hex) {
  const std::string text = fmt::format("{} 1 {} {}", word, name, hex);
  return fmt::format("{} {:08x}\n", text, Crc32c(0, text.data(), text.size()));
}

struct Fields {
  std::string name, hex;
};

Result<Fields> ReadLine(const std::string& path, std::string_view word, bool secret) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | (secret ? O_NOFOLLOW : 0));
  if (file < 0) return DiskError(path, errno);
  struct stat info {};
  std::string text(kKeyFileMax, '\0');
  const bool known = ::fstat(file, &info) == 0;
  const ssize_t size = known && S_ISREG(info.st_mode) ? ::read(file, text.data(), text.size()) : -1;
  ::close(file);
  if (secret && known && (info.st_mode & 077) != 0) {
    return Status(Code::kPermissionDenied, path + ": others may read it: chmod 600");
  }
  const Status wrong(Code::kInvalidArgument,
                     fmt::format("{}: is not a file that begins with \"{} 1\"", path, word));
  if (size <= 0) return wrong;
  text.resize(static_cast<size_t>(size));
  if (text.back() == '\n') text.pop_back();
  std::vector<std::string> fields(1);
  for (const char c : text) {
    if (c == ' ') {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  Forget(text);
  if (fields.size() != 5 || fields[0] != word) return wrong;
  if (fields[1] != "1") {
    return Status(Code::kInvalidArgument,
                  fmt::format("{}: has version {}, this program knows 1", path, fields[1]));
  }
  const std::string line = Line(word, fields[2], fields[3]);
  const bool whole = line.substr(line.size() - 9, 8) == fields[4];
  Forget(line);
  Fields found{fields[2], fields[3]};
  Forget(fields[3]);
  if (!whole) return Status(Code::kCorruption, path + ": is damaged: its checksum is another");
  if (!IsPlainName(found.name) || !IsPublicKeyHex(found.hex)) return wrong;
  return found;
}

/// A key is not replaced by one of the same name: what was signed with it would be lost.
Status PutNew(Disk& disk, const std::string& path, const std::string& text, int mode) {
  FURROW_ASSIGN(NewFile file, NewFile::Create(disk, path, mode));
  FURROW_TRY(file.Add(text));
  FURROW_TRY(file.Finish());
  const std::string folder = FolderOf(path);
  if (const int synced = disk.SyncFolder(folder); synced < 0) return DiskError(folder, synced);
  return {};
}

}  // namespace

bool IsPlainName(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && name.size() <= 64 && letter(name.front()) &&
         std::ranges::all_of(name,
                             [&](char c) { return letter(c) || c == '.' || c == '_' || c == '-'; });
}

bool IsPublicKeyHex(std::string_view hex) {
  std::array<unsigned char, 32> bytes;
  return FromHex(hex, bytes.data(), bytes.size());
}

SigningKey::SigningKey(SigningKey&& other) noexcept
    : public_key_(std::move(other.public_key_)), seed_(other.seed_), secret_(other.secret_) {
  other.Forget();
}

SigningKey& SigningKey::operator=(SigningKey&& other) noexcept {
  if (this != &other) {
    public_key_ = std::move(other.public_key_);
    seed_ = other.seed_;
    secret_ = other.secret_;
    other.Forget();
  }
  return *this;
}

SigningKey::~SigningKey() { Forget(); }

void SigningKey::Forget() {
  sodium_memzero(seed_.data(), seed_.size());
  sodium_memzero(secret_.data(), secret_.size());
}

Status SigningKey::Derive() {
  std::array<unsigned char, 32> bytes;
  if (crypto_sign_ed25519_seed_keypair(bytes.data(), secret_.data(), seed_.data()) != 0) {
    return Status(Code::kInternal, "a key cannot be made");
  }
  public_key_.hex = ToHex(bytes);
  return {};
}

Result<SigningKey> SigningKey::Make(const std::string& name) {
  StartSodium();
  if (!IsPlainName(name)) {
    return Status(Code::kInvalidArgument,
                  fmt::format("\"{}\": a key's name is 1 to 64 of A-Z a-z 0-9 . _ -, and begins "
                              "with a letter or digit",
                              name));
  }
  SigningKey key;
  key.public_key_.name = name;
  randombytes_buf(key.seed_.data(), key.seed_.size());
  FURROW_TRY(key.Derive());
  return key;
}

Result<SigningKey> SigningKey::Read(const std::string& path) {
  StartSodium();
  FURROW_ASSIGN(const Fields fields, ReadLine(path, kSecretWord, true));
  SigningKey key;
  key.public_key_.name = fields.name;
  FromHex(fields.hex, key.seed_.data(), key.seed_.size());
  furrow::Forget(fields.hex);
  FURROW_TRY(key.Derive());
  return key;
}

std::string SigningKey::Sign(std::string_view message) const {
  std::array<unsigned char, 64> signature;
  crypto_sign_ed25519_detached(signature.data(), nullptr,
                               reinterpret_cast<const unsigned char*>(message.data()),
                               message.size(), secret_.data());
  return ToHex(signature);
}

Status SigningKey::Write(const std::string& path, Disk& disk) const {
  const std::string hex = ToHex(seed_), line = Line(kSecretWord, public_key_.name, hex);
  const Status done = PutNew(disk, path, line, 0600);
  furrow::Forget(hex);
  furrow::Forget(line);
  return done;
}

bool VerifySignature(std::string_view public_key_hex, std::string_view message,
                     std::string_view signature_hex) {
  StartSodium();
  std::array<unsigned char, 32> key;
  std::array<unsigned char, 64> signature;
  return FromHex(public_key_hex, key.data(), key.size()) &&
         FromHex(signature_hex, signature.data(), signature.size()) &&
         crypto_sign_ed25519_verify_detached(signature.data(),
                                             reinterpret_cast<const unsigned char*>(message.data()),
                                             message.size(), key.data()) == 0;
}

Result<PublicKey> ReadPublicKey(const std::string& path) {
  FURROW_ASSIGN(Fields fields, ReadLine(path, kPublicWord, false));
  return PublicKey{std::move(fields.name), std::move(fields.hex)};
}

Status WritePublicKey(const PublicKey& key, const std::string& path, Disk& disk) {
  if (!IsPlainName(key.name) || !IsPublicKeyHex(key.hex)) {
    return Status(Code::kInvalidArgument, path + ": that is no public key");
  }
  return PutNew(disk, path, Line(kPublicWord, key.name, key.hex), 0644);
}

}  // namespace furrow::bundle
