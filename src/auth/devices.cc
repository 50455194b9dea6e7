// SPDX-License-Identifier: Apache-2.0
#include "auth/devices.h"

#include <algorithm>

#include <sodium.h>

#include "base/id.h"

namespace furrow::auth {
namespace {

constexpr std::string_view kUserPrefix = "device:";
constexpr std::string_view kEnrolmentPrefix = "enrolment:";
constexpr std::string_view kTokenAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr size_t kTokenSize = 43;  // 256 bits
constexpr size_t kNameMax = 64;
constexpr size_t kUsedMax = 100'000;

// A nonce: what is drawn, the second it ends, and a keyed hash of both and of the name. The server
// keeps nothing of it until it was answered, so strangers who ask for many cost no memory.
constexpr size_t kDrawnBytes = 16, kEndBytes = 8, kMacBytes = 16;
constexpr size_t kNonceHex = 2 * (kDrawnBytes + kEndBytes + kMacBytes);

std::string EnrolmentId(std::string_view device) {
  return std::string(kEnrolmentPrefix) + std::string(device);
}

std::string UserId(std::string_view device) {
  return std::string(kUserPrefix) + std::string(device);
}

// Bytes of exactly `size`, or "".
std::string FromHex(std::string_view hex, size_t size) {
  std::string bytes(size, '\0');
  size_t got = 0;
  const bool read = hex.size() == 2 * size &&
                    sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), size, hex.data(),
                                   hex.size(), nullptr, &got, nullptr) == 0 &&
                    got == size;
  return read ? bytes : std::string();
}

Status Blocked(const char* why) {
  return Status(Code::kUnauthenticated, kWireBlockedToken,
                std::string("Unauthorized (blocked token: ") + why + ")");
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

bool IsDeviceName(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && name.size() <= kNameMax && plain(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return plain(c) || c == '.' || c == '_' || c == '-'; });
}

std::string SignInText(std::string_view device, std::string_view nonce) {
  return "furrow sign-in\n" + std::string(device) + "\n" + std::string(nonce);
}

bool Devices::IsDevice(std::string_view user_id) { return user_id.starts_with(kUserPrefix); }

Devices::Devices(docs::Store& store, docs::CollectionId collection, const Directory& directory,
                 const Secrets& secrets, const Clock& clock)
    : store_(store),
      collection_(collection),
      directory_(directory),
      hash_key_(secrets.credential_key),
      clock_(clock),
      failures_(clock) {
  InitSodium();
  randombytes_buf(nonce_key_.data(), nonce_key_.size());
}

Result<std::unique_ptr<Devices>> Devices::Open(docs::Store& store, docs::CollectionId collection,
                                               const Directory& directory, const Secrets& secrets,
                                               const Clock& clock) {
  std::unique_ptr<Devices> devices(new Devices(store, collection, directory, secrets, clock));
  FURROW_TRY(devices->Load());
  return devices;
}

Status Devices::Load() {
  return store_.ForEach(collection_, [&](std::string_view id, const json::Value& doc) {
    if (!id.starts_with(kUserPrefix)) return true;
    Device device;
    device.public_key = FromHex(doc.At("public_key").AsString(), crypto_sign_PUBLICKEYBYTES);
    device.epoch = doc.At("epoch").AsInt();
    devices_.emplace(id.substr(kUserPrefix.size()), std::move(device));
    return true;
  });
}

Status Devices::Refuse(std::string_view address) {
  failures_.Failed(address);
  // One text for every reason: which part was wrong is not told.
  return Status(Code::kUnauthenticated, kWireInvalidCredentials,
                "Unauthorized (invalid credentials)");
}

Status Devices::Keep(docs::Transaction& t, std::string_view device, Device changed) {
  FURROW_TRY(t.Put(collection_, UserId(device),
                   json::Object{{"id", UserId(device)},
                                {"public_key", Hex(changed.public_key)},
                                {"epoch", changed.epoch}}));
  t.AfterWrite([this, name = std::string(device), changed = std::move(changed)] {
    std::unique_lock lock(mutex_);
    devices_[name] = changed;
  });
  return {};
}

Result<std::string> Devices::CreateToken(docs::Transaction& t, std::string_view device,
                                         std::string_view by, int64_t life_s) {
  if (!IsDeviceName(device)) {
    return Status(Code::kInvalidArgument,
                  "a tractor's name has 1 to 64 of A-Z a-z 0-9 . _ - and begins with a letter or "
                  "digit");
  }
  if (life_s < 1 || life_s > kEnrolmentLifeMaxS) {
    return Status(Code::kInvalidArgument,
                  "expires_in_s is 1 to " + std::to_string(kEnrolmentLifeMaxS));
  }
  std::string token = RandomText(kTokenSize, kTokenAlphabet);
  FURROW_TRY(t.Put(collection_, EnrolmentId(device),
                   json::Object{{"id", EnrolmentId(device)},
                                {"token_hash", SecretHash(hash_key_, token)},
                                {"by", by},
                                {"until", clock_.Now() + life_s * 1'000'000}}));
  return token;
}

Result<std::string> Devices::Enrol(docs::Transaction& t, std::string_view device,
                                   std::string_view token, std::string_view public_key,
                                   std::string_view address) {
  if (!failures_.MayTry(address)) {
    return Status(Code::kResourceExhausted, kWireTooManyRequests,
                  "Too many failed attempts, try again later");
  }
  Device changed;
  changed.public_key = FromHex(public_key, crypto_sign_PUBLICKEYBYTES);
  if (changed.public_key.empty()) {
    return Status(Code::kInvalidArgument, "public_key is 64 hexadecimal digits");
  }
  const std::string hash = SecretHash(hash_key_, token);
  if (!IsDeviceName(device)) return Refuse(address);
  const auto kept = t.Get(collection_, EnrolmentId(device));
  if (!kept.ok()) {
    return kept.status().code() == Code::kNotFound ? Refuse(address) : kept.status();
  }
  if (!ConstantTimeEqual(kept->At("token_hash").AsString(), hash) ||
      clock_.Now() >= kept->At("until").AsInt()) {
    return Refuse(address);
  }
  FURROW_TRY(t.Delete(collection_, EnrolmentId(device)));
  {
    std::shared_lock lock(mutex_);
    const auto known = devices_.find(device);
    if (known != devices_.end()) changed.epoch = known->second.epoch + 1;
  }
  FURROW_TRY(Keep(t, device, std::move(changed)));
  return kept->At("by").AsString();
}

std::string Devices::MacOf(std::string_view device, std::string_view head) const {
  const std::string text = std::string(head) + std::string(device);
  std::string mac(kMacBytes, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(mac.data()), mac.size(), Bytes(text),
                     text.size(), nonce_key_.data(), nonce_key_.size());
  return mac;
}

std::string Devices::Challenge(std::string_view device, Micros now) const {
  std::string head(kDrawnBytes, '\0');
  randombytes_buf(head.data(), head.size());
  const auto end = static_cast<uint64_t>(now + kChallengeLifeS * 1'000'000);
  for (size_t i = 0; i < kEndBytes; ++i) head += static_cast<char>(end >> (8 * i));
  return Hex(head + MacOf(device, head));
}

Status Devices::CheckNonce(std::string_view device, std::string_view nonce, Micros now) const {
  const Status bad(Code::kUnauthenticated, kWireInvalidCredentials, "");
  const std::string bytes = FromHex(nonce, kNonceHex / 2);
  if (bytes.empty()) return bad;
  const std::string_view head = std::string_view(bytes).substr(0, kDrawnBytes + kEndBytes);
  if (!ConstantTimeEqual(MacOf(device, head), std::string_view(bytes).substr(head.size()))) {
    return bad;
  }
  uint64_t end = 0;
  for (size_t i = 0; i < kEndBytes; ++i) {
    end |= static_cast<uint64_t>(static_cast<unsigned char>(head[kDrawnBytes + i])) << (8 * i);
  }
  // A clock that was set back makes no nonce last longer.
  const auto left = static_cast<Micros>(end) - now;
  return left > 0 && left <= kChallengeLifeS * 1'000'000 ? Status() : bad;
}

Result<Identity> Devices::SignIn(std::string_view device, std::string_view nonce,
                                 std::string_view signature, std::string_view address, Micros now) {
  if (!failures_.MayTry(address)) {
    return Status(Code::kResourceExhausted, kWireTooManyRequests,
                  "Too many failed attempts, try again later");
  }
  if (!CheckNonce(device, nonce, now).ok()) return Refuse(address);
  const std::string signed_by = FromHex(signature, crypto_sign_BYTES);
  std::string key;
  {
    std::shared_lock lock(mutex_);
    const auto known = devices_.find(device);
    if (known != devices_.end()) key = known->second.public_key;
  }
  const std::string text = SignInText(device, nonce);
  if (signed_by.empty() || key.empty() ||
      crypto_sign_verify_detached(Bytes(signed_by), Bytes(text), text.size(), Bytes(key)) != 0) {
    return Refuse(address);
  }
  {
    std::lock_guard lock(used_mutex_);
    std::erase_if(used_, [&](const auto& one) { return one.second <= now; });
    if (used_.contains(nonce)) return Refuse(address);
    if (used_.size() >= kUsedMax) {
      return Status(Code::kResourceExhausted, kWireTooManyRequests,
                    "Too many sign-ins, try again later");
    }
    used_.emplace(nonce, now + kChallengeLifeS * 1'000'000);
  }
  Identity identity;
  identity.user_id = UserId(device);
  identity.user_name = device;
  identity.company_id = directory_.company_id();
  identity.company_name = directory_.company_name();
  identity.role = Role::kDevice;
  return identity;
}

Result<bool> Devices::Revoke(docs::Transaction& t, std::string_view device) {
  bool had = false;
  if (t.Exists(collection_, EnrolmentId(device))) {
    FURROW_TRY(t.Delete(collection_, EnrolmentId(device)));
    had = true;
  }
  Device changed;
  {
    std::shared_lock lock(mutex_);
    const auto known = devices_.find(device);
    if (known == devices_.end() || known->second.public_key.empty()) return had;
    changed.epoch = known->second.epoch + 1;
  }
  FURROW_TRY(Keep(t, device, std::move(changed)));
  return true;
}

Result<Identity> Devices::Resolve(const Claims& claims) const {
  const std::string_view name = std::string_view(claims.user).substr(kUserPrefix.size());
  if (directory_.IsSessionRevoked(claims.session_id)) return Blocked("logged out");
  std::shared_lock lock(mutex_);
  const auto known = devices_.find(name);
  if (known == devices_.end() || claims.company != directory_.company_id()) {
    return Blocked("no such device");
  }
  if (known->second.public_key.empty()) return Blocked("device revoked");
  if (known->second.epoch != claims.epoch) return Blocked("device enrolled anew");
  Identity identity;
  identity.user_id = claims.user;
  identity.user_name = name;
  identity.company_id = directory_.company_id();
  identity.company_name = directory_.company_name();
  identity.role = Role::kDevice;
  identity.session_id = claims.session_id;
  return identity;
}

Result<Claims> Devices::ClaimsFor(const Identity& identity) const {
  std::shared_lock lock(mutex_);
  const auto known = devices_.find(identity.user_name);
  if (known == devices_.end() || known->second.public_key.empty()) {
    return Status(Code::kNotFound, "no such device");
  }
  Claims claims;
  claims.user = identity.user_id;
  claims.user_name = identity.user_name;
  claims.company = identity.company_id;
  claims.company_name = identity.company_name;
  claims.role = RoleName(Role::kDevice);
  claims.session_id = identity.session_id;
  claims.epoch = known->second.epoch;
  return claims;
}

}  // namespace furrow::auth
