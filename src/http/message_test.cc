// SPDX-License-Identifier: Apache-2.0
#include "http/message.h"

#include <gtest/gtest.h>

#include "http/response_head.h"
#include "http/url.h"

namespace furrow::http {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(Headers, CompareNamesWithoutCaseAndKeepOrder) {
  Headers headers;
  EXPECT_EQ(headers.Get("a"), "");
  EXPECT_FALSE(headers.Has("a"));
  headers.Add("Accept", "1");
  headers.Add("X-Y", "2");
  headers.Add("aCCEPT", "3");
  EXPECT_EQ(headers.Get("ACCEPT"), "1");
  EXPECT_TRUE(headers.Has("x-y"));
  headers.Set("accept", "4");
  ASSERT_EQ(headers.all().size(), 2u);
  EXPECT_EQ(headers.all()[0].name, "X-Y");
  EXPECT_EQ(headers.Get("Accept"), "4");
}

TEST(Percent, DecodesAndRefuses) {
  std::string out;
  EXPECT_TRUE(PercentDecode("a%20b+c%2F%c3%A9", false, out));
  EXPECT_EQ(out, "a b+c/\xc3\xa9");
  EXPECT_TRUE(PercentDecode("a+b%2B", true, out));
  EXPECT_EQ(out, "a b+");
  EXPECT_TRUE(PercentDecode("%00", false, out));
  EXPECT_EQ(out, std::string(1, '\0'));
  for (const char* bad : {"%", "%2", "a%2", "%g0", "%0g", "%%20"})
    EXPECT_FALSE(PercentDecode(bad, false, out)) << bad;
}

TEST(Percent, EncodesWhatItDecodes) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  std::string back;
  ASSERT_TRUE(PercentDecode(PercentEncode(all), true, back));
  EXPECT_EQ(back, all);
  EXPECT_EQ(PercentEncode("a/b c~\xff"), "a/b%20c~%FF");
  EXPECT_EQ(PercentEncode("a/b", ""), "a%2Fb");
}

TEST(Query, KeepsOrderAndDropsTheMalformed) {
  EXPECT_EQ(ParseQuery("a=1&b=x+y%26&a=2&c&=z&d=%zz&e=&f=g=h"),
            (Pairs{{"a", "1"}, {"b", "x y&"}, {"a", "2"}, {"c", ""}, {"e", ""}, {"f", "g=h"}}));
  EXPECT_EQ(ParseQuery(""), Pairs{});
  EXPECT_EQ(ParseQuery("&&&"), Pairs{});
}

TEST(Cookie, FindsAWholeNameOnly) {
  const std::string_view header = "xtoken=no; token=a=b ;other=\"q\"; token=second; bare";
  EXPECT_EQ(CookieValue(header, "token"), "a=b");
  EXPECT_EQ(CookieValue(header, "other"), "q");
  EXPECT_EQ(CookieValue(header, "oken"), "");
  EXPECT_EQ(CookieValue(header, "bare"), "");
  EXPECT_EQ(CookieValue("", "token"), "");
}

TEST(ResponseHead, KeepsFramingToItselfAndSplitsNothing) {
  Response response = Response::Text(200, "hello");
  response.headers.Add("X-Evil", "a\r\nSet-Cookie: b=c");
  response.headers.Add("Bad Name", "x");
  response.headers.Add("", "x");
  response.headers.Add("Content-Length", "999");
  response.headers.Add("Transfer-Encoding", "chunked");
  response.headers.Add("Date", "never");
  const std::string head =
      ResponseHead(response, FrameResponse(response, false, true, true), "clearml", "now");
  EXPECT_EQ(head,
            "HTTP/1.1 200 OK\r\nServer: clearml\r\nDate: now\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n"
            "X-Evil: a  Set-Cookie: b=c\r\nContent-Length: 5\r\n\r\n");
}

TEST(ResponseHead, FramesByStatusAndVersion) {
  Response response;
  response.status = 304;
  EXPECT_EQ(FrameResponse(response, false, true, true).kind, BodyKind::kNone);
  response.status = 204;
  EXPECT_EQ(FrameResponse(response, false, true, true).kind, BodyKind::kNone);
  response.status = 200;
  response.stream = [](std::string&) { return false; };
  EXPECT_EQ(FrameResponse(response, false, true, true).kind, BodyKind::kChunked);
  EXPECT_TRUE(FrameResponse(response, false, true, true).keep_alive);
  EXPECT_EQ(FrameResponse(response, false, false, true).kind, BodyKind::kUntilClose);
  EXPECT_FALSE(FrameResponse(response, false, false, true).keep_alive);
  response.stream = nullptr;
  response.headers.Add("Connection", "Close");
  EXPECT_FALSE(FrameResponse(response, false, true, true).keep_alive);
  Response odd;
  odd.status = 42;
  EXPECT_EQ(ResponseHead(odd, FrameResponse(odd, false, true, true), "s", "d").substr(0, 12),
            "HTTP/1.1 500");
}

TEST(Url, SplitsItsParts) {
  const Url url = *ParseUrl("http://example.org/a%20b?c=d#frag");
  EXPECT_FALSE(url.secure);
  EXPECT_EQ(url.host, "example.org");
  EXPECT_EQ(url.port, 80);
  EXPECT_EQ(url.target, "/a%20b?c=d");
  EXPECT_EQ(url.authority, "example.org");
  const Url v6 = *ParseUrl("HTTPS://[::1]:8443");
  EXPECT_TRUE(v6.secure);
  EXPECT_EQ(v6.host, "::1");
  EXPECT_EQ(v6.port, 8443);
  EXPECT_EQ(v6.target, "/");
  EXPECT_EQ(v6.authority, "[::1]:8443");
  EXPECT_EQ(ParseUrl("https://h?x=1")->target, "/?x=1");
  EXPECT_EQ(ParseUrl("https://h?x=1")->port, 443);
  for (const char* bad : {"", "h/a", "ftp://h", "http://", "http:///a", "http://u:p@h/",
                          "http://h:0/", "http://h:65536/", "http://h:x/", "http://[::1/",
                          "http://[::1]x/", "http://h/a b", "http://h/\r\nX: y"})
    EXPECT_EQ(ParseUrl(bad).status().code(), Code::kInvalidArgument) << bad;
}

}  // namespace
}  // namespace furrow::http
