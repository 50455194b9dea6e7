// SPDX-License-Identifier: Apache-2.0
#include "http/forwarded.h"

#include <gtest/gtest.h>

#include "http/server.h"
#include "http/test_support.h"

namespace furrow::http {
namespace {

std::string Client(const std::vector<std::string>& lines, const std::string& peer = "127.0.0.1",
                   const std::vector<std::string>& trusted = {"127.0.0.1", "10.0.0.9", "::1"}) {
  Headers headers;
  headers.Add("Host", "x");
  for (const std::string& line : lines) headers.Add("X-Forwarded-FOR", line);
  return ClientAddress(headers, peer, trusted);
}

TEST(PlainAddress, IsOneSpelling) {
  EXPECT_EQ(PlainAddress("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(PlainAddress("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(PlainAddress("2001:DB8:0::1"), "2001:db8::1");
  for (const char* bad :
       {"", " ", "localhost", "192.0.2.7:80", "[::1]", "192.0.2", "0x7f.1", "a,b"})
    EXPECT_EQ(PlainAddress(bad), std::nullopt) << bad;
  EXPECT_EQ(PlainAddress(std::string(1000, '1')), std::nullopt);
}

TEST(ClientAddress, IsThePeerUnlessATrustedOneSaysOtherwise) {
  EXPECT_EQ(Client({}), "127.0.0.1");
  EXPECT_EQ(Client({"192.0.2.7"}), "192.0.2.7");
  EXPECT_EQ(Client({"192.0.2.7"}, "198.51.100.1"), "198.51.100.1");
  EXPECT_EQ(Client({"192.0.2.7"}, "127.0.0.1", {}), "127.0.0.1");
  EXPECT_EQ(Client({"192.0.2.7"}, "::ffff:127.0.0.1"), "192.0.2.7");
  EXPECT_EQ(Client({"2001:db8::7"}, "::1"), "2001:db8::7");
}

TEST(ClientAddress, WhatTheClientWroteItselfIsNotBelieved) {
  EXPECT_EQ(Client({"203.0.113.1, 192.0.2.7"}), "192.0.2.7");
  EXPECT_EQ(Client({"203.0.113.1", "192.0.2.7"}), "192.0.2.7");
  EXPECT_EQ(Client({"127.0.0.1,192.0.2.7 , 10.0.0.9"}), "192.0.2.7");
  EXPECT_EQ(Client({"203.0.113.1", "192.0.2.7,10.0.0.9", "127.0.0.1"}), "192.0.2.7");
}

TEST(ClientAddress, WhatCannotBeReadEndsIt) {
  EXPECT_EQ(Client({"192.0.2.7, unknown"}), "127.0.0.1");
  EXPECT_EQ(Client({"unknown, 10.0.0.9"}), "10.0.0.9");
  EXPECT_EQ(Client({""}), "127.0.0.1");
  EXPECT_EQ(Client({",,,"}), "127.0.0.1");
  EXPECT_EQ(Client({"10.0.0.9"}), "10.0.0.9");
}

TEST(ClientAddress, IsWhatAHandlerSees) {
  for (const bool trusted : {false, true}) {
    ServerOptions options;
    if (trusted) options.trusted_proxies = {"127.0.0.1"};
    test::TestServer server(options);
    server.handler.handle = [](Request request, Responder respond) {
      respond(Response::Text(200, request.peer_address));
    };
    test::RawClient client(server.port);
    const auto answer =
        client.Ask("GET /peer HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n");
    EXPECT_EQ(answer.body, trusted ? "192.0.2.7" : "127.0.0.1");
  }
}

}  // namespace
}  // namespace furrow::http
