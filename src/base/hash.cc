// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"

#include <sodium.h>

namespace furrow {
namespace {

const unsigned char* Bytes(std::string_view s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}

}  // namespace

std::string SenderHash(std::string_view sender, std::string_view body) {
  unsigned char key[crypto_shorthash_siphashx24_KEYBYTES];
  static_assert(sizeof(key) >= crypto_generichash_BYTES_MIN);
  crypto_generichash(key, sizeof(key), Bytes(sender), sender.size(), nullptr, 0);
  std::string out(crypto_shorthash_siphashx24_BYTES, '\0');
  crypto_shorthash_siphashx24(reinterpret_cast<unsigned char*>(out.data()), Bytes(body),
                              body.size(), key);
  return out;
}

}  // namespace furrow
