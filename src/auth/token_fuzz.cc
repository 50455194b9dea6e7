// SPDX-License-Identifier: Apache-2.0
// Nothing but what was signed is accepted. Short inputs are also tried behind a real header and a
// real payload, so that the later stages are reached.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "auth/token.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using furrow::auth::TokenSigner;
  static const TokenSigner signer([] {
    furrow::auth::Key key;
    key.fill(0x5A);
    return key;
  }());
  static const std::string good = [] {
    furrow::auth::Claims claims;
    claims.user = claims.session_id = "u";
    claims.expires_at_s = 2;
    return signer.Make(claims);
  }();
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string header = good.substr(0, good.find('.') + 1);
  const std::string body = good.substr(0, good.rfind('.') + 1);
  for (const std::string& token : {text, header + text, body + text}) {
    if (signer.Verify(token, 1'000'000).ok() && token != good) std::abort();
  }
  return 0;
}
