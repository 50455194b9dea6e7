// SPDX-License-Identifier: Apache-2.0
// The fields Authorization and Cookie, and origins: nothing made up signs anybody in, and only an
// origin of the list is one of ours.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "auth/authenticator.h"
#include "auth/origin.h"
#include "base/id.h"
#include "store/docs/docs.h"
#include "store/kv/engine.h"

namespace {

using namespace furrow;

// An empty directory over a store in a temporary folder, made once.
struct World {
  World() : dir(std::filesystem::temp_directory_path() / ("furrow-fuzz-" + NewId())) {
    std::filesystem::create_directories(dir);
    auto opened = store::Engine::Open(dir / "store", {});
    if (!opened.ok()) std::abort();
    engine = std::move(opened).value();
    docs = std::make_unique<docs::Store>(
        *engine,
        std::vector<docs::Collection>{
            {.name = "company"}, {.name = "user"}, {.name = "credential"}, {.name = "session"}});
    auto made = auth::Directory::Open(
        *docs, {.company = 0, .user = 1, .credential = 2, .session = 3}, secrets, SystemClock());
    if (!made.ok()) std::abort();
    directory = std::move(made).value();
    signer = std::make_unique<auth::TokenSigner>(secrets.token_key);
    authenticator = std::make_unique<auth::Authenticator>(*directory, *signer, SystemClock());
  }
  ~World() {
    authenticator.reset();
    directory.reset();
    docs.reset();
    engine.reset();
    std::error_code ignored;
    std::filesystem::remove_all(dir, ignored);
  }

  const std::filesystem::path dir;
  auth::Secrets secrets;
  std::unique_ptr<store::Engine> engine;
  std::unique_ptr<docs::Store> docs;
  std::unique_ptr<auth::Directory> directory;
  std::unique_ptr<auth::TokenSigner> signer;
  std::unique_ptr<auth::Authenticator> authenticator;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const std::string& value : {text, "Bearer " + text}) {
    http::RequestHead head;
    head.headers.Add("Authorization", value);
    if (world.authenticator->Authenticate(head.headers, 1).ok()) std::abort();
  }
  http::RequestHead head;
  head.method = "POST";
  head.headers.Add("Cookie", text);
  head.headers.Add("Origin", text);
  head.headers.Add("Content-Type", "application/json");
  if (world.authenticator->Authenticate(head.headers, 1).ok()) std::abort();
  const auth::AllowedOrigins ours{"http://localhost:8080"};
  if (auth::CookieCallAllowed(head, false, ours) != (text == ours[0])) std::abort();
  // What decodes to a name and a password costs a hash made to be slow: few inputs may.
  if (size % 61 == 7) {
    http::Headers basic;
    basic.Add("Authorization", "Basic " + text);
    // An address of its own each time, or the failures would soon be refused unread.
    if (world.authenticator->LogIn(basic, NewId(), 1, {}).ok()) std::abort();
  }
  return 0;
}
