// SPDX-License-Identifier: Apache-2.0
#include "http/head.h"

#include <gtest/gtest.h>

namespace furrow::http {
namespace {

/// The status of refusal of a whole head, 0 when it is taken, -1 when more is awaited.
int Outcome(std::string_view bytes, ParsedHead* out = nullptr, HeadLimits limits = {}) {
  if (out) *out = {};
  HeadScanner scanner(limits);
  if (!scanner.Scan(bytes)) return scanner.error() ? scanner.error().status : -1;
  ParsedHead local;
  return ParseHead(bytes.substr(scanner.begin(), scanner.end() - scanner.begin()),
                   out ? *out : local)
      .status;
}

std::string Get(const std::string& fields) {
  return "GET / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}

TEST(Head, ScansByteByByteAsInOnePiece) {
  const std::string head = Get("A: b\r\nC: d\r\n");
  const std::string input = "\r\n\r\n" + head + "body\r\n\r\n";
  HeadScanner scanner({});
  size_t fed = 0;
  bool found = false;
  while (!found && fed < input.size())
    found = scanner.Scan(std::string_view(input).substr(0, ++fed));
  EXPECT_TRUE(found);
  EXPECT_EQ(fed, 4 + head.size());
  EXPECT_EQ(scanner.begin(), 4u);
  EXPECT_EQ(scanner.end(), 4 + head.size());
}

TEST(Head, FindsAFoldThatArrivesLater) {
  const std::string first = "GET / HTTP/1.1\r\nHost: h\r\n";
  HeadScanner scanner({});
  EXPECT_FALSE(scanner.Scan(first));
  EXPECT_FALSE(scanner.error());
  EXPECT_FALSE(scanner.Scan(first + " "));
  EXPECT_EQ(scanner.error().status, 400);
}

TEST(Head, TakesWhatIsGood) {
  ParsedHead out;
  EXPECT_EQ(Outcome(Get("Content-Length: 007\r\n"), &out), 0);
  EXPECT_EQ(out.head.content_length, 7u);
  EXPECT_TRUE(out.keep_alive);
  EXPECT_EQ(Outcome(Get("transfer-encoding: Chunked\r\nConnection: a, Close\r\n"), &out), 0);
  EXPECT_TRUE(out.head.chunked);
  EXPECT_FALSE(out.keep_alive);
  EXPECT_EQ(Outcome("HEAD http://h:1/p?q HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", &out), 0);
  EXPECT_TRUE(out.is_head);
  EXPECT_FALSE(out.http11);
  EXPECT_TRUE(out.keep_alive);
  EXPECT_EQ(out.head.raw_path, "/p");
  EXPECT_EQ(out.head.query, "q");
  EXPECT_EQ(out.head.target, "http://h:1/p?q");
  EXPECT_EQ(Outcome("OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n", &out), 0);
  EXPECT_EQ(out.head.raw_path, "*");
  EXPECT_EQ(Outcome("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", &out), 0);
  EXPECT_EQ(out.head.raw_path, "/");
  EXPECT_EQ(Outcome("BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n"), 0);
  EXPECT_EQ(Outcome(Get("Expect: 100-Continue\r\n"), &out), 0);
  EXPECT_TRUE(out.expect_continue);
  EXPECT_EQ(Outcome(Get("Content-Encoding: identity\r\n")), 0);
  EXPECT_EQ(Outcome(Get("X: \xc3\xa9\t;\"\r\n")), 0);
}

TEST(Head, RefusesWhatCouldBeReadInTwoWays) {
  for (const char* fields : {
           "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
           "Content-Length: 1\r\nContent-Length: 2\r\n",
           "Content-Length: 1\r\ncontent-length: 1\r\n",
           "Content-Length: 1, 1\r\n",
           "Content-Length: 1,2\r\n",
           "Content-Length: +1\r\n",
           "Content-Length: -1\r\n",
           "Content-Length: 0x1\r\n",
           "Content-Length: 1 1\r\n",
           "Content-Length:\r\n",
           "Content-Length: 18446744073709551616\r\n",
           "Content-Length: 99999999999999999999999999\r\n",
           "Content-Length : 1\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked, chunked\r\n",
           "Transfer-Encoding: gzip, chunked\r\n",
           "Transfer-Encoding: chunked, identity\r\n",
           "Transfer-Encoding: identity\r\n",
           "Transfer-Encoding: xchunked\r\n",
           "Transfer-Encoding: \"chunked\"\r\n",
           "Transfer-Encoding:\x0b"
           "chunked\r\n",
           "Transfer-Encoding: chunked;q=1\r\n",
           "Transfer-Encoding:\r\n",
           "Transfer-Encoding : chunked\r\n",
           "X: a\r\n b\r\n",
           "X: a\r\n\tb\r\n",
           "Transfer-Encoding:\r\n chunked\r\n",
           " X: a\r\n",
           "Host: other\r\n",
           "X: a\rb\r\n",
           "X\r\n",
           ": x\r\n",
           "X Y: z\r\n",
           "X: a\x01\r\n",
       })
    EXPECT_EQ(Outcome(Get(fields)), 400) << fields;
  EXPECT_EQ(Outcome(Get(std::string("X: a\0b\r\n", 8))), 400);
}

TEST(Head, RefusesBadRequestLines) {
  for (const char* bytes : {
           "GET / HTTP/1.1\nHost: h\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: h\n\n",
           "GET /\r\n\r\n",
           "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
           "GET / HTTP/0.9\r\nHost: h\r\n\r\n",
           "GET / http/1.1\r\nHost: h\r\n\r\n",
           "GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
           "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
           " GET / HTTP/1.1\r\nHost: h\r\n\r\n",
           "G(T / HTTP/1.1\r\nHost: h\r\n\r\n",
           "GET relative HTTP/1.1\r\nHost: h\r\n\r\n",
           "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n",
           "GET / HTTP/1.1\r\n\r\n",
           "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
           "\x16\x03\x01\x02\x01\xfc\x03\x03\r\n\r\n",
           "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
           "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
       })
    EXPECT_EQ(Outcome(bytes), 400) << bytes;
  EXPECT_EQ(Outcome("CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n"), 405);
}

TEST(Head, RefusesWhatIsNotOffered) {
  EXPECT_EQ(Outcome(Get("Content-Encoding: gzip\r\n")), 415);
  EXPECT_EQ(Outcome(Get("Content-Encoding: identity, gzip\r\n")), 415);
  EXPECT_EQ(Outcome(Get("Expect: tea\r\n")), 417);
}

TEST(Head, IsBounded) {
  const HeadLimits limits{1000, 10};
  const auto with_size = [](size_t size) {
    const std::string empty = Get("X: \r\n");
    return Get("X: " + std::string(size - empty.size(), 'a') + "\r\n");
  };
  EXPECT_EQ(Outcome(with_size(1000), nullptr, limits), 0);
  EXPECT_EQ(Outcome(with_size(1001), nullptr, limits), 431);
  EXPECT_EQ(Outcome(std::string(1000, 'a'), nullptr, limits), -1);
  EXPECT_EQ(Outcome(std::string(1001, 'a'), nullptr, limits), 431);
  std::string fields;
  for (int i = 0; i < 9; ++i) fields += "X: y\r\n";
  EXPECT_EQ(Outcome(Get(fields), nullptr, limits), 0);
  EXPECT_EQ(Outcome(Get(fields + "X: y\r\n"), nullptr, limits), 431);
}

TEST(Head, KnowsWhoTakesGzip) {
  for (const char* yes :
       {"gzip", "gzip, deflate", "deflate,GZIP;q=0.5", "*", "br, *;q=0.1", "x-gzip", "gzip;q=1.0"})
    EXPECT_TRUE(AcceptsGzip(yes)) << yes;
  for (const char* no :
       {"", "deflate", "gzip;q=0", "gzip;q=0.000", "*;q=0", "identity", "gzip;q=0, *", "xgzip"})
    EXPECT_FALSE(AcceptsGzip(no)) << no;
}

}  // namespace
}  // namespace furrow::http
