// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <set>
#include <thread>

#include "entities/queue_entries.h"
#include "entities/world_fixture.h"
#include "service/queues/queues_service.h"

namespace furrow::service::queues {
namespace {

using entities::Answer;
using entities::J;

class QueuesTest : public entities::World {
 protected:
  QueuesTest() {
    AddEndpoints(context_, endpoints);
    queue_ = Make("field work");
  }

  std::string Make(std::string_view name, std::string_view more = "") {
    const Answer answer =
        Call("queues.create", R"({"name":")" + std::string(name) + "\"" + std::string(more) + "}");
    EXPECT_EQ(answer.code(), "200");
    return answer.At("id").AsString();
  }
  /// A task that waits in a queue, as tasks.enqueue leaves it.
  std::string Enqueue(std::string_view queue, std::string_view status = "queued") {
    const std::string task =
        Put(entities::kTasks, json::Object{{"name", "run " + std::to_string(++tasks_)},
                                           {"status", status},
                                           {"status_changed", FormatTime(clock.now)},
                                           {"enqueue_status", "stopped"},
                                           {"company", core.company_id},
                                           {"user", identity.user_id}});
    EXPECT_EQ(On("queues.add_task", task, "", queue).code(), "200");
    return task;
  }
  std::string Enqueue() { return Enqueue(queue_); }

  Answer On(std::string_view name, std::string_view task, std::string_view more = "",
            std::string_view queue = "") {
    std::string request = R"({"queue":")" + std::string(queue.empty() ? queue_ : queue) + "\"";
    if (!task.empty()) request += R"(,"task":")" + std::string(task) + "\"";
    return Call(name, request + std::string(more) + "}");
  }
  Answer Queue(std::string_view name, std::string_view more = "") { return On(name, "", more); }

  /// The task handed to a caller of that session, "" for none.
  std::string Next(std::string_view session = "s1", std::string_view more = "") {
    identity.session_id = session;
    const Answer answer = Queue("queues.get_next_task", more);
    EXPECT_EQ(answer.code(), "200");
    return answer.At("entry").At("task").AsString();
  }
  void Begin(const std::string& task) {
    clock.now += 1000;
    json::Value doc = Get(entities::kTasks, task);
    doc["status"] = "in_progress";
    doc["status_changed"] = FormatTime(clock.now);
    Put(entities::kTasks, std::move(doc));
  }
  std::string StatusOf(const std::string& task) {
    return Get(entities::kTasks, task).At("status").AsString();
  }
  /// Tasks waiting in the queue, in order.
  std::vector<std::string> Waiting(std::string_view queue = "") {
    std::vector<std::string> out;
    const Answer answer = On("queues.get_by_id", "", "", queue);
    for (const json::Value& e : answer.At("queue").At("entries").array()) {
      out.push_back(e.At("task").AsString());
    }
    return out;
  }
  void Wait(int seconds) { clock.now += seconds * 1'000'000LL; }

  Context context_{core, lister};
  std::string queue_;
  int tasks_ = 0;
};

// ---- queues

TEST_F(QueuesTest, ANameIsUniqueAndHasThreeCharacters) {
  EXPECT_EQ(Call("queues.create", R"({"name":"field work"})").code(), "400/801");
  EXPECT_EQ(Call("queues.create", R"({"name":"ab"})").code(), "400/12");
  EXPECT_EQ(Call("queues.create", "{}").code(), "400/12");
  EXPECT_TRUE(IsId(queue_));
}

TEST_F(QueuesTest, AQueueIsReadById) {
  const json::Value queue = Queue("queues.get_by_id").At("queue");
  EXPECT_EQ(queue.At("id"), json::Value(queue_));
  EXPECT_EQ(queue.At("name"), J("\"field work\""));
  EXPECT_EQ(queue.At("company"), json::Value(core.company_id));
  EXPECT_EQ(queue.At("user"), json::Value(identity.user_id));
  EXPECT_EQ(queue.At("entries"), J("[]"));
  EXPECT_EQ(queue.At("metadata"), J("{}"));
}

TEST_F(QueuesTest, ANameInPlaceOfAnIdIs701) {
  for (const char* action : {"get_by_id", "get_next_task", "get_num_entries", "peek_task", "delete",
                             "clear_queue", "update"}) {
    EXPECT_EQ(Call("queues." + std::string(action), R"({"queue":"field work"})").code(), "400/701")
        << action;
  }
}

TEST_F(QueuesTest, NamesAreFoundByPattern) {
  Make("fieldwork 2");
  const Answer exact =
      Call("queues.get_all", R"({"name":"^field\\ work$","only_fields":["name","id"]})");
  EXPECT_EQ(exact.At("queues"), J(R"([{"name":"field work","id":")" + queue_ + R"("}])"));
  EXPECT_EQ(Call("queues.get_all", R"({"name":"field"})").At("queues").array().size(), 2u);
  EXPECT_EQ(Call("queues.get_all", R"({"page":1,"page_size":500})").At("queues"), J("[]"));
}

TEST_F(QueuesTest, QueuesOfTheKubernetesGlueAreHidden) {
  const std::string hidden = Make("k8s_scheduler", R"(,"system_tags":["k8s-glue"])");
  EXPECT_EQ(Call("queues.get_all", "{}").At("queues").array().size(), 1u);
  EXPECT_EQ(Call("queues.get_all", R"({"search_hidden":true})").At("queues").array().size(), 2u);
  EXPECT_EQ(Call("queues.get_all", R"({"name":"k8s"})").At("queues").array().size(), 1u);
  EXPECT_EQ(Call("queues.get_all", R"({"id":[")" + hidden + R"("]})").At("queues").array().size(),
            1u);
}

TEST_F(QueuesTest, EntriesAreShownAndMayBeCut) {
  const std::string a = Enqueue(), b = Enqueue();
  const auto entries = [&](std::string_view request) {
    return Call("queues.get_all", request).At("queues").array().at(0).At("entries").array();
  };
  ASSERT_EQ(entries("{}").size(), 2u);
  EXPECT_EQ(entries("{}")[0].At("task"), json::Value(a));
  EXPECT_TRUE(ParseTime(entries("{}")[0].At("added").AsString()));
  EXPECT_EQ(entries(R"({"max_task_entries":1})").size(), 1u);
  EXPECT_EQ(Queue("queues.get_by_id", R"(,"max_task_entries":1)")
                .At("queue")
                .At("entries")
                .array()
                .size(),
            1u);
}

TEST_F(QueuesTest, TheExtendedListCountsEntriesAndNamesTasks) {
  const std::string task = Enqueue();
  Enqueue();
  const Answer answer = Call("queues.get_all_ex",
                             R"({"only_fields":["*","entries.task.name"],"count_task_entries":true,
                                 "max_task_entries":1})");
  const json::Value& queue = answer.At("queues").array().at(0);
  EXPECT_EQ(queue.At("entries_count"), J("2"));
  ASSERT_EQ(queue.At("entries").array().size(), 1u);
  EXPECT_EQ(queue.At("entries").array()[0].At("task"),
            J(R"({"id":")" + task + R"(","name":"run 1"})"));
}

TEST_F(QueuesTest, TheExtendedListNamesWorkersThatListen) {
  const std::string task = Enqueue();
  const auto worker = [&](std::string_view name, Micros seen, std::string_view queue) {
    Put(entities::kWorkers, json::Object{{"id", name},
                                         {"key", NewId()},
                                         {"ip", "10.0.0.1"},
                                         {"queues", json::Array{queue}},
                                         {"task", task},
                                         {"register_timeout", 600},
                                         {"last_activity_time", FormatTime(seen)}});
  };
  worker("w1", clock.now - 600'000'000, queue_);
  worker("w2", clock.now - 601'000'000, queue_);
  worker("w3", clock.now, NewId());
  const Answer answer = Call("queues.get_all_ex", "{}");
  const json::Array& workers = answer.At("queues").array().at(0).At("workers").array();
  ASSERT_EQ(workers.size(), 1u);
  EXPECT_EQ(workers[0].At("name"), J("\"w1\""));
  EXPECT_EQ(workers[0].At("ip"), J("\"10.0.0.1\""));
  EXPECT_EQ(workers[0].At("task").At("name"), J("\"run 1\""));
}

TEST_F(QueuesTest, TheDefaultQueueHasTheSystemTag) {
  EXPECT_EQ(Call("queues.get_default", "{}").code(), "400/707");
  const std::string id = Make("default", R"(,"system_tags":["default"])");
  const Answer answer = Call("queues.get_default", "{}");
  EXPECT_EQ(answer.data, J(R"({"id":")" + id + R"(","name":"default"})"));
}

TEST_F(QueuesTest, AQueueIsUpdated) {
  const Answer answer = Queue("queues.update", R"(,"name":"new name","tags":["b","a","b"],
                                                   "display_name":"New","system_tags":["x"])");
  EXPECT_EQ(answer.At("updated"), J("1"));
  EXPECT_EQ(answer.At("fields").At("tags"), J(R"(["a","b"])"));
  const json::Value queue = Queue("queues.get_by_id").At("queue");
  EXPECT_EQ(queue.At("name"), J("\"new name\""));
  EXPECT_EQ(queue.At("display_name"), J("\"New\""));
  EXPECT_EQ(queue.At("system_tags"), J(R"(["x"])"));
  Make("taken");
  EXPECT_EQ(Queue("queues.update", R"(,"name":"taken")").code(), "400/801");
  EXPECT_EQ(Queue("queues.update", R"(,"name":"new name")").code(), "200");
  EXPECT_EQ(Queue("queues.update", R"(,"tags":["__$all"])").code(), "400/16");
}

TEST_F(QueuesTest, MetadataRoundTrips) {
  EXPECT_EQ(Queue("queues.add_or_update_metadata",
                  R"(,"metadata":[{"key":"a.b","type":"str","value":"1"},{"key":"c","value":"2"}])")
                .At("updated"),
            J("1"));
  const auto metadata = [&] { return Queue("queues.get_by_id").At("queue").At("metadata"); };
  EXPECT_EQ(metadata(), J(R"({"a.b":{"key":"a.b","type":"str","value":"1"},
                              "c":{"key":"c","type":null,"value":"2"}})"));
  EXPECT_EQ(Queue("queues.delete_metadata", R"(,"keys":["a.b"])").At("updated"), J("1"));
  EXPECT_EQ(metadata().object().size(), 1u);
  Queue("queues.add_or_update_metadata",
        R"(,"replace_metadata":true,"metadata":[{"key":"d","value":"3"}])");
  EXPECT_EQ(metadata(), J(R"({"d":{"key":"d","type":null,"value":"3"}})"));
}

TEST_F(QueuesTest, DeletingAQueueWithTasksNeedsForceAndRestoresThem) {
  const std::string task = Enqueue();
  EXPECT_EQ(Queue("queues.delete").code(), "400/702");
  EXPECT_EQ(Queue("queues.delete", R"(,"force":true)").At("deleted"), J("1"));
  EXPECT_EQ(StatusOf(task), "stopped");
  EXPECT_TRUE(Get(entities::kTasks, task).At("enqueue_status").IsNull());
  EXPECT_EQ(Queue("queues.get_by_id").code(), "400/701");
}

TEST_F(QueuesTest, ClearingAQueueRestoresItsTasks) {
  const std::string a = Enqueue(), running = Enqueue(queue_, "in_progress");
  const Answer answer = Queue("queues.clear_queue");
  EXPECT_EQ(answer.At("removed_tasks"), J(R"([{"id":")" + a + R"(","name":"run 1"},{"id":")" +
                                          running + R"(","name":"run 2"}])"));
  EXPECT_EQ(StatusOf(a), "stopped");
  EXPECT_EQ(StatusOf(running), "in_progress");
  EXPECT_TRUE(Waiting().empty());
}

// ---- entries

TEST_F(QueuesTest, ATaskIsAddedOnceToAQueue) {
  const std::string task = Enqueue();
  EXPECT_EQ(On("queues.add_task", task).code(), "400/706");
  EXPECT_EQ(On("queues.add_task", NewId()).code(), "400/101");
  EXPECT_EQ(Queue("queues.get_num_entries").data, J(R"({"num":1})"));
}

TEST_F(QueuesTest, RemovingATaskThatIsNotThereIs703) {
  const std::string a = Enqueue(), b = Enqueue();
  EXPECT_EQ(On("queues.remove_task", a).At("removed"), J("1"));
  EXPECT_EQ(On("queues.remove_task", a).code(), "400/703");
  EXPECT_EQ(StatusOf(a), "queued");
  EXPECT_EQ(On("queues.remove_task", b, R"(,"update_task_status":true)").code(), "200");
  EXPECT_EQ(StatusOf(b), "stopped");
}

TEST_F(QueuesTest, MovingAnswersTheNewPosition) {
  const std::string a = Enqueue(), b = Enqueue(), c = Enqueue();
  using Order = std::vector<std::string>;
  EXPECT_EQ(On("queues.move_task_to_front", c).data, J(R"({"position":0})"));
  EXPECT_EQ(Waiting(), (Order{c, a, b}));
  EXPECT_EQ(On("queues.move_task_to_back", c).data, J(R"({"position":2})"));
  EXPECT_EQ(On("queues.move_task_forward", c).data, J(R"({"position":1})"));
  EXPECT_EQ(Waiting(), (Order{a, c, b}));
  EXPECT_EQ(On("queues.move_task_backward", a, R"(,"count":9)").data, J(R"({"position":2})"));
  EXPECT_EQ(Waiting(), (Order{c, b, a}));
  EXPECT_EQ(On("queues.move_task_to_front", NewId()).code(), "400/703");
}

TEST_F(QueuesTest, ATaskMovesToAnotherQueue) {
  const std::string task = Enqueue(), other = Make("other");
  EXPECT_EQ(
      On("queues.move_task_to_queue", task, R"(,"target_queue":")" + other + "\"").At("moved"),
      J("1"));
  EXPECT_TRUE(Waiting().empty());
  EXPECT_EQ(Waiting(other), std::vector{task});
  EXPECT_EQ(Get(entities::kTasks, task).At("execution").At("queue"), json::Value(other));
  EXPECT_EQ(Call("queues.get_by_task_id", R"({"task":")" + task + "\"}").At("name"),
            J("\"other\""));
  EXPECT_EQ(On("queues.move_task_to_queue", task, R"(,"target_queue":")" + other + "\"").code(),
            "400/703");
  EXPECT_EQ(Call("queues.get_by_task_id", R"({"task":"nobody"})").code(), "400/703");
}

// ---- handing out

TEST_F(QueuesTest, AnEmptyQueueAnswersNoEntry) {
  const Answer answer = Queue("queues.get_next_task");
  EXPECT_EQ(answer.code(), "200");
  EXPECT_EQ(answer.data, J("{}"));
}

TEST_F(QueuesTest, TheHeadIsHandedOutOnce) {
  const std::string a = Enqueue(), b = Enqueue();
  EXPECT_EQ(Next("s1"), a);
  EXPECT_EQ(Next("s2"), b);
  EXPECT_EQ(Next("s3"), "");
  EXPECT_EQ(Queue("queues.peek_task").data, J(R"({"task":null})"));
}

TEST_F(QueuesTest, PeekingTakesNothing) {
  const std::string a = Enqueue();
  EXPECT_EQ(Queue("queues.peek_task").At("task"), json::Value(a));
  EXPECT_EQ(Next(), a);
}

TEST_F(QueuesTest, TaskInfoComesWhenAsked) {
  Enqueue();
  const Answer answer = Queue("queues.get_next_task", R"(,"get_task_info":true)");
  EXPECT_EQ(answer.At("task_info"),
            J(R"({"company":")" + core.company_id + R"(","user":")" + identity.user_id + "\"}"));
  EXPECT_TRUE(ParseTime(answer.At("entry").At("added").AsString()));
}

TEST_F(QueuesTest, ANamedTaskIsTakenOnlyFromTheHead) {
  const std::string a = Enqueue(), b = Enqueue();
  EXPECT_EQ(Next("s1", R"(,"task":")" + b + "\""), "");
  EXPECT_EQ(Next("s1", R"(,"task":")" + a + "\""), a);
}

TEST_F(QueuesTest, AStoppedTaskIsQueuedAgainWhenTaken) {
  const std::string task = Enqueue(queue_, "stopped");
  EXPECT_EQ(Next(), task);
  EXPECT_EQ(StatusOf(task), "queued");
}

TEST_F(QueuesTest, ADeletedTaskIsPassedOver) {
  const std::string gone = Enqueue(), here = Enqueue();
  ASSERT_TRUE(
      core.docs.Transact([&](docs::Transaction& t) { return t.Delete(entities::kTasks, gone); })
          .ok());
  EXPECT_EQ(Next(), here);
}

TEST_F(QueuesTest, TheSameWorkerAskingAgainGetsTheSameTask) {
  const std::string a = Enqueue(), b = Enqueue();
  EXPECT_EQ(Next("s1"), a);
  Wait(59);
  EXPECT_EQ(Next("s1"), a);
  EXPECT_EQ(Next("s2"), b);
}

TEST_F(QueuesTest, OnceBegunATaskIsNotHandedOutAgain) {
  const std::string a = Enqueue(), b = Enqueue();
  EXPECT_EQ(Next("s1"), a);
  Begin(a);
  EXPECT_EQ(Next("s1"), b);
  Begin(b);
  Wait(3600);
  EXPECT_EQ(Next("s1"), "");
  EXPECT_EQ(Next("s2"), "");
}

TEST_F(QueuesTest, ATaskNeverBegunIsOfferedAgainAfterAMinute) {
  const std::string a = Enqueue(), b = Enqueue();
  EXPECT_EQ(Next("s1"), a);
  Wait(59);
  EXPECT_EQ(Next("s2"), b);
  Begin(b);
  EXPECT_EQ(Next("s3"), "");
  Wait(2);
  EXPECT_EQ(Next("s3"), a);
  EXPECT_EQ(Next("s1"), "");
}

TEST_F(QueuesTest, SeveralOfferedAgainKeepTheirOrder) {
  const std::string a = Enqueue(), b = Enqueue(), c = Enqueue();
  EXPECT_EQ(Next("s1"), a);
  EXPECT_EQ(Next("s2"), b);
  Wait(61);
  EXPECT_EQ(Next("s3"), a);
  EXPECT_EQ(Next("s4"), b);
  EXPECT_EQ(Next("s5"), c);
}

TEST_F(QueuesTest, TheClockMayJump) {
  const std::string a = Enqueue();
  EXPECT_EQ(Next("s1"), a);
  // Leases go by the monotonic clock, which World moves with `now`: a lease begun "later" is young.
  clock.now -= 86'400'000'000;
  EXPECT_EQ(Next("s2"), "");
  EXPECT_EQ(Next("s1"), a);
}

TEST_F(QueuesTest, ATaskQueuedAnewIsNotOfferedTwice) {
  const std::string a = Enqueue();
  EXPECT_EQ(Next("s1"), a);
  // The Kubernetes glue puts a task back like this, status untouched.
  ASSERT_EQ(On("queues.add_task", a).code(), "200");
  EXPECT_EQ(Next("s2"), a);
  Wait(61);
  EXPECT_EQ(Next("s3"), a);
  EXPECT_EQ(Next("s4"), "");
}

TEST_F(QueuesTest, ARetryOfWhatQueuedATaskDoesNotQueueItTwice) {
  const std::string a = Enqueue();
  EXPECT_EQ(Next("s1"), a);
  // Its answer was lost: whoever queued it asks again, just after a worker took it.
  identity.session_id = "s2";
  EXPECT_EQ(On("queues.add_task", a).code(), "400/706");
  EXPECT_EQ(Next("s2"), "");
  EXPECT_EQ(Next("s1"), a);
}

TEST_F(QueuesTest, ATaskMovedToAnotherQueueIsNotOfferedHereAgain) {
  const std::string other = Make("pending"), a = Enqueue();
  EXPECT_EQ(Next("s1"), a);
  ASSERT_EQ(On("queues.add_task", a, "", other).code(), "200");
  Wait(61);
  EXPECT_EQ(Next("s1"), "");
  EXPECT_EQ(Waiting(other), std::vector{a});
}

TEST_F(QueuesTest, ATaskThatTakesItsWorkersDownIsOfferedFourTimes) {
  const std::string bad = Enqueue(), good = Enqueue();
  for (int i = 1; i <= 4; ++i) {
    EXPECT_EQ(Next("s" + std::to_string(i)), bad);
    Wait(61);
  }
  EXPECT_EQ(Next("s5"), good);
  EXPECT_EQ(StatusOf(bad), "failed");
  EXPECT_EQ(Get(entities::kTasks, bad).At("status_reason"),
            J("\"handed out and never begun too often\""));
  EXPECT_EQ(Call("queues.get_by_task_id", R"({"task":")" + bad + "\"}").code(), "400/703");
}

TEST_F(QueuesTest, AskingAgainIsNoFurtherOffer) {
  const std::string task = Enqueue();
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Next("s1"), task);
    Wait(5);
  }
  // Ten answers were lost, and the lease was not made longer by that.
  Wait(11);
  EXPECT_EQ(Next("s2"), task);
  EXPECT_EQ(StatusOf(task), "queued");
}

TEST_F(QueuesTest, OnceOverALeaseIsShownAsWaitingAtItsOldPlace) {
  const std::string a = Enqueue(), b = Enqueue();
  EXPECT_EQ(Next("s1"), a);
  EXPECT_EQ(Waiting(), std::vector{b});
  Wait(61);
  EXPECT_EQ(Waiting(), (std::vector{a, b}));
  EXPECT_EQ(Queue("queues.get_num_entries").data, J(R"({"num":2})"));
  EXPECT_EQ(On("queues.move_task_to_back", a).data, J(R"({"position":1})"));
  EXPECT_EQ(Next("s2"), b);
  EXPECT_EQ(Next("s3"), a);
}

TEST_F(QueuesTest, ALeaseOutlivesTheServer) {
  const std::string a = Enqueue(), b = Enqueue();
  EXPECT_EQ(Next("s1"), a);
  Wait(40);
  core.queues = entities::NewQueueIndex();  // what a restart does
  EXPECT_EQ(Next("s1"), a);
  EXPECT_EQ(Next("s2"), b);
  Begin(b);
  Wait(21);
  EXPECT_EQ(Next("s3"), a);
}

TEST_F(QueuesTest, AfterTheMachineStartedAnewALeaseBeginsAnew) {
  const std::string a = Enqueue();
  EXPECT_EQ(Next("s1"), a);
  json::Value doc = Get(entities::kQueueEntries, a);
  doc["in"].array()[0]["lease"]["boot"] = "another";
  Put(entities::kQueueEntries, doc);
  clock.now -= 3'600'000'000;  // the monotonic clock begins at zero
  core.queues = entities::NewQueueIndex();
  EXPECT_EQ(Next("s2"), "");
  EXPECT_EQ(Next("s1"), a);
  Wait(59);
  EXPECT_EQ(Next("s2"), "");
  Wait(2);
  EXPECT_EQ(Next("s2"), a);
}

TEST_F(QueuesTest, DeletingAQueueRestoresWhatWasHandedOutAndNotBegun) {
  const std::string task = Enqueue();
  EXPECT_EQ(Next("s1"), task);
  EXPECT_EQ(Queue("queues.delete").At("deleted"), J("1"));
  EXPECT_EQ(StatusOf(task), "stopped");
  EXPECT_TRUE(Get(entities::kQueueEntries, task).IsNull());
}

TEST_F(QueuesTest, ClearingAQueueLeavesWhatWasHandedOut) {
  const std::string a = Enqueue(), b = Enqueue();
  EXPECT_EQ(Next("s1"), a);
  EXPECT_EQ(Queue("queues.clear_queue").At("removed_tasks").array().size(), 1u);
  EXPECT_EQ(StatusOf(a), "queued");
  EXPECT_EQ(StatusOf(b), "stopped");
  EXPECT_EQ(Next("s1"), a);
}

TEST_F(QueuesTest, EntriesInsideAQueuesDocumentAreMovedOut) {
  const auto task = [&](std::string_view name) {
    return Put(entities::kTasks, json::Object{{"name", name},
                                              {"status", "queued"},
                                              {"status_changed", FormatTime(clock.now)}});
  };
  const std::string held = task("held"), first = task("first"), second = task("second");
  const std::string added = FormatTime(clock.now - 5'000'000);
  json::Value queue = Get(entities::kQueues, queue_);
  queue["entries"] = json::Array{json::Object{{"task", first}, {"added", added}},
                                 json::Object{{"task", second}, {"added", added}}};
  queue["leases"] = json::Array{json::Object{{"task", held},
                                             {"added", added},
                                             {"holder", "somebody"},
                                             {"id", "x"},
                                             {"status_changed", FormatTime(clock.now)}}};
  Put(entities::kQueues, queue);
  ASSERT_TRUE(entities::OpenQueues(core).ok());
  ASSERT_TRUE(entities::OpenQueues(core).ok());  // nothing is left to do
  EXPECT_EQ(Get(entities::kQueues, queue_).Find("entries"), nullptr);
  EXPECT_EQ(Get(entities::kQueues, queue_).Find("leases"), nullptr);
  EXPECT_EQ(Waiting(), (std::vector{first, second}));
  EXPECT_EQ(Queue("queues.get_by_id").At("queue").At("entries").array()[0].At("added"),
            json::Value(added));
  EXPECT_EQ(Next("s1"), first);
  Begin(first);
  Wait(61);
  EXPECT_EQ(Next("s1"), held);
}

TEST_F(QueuesTest, QueuesAreFoundByATaskThatWaits) {
  const std::string a = Enqueue(), b = Enqueue();
  Make("empty");
  const auto found = [&](const std::string& task) {
    return Call("queues.get_all", R"({"entries.task":[")" + task + R"("],"only_fields":["name"]})")
        .At("queues");
  };
  EXPECT_EQ(found(b), J(R"([{"id":")" + queue_ + R"(","name":"field work"}])"));
  EXPECT_EQ(found(NewId()), J("[]"));
  EXPECT_EQ(Call("queues.get_all", R"({"entries.task":["-)" + a + R"("]})").code(), "400/16");
}

TEST_F(QueuesTest, EntriesComeOnlyWhenAskedFor) {
  Enqueue();
  const auto first = [&](std::string_view request) {
    return Call("queues.get_all", request).At("queues").array().at(0);
  };
  EXPECT_EQ(first(R"({"only_fields":["name"]})").Find("entries"), nullptr);
  EXPECT_EQ(first(R"({"only_fields":["-entries"]})").Find("entries"), nullptr);
  EXPECT_EQ(first(R"({"only_fields":["entries.task"]})").At("entries").array().at(0).Find("added"),
            nullptr);
}

TEST_F(QueuesTest, LeasesAreNotShown) {
  Enqueue();
  Next();
  EXPECT_TRUE(Queue("queues.get_by_id").At("queue").At("leases").IsNull());
  EXPECT_TRUE(Call("queues.get_all", "{}").At("queues").array().at(0).At("leases").IsNull());
  EXPECT_TRUE(Call("queues.get_all", R"({"only_fields":["leases"]})")
                  .At("queues")
                  .array()
                  .at(0)
                  .At("leases")
                  .IsNull());
}

TEST_F(QueuesTest, ManyWorkersRaceAndEachTaskHasOneWinner) {
  constexpr int kTasks = 40, kWorkers = 4;
  std::vector<std::string> order;
  for (int i = 0; i < kTasks; ++i) order.push_back(Enqueue());
  std::vector<std::vector<std::string>> won(kWorkers);
  std::vector<std::thread> threads;
  for (int w = 0; w < kWorkers; ++w) {
    threads.emplace_back([&, w] {
      for (int n = 0; n < kTasks; ++n) {
        api::Call call;
        call.identity = identity;
        call.identity.session_id = std::to_string(w) + "/" + std::to_string(n);
        call.request = json::Object{{"queue", queue_}};
        call.now = clock.now;
        ASSERT_TRUE(GetNextTask(context_, call).ok());
        const std::string task =
            json::Value(std::move(call.response)).At("entry").At("task").AsString();
        if (!task.empty()) won[static_cast<size_t>(w)].push_back(task);
      }
    });
  }
  for (std::thread& t : threads) t.join();
  std::set<std::string> all;
  size_t count = 0;
  for (const auto& mine : won) {
    count += mine.size();
    all.insert(mine.begin(), mine.end());
    // First in, first out, as far as one worker can see.
    size_t last = 0;
    for (const std::string& task : mine) {
      const auto at =
          static_cast<size_t>(std::find(order.begin(), order.end(), task) - order.begin());
      EXPECT_GE(at, last);
      last = at;
    }
  }
  EXPECT_EQ(count, static_cast<size_t>(kTasks));
  EXPECT_EQ(all.size(), static_cast<size_t>(kTasks));
}

// ---- metrics

TEST_F(QueuesTest, MetricsAreSampledEveryFiveMinutes) {
  clock.now = 1'700'000'000'000'000;
  const std::string blocked = Make("blocked");
  Enqueue(blocked);
  Wait(10);
  const auto ask = [&](std::string_view more) {
    return Call(
        "queues.get_queue_metrics",
        R"({"from_date":1700000000,"to_date":1700010000,"interval":300)" + std::string(more) + "}");
  };
  const auto poll = [&] { On("queues.get_next_task", "", R"(,"task":"another")", blocked); };
  poll();
  Wait(100);
  poll();  // too early for a second sample
  Wait(300);
  poll();
  const std::string ids = R"(,"queue_ids":[")" + blocked + R"("])";
  EXPECT_EQ(ask(ids).At("queues"),
            J(R"([{"queue":")" + blocked + R"(","dates":[1700000000,1700000300],
                   "avg_waiting_times":[10.0,410.0],"queue_lengths":[1,1]}])"));
  const Answer refreshed = ask(ids + R"(,"refresh":true)");
  // A sample of the same interval with a longer or equal wait stands for it.
  EXPECT_EQ(refreshed.At("queues").array().at(0).At("dates").array().size(), 2u);
  EXPECT_EQ(ask("").At("queues").array().at(0).At("queue"), J("\"all\""));
  EXPECT_EQ(Call("queues.get_queue_metrics", R"({"from_date":0,"to_date":10})").code(), "400/12");
  EXPECT_EQ(
      Call("queues.get_queue_metrics", R"({"from_date":0,"to_date":9999999,"interval":1})").code(),
      "400/16");
}

}  // namespace
}  // namespace furrow::service::queues
