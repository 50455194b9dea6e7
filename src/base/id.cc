// SPDX-License-Identifier: Apache-2.0
#include "base/id.h"

#include <openssl/evp.h>
#include <sodium.h>

namespace furrow {

std::string Hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string NewId() {
  char raw[16];
  randombytes_buf(raw, sizeof(raw));
  return Hex({raw, sizeof(raw)});
}

bool IsId(std::string_view text) {
  if (text.size() != 32) return false;
  for (const char c : text) {
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

std::string Md5Hex(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_md5(), nullptr);
  return Hex({reinterpret_cast<char*>(digest), size});
}

}  // namespace furrow
