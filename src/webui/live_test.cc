// SPDX-License-Identifier: Apache-2.0
// Who may listen, what is told, and that a revoked session hears nothing more.
#include "webui/live.h"

#include <gtest/gtest.h>

#include "auth/auth_fixture.h"
#include "http/server.h"
#include "http/test_support.h"

namespace furrow::webui {
namespace {

using namespace std::chrono_literals;
using http::test::Eventually;
using http::test::RawAnswer;
using http::test::RawClient;
using http::test::TestServer;

class LiveTest : public auth::AuthTest {
 protected:
  static constexpr docs::CollectionId kWatched = 0;

  void SetUp() override {
    AuthTest::SetUp();
    ASSERT_TRUE(directory->CreateCompany("c", "Company").ok());
    token = Token("reader", auth::Role::kGuest);
    server.handler.handle = [this](http::Request request, http::Responder respond) {
      respond(live->Open(request));
    };
    Make({});
  }
  void TearDown() override {
    live.reset();
    AuthTest::TearDown();
  }
  void Make(LiveOptions options) {
    options.tick = 5ms;
    // Longer than a client here waits, so that a stream that should end and does not is seen.
    if (options.beat == LiveOptions().beat) options.beat = 60s;
    live = std::make_unique<Live>(*docs, *authenticator, *directory, clock,
                                  std::vector<Live::Source>{{kWatched, "things"}}, options);
    live->Start();
  }
  std::string Token(const std::string& name, auth::Role role) {
    const auto user = directory->AddUser({.name = name, .role = role});
    EXPECT_TRUE(user.ok());
    identity = *directory->IdentityOf(user->id);
    auto login = authenticator->MakeToken(identity, clock.Now(), std::nullopt);
    EXPECT_TRUE(login.ok());
    identity = login->identity;
    return login->token;
  }
  std::string Get(const std::string& with) {
    return "GET /live/fleet HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + with + "\r\n\r\n";
  }
  void Write(const std::string& id) {
    ASSERT_TRUE(docs->Transact([&](docs::Transaction& t) {
                      return t.Put(kWatched, id, json::Object{{"id", id}});
                    })
                    .ok());
  }

  TestServer server;
  std::unique_ptr<Live> live;
  auth::Identity identity;
  std::string token;
};

TEST_F(LiveTest, TellsWhatChanged) {
  RawClient client(server.port);
  client.Send(Get(token));
  ASSERT_TRUE(Eventually([&] { return live->listeners() == 1; }));
  std::this_thread::sleep_for(30ms);  // what SetUp wrote has been passed over by now
  Write("b");
  Write("a");
  std::this_thread::sleep_for(100ms);
  live->Stop();
  const RawAnswer answer = client.Read();
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(answer.Field("Content-Type"), "text/event-stream");
  EXPECT_NE(answer.body.find("event: hello\ndata: 1700000000000000\n\n"), std::string::npos);
  EXPECT_TRUE(answer.body.find("\"a\"") != std::string::npos &&
              answer.body.find("\"b\"") != std::string::npos)
      << answer.body;
}

TEST_F(LiveTest, ManyChangesAreToldAsAll) {
  Make({.names_max = 3});
  RawClient client(server.port);
  client.Send(Get(token));
  ASSERT_TRUE(Eventually([&] { return live->listeners() == 1; }));
  std::this_thread::sleep_for(30ms);
  ASSERT_TRUE(docs->Transact([&](docs::Transaction& t) -> Status {
                    for (const char* id : {"1", "2", "3", "4"}) {
                      FURROW_TRY(t.Put(kWatched, id, json::Object{{"id", id}}));
                    }
                    return {};
                  })
                  .ok());
  std::this_thread::sleep_for(100ms);
  live->Stop();
  EXPECT_NE(client.Read().body.find(R"({"things":"all"})"), std::string::npos);
}

TEST_F(LiveTest, BeatsWhenNothingHappens) {
  Make({.beat = 10ms});
  RawClient client(server.port);
  client.Send(Get(token));
  ASSERT_TRUE(Eventually([&] { return live->listeners() == 1; }));
  std::this_thread::sleep_for(200ms);
  live->Stop();
  EXPECT_NE(client.Read().body.find("event: beat\n"), std::string::npos);
}

TEST_F(LiveTest, OnlyWhoIsSignedIn) {
  RawClient client(server.port);
  EXPECT_EQ(client.Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 401);
  EXPECT_EQ(client.Ask(Get("garbage")).status, 401);
  EXPECT_EQ(client.Ask("DELETE / HTTP/1.1\r\nHost: x\r\n\r\n").status, 405);
  EXPECT_EQ(live->listeners(), 0u);
}

TEST_F(LiveTest, ALoggedOutSessionHearsNoMore) {
  RawClient client(server.port);
  client.Send(Get(token));
  ASSERT_TRUE(Eventually([&] { return live->listeners() == 1; }));
  ASSERT_TRUE(authenticator->LogOut(identity).ok());
  EXPECT_TRUE(client.Read().whole);
  EXPECT_TRUE(Eventually([&] { return live->listeners() == 0; }));
  EXPECT_EQ(client.Ask(Get(token)).status, 401);
}

TEST_F(LiveTest, AStreamEndsInTimeSoThatTheTokenIsLookedAtAgain) {
  Make({.life = 60s});
  RawClient client(server.port);
  client.Send(Get(token));
  ASSERT_TRUE(Eventually([&] { return live->listeners() == 1; }));
  clock.Advance(61);
  EXPECT_TRUE(client.Read().whole);
}

TEST_F(LiveTest, ListenersAreBoundedAndWhoGoesMakesRoom) {
  Make({.listeners_max = 3, .session_listeners_max = 2});
  const std::string other = Token("other", auth::Role::kUser);
  auto one = std::make_unique<RawClient>(server.port);
  RawClient two(server.port), three(server.port), four(server.port), five(server.port);
  one->Send(Get(token));
  two.Send(Get(token));
  ASSERT_TRUE(Eventually([&] { return live->listeners() == 2; }));
  const RawAnswer answer = three.Ask(Get(token));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.Field("Retry-After"), "5");
  four.Send(Get(other));
  ASSERT_TRUE(Eventually([&] { return live->listeners() == 3; }));
  EXPECT_EQ(five.Ask(Get(other)).status, 503);
  one.reset();
  ASSERT_TRUE(Eventually([&] { return live->listeners() == 2; }));
  three.Send(Get(token));
  EXPECT_TRUE(Eventually([&] { return live->listeners() == 3; }));
}

}  // namespace
}  // namespace furrow::webui
