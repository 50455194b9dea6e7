// SPDX-License-Identifier: Apache-2.0
#include "auth/token.h"

#include <sodium.h>

#include "auth/identity.h"
#include "base/id.h"
#include "json/text.h"

namespace furrow::auth {
namespace {

constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

// Clients choose their endpoint classes by api_version, compare server_version numerically, and
// leave the open feature set when feature_set is anything but "basic".
constexpr std::string_view kApiVersion = "2.34";
constexpr std::string_view kServerVersion = "2.3.0";
constexpr std::string_view kFeatureSet = "basic";
constexpr std::string_view kEnvironment = "furrow";

std::string Encode(const unsigned char* data, size_t size) {
  std::string out(sodium_base64_encoded_len(size, kBase64), '\0');
  sodium_bin2base64(out.data(), out.size(), data, size, kBase64);
  out.pop_back();  // the terminating NUL is counted
  return out;
}

std::string Encode(std::string_view text) {
  return Encode(reinterpret_cast<const unsigned char*>(text.data()), text.size());
}

// Strict: no padding, no white space, no stray bits in the last character.
bool Decode(std::string_view text, std::string& out) {
  out.resize(text.size() / 4 * 3 + 3);
  size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(),
                        text.size(), nullptr, &size, nullptr, kBase64) != 0) {
    return false;
  }
  out.resize(size);
  return true;
}

Status Invalid(const char* why) {
  return Status(Code::kUnauthenticated, kWireInvalidToken,
                std::string("Unauthorized (invalid token: ") + why + ")");
}

}  // namespace

TokenSigner::TokenSigner(const Key& key) : key_(key) {
  InitSodium();
  unsigned char digest[crypto_generichash_BYTES_MIN];
  crypto_generichash(digest, sizeof(digest), key.data(), key.size(), nullptr, 0);
  const std::string kid = Hex({reinterpret_cast<char*>(digest), 8});
  header_ = Encode(R"({"alg":"HS256","kid":")" + kid + R"(","typ":"JWT"})") + ".";
}

std::string TokenSigner::Make(const Claims& claims) const {
  const json::Value payload =
      json::Object{{"exp", claims.expires_at_s},
                   {"iat", claims.issued_at_s},
                   {"auth_type", "Bearer"},
                   {"env", kEnvironment},
                   {"session_id", claims.session_id},
                   {"identity", json::Object{{"user", claims.user},
                                             {"company", claims.company},
                                             {"role", claims.role},
                                             {"user_name", claims.user_name},
                                             {"company_name", claims.company_name}}},
                   {"api_version", kApiVersion},
                   {"server_version", kServerVersion},
                   {"server_build", FURROW_VERSION},
                   {"feature_set", kFeatureSet},
                   {"credential", claims.credential_key},
                   {"epoch", claims.epoch}};
  std::string token = header_ + Encode(json::Write(payload));
  token.reserve(token.size() + 64);  // growing would leave a copy behind
  unsigned char signature[crypto_auth_hmacsha256_BYTES];
  crypto_auth_hmacsha256(signature, reinterpret_cast<const unsigned char*>(token.data()),
                         token.size(), key_.data());
  token += ".";
  token += Encode(signature, sizeof(signature));
  return token;
}

Result<Claims> TokenSigner::Verify(std::string_view token, Micros now) const {
  if (token.size() > kTokenBytesMax) return Invalid("too long");
  if (!token.starts_with(header_)) return Invalid("not issued by this server");
  const size_t dot = token.rfind('.');
  if (dot < header_.size()) return Invalid("malformed");

  std::string signature;
  if (!Decode(token.substr(dot + 1), signature) ||
      signature.size() != crypto_auth_hmacsha256_BYTES) {
    return Invalid("malformed");
  }
  if (crypto_auth_hmacsha256_verify(reinterpret_cast<const unsigned char*>(signature.data()),
                                    reinterpret_cast<const unsigned char*>(token.data()), dot,
                                    key_.data()) != 0) {
    return Invalid("wrong signature");
  }

  std::string payload;
  if (!Decode(token.substr(header_.size(), dot - header_.size()), payload)) {
    return Invalid("malformed");
  }
  const Result<json::Value> parsed = json::Parse(payload);
  if (!parsed.ok()) return Invalid("malformed");
  const json::Value& value = *parsed;
  const json::Value& identity = value.At("identity");
  Claims claims;
  claims.user = identity.At("user").AsString();
  claims.user_name = identity.At("user_name").AsString();
  claims.company = identity.At("company").AsString();
  claims.company_name = identity.At("company_name").AsString();
  claims.role = identity.At("role").AsString();
  claims.session_id = value.At("session_id").AsString();
  claims.issued_at_s = value.At("iat").AsInt();
  claims.expires_at_s = value.At("exp").AsInt();
  claims.credential_key = value.At("credential").AsString();
  claims.epoch = value.At("epoch").AsInt();

  const int64_t now_s = now / 1'000'000;
  if (now_s >= claims.expires_at_s) return Invalid("expired");
  if (claims.issued_at_s > now_s + kTokenSkewS) return Invalid("issued in the future");
  if (claims.user.empty() || claims.session_id.empty()) return Invalid("incomplete");
  return claims;
}

}  // namespace furrow::auth
