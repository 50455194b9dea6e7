// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

#include <new>

#include <openssl/evp.h>

#include "base/id.h"

namespace furrow {

struct Sha256::Context {
  EVP_MD_CTX* digest = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(digest); }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  if (context_->digest == nullptr ||
      EVP_DigestInit_ex(context_->digest, EVP_sha256(), nullptr) != 1) {
    throw std::bad_alloc();
  }
}
Sha256::~Sha256() = default;

void Sha256::Add(std::string_view bytes) {
  EVP_DigestUpdate(context_->digest, bytes.data(), bytes.size());
}

std::string Sha256::Hex() {
  unsigned char out[32];
  EVP_DigestFinal_ex(context_->digest, out, nullptr);
  return furrow::Hex({reinterpret_cast<const char*>(out), sizeof(out)});
}

}  // namespace furrow
