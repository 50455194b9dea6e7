// SPDX-License-Identifier: Apache-2.0
#include "entities/machine_stats.h"
#include "entities/queue_entries.h"
#include "entities/task_changes.h"
#include "entities/world_fixture.h"
#include "service/workers/workers_service.h"

namespace furrow::service::workers {
namespace {

using entities::Answer;
using entities::J;

class WorkersTest : public entities::World {
 protected:
  WorkersTest() {
    AddEndpoints(context_, endpoints);
    head.peer_address = "10.0.0.7";
    queue_ = Put(entities::kQueues, json::Object{{"name", "field work"}});
  }

  /// The call's worker and more.
  Answer Say(std::string_view name, std::string_view worker, std::string_view more = "") {
    return Call(name, R"({"worker":")" + std::string(worker) + "\"" + std::string(more) + "}");
  }
  Answer Report(std::string_view worker, std::string_view more = "") {
    return Say("workers.status_report", worker, R"(,"timestamp":1)" + std::string(more));
  }
  json::Array All(std::string_view request = "{}") {
    const Answer answer = Call("workers.get_all", request);
    EXPECT_EQ(answer.code(), "200");
    return answer.At("workers").array();
  }
  std::string Names(std::string_view request = "{}") {
    std::string out;
    for (const json::Value& w : All(request)) out += w.At("id").AsString() + " ";
    return out;
  }
  void Wait(int64_t seconds) { clock.now += seconds * 1'000'000; }

  Context context_{core};
  std::string queue_;
};

TEST_F(WorkersTest, ARegisteredWorkerIsListed) {
  EXPECT_EQ(Say("workers.register", "host:0",
                R"(,"queues":[")" + queue_ + R"("],"tags":["b","a"],"method":"get")")
                .code(),
            "200");
  const auto workers = All();
  ASSERT_EQ(workers.size(), 1u);
  EXPECT_EQ(workers[0].At("id"), J("\"host:0\""));
  EXPECT_EQ(workers[0].At("ip"), J("\"10.0.0.7\""));
  EXPECT_EQ(workers[0].At("user"), J(R"({"id":")" + identity.user_id + R"(","name":"jane"})"));
  EXPECT_EQ(workers[0].At("company").At("id"), json::Value(core.company_id));
  EXPECT_EQ(workers[0].At("tags"), J(R"(["a","b"])"));
  EXPECT_EQ(workers[0].At("register_time"), json::Value(FormatTime(clock.now)));
  EXPECT_EQ(workers[0].At("last_activity_time"), json::Value(FormatTime(clock.now)));
  EXPECT_EQ(workers[0].At("queues"),
            J(R"([{"id":")" + queue_ + R"(","name":"field work","num_tasks":0}])"));
  // Clients ask with getattr(worker, "task", None).
  EXPECT_TRUE(workers[0].At("task").IsNull());
}

TEST_F(WorkersTest, AnUnknownQueueIsRefusedAtRegistration) {
  EXPECT_EQ(Say("workers.register", "w", R"(,"queues":["nothing"])").code(), "400/701");
  EXPECT_EQ(Say("workers.register", "").code(), "400/1001");
  EXPECT_EQ(Call("workers.register", "{}").code(), "400/12");
}

TEST_F(WorkersTest, ARegistrationRunsOutAfterSixHundredSeconds) {
  Say("workers.register", "w");
  Wait(600);
  EXPECT_EQ(Names(), "w ");
  Wait(1);
  EXPECT_EQ(Names(), "");
}

TEST_F(WorkersTest, ARegistrationLastsAsLongAsItAskedFor) {
  Say("workers.register", "w", R"(,"timeout":5000)");
  Wait(5000);
  EXPECT_EQ(Names(R"({"last_seen":0})"), "w ");
  Wait(1);
  EXPECT_EQ(Names(R"({"last_seen":0})"), "");
  EXPECT_EQ(Say("workers.register", "w", R"(,"timeout":0)").code(), "400/16");
}

TEST_F(WorkersTest, LastSeenNarrowsTheList) {
  Say("workers.register", "old", R"(,"timeout":100000)");
  Wait(3601);
  Say("workers.register", "new");
  EXPECT_EQ(Names(), "new ");                          // 3600 unless said otherwise
  EXPECT_EQ(Names(R"({"last_seen":0})"), "new old ");  // all
  EXPECT_EQ(Names(R"({"last_seen":"none"})"), "new old ");
  Wait(10);
  EXPECT_EQ(Names(R"({"last_seen":9})"), "");
  EXPECT_EQ(Call("workers.get_count", R"({"last_seen":0})").data, J(R"({"count":2})"));
}

TEST_F(WorkersTest, AReportKeepsARegistrationAlive) {
  Say("workers.register", "w");
  Wait(500);
  EXPECT_EQ(Report("w").code(), "200");
  Wait(500);
  ASSERT_EQ(Names(), "w ");
  EXPECT_EQ(All()[0].At("last_report_time"), json::Value(FormatTime(clock.now - 500'000'000)));
}

TEST_F(WorkersTest, AReportRegistersWhoIsNot) {
  EXPECT_EQ(Report("w", R"(,"is_daemon":true,"machine_stats":null,"tags":null,"queues":[")" +
                            queue_ + R"("])")
                .code(),
            "200");
  ASSERT_EQ(Names(), "w ");
  EXPECT_EQ(All()[0].At("queues").array().size(), 1u);
  EXPECT_EQ(Call("workers.status_report", R"({"worker":"w"})").code(), "400/12");
}

TEST_F(WorkersTest, ADeletedQueueDoesNotRefuseAReport) {
  EXPECT_EQ(Report("w", R"(,"queues":["gone",")" + queue_ + "\"]").code(), "200");
  EXPECT_EQ(All()[0].At("queues").array().size(), 1u);
}

TEST_F(WorkersTest, AReportWithATaskUpdatesTheTask) {
  const std::string task =
      Put(entities::kTasks, json::Object{{"name", "run"},
                                         {"status", "in_progress"},
                                         {"started", FormatTime(clock.now)},
                                         {"last_update", FormatTime(clock.now)}});
  Wait(30);
  EXPECT_EQ(Report("host:gpu0", R"(,"task":")" + task + R"(","queue":")" + queue_ + "\"").code(),
            "200");
  const json::Value doc = Get(entities::kTasks, task);
  EXPECT_EQ(doc.At("last_worker"), J("\"host:gpu0\""));
  EXPECT_EQ(doc.At("last_worker_report"), json::Value(FormatTime(clock.now)));
  EXPECT_EQ(doc.At("last_update"), json::Value(FormatTime(clock.now)));
}

TEST_F(WorkersTest, AWorkerShowsItsTaskProjectAndQueue) {
  const std::string project = Put(entities::kProjects, json::Object{{"name", "weeds"}});
  const std::string task = Put(entities::kTasks, json::Object{{"name", "run"},
                                                              {"status", "in_progress"},
                                                              {"project", project},
                                                              {"started", FormatTime(clock.now)}});
  World::Report(task, "loss", "train", 0.5);  // at iteration 1
  const std::string next = Put(entities::kTasks, json::Object{{"name", "next run"}});
  ASSERT_TRUE(core.docs
                  .Transact([&](docs::Transaction& t) {
                    return entities::AppendEntry(t, core, queue_, next, clock.now);
                  })
                  .ok());
  Wait(30);
  Report("w",
         R"(,"task":")" + task + R"(","queue":")" + queue_ + R"(","queues":[")" + queue_ + "\"]");
  const auto workers = All();
  ASSERT_EQ(workers.size(), 1u);
  EXPECT_EQ(workers[0].At("task"),
            J(R"({"id":")" + task + R"(","name":"run","running_time":30000,"last_iteration":1})"));
  EXPECT_EQ(workers[0].At("project"), J(R"({"id":")" + project + R"(","name":"weeds"})"));
  const json::Value queue = J(R"({"id":")" + queue_ + R"(","name":"field work","num_tasks":1,
                                  "next_task":{"id":")" +
                              next + R"(","name":"next run"}})");
  EXPECT_EQ(workers[0].At("queue"), queue);
  EXPECT_EQ(workers[0].At("queues").array().at(0), queue);
  Report("w");  // no task is sent: it is cleared
  EXPECT_TRUE(All()[0].At("task").IsNull());
  EXPECT_TRUE(All()[0].At("queue").IsNull());
  EXPECT_EQ(All()[0].At("queues").array().size(), 1u);  // null: not updated
}

TEST_F(WorkersTest, APatternPicksNames) {
  for (const char* name : {"host:gpu0", "host:gpu1", "other:gpu0"}) Report(name);
  EXPECT_EQ(Names(R"({"worker_pattern":"host:gpu*"})"), "host:gpu0 host:gpu1 ");
  EXPECT_EQ(Names(R"({"worker_pattern":"*:gpu0"})"), "host:gpu0 other:gpu0 ");
}

TEST_F(WorkersTest, TagsPickWorkers) {
  Report("a", R"(,"tags":["x"])");
  Report("b", R"(,"tags":["x","y"],"system_tags":["s"])");
  Report("c");
  EXPECT_EQ(Names(R"({"tags":["x"]})"), "a b ");
  EXPECT_EQ(Names(R"({"tags":["x","-y"]})"), "a ");
  EXPECT_EQ(Names(R"({"tags":["-x"]})"), "c ");
  EXPECT_EQ(Names(R"({"system_tags":["s"]})"), "b ");
}

TEST_F(WorkersTest, UnregisteringTakesAWorkerOffTheList) {
  Report("w");
  EXPECT_EQ(Say("workers.unregister", "w", R"(,"queues":[])").code(), "200");
  EXPECT_EQ(Names(R"({"last_seen":0})"), "");
  EXPECT_EQ(Say("workers.unregister", "nobody").code(), "200");
  Report("w");
  EXPECT_EQ(Names(), "w ");
}

TEST_F(WorkersTest, WorkersOfTwoUsersAreTwo) {
  Report("w");
  identity.user_id = NewId();
  Report("w");
  EXPECT_EQ(Names(), "w w ");
}

TEST_F(WorkersTest, AClockSetBackTakesNobodyOff) {
  Report("w");
  Wait(-86'400);
  EXPECT_EQ(Names(), "w ");
}

TEST_F(WorkersTest, AQueueIsWatchedByALiveWorkerOnly) {
  Report("w", R"(,"queues":[")" + queue_ + "\"]");
  EXPECT_TRUE(*entities::IsQueueWatched(core, queue_, clock.now));
  Say("workers.unregister", "w");
  EXPECT_FALSE(*entities::IsQueueWatched(core, queue_, clock.now));
}

TEST_F(WorkersTest, RuntimePropertiesDoNotExist) {
  for (const char* name : {"workers.get_runtime_properties", "workers.set_runtime_properties",
                           "workers.cluster_report", "workers.cluster_unregister"}) {
    EXPECT_EQ(Call(name, R"({"worker":"w"})").code(), "404/0") << name;
  }
}

// ---- history

class HistoryTest : public WorkersTest {
 protected:
  HistoryTest() { clock.now = kBegin * 1'000'000; }
  Answer Stats(std::string_view items, std::string_view more = "") {
    return Call("workers.get_stats", R"({"from_date":)" + std::to_string(kBegin) +
                                         R"(,"to_date":)" + std::to_string(kBegin + 120) +
                                         R"(,"interval":60,"items":)" + std::string(items) +
                                         std::string(more) + "}");
  }
  // Less than a minute before midnight, so that the history crosses a day.
  static constexpr int64_t kBegin = 1'700'006'370;
};

TEST_F(HistoryTest, StatsAreAveragedPerInterval) {
  Report("w", R"(,"machine_stats":{"memory_used":10,"cpu_usage":[1,3]})");
  Wait(30);
  Report("w", R"(,"machine_stats":{"memory_used":20,"cpu_usage":[5,7]})");
  Wait(60);
  Report("w", R"(,"machine_stats":{"memory_used":60})");
  EXPECT_EQ(
      Stats(R"([{"key":"memory_used"},{"key":"memory_used","category":"max"}])").At("workers"),
      J(R"([{"worker":"w","metrics":[{"metric":"memory_used","dates":[1700006370,1700006430],
                 "stats":[{"aggregation":"avg","values":[15.0,60.0]},
                          {"aggregation":"max","values":[20.0,60.0]}]}]}])"));
}

TEST_F(HistoryTest, StatsAreSplitByVariantWhenAsked) {
  Report("w", R"(,"machine_stats":{"cpu_usage":[1,3]})");
  const auto values = [&](std::string_view more) {
    std::string out;
    const Answer answer = Stats(R"([{"key":"cpu_usage","category":"min"}])", more);
    for (const json::Value& m : answer.At("workers").array().at(0).At("metrics").array()) {
      out += m.At("variant").AsString() + "=" +
             json::Write(m.At("stats").array().at(0).At("values").array().at(0)) + " ";
    }
    return out;
  };
  EXPECT_EQ(values(""), "=1.0 ");
  EXPECT_EQ(values(R"(,"split_by_variant":true)"), "0=1.0 1=3.0 ");
  EXPECT_EQ(values(R"(,"split_by_resource":true)"), "0=1.0 1=3.0 ");
}

TEST_F(HistoryTest, StatsOfNamedWorkers) {
  for (const char* name : {"a", "b"}) Report(name, R"(,"machine_stats":{"cpu_usage":1})");
  const std::string items = R"([{"key":"cpu_usage"}])";
  EXPECT_EQ(Stats(items).At("workers").array().size(), 2u);
  EXPECT_EQ(Stats(items, R"(,"worker_ids":["b"])").At("workers").array().size(), 1u);
  EXPECT_EQ(Stats(R"([{"key":"cpu_usage","category":"sum"}])").code(), "400/16");
  EXPECT_EQ(
      Call("workers.get_stats", R"({"from_date":0,"to_date":1e9,"interval":1,"items":[]})").code(),
      "400/16");
}

TEST_F(HistoryTest, ActivityCountsWorkersAndThoseWithATask) {
  Report("a", R"(,"task":"t")");
  Report("b");
  Report("b");
  Wait(60);
  Report("b", R"(,"task":"t")");
  const Answer answer = Call("workers.get_activity_report",
                             R"({"from_date":1700006370,"to_date":1700006550,"interval":60})");
  EXPECT_EQ(answer.At("total"),
            J(R"({"dates":[1700006370,1700006430,1700006490],"counts":[2,1,null]})"));
  EXPECT_EQ(answer.At("active"),
            J(R"({"dates":[1700006370,1700006430,1700006490],"counts":[1,1,null]})"));
}

TEST_F(HistoryTest, MetricKeysAreGroupedByCategory) {
  Report("w", R"(,"machine_stats":{"cpu_usage":[1],"cpu_temperature":[50],"memory_used":3})");
  EXPECT_EQ(Call("workers.get_metric_keys", "{}").At("categories"),
            J(R"([{"name":"cpu","metric_keys":["cpu_temperature","cpu_usage"]},
                  {"name":"memory","metric_keys":["memory_used"]}])"));
}

TEST_F(HistoryTest, OldDaysAreForgotten) {
  Report("w", R"(,"machine_stats":{"cpu_usage":1})");
  Wait(20 * 86'400);
  Report("w", R"(,"machine_stats":{"cpu_usage":2})");
  const auto days = [&] {
    size_t points = 0;
    for (int64_t from = kBegin - 86'400; from < clock.now / 1'000'000 + 1; from += 86'400) {
      const Answer answer =
          Call("workers.get_stats",
               R"({"items":[{"key":"cpu_usage"}],"interval":86400,"from_date":)" +
                   std::to_string(from) + R"(,"to_date":)" + std::to_string(from + 86'400) + "}");
      points += answer.At("workers").array().size();
    }
    return points;
  };
  EXPECT_EQ(days(), 2u);
  Wait(12 * 86'400);
  Report("w");
  EXPECT_EQ(days(), 1u);  // the first is 32 days old
}

TEST_F(HistoryTest, AWorkerLongGoneIsForgottenWithItsHistory) {
  Report("gone", R"(,"machine_stats":{"cpu_usage":1})");
  Say("workers.register", "here");
  Wait(32 * 86'400);
  Say("workers.register", "here");
  size_t known = 0;
  ASSERT_TRUE(core.docs
                  .ForEach(entities::kWorkers,
                           [&](std::string_view, const json::Value&) {
                             ++known;
                             return true;
                           })
                  .ok());
  EXPECT_EQ(known, 1u);
  EXPECT_EQ(Stats(R"([{"key":"cpu_usage"}])").At("workers"), J("[]"));
}

}  // namespace
}  // namespace furrow::service::workers
