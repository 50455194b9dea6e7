// SPDX-License-Identifier: Apache-2.0
#include "entities/world_fixture.h"
#include "service/server/server_service.h"

namespace furrow::service::server {
namespace {

using entities::Answer;
using entities::J;

class ServerTest : public entities::World {
 protected:
  ServerTest() {
    AddEndpoints(context_, endpoints);
    for (const api::Endpoint& e : endpoints) map_[std::string(e.name)].push_back(e);
  }
  EndpointMap map_;
  Context context_{core, map_, "0.1.0", J(R"({"api":{"port":8008}})")};
};

TEST_F(ServerTest, VersionsAreDigitsAndDots) {
  const Answer info = Call("server.info", "{}");
  EXPECT_EQ(info.At("version").AsString().find_first_not_of("0123456789."), std::string::npos);
  EXPECT_EQ(info.At("api_version").AsString(), "2.34");
  EXPECT_EQ(info.At("uid").AsString(), core.server_uid);
  EXPECT_EQ(info.At("build").AsString(), "0.1.0");
}

TEST_F(ServerTest, OldClientsGetWhatTheyKnow) {
  EXPECT_EQ(Call("server.info", "{}", "2.7").data.Find("uid"), nullptr);
  EXPECT_NE(Call("server.info", "{}", "2.8").data.Find("uid"), nullptr);
  EXPECT_EQ(Call("server.info", "{}", "2.11").data.Find("api_version"), nullptr);
  EXPECT_NE(Call("server.info", "{}", "2.12").data.Find("api_version"), nullptr);
}

TEST_F(ServerTest, PingRepeatsTheBody) {
  const Answer pong = Call("debug.ping", R"({"a":1})");
  EXPECT_EQ(pong.At("a"), json::Value(1));
  EXPECT_TRUE(pong.At("msg").IsString());
}

TEST_F(ServerTest, PingDoesNotRepeatALargeBody) {
  const std::string large = R"({"a":")" + std::string(100'000, 'x') + R"("})";
  EXPECT_EQ(Call("debug.ping", large).data.Find("a"), nullptr);
}

TEST_F(ServerTest, ItReportsToNobody) {
  EXPECT_EQ(Call("server.report_stats_option", "{}").At("supported"), json::Value(false));
  EXPECT_EQ(Call("server.report_stats_option", R"({"enabled":true})").At("enabled"),
            json::Value(false));
}

TEST_F(ServerTest, EndpointsNameThemAllWithTheirPermission) {
  const json::Value list = Call("server.endpoints", "{}").At("endpoints");
  EXPECT_EQ(list.array().size(), endpoints.size());
  EXPECT_EQ(list.array().at(0), J(R"({"name":"debug.ping","min_version":"2.1",
                                      "permission":"open","read_only":true})"));
}

TEST_F(ServerTest, OnlyPingIsOpen) {
  for (const api::Endpoint& e : endpoints) {
    EXPECT_EQ(e.permission == auth::Permission::kOpen, e.name == "debug.ping") << e.name;
  }
}

TEST_F(ServerTest, ConfigIsReadByPath) {
  EXPECT_EQ(Call("server.config", "{}").At("config"), J(R"({"api":{"port":8008}})"));
  EXPECT_EQ(Call("server.config", R"({"path":"api.port"})").At("config"), json::Value(8008));
  EXPECT_EQ(Call("server.config", R"({"path":"nope"})").code(), "400/16");
}

TEST_F(ServerTest, StatsCountDocuments) {
  Put(entities::kTasks, J(R"({"name":"one"})"));
  EXPECT_EQ(Call("server.get_stats", "{}").Path("documents.tasks"), json::Value(1));
}

}  // namespace
}  // namespace furrow::service::server
