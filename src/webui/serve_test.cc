// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <gtest/gtest.h>

#include "webui/pages.h"

namespace furrow::webui {
namespace {

http::RequestHead Get(std::string path) {
  http::RequestHead head;
  head.method = "GET";
  head.target = head.raw_path = std::move(path);
  return head;
}

class Serving : public ::testing::Test {
 protected:
  void SetUp() override {
    if (Pages().empty()) GTEST_SKIP() << "built without pages";
  }
};

TEST_F(Serving, TheTableIsSortedAndPackedWell) {
  const auto pages = Pages();
  EXPECT_TRUE(std::is_sorted(pages.begin(), pages.end(),
                             [](const Page& a, const Page& b) { return a.path < b.path; }));
  for (const Page& page : pages) {
    EXPECT_EQ(page.gzip.substr(0, 2), "\x1f\x8b") << page.path;
    EXPECT_FALSE(page.plain.empty()) << page.path;
  }
}

TEST_F(Serving, EachPageInEitherForm) {
  for (const Page& page : Pages()) {
    http::RequestHead head = Get(std::string(page.path));
    auto plain = Serve(head);
    ASSERT_TRUE(plain) << page.path;
    EXPECT_EQ(plain->status, 200);
    EXPECT_EQ(plain->body, page.plain);
    EXPECT_FALSE(plain->headers.Has("Content-Encoding"));
    for (const char* field : {"gzip", "br, gzip;q=0.8", "gzip, deflate, br"}) {
      head.headers.Set("Accept-Encoding", field);
      EXPECT_EQ(Serve(head)->body, page.gzip) << field;
      EXPECT_EQ(Serve(head)->headers.Get("Content-Encoding"), "gzip");
    }
    for (const char* field : {"gzip;q=0", "br", "xgzip", "gzip;q=0.0"}) {
      head.headers.Set("Accept-Encoding", field);
      EXPECT_EQ(Serve(head)->body, page.plain) << field;
    }
  }
}

TEST_F(Serving, APageThatTheBrowserHasIsNotSentAgain) {
  http::RequestHead head = Get("/fleet");
  const auto first = Serve(head);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->headers.Get("Cache-Control"), "no-cache");
  head.headers.Set("If-None-Match", std::string(first->headers.Get("ETag")));
  const auto second = Serve(head);
  EXPECT_EQ(second->status, 304);
  EXPECT_TRUE(second->body.empty());
}

TEST_F(Serving, WhatIsNamedByItsContentIsKeptForEver) {
  for (const Page& page : Pages()) {
    EXPECT_EQ(page.kept, page.path.starts_with("/assets/")) << page.path;
    const auto answer = Serve(Get(std::string(page.path)));
    EXPECT_EQ(answer->headers.Get("Cache-Control") == "public, max-age=31536000, immutable",
              page.kept);
  }
}

TEST_F(Serving, ThePolicyIsStrictOnEachAnswer) {
  for (const Page& page : Pages()) {
    const auto answer = Serve(Get(std::string(page.path)));
    const std::string policy(answer->headers.Get("Content-Security-Policy"));
    EXPECT_NE(policy.find("default-src 'none'"), std::string::npos);
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
    EXPECT_EQ(policy.find("http"), std::string::npos);
    EXPECT_EQ(policy.find('*'), std::string::npos);
    EXPECT_EQ(answer->headers.Get("X-Content-Type-Options"), "nosniff");
  }
}

TEST_F(Serving, NothingElseIsThere) {
  for (const char* path : {"", "/", "/fleet/", "/fleet%2f", "/assets", "/assets/", "/Fleet",
                           "/assets/../fleet", "/fleet/..", "//fleet", "/index.html"}) {
    EXPECT_FALSE(Serve(Get(path))) << path;
  }
  http::RequestHead head = Get("/fleet");
  for (const char* method : {"POST", "PUT", "DELETE", "get", "OPTIONS"}) {
    head.method = method;
    EXPECT_FALSE(Serve(head)) << method;
  }
}

}  // namespace
}  // namespace furrow::webui
