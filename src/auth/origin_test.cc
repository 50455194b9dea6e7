// SPDX-License-Identifier: Apache-2.0
#include "auth/origin.h"

#include <gtest/gtest.h>

namespace furrow::auth {
namespace {

const AllowedOrigins kAllowed = {"http://localhost:8080", "https://lab.example"};

http::RequestHead Make(const char* method, std::initializer_list<http::Header> fields) {
  http::RequestHead head;
  head.method = method;
  for (const http::Header& field : fields) head.headers.Add(field.name, field.value);
  return head;
}

const http::Header kJson{"Content-Type", "application/json"};

TEST(Origin, ReadingNeedsNoProof) {
  EXPECT_TRUE(CookieCallAllowed(Make("GET", {{"Origin", "http://evil.example"}}), true, kAllowed));
}

TEST(Origin, OurPagesMayChangeThings) {
  EXPECT_TRUE(CookieCallAllowed(Make("POST", {kJson, {"Origin", "http://localhost:8080"}}), false,
                                kAllowed));
  EXPECT_TRUE(CookieCallAllowed(Make("POST", {{"Content-Type", "Application/JSON ; charset=utf-8"},
                                              {"Origin", "https://lab.example"}}),
                                false, kAllowed));
  EXPECT_TRUE(
      CookieCallAllowed(Make("POST", {kJson, {"Sec-Fetch-Site", "same-origin"}}), false, kAllowed));
}

TEST(Origin, NobodyElseMay) {
  const std::initializer_list<http::Header> kRefused[] = {
      {kJson},
      {kJson, {"Origin", "http://evil.example"}},
      {kJson, {"Origin", "null"}},
      {kJson, {"Origin", ""}},
      {kJson, {"Origin", "http://localhost:8081"}},
      {kJson, {"Origin", "https://localhost:8080"}},
      {kJson, {"Origin", "http://localhost:8080.evil.example"}},
      {kJson, {"Origin", "http://localhost:8080/"}},
      {kJson, {"Origin", "HTTP://LOCALHOST:8080"}},
      {kJson, {"Origin", "*"}},
      // A wrong Origin is not outweighed by the other field.
      {kJson, {"Origin", "http://evil.example"}, {"Sec-Fetch-Site", "same-origin"}},
      {kJson, {"Sec-Fetch-Site", "same-site"}},
      {kJson, {"Sec-Fetch-Site", "cross-site"}},
      {kJson, {"Sec-Fetch-Site", "none"}},
      // What a form can send without asking first.
      {{"Origin", "http://localhost:8080"}},
      {{"Content-Type", "text/plain"}, {"Origin", "http://localhost:8080"}},
      {{"Content-Type", "multipart/form-data; boundary=x"}, {"Origin", "http://localhost:8080"}},
      {{"Content-Type", "application/jsonx"}, {"Origin", "http://localhost:8080"}},
  };
  for (const auto& fields : kRefused) {
    EXPECT_FALSE(CookieCallAllowed(Make("POST", fields), false, kAllowed))
        << (fields.end() - 1)->name << ": " << (fields.end() - 1)->value;
  }
}

TEST(Origin, OnlyPostChangesThings) {
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "post", ""}) {
    EXPECT_FALSE(CookieCallAllowed(Make(method, {kJson, {"Origin", "http://localhost:8080"}}),
                                   false, kAllowed))
        << method;
  }
}

}  // namespace
}  // namespace furrow::auth
