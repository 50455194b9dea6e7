// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>

#include "bundle/bundle.h"
#include "entities/audit.h"
#include "entities/rollouts.h"
#include "entities/tractors.h"
#include "entities/world_fixture.h"
#include "service/releases/releases_service.h"

namespace furrow::service::releases {
namespace {

using entities::J;

class ReleasesTest : public entities::World {
 protected:
  ReleasesTest() : folder_(testing::TempDir() + "releases_" + NewId()), key_(MakeKey("lab")) {
    std::filesystem::create_directories(folder_ + "/data");
    auto opened = blobs::Store::Open(folder_ + "/data", clock);
    if (!opened.ok()) throw std::runtime_error(opened.status().ToString());
    blobs_ = std::move(opened).value();
    context_.emplace(Context{core, *blobs_});
    AddEndpoints(*context_, endpoints);
    Trust(key_);
    for (const char* name : {"T1", "T2", "T3"}) AddTractor(name);
  }
  ~ReleasesTest() override {
    blobs_.reset();
    std::filesystem::remove_all(folder_);
  }

  static bundle::SigningKey MakeKey(const std::string& name) {
    auto key = bundle::SigningKey::Make(name);
    if (!key.ok()) throw std::runtime_error(key.status().ToString());
    return std::move(key).value();
  }
  void Trust(const bundle::SigningKey& key) {
    Put(entities::kFleetKeys,
        json::Object{{"id", key.public_key().name}, {"public_key", key.public_key().hex}});
  }
  void AddTractor(const std::string& name, const char* about = "{}") {
    json::Value doc = entities::NewTractor(name, identity.user_id, clock.now);
    doc["enrolled"] = FormatTime(clock.now);
    doc["about"] = J(about);
    Put(entities::kTractors, std::move(doc));
  }

  /// A bundle on the file server; returns its path there.
  std::string Bundle(int64_t version, const std::function<void(bundle::Manifest&)>& edit = {},
                     const bundle::SigningKey* key = nullptr,
                     const char* report = R"({"verdict": "passed", "iou": 0.91})") {
    const std::string made = folder_ + "/" + NewId();
    std::ofstream(made + ".onnx") << "weights of " << version;
    std::ofstream(made + ".json") << report;
    bundle::Manifest m;
    m.name = "beet";
    m.version = version;
    m.created_at = "2026-11-29T07:30:00+00:00";
    m.model.file = "model.onnx";
    m.budget_ms = 50;
    m.report = {"report.json", true, std::nullopt};
    m.source = {{"task", "t0"}, {"model", "m0"}};
    if (edit) edit(m);
    const bundle::Input inputs[] = {{"model.onnx", made + ".onnx"},
                                    {"report.json", made + ".json"}};
    const bundle::SigningKey* const keys[] = {key ? key : &key_};
    const auto written = bundle::Write(m, inputs, keys, made);
    EXPECT_TRUE(written.ok()) << written.status().ToString();
    std::ifstream file(made, std::ios::binary);
    return Upload("bundles/beet-" + NewId() + ".bundle",
                  {std::istreambuf_iterator<char>(file), {}});
  }
  std::string Upload(const std::string& path, const std::string& bytes) {
    auto writer = blobs_->Create(blobs::Path::Parse(path).value());
    EXPECT_TRUE(writer.ok());
    EXPECT_TRUE((*writer)->Append(bytes).ok());
    EXPECT_TRUE((*writer)->Commit().ok());
    return "/" + path;
  }
  std::string BytesOf(const std::string& path) {
    auto reader = blobs_->Open(blobs::Path::Parse(path).value());
    std::string out;
    EXPECT_TRUE((*reader)->Read(0, (*reader)->info().size, out).ok());
    return out;
  }

  entities::Answer Create(const std::string& file, const std::string& more = "",
                          const std::string& rings = R"([{"name": "one", "tractors": ["T1"]},
                                                         {"name": "two", "tractors": ["T2"]}])") {
    clock.now += 1'000'000;
    return Call("releases.create", R"({"name": "spring", "bundle": ")" + file + R"(", "rings": )" +
                                       rings + more + "}");
  }
  entities::Answer Step(const std::string& what, const std::string& release,
                        const std::string& more = "") {
    clock.now += 1'000'000;
    return Call("releases." + what, R"({"release": ")" + release + "\"" + more + "}");
  }
  /// A release whose first ring has begun.
  std::string Roll(const std::string& file, const std::string& more = "") {
    const auto made = Create(file, more);
    EXPECT_EQ(made.code(), "200") << made.status.ToString();
    const std::string id = made.At("release").AsString();
    EXPECT_EQ(Step("approve", id).code(), "200");
    EXPECT_EQ(Step("advance", id).code(), "200");
    return id;
  }
  void Beat(const std::string& name, const std::string& state, const std::string& progress = "null",
            Micros after = 1'000'000) {
    clock.now += after;
    const Status done = core.docs.Transact([&](docs::Transaction& t) -> Status {
      FURROW_ASSIGN(json::Value tractor, entities::GetTractor(t, name));
      tractor["state"] = J(state);
      FURROW_TRY(entities::PutTractor(t, tractor));
      return entities::TakeHeartbeat(t, tractor, J(progress), clock.now);
    });
    EXPECT_TRUE(done.ok()) << done.ToString();
  }
  static std::string Progress(const std::string& release, const std::string& stage,
                              const std::string& reason = "") {
    return R"({"release": ")" + release + R"(", "stage": ")" + stage + R"(", "reason": ")" +
           reason + R"("})";
  }
  std::string State(const std::string& bundle, int frames, int missed = 0) {
    return R"({"bundle": {"id": ")" + bundle + R"(", "version": 1}, "frames": )" +
           std::to_string(frames) + R"(, "missed": )" + std::to_string(missed) + "}";
  }
  std::string BundleId(const std::string& release) {
    return Get(entities::kReleases, release).At("bundle").At("id").AsString();
  }
  json::Value Desired(const std::string& name) {
    return Get(entities::kTractors, name).At("desired");
  }
  std::string StageOf(const std::string& release, const std::string& name) {
    return Get(entities::kReleases, release).At("tractors").At(name).At("stage").AsString();
  }
  std::string StatusOf(const std::string& release) {
    return Get(entities::kReleases, release).At("status").AsString();
  }
  /// A tractor takes the bundle and is watched until it is good.
  void MakeGood(const std::string& release, const std::string& name) {
    const std::string id = BundleId(release);
    Beat(name, State("", 0), Progress(release, "fetching"));
    Beat(name, State(id, 1000), Progress(release, "running"));
    Beat(name, State(id, 1500), Progress(release, "good"), 700 * 1'000'000LL);
    EXPECT_EQ(StageOf(release, name), "good");
  }
  json::Value LastAudit() {
    const auto audit = entities::ReadAudit(core, {.release = "", .tractor = "", .count = 1});
    EXPECT_TRUE(audit.ok());
    return audit.ok() && !audit->empty() ? audit->front() : json::Value();
  }

  const std::string folder_;
  bundle::SigningKey key_;
  std::unique_ptr<blobs::Store> blobs_;
  std::optional<Context> context_;
};

TEST_F(ReleasesTest, WhatMayNotBeReleasedIsRefusedAndNoted) {
  const bundle::SigningKey stranger = MakeKey("stranger");
  const std::string good = Bundle(5);
  std::string bent = BytesOf(good);
  bent[bent.size() - 3] ^= 1;
  AddTractor("other", R"({"boom_sha256": "00", "architecture": "riscv64"})");
  AddTractor("gone");
  ASSERT_TRUE(core.docs
                  .Transact([&](docs::Transaction& t) -> Status {
                    FURROW_ASSIGN(json::Value doc, entities::GetTractor(t, "gone"));
                    doc["revoked"] = json::Object{{"reason", "sold"}};
                    return entities::PutTractor(t, std::move(doc));
                  })
                  .ok());
  const std::string failed = Bundle(5, [](bundle::Manifest& m) { m.report.passed = false; });
  const std::string misreported =
      Bundle(5, {}, nullptr, R"({"verdict": "failed", "line": "failed: cell_flips_max"})");
  const std::string boom =
      Bundle(5, [](bundle::Manifest& m) { m.fits.boom = std::string(64, 'b'); });
  const std::string machine =
      Bundle(5, [](bundle::Manifest& m) { m.fits.architectures = {"aarch64"}; });
  const char* const only_other = R"([{"tractors": ["other"]}])";
  const struct {
    const char* what;
    std::string file, rings, code, says;
  } kTable[] = {
      {"unknown key", Bundle(5, {}, &stranger), "", "400/1204", "unknown key"},
      {"tampered", Upload("bundles/bent.bundle", bent), "", "400/1204", "wrong content"},
      {"truncated", Upload("bundles/cut.bundle", bent.substr(0, 200)), "", "400/1204", "truncated"},
      {"no bundle", Upload("bundles/x.txt", "hello"), "", "400/1204", "x.txt"},
      {"report not passed", failed, "", "400/1204", "did not pass"},
      {"misreported", misreported, "", "400/1204", "did not pass (failed: cell_flips_max)"},
      {"no file", "/bundles/none.bundle", "", "400/1204", "no such file"},
      {"elsewhere", "/lab/none.bundle", "", "400/1204", "below /bundles/"},
      {"climbing", "/bundles/../lab/a", "", "400/1204", "below /bundles/"},
      {"unknown tractor", good, R"([{"tractors": ["T1", "T9"]}])", "400/1201", "T9"},
      {"revoked tractor", good, R"([{"tractors": ["gone"]}])", "400/1201", "revoked"},
      {"another boom", boom, only_other, "400/1204", "another boom"},
      {"another machine", machine, only_other, "400/1204", "another architecture"},
  };
  for (const auto& row : kTable) {
    const auto answer = row.rings.empty() ? Create(row.file) : Create(row.file, "", row.rings);
    EXPECT_EQ(answer.code(), row.code) << row.what << " " << answer.status.ToString();
    EXPECT_NE(answer.status.message().find(row.says), std::string::npos)
        << row.what << ": " << answer.status.message();
    const json::Value noted = LastAudit();
    EXPECT_EQ(noted.At("what").AsString(), "refused") << row.what;
    EXPECT_EQ(noted.At("who").AsString(), "jane");
    EXPECT_NE(noted.At("why").AsString().find(row.says), std::string::npos) << row.what;
  }
  EXPECT_EQ(Call("releases.get_all", "").At("total").AsInt(), 0);
}

TEST_F(ReleasesTest, AConversionThatFailedIsNoted) {
  const char* const good =
      R"({"conversion": "convert beet", "task": "t1", "why": "failed: flips"})";
  EXPECT_EQ(Call("releases.note_conversion", good).code(), "200");
  EXPECT_EQ(LastAudit().At("what").AsString(), "conversion refused");
  EXPECT_EQ(LastAudit().At("who").AsString(), "jane");
  EXPECT_EQ(LastAudit().At("why").AsString(), "convert beet (task t1): failed: flips");
  const std::string longer = R"({"conversion": "x", "why": ")" + std::string(1001, 'y') + "\"}";
  for (const std::string& bad : {std::string(R"({"conversion": "x"})"), longer,
                                 std::string(R"({"conversion": "x\n", "why": "y"})")}) {
    EXPECT_NE(Call("releases.note_conversion", bad).code(), "200") << bad;
  }
}

TEST_F(ReleasesTest, BadRingsAndGatesAreNamed) {
  const std::string good = Bundle(5);
  for (const char* rings : {"[]", "{}", "[5]", R"([{"tractors": []}])", R"([{"tractors": [5]}])",
                            R"([{"tractors": ["T1"]}, {"tractors": ["T1"]}])"}) {
    EXPECT_EQ(Create(good, "", rings).code().substr(0, 4), "400/") << rings;
  }
  EXPECT_EQ(Create(good, R"(, "gates": {"alarm_max": 1})").code(), "400/16");
  EXPECT_EQ(Call("releases.create", R"({"name": "x"})").code(), "400/12");
}

TEST_F(ReleasesTest, AVersionOnlyRises) {
  const std::string five = Bundle(5);
  ASSERT_EQ(Create(Bundle(9)).code(), "200") << "never begun, so it does not count";
  Roll(five);
  EXPECT_EQ(Create(Bundle(4)).code(), "400/1204");
  EXPECT_EQ(Create(Bundle(5, [](bundle::Manifest& m) { m.budget_ms = 7; })).code(), "400/1204");
  EXPECT_EQ(Create(Bundle(5, [](bundle::Manifest& m) { m.budget_ms = 7; }), R"(, "rollback": true)")
                .code(),
            "400/1204")
      << "another bundle of the same version is no way back";
  EXPECT_EQ(Create(Bundle(4), R"(, "rollback": true)").code(), "200");
  EXPECT_EQ(Create(five).code(), "200") << "the same bundle, for more tractors";
  EXPECT_EQ(Create(Bundle(6)).code(), "200");
  EXPECT_EQ(Create(Bundle(1, [](bundle::Manifest& m) { m.name = "maize"; })).code(), "200");
}

TEST_F(ReleasesTest, AWaiverIsNoted) {
  const std::string file = Bundle(5, [](bundle::Manifest& m) {
    m.report.passed = false;
    m.report.waiver = bundle::Waiver{"a trial", "ann"};
  });
  ASSERT_EQ(Create(file).code(), "200");
  EXPECT_NE(LastAudit().At("why").AsString().find("waived by ann: a trial"), std::string::npos);
}

TEST_F(ReleasesTest, NothingBeginsWithoutApproval) {
  const auto made = Create(Bundle(5));
  const std::string id = made.At("release").AsString();
  const auto early = Step("advance", id);
  EXPECT_EQ(early.code(), "400/1203");
  EXPECT_EQ(LastAudit().At("why").AsString(), early.status.message());
  EXPECT_TRUE(Desired("T1").IsNull());
  EXPECT_EQ(Step("approve", id, R"(, "comment": "looks right")").code(), "200");
  EXPECT_EQ(Step("approve", id).code(), "400/1203") << "once";
  EXPECT_EQ(Step("advance", id).code(), "200");
  EXPECT_EQ(Desired("T1").At("id").AsString(), BundleId(id));
  EXPECT_FALSE(Desired("T1").At("rollback").AsBool());
  EXPECT_TRUE(Desired("T2").IsNull());
  EXPECT_EQ(Step("advance", id).code(), "400/1203") << "ring 1 is at work";
  EXPECT_EQ(Step("advance", "nothing").code(), "400/1202");
  EXPECT_EQ(Step("advance", id, R"(, "force": true)").code(), "400/12") << "without a reason";
  EXPECT_EQ(Step("advance", id, R"(, "force": true, "reason": "T1 is in the shed")").code(), "200");
  EXPECT_EQ(Desired("T2").At("id").AsString(), BundleId(id));
}

TEST_F(ReleasesTest, AReleaseGoesThroughItsRings) {
  const std::string id = Roll(Bundle(5));
  MakeGood(id, "T1");
  EXPECT_EQ(StatusOf(id), "rolling");
  ASSERT_EQ(Step("advance", id).code(), "200");
  MakeGood(id, "T2");
  EXPECT_EQ(StatusOf(id), "done");
  const auto all = Call("releases.get_by_id", R"({"release": ")" + id + R"("})");
  EXPECT_EQ(all.Path("release.stages"), J(R"({"good": 2})"));
  EXPECT_EQ(all.At("rings").array().size(), 2u);
  std::string story;
  for (const json::Value& e : all.At("audit").array()) story += e.At("what").AsString() + " ";
  EXPECT_EQ(story,
            "created approved advanced offered fetching running good "
            "advanced offered fetching running good done ");
  const auto report = Call("releases.get_report", R"({"release": ")" + id + R"("})");
  EXPECT_EQ(report.Path("report.iou").AsDouble(), 0.91);
  // Model to bundle to release to tractors.
  EXPECT_EQ(Call("releases.get_all", R"({"model": "m0"})").At("total").AsInt(), 1);
  EXPECT_EQ(Call("releases.get_all", R"({"model": "m1"})").At("total").AsInt(), 0);
  EXPECT_EQ(Call("releases.get_all", R"({"tractor": "T2"})").At("total").AsInt(), 1);
}

TEST_F(ReleasesTest, TheNextRingMayBeginByItself) {
  const std::string id = Roll(Bundle(5), R"(, "auto_advance": true)");
  MakeGood(id, "T1");
  EXPECT_EQ(Desired("T2").At("id").AsString(), BundleId(id));
}

TEST_F(ReleasesTest, ABrokenGateHaltsAndAllGoBack) {
  const std::string first = Roll(Bundle(5));
  MakeGood(first, "T1");
  ASSERT_EQ(Step("advance", first).code(), "200");
  MakeGood(first, "T2");
  EXPECT_EQ(StatusOf(first), "done");
  const std::string old = BundleId(first);

  const std::string id = Roll(Bundle(6), R"(, "gates": {"missed_per_million_max": 1000})");
  const std::string bad = BundleId(id);
  Beat("T1", State(old, 5000), Progress(id, "trying"));
  Beat("T1", State(bad, 5000), Progress(id, "running"));
  Beat("T1", State(bad, 5500), Progress(id, "running"));
  EXPECT_EQ(StatusOf(id), "rolling");
  Beat("T1", State(bad, 6000, 5), Progress(id, "running"));
  EXPECT_EQ(StatusOf(id), "halted");
  const json::Value release = Get(entities::kReleases, id);
  EXPECT_EQ(release.At("halted").At("by").AsString(), "gates");
  EXPECT_EQ(release.At("halted").At("why").AsString(), "T1: missed_per_million_max 5000 > 1000");
  EXPECT_EQ(Desired("T1").At("id").AsString(), old);
  EXPECT_TRUE(Desired("T1").At("rollback").AsBool());
  EXPECT_NE(Desired("T1").At("url").AsString(), "");
  EXPECT_EQ(StageOf(id, "T1"), "running");
  Beat("T1", State(old, 10));
  EXPECT_EQ(StageOf(id, "T1"), "rolled_back");
  EXPECT_EQ(Desired("T2").At("id").AsString(), old) << "ring two never began";
  EXPECT_EQ(Step("advance", id).code(), "400/1203");
  EXPECT_EQ(Step("halt", id, R"(, "reason": "again")").code(), "400/1203");

  const auto all = Call("releases.get_by_id", R"({"release": ")" + id + R"("})");
  bool shown = false;
  for (const json::Value& gate : all.At("gates").array()) {
    if (gate.At("gate").AsString() != "missed_per_million_max") continue;
    shown = gate.At("broken").AsBool() && gate.At("figure").AsDouble() == 5000 &&
            gate.At("tractor").AsString() == "T1";
  }
  EXPECT_TRUE(shown);
}

TEST_F(ReleasesTest, WhatHoldsATractorUpIsToldOnce) {
  const std::string id = Roll(Bundle(5));
  Beat("T1", State("", 0), Progress(id, "fetching"));
  for (const char* why : {"HTTP 500", "HTTP 500", "", "HTTP 500", "HTTP 404"}) {
    Beat("T1", State("", 0), Progress(id, "fetching", why));
  }
  EXPECT_EQ(StageOf(id, "T1"), "fetching");
  const auto audit = entities::ReadAudit(core, {.release = id, .tractor = "T1"});
  ASSERT_TRUE(audit.ok());
  std::string told;
  for (const json::Value& entry : *audit) told += entry.At("why").AsString() + ";";
  EXPECT_EQ(told, "HTTP 404;HTTP 500;;;") << "newest first, down to offered";
}

TEST_F(ReleasesTest, AFirstBundleThatIsHaltedIsTakenOff) {
  const std::string id = Roll(Bundle(5));
  MakeGood(id, "T1");
  ASSERT_EQ(Step("halt", id, R"(, "reason": "it sprays the crop")").code(), "200");
  EXPECT_EQ(Desired("T1").At("off").AsString(), BundleId(id));
  EXPECT_TRUE(Desired("T1").At("id").IsNull());
  Beat("T1", State(BundleId(id), 6000));
  EXPECT_EQ(StageOf(id, "T1"), "good") << "it has not heard of it yet";
  Beat("T1", State("", 6100), Progress(id, "rolled_back", "the release was halted"));
  EXPECT_EQ(StageOf(id, "T1"), "rolled_back");
  EXPECT_TRUE(Desired("T2").IsNull());
  const std::string next = Roll(Bundle(6));
  EXPECT_EQ(Desired("T1").At("id").AsString(), BundleId(next)) << "and the next one comes";
}

TEST_F(ReleasesTest, OneThatSaidLateWhatItRunsGoesBackToIt) {
  const std::string first = Roll(Bundle(5));
  MakeGood(first, "T1");
  ASSERT_EQ(Step("halt", first, R"(, "reason": "enough for now")").code(), "200");
  const std::string old = BundleId(first);
  Beat("T1", State("", 5500));  // furrow-device started anew, furrow-edge has not
  const std::string id = Roll(Bundle(6));
  Beat("T1", State(old, 5600), Progress(id, "fetching"));
  Beat("T1", State(BundleId(id), 5700), Progress(id, "running"));
  ASSERT_EQ(Step("halt", id, R"(, "reason": "rain")").code(), "200");
  EXPECT_EQ(Desired("T1").At("id").AsString(), old);
  EXPECT_TRUE(Desired("T1").At("rollback").AsBool());
}

TEST_F(ReleasesTest, ATractorThatRefusesHaltsIt) {
  const std::string id = Roll(Bundle(5));
  Beat("T1", State("", 0), Progress(id, "verifying"));
  Beat("T1", State("", 0), Progress(id, "refused", "golden frames differ"));
  EXPECT_EQ(StatusOf(id), "halted");
  const auto audit = entities::ReadAudit(core, {.release = id, .tractor = "T1"});
  ASSERT_TRUE(audit.ok());
  EXPECT_EQ(audit->front().At("what").AsString(), "refused");
  EXPECT_EQ(audit->front().At("why").AsString(), "golden frames differ");
  const std::string more = Roll(Bundle(6), R"(, "gates": {"refused_max": 1})");
  Beat("T1", State("", 0), Progress(more, "refused", "too slow"));
  EXPECT_EQ(StatusOf(more), "rolling");
  Beat("T1", State("", 0), Progress(more, "fetching"));
  EXPECT_EQ(StageOf(more, "T1"), "refused") << "what is over stays over";
}

TEST_F(ReleasesTest, AReportThatWasLostIsSeenByWhatRuns) {
  const std::string id = Roll(Bundle(5));
  Beat("T1", State(BundleId(id), 100));
  EXPECT_EQ(StageOf(id, "T1"), "running");
  Beat("T1", State(BundleId(id), 300), Progress("another", "refused"));
  EXPECT_EQ(StageOf(id, "T1"), "running");
  Beat("T1", State(BundleId(id), 400), Progress(id, "nonsense"));
  EXPECT_EQ(StageOf(id, "T1"), "running");
}

TEST_F(ReleasesTest, GoodIsSaidByTheTractorAndSeenByTheServer) {
  const std::string id = Roll(Bundle(5), R"(, "gates": {"watch_s": 60, "frames_min": 50})");
  const std::string bundle = BundleId(id);
  Beat("T1", State(bundle, 100), Progress(id, "running"));
  Beat("T1", State(bundle, 400), Progress(id, "good"), 30'000'000);
  EXPECT_EQ(StageOf(id, "T1"), "running") << "the release wants a minute";
  Beat("T1", State(bundle, 500), Progress(id, "good"), 31'000'000);
  EXPECT_EQ(StageOf(id, "T1"), "good");
}

TEST_F(ReleasesTest, ATractorIsInOneRollingReleaseAtATime) {
  const std::string id = Roll(Bundle(5));
  const std::string other = Create(Bundle(6)).At("release").AsString();
  ASSERT_EQ(Step("approve", other).code(), "200");
  const auto held = Step("advance", other);
  EXPECT_EQ(held.code(), "400/1203");
  EXPECT_NE(held.status.message().find("T1 is in release 'spring'"), std::string::npos);
  EXPECT_EQ(StatusOf(other), "approved");
  ASSERT_EQ(Step("halt", id, R"(, "reason": "the next one is better")").code(), "200");
  EXPECT_EQ(Step("advance", other).code(), "200");
}

}  // namespace
}  // namespace furrow::service::releases
