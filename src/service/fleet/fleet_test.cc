// SPDX-License-Identifier: Apache-2.0
#include "base/id.h"
#include "entities/audit.h"
#include "entities/directory_fixture.h"
#include "entities/rollouts.h"
#include "entities/tractors.h"
#include "service/fleet/fleet_service.h"
#include "service/fleet/streams.h"

namespace furrow::service::fleet {
namespace {

using entities::J;

class FleetTest : public entities::DirectoryWorld {
 protected:
  FleetTest() { AddEndpoints(context_, endpoints); }

  void Tractor(const std::string& name) {
    As(ada);
    ASSERT_EQ(Call("fleet.create_token", R"({"tractor": ")" + name + R"("})").code(), "200");
    Be(name);
  }
  /// Calls come from this tractor from now on.
  void Be(const std::string& name) {
    identity = {};
    identity.user_id = "device:" + name;
    identity.user_name = name;
    identity.company_id = core.company_id;
    identity.role = furrow::auth::Role::kDevice;
  }
  entities::Answer Report(const std::string& stream, int64_t from, const std::string& records) {
    clock.now += 1'000'000;
    return Call("fleet.report", R"({"stream": ")" + stream + R"(", "from": )" +
                                    std::to_string(from) + R"(, "records": )" + records + "}");
  }
  json::Value TractorDoc(const std::string& name) { return Get(entities::kTractors, name); }
  std::string TaskOf(const std::string& name, const std::string& day) {
    return TractorDoc(name).At("days").At(day).AsString();
  }
  std::vector<std::string> Trail(const std::string& tractor) {
    std::vector<std::string> out;
    const auto entries = entities::ReadAudit(core, {.release = "", .tractor = tractor});
    EXPECT_TRUE(entries.ok());
    if (entries.ok()) {
      for (const json::Value& e : *entries) out.push_back(e.At("what").AsString());
    }
    return out;
  }

  Context context_{core, authenticator, devices};
};

TEST_F(FleetTest, ATractorIsKnownFromItsTokenOn) {
  As(ada);
  EXPECT_EQ(Call("fleet.create_token", R"({"tractor": "../T7"})").code(), "400/12");
  EXPECT_EQ(Call("fleet.create_token", R"({"tractor": "T7", "expires_in_s": 0})").code(), "400/12");
  const auto made = Call("fleet.create_token", R"({"tractor": "T7"})");
  ASSERT_EQ(made.code(), "200");
  const std::string token = made.At("token").AsString();
  EXPECT_TRUE(TractorDoc("T7").At("enrolled").IsNull());

  identity = {};
  const std::string key(64, 'a');
  const auto enroll = [&](const std::string& with) {
    clock.now += 1'000'000;
    return Call("fleet.enroll", R"({"tractor": "T7", "token": ")" + with + R"(", "public_key": ")" +
                                    key + R"(", "about": {"architecture": "aarch64"}})");
  };
  EXPECT_EQ(enroll("wrong").code(), "401/22");
  const auto in = enroll(token);
  ASSERT_EQ(in.code(), "200") << in.status.ToString();
  EXPECT_EQ(in.At("tractor").AsString(), "T7");
  EXPECT_EQ(enroll(token).code(), "401/22") << "good once";
  const json::Value doc = TractorDoc("T7");
  EXPECT_EQ(doc.At("about").At("architecture").AsString(), "aarch64");
  EXPECT_EQ(doc.At("created_by").AsString(), ada.id);
  EXPECT_EQ(Trail("T7"), (std::vector<std::string>{"enrolment refused", "enrolled",
                                                   "enrolment refused", "token made"}));
  // A name that nobody has leaves no mark.
  EXPECT_EQ(
      Call("fleet.enroll", R"({"tractor": "T9", "token": "x", "public_key": ")" + key + R"("})")
          .code(),
      "401/22");
  EXPECT_TRUE(Trail("T9").empty());
}

TEST_F(FleetTest, KeysAreNamedOnce) {
  As(ada);
  const std::string key(64, '1');
  const std::string add = R"({"name": "lab", "public_key": ")" + key + R"("})";
  EXPECT_EQ(Call("fleet.add_key", R"({"name": "lab", "public_key": "11"})").code(), "400/1205");
  EXPECT_EQ(Call("fleet.add_key", R"({"name": "a/b", "public_key": ")" + key + R"("})").code(),
            "400/1205");
  EXPECT_EQ(Call("fleet.add_key", add).code(), "200");
  EXPECT_EQ(Call("fleet.add_key", add).code(), "400/801");
  EXPECT_EQ(Call("fleet.get_keys", "").At("keys").array().size(), 1u);
  Tractor("T7");
  const auto beat = Call("fleet.heartbeat", R"({"state": {}})");
  EXPECT_EQ(beat.At("trusted_keys"), J(R"([{"name": "lab", "public_key": ")" + key + R"("}])"));
  As(ada);
  EXPECT_EQ(Call("fleet.remove_key", R"({"name": "lab"})").code(), "200");
  EXPECT_EQ(Call("fleet.remove_key", R"({"name": "lab"})").code(), "400/1205");
}

TEST_F(FleetTest, AHeartbeatIsKept) {
  Tractor("T7");
  EXPECT_EQ(Call("fleet.heartbeat", "{}").code(), "400/12");
  EXPECT_EQ(Call("fleet.heartbeat", R"({"state": 5})").code(), "400/16");
  EXPECT_EQ(
      Call("fleet.heartbeat", R"({"state": {"x": ")" + std::string(20'000, 'x') + R"("}})").code(),
      "400/16");
  const auto beat = Call("fleet.heartbeat", R"({"state": {"frames": 7, "spraying": true}})");
  ASSERT_EQ(beat.code(), "200") << beat.status.ToString();
  EXPECT_EQ(beat.At("next"), J(R"({"alarms": 0, "sprays": 0, "metrics": 0, "images": 0})"));
  EXPECT_EQ(beat.At("wake_s").AsInt(), 10);
  EXPECT_TRUE(beat.At("desired").IsNull());
  EXPECT_EQ(TractorDoc("T7").At("state").At("frames").AsInt(), 7);
  EXPECT_EQ(TractorDoc("T7").At("last_seen").AsString(), FormatTime(clock.now));
  As(ada);
  EXPECT_EQ(Call("fleet.get_all", R"({"tractors": ["T7", "T8"]})").At("tractors").array().size(),
            1u);
  EXPECT_EQ(Call("fleet.get_by_id", R"({"tractor": "T8"})").code(), "400/1201");
  Be("T8");
  EXPECT_EQ(Call("fleet.heartbeat", R"({"state": {}})").code(), "400/1201");
}

TEST_F(FleetTest, WhatAMachineIsMayChange) {
  Tractor("T7");
  const size_t before = Trail("T7").size();
  const auto beat = [&](const std::string& about) {
    return Call("fleet.heartbeat", R"({"state": {}, "about": )" + about + "}").code();
  };
  EXPECT_EQ(beat(R"({"boom_sha256": "ab", "field": {"name": "A"}})"), "200");
  EXPECT_EQ(beat(R"({"boom_sha256": "ab", "field": {"name": "A"}})"), "200");
  EXPECT_EQ(Trail("T7").size(), before + 1) << "said once, kept once";
  EXPECT_EQ(beat(R"({"boom_sha256": "ab", "field": {"name": "B"}})"), "200");
  EXPECT_EQ(TractorDoc("T7").At("about").At("field").At("name").AsString(), "B");
  ASSERT_EQ(Trail("T7").size(), before + 2);
  EXPECT_EQ(Trail("T7")[0], "described anew");
  EXPECT_EQ(Call("fleet.heartbeat", R"({"state": {}})").code(), "200");
  EXPECT_EQ(TractorDoc("T7").At("about").At("boom_sha256").AsString(), "ab") << "as it was";
  EXPECT_EQ(beat("7"), "400/16");
  EXPECT_EQ(beat(R"({"x": ")" + std::string(5000, 'x') + R"("})"), "400/16");
}

TEST_F(FleetTest, RecordsArriveOnceHoweverOftenTheyAreSent) {
  Tractor("T7");
  const std::string a = R"({"at": "2026-11-29T08:00:00Z", "values": {"detect/slack_ms": 1.5}})",
                    b = R"({"at": "2026-11-29T08:00:01Z", "values": {"detect/slack_ms": 2.5}})",
                    c = R"({"at": "2026-11-29T08:00:02Z", "values": {"detect/slack_ms": 3.5}})";
  const auto first = Report("metrics", 0, "[" + a + "," + b + "]");
  ASSERT_EQ(first.code(), "200") << first.status.ToString();
  EXPECT_EQ(first.At("next").AsInt(), 2);
  EXPECT_EQ(Report("metrics", 0, "[" + a + "," + b + "]").At("next").AsInt(), 2) << "repeated";
  EXPECT_EQ(Report("metrics", 1, "[" + b + "," + c + "]").At("next").AsInt(), 3) << "overlapping";
  EXPECT_EQ(Report("metrics", 0, "[" + a + "]").At("next").AsInt(), 3) << "old";
  const std::string task = TaskOf("T7", "2026-11-29");
  ASSERT_FALSE(task.empty());
  const auto points = core.events.Curve(task, "detect", "slack_ms");
  ASSERT_TRUE(points.ok());
  EXPECT_EQ(points->iter, (std::vector<int64_t>{28800, 28801, 28802}));
  EXPECT_EQ(points->value, (std::vector<double>{1.5, 2.5, 3.5}));
  const auto stats = core.events.Stats(task);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->series.at(0).count, 3) << "accepted once each";
  const json::Value doc = Get(entities::kTasks, task);
  EXPECT_EQ(doc.At("type").AsString(), "monitor");
  EXPECT_EQ(doc.At("name").AsString(), "T7 2026-11-29");
  EXPECT_EQ(doc.At("user").AsString(), ada.id);
  EXPECT_EQ(Get(entities::kProjects, doc.At("project").AsString()).At("name").AsString(),
            "Fleet/T7");

  As(ada);
  const auto got =
      Call("fleet.get_reports", R"({"tractor": "T7", "stream": "metrics", "from": 1})");
  ASSERT_EQ(got.At("records").array().size(), 2u);
  EXPECT_EQ(got.At("records").array()[0].At("number").AsInt(), 1);
  EXPECT_EQ(got.At("records").array()[1].At("values"), J(R"({"detect/slack_ms": 3.5})"));
  EXPECT_EQ(got.At("next").AsInt(), 3);
}

TEST_F(FleetTest, AlarmsAreLinesAndImagesAreImages) {
  Tractor("T7");
  const std::string alarm =
      R"({"at": 1795939200, "name": "camera 3", "text": "no frame for 2 s", "level": "error"})";
  EXPECT_EQ(Report("alarms", 0, "[" + alarm + "]").At("next").AsInt(), 1);
  EXPECT_EQ(Report("alarms", 0, "[" + alarm + "]").At("next").AsInt(), 1);
  const json::Value days = TractorDoc("T7").At("days");
  ASSERT_EQ(days.object().size(), 1u);
  const std::string task = days.object().begin()->value.AsString();
  const auto lines = core.events.Logs(task, std::nullopt, true, 10, false);
  ASSERT_TRUE(lines.ok());
  ASSERT_EQ(lines->size(), 1u);
  EXPECT_EQ((*lines)[0].text, "camera 3: no frame for 2 s");
  EXPECT_EQ((*lines)[0].level, "error");

  const std::string sha(64, 'c');
  const auto image = [&](const std::string& url, const std::string& hash) {
    return Report("images", 0,
                  R"([{"at": 1795939200, "url": ")" + url + R"(", "sha256": ")" + hash + R"("}])")
        .code();
  };
  EXPECT_EQ(image("/tractors/T8/a.png", sha), "400/16");
  EXPECT_EQ(image("/tractors/T7/../T8/a.png", sha), "400/16");
  EXPECT_EQ(image("/tractors/T7%2F..%2FT8/a.png", sha), "400/16");
  EXPECT_EQ(image("https://elsewhere.test/tractors/T7/a.png", sha), "400/16");
  EXPECT_EQ(image("/tractors/T7/a.png", "cc"), "400/16");
  EXPECT_EQ(image("http://127.0.0.1:8081/tractors/T7/a.png", sha), "200");
  const auto images = core.events.RichEvents(task, furrow::events::RichType::kImage, "images",
                                             std::nullopt, std::nullopt, 10);
  ASSERT_TRUE(images.ok());
  EXPECT_EQ(images->size(), 1u);
}

TEST_F(FleetTest, BadRecordsNameTheirPlaceAndChangeNothing) {
  Tractor("T7");
  const std::string good = R"({"at": 1795939200, "values": {"a/b": 1}})";
  const struct {
    const char* stream;
    std::string records, code, says;
  } kTable[] = {
      {"weeds", "[" + good + "]", "400/16", "weeds"},
      {"metrics", "[]", "400/16", "1 to 1000"},
      {"metrics", "{}", "400/20", "list"},
      {"metrics", "[" + good + ", 5]", "400/20", "metrics record 1"},
      {"metrics", "[" + good + R"(, {"values": {}}])", "400/16", "metrics record 1: 'at'"},
      {"metrics", "[" + good + R"(, {"at": "yesterday", "values": {}}])", "400/16", "'at'"},
      {"metrics", R"([{"at": -1, "values": {}}])", "400/16", "'at'"},
      {"metrics", R"([{"at": 1e300, "values": {}}])", "400/16", "'at'"},
      {"metrics", R"([{"at": 1, "values": [1]}])", "400/16", "'values'"},
      {"metrics", R"([{"at": 1, "values": {"a": "1"}}])", "400/16", "'a'"},
      {"sprays", R"([{"at": 1, "x": ")" + std::string(70'000, 'x') + R"("}])", "400/16", "bytes"},
  };
  for (const auto& row : kTable) {
    const auto answer = Report(row.stream, 0, row.records);
    EXPECT_EQ(answer.code(), row.code) << row.records.substr(0, 80);
    EXPECT_NE(answer.status.message().find(row.says), std::string::npos) << answer.status.message();
  }
  EXPECT_EQ(Report("metrics", -1, "[" + good + "]").code(), "400/16");
  EXPECT_EQ(TractorDoc("T7").At("next"), J("{}"));
  EXPECT_EQ(TractorDoc("T7").At("days"), J("{}"));
  EXPECT_EQ(Report("metrics", 0, "[" + good + "]").At("next").AsInt(), 1);
}

TEST_F(FleetTest, GapsAreTakenAndNamed) {
  Tractor("T7");
  const std::string spray = R"({"at": 1795939200, "cells": 4})";
  EXPECT_EQ(Report("sprays", 0, "[" + spray + ", null, " + spray + "]").At("next").AsInt(), 3);
  EXPECT_EQ(Report("sprays", 10, "[" + spray + "]").At("next").AsInt(), 11);
  EXPECT_EQ(Trail("T7").front(), "gap");
  As(ada);
  const auto got = Call("fleet.get_reports", R"({"tractor": "T7", "stream": "sprays"})");
  std::vector<int64_t> numbers;
  for (const json::Value& r : got.At("records").array()) numbers.push_back(r.At("number").AsInt());
  EXPECT_EQ(numbers, (std::vector<int64_t>{0, 2, 10}));
  EXPECT_EQ(got.At("next").AsInt(), 11);
}

TEST_F(FleetTest, ADayIsATaskThatEndsWithTheNext) {
  Tractor("T7");
  const auto at = [](const std::string& day) {
    return R"({"at": ")" + day + R"(T10:00:00Z", "values": {"a/b": 1}})";
  };
  // A week offline comes in one report; the days end as they should.
  ASSERT_EQ(Report("metrics", 0, "[" + at("2026-11-27") + "," + at("2026-11-28") + "]").code(),
            "200");
  const auto status = [&](const std::string& day) {
    return Get(entities::kTasks, TaskOf("T7", day)).At("status").AsString();
  };
  EXPECT_EQ(status("2026-11-27"), "completed");
  EXPECT_EQ(status("2026-11-28"), "in_progress");
  ASSERT_EQ(Report("metrics", 2, "[" + at("2026-11-29") + "," + at("2026-11-20") + "]").code(),
            "200");
  EXPECT_EQ(status("2026-11-28"), "completed");
  EXPECT_EQ(status("2026-11-29"), "in_progress");
  EXPECT_EQ(status("2026-11-20"), "completed") << "a late record of an old day";
  // Deleted by a person: the next record makes it anew.
  const std::string gone = TaskOf("T7", "2026-11-29");
  ASSERT_TRUE(
      core.docs.Transact([&](docs::Transaction& t) { return t.Delete(entities::kTasks, gone); })
          .ok());
  ASSERT_EQ(Report("metrics", 4, "[" + at("2026-11-29") + "]").code(), "200");
  EXPECT_NE(TaskOf("T7", "2026-11-29"), gone);
}

TEST_F(FleetTest, RevokingEndsATractor) {
  Tractor("T7");
  As(ada);
  EXPECT_EQ(Call("fleet.revoke", R"({"tractor": "T7"})").code(), "400/12");
  EXPECT_EQ(Call("fleet.revoke", R"({"tractor": "T8", "reason": "sold"})").code(), "400/1201");
  EXPECT_EQ(Call("fleet.revoke", R"({"tractor": "T7", "reason": "sold"})").code(), "200");
  EXPECT_EQ(TractorDoc("T7").At("revoked").At("reason").AsString(), "sold");
  EXPECT_EQ(Trail("T7").front(), "revoked");
}

}  // namespace
}  // namespace furrow::service::fleet
