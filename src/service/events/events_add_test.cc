// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "base/id.h"
#include "service/events/events_fixture.h"

namespace furrow::service::events {
namespace {

using entities::J;

class AddTest : public EventsWorld {
 protected:
  json::Array Logs() {
    return Call("events.get_task_log", R"({"task":")" + task_ + R"(","order":"asc"})")
        .At("events")
        .array();
  }
  json::Array Raw(std::string_view type) {
    return Call("events.get_task_events",
                R"({"task":")" + task_ + R"(","event_type":")" + std::string(type) + "\"}")
        .At("events")
        .array();
  }
};

TEST_F(AddTest, CountsWhatItTook) {
  const auto answer = Lines(Scalar("loss", "train", 1, 0.5) + Scalar("loss", "train", 2, 0.25) +
                            Line("log", R"("msg":"hello")"));
  ASSERT_EQ(answer.code(), "200");
  EXPECT_EQ(answer.At("added"), J("3"));
  EXPECT_EQ(answer.At("errors"), J("0"));
  EXPECT_EQ(answer.At("errors_info"), J("{}"));
}

TEST_F(AddTest, AnEmptyBatchIsRefused) {
  EXPECT_EQ(Lines("").code(), "400/17");
  EXPECT_EQ(Lines("\n \n").code(), "400/17");
}

TEST_F(AddTest, OneBadLineRefusesTheBatch) {
  EXPECT_EQ(Lines(Scalar("m", "v", 1, 1) + "{\"task\":\n").code(), "400/18");
  EXPECT_EQ(Raw("training_stats_scalar").size(), 0u);
}

TEST_F(AddTest, ErrorsAreCountedAndNotFatal) {
  const auto answer =
      Lines(Scalar("m", "v", 1, 1) + Line(NewId(), "log", R"("msg":"x")") +
            Line(NewId(), "log", R"("msg":"y")") + "{\"type\":\"log\",\"msg\":\"z\"}\n" +
            Line("no such type", "") + Line("training_stats_scalar", R"("iter":1)"));
  ASSERT_EQ(answer.code(), "200");
  EXPECT_EQ(answer.At("added"), J("1"));
  EXPECT_EQ(answer.At("errors"), J("5"));
  EXPECT_EQ(answer.At("errors_info"),
            J(R"({"Invalid task id": 2, "Event must have a 'task' field": 1,
                  "Event type is missing or unknown": 1, "Scalar event has no value": 1})"));
}

TEST_F(AddTest, NothingAddedIsAnError) {
  EXPECT_EQ(Lines(Line(NewId(), "log", R"("msg":"x")")).code(), "400/131");
}

TEST_F(AddTest, APublishedTaskTakesEventsOnlyWhenAllowed) {
  for (const char* status : {"published", "publishing"}) {
    const std::string locked = AddTask(status);
    EXPECT_EQ(Lines(Line(locked, "log", R"("msg":"x")")).code(), "400/131");
    EXPECT_EQ(Lines(Line(locked, "log", R"("msg":"x","allow_locked":true)")).code(), "200");
  }
  for (const char* status : {"created", "queued", "stopped", "closed", "failed", "completed"}) {
    EXPECT_EQ(Lines(Line(AddTask(status), "log", R"("msg":"x")")).code(), "200");
  }
}

TEST_F(AddTest, AModelEventBelongsToAModel) {
  const std::string model = Put(entities::kModels, json::Object{{"name", "net"}});
  // As the SDK sends it, the model's id stands in `task`; `model` wins where both are there.
  EXPECT_EQ(Lines(Line(model, "training_stats_scalar",
                       R"("metric":"a","variant":"v","value":1,"model_event":true)"))
                .code(),
            "200");
  EXPECT_EQ(Lines(Line(task_, "training_stats_scalar",
                       R"("metric":"b","variant":"v","value":2,"model_event":true,"model":")" +
                           model + "\""))
                .code(),
            "200");
  const auto answer = Call("events.get_scalar_metrics_and_variants",
                           R"({"model_events":true,"task":")" + model + "\"}");
  EXPECT_EQ(answer.At("metrics"), J(R"({"a":["v"],"b":["v"]})"));
  EXPECT_EQ(Lines(Line(task_, "log", R"("msg":"x","model_event":true)")).code(), "400/131");
  EXPECT_EQ(core.events.Stats(task_), nullptr);
}

TEST_F(AddTest, TimestampAndWorkerHaveDefaults) {
  ASSERT_EQ(
      Lines(Line("log", R"("msg":"a")") + Line("log", R"("msg":"b","worker":"w2","ts":7)")).code(),
      "200");
  const auto logs = Logs();
  ASSERT_EQ(logs.size(), 2u);
  EXPECT_EQ(logs[0].At("timestamp"), J("7"));
  EXPECT_EQ(logs[0].At("worker"), J("\"w2\""));
  EXPECT_EQ(logs[1].At("timestamp").AsInt(), clock.now / 1000);
  EXPECT_EQ(logs[1].At("worker"), J("\"host-1\""));
}

TEST_F(AddTest, ScalarsOfTwoWorkersKeepTheirs) {
  ASSERT_EQ(Lines(Line("training_stats_scalar", R"("metric":"m","iter":1,"value":1)") +
                  Line("training_stats_scalar", R"("metric":"m","iter":2,"value":1,"worker":"w2")"))
                .code(),
            "200");
  const auto events = Raw("training_stats_scalar");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].At("worker"), J("\"host-1\""));
  EXPECT_EQ(events[1].At("worker"), J("\"w2\""));
}

TEST_F(AddTest, MetricAndVariantDefaultToNothing) {
  ASSERT_EQ(Lines(Line("training_stats_scalar", R"("value":1)")).code(), "200");
  const auto events = Raw("training_stats_scalar");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].At("metric"), J("\"\""));
  EXPECT_EQ(events[0].At("variant"), J("\"\""));
  EXPECT_EQ(events[0].At("iter"), J("0"));
}

TEST_F(AddTest, OfEqualEventsTheLastWinsButLogsAlwaysAppend) {
  const std::string plot = R"("metric":"p","variant":"v","iter":1,"plot_str":)";
  ASSERT_EQ(Lines(Scalar("m", "v", 1, 1) + Scalar("m", "v", 1, 2) + Line("plot", plot + "\"one\"") +
                  Line("plot", plot + "\"two\"") + Line("log", R"("msg":"same","timestamp":1)") +
                  Line("log", R"("msg":"same","timestamp":1)"))
                .code(),
            "200");
  const auto scalars = Raw("training_stats_scalar");
  ASSERT_EQ(scalars.size(), 1u);
  EXPECT_EQ(scalars[0].At("value"), J("2.0"));
  const auto plots = Raw("plot");
  ASSERT_EQ(plots.size(), 1u);
  EXPECT_EQ(plots[0].At("plot_str"), J("\"two\""));
  EXPECT_EQ(Logs().size(), 2u);
}

TEST_F(AddTest, ImagesOfOneIterationDifferByKey) {
  const std::string image = R"("metric":"i","variant":"v","iter":1,"url":"http://x/a","key":)";
  ASSERT_EQ(Lines(Line("training_debug_image", image + "\"a\"") +
                  Line("training_debug_image", image + "\"b\"") +
                  Line("training_debug_image", image + "\"b\""))
                .code(),
            "200");
  EXPECT_EQ(Raw("training_debug_image").size(), 2u);
}

TEST_F(AddTest, ABatchSentTwiceTakesEffectOnce) {
  const std::string body = Line("log", R"("msg":"once","timestamp":1)");
  EXPECT_EQ(Lines(body).At("added"), J("1"));
  EXPECT_EQ(Lines(body).At("added"), J("1"));
  EXPECT_EQ(Logs().size(), 1u);
  // Another sender's equal lines are lines of their own.
  EXPECT_EQ(Lines(body, "host-2").code(), "200");
  EXPECT_EQ(Logs().size(), 2u);
  identity.user_id = NewId();
  EXPECT_EQ(Lines(body).code(), "200");
  EXPECT_EQ(Logs().size(), 3u);
}

TEST_F(AddTest, NanAndInfinityAreKept) {
  ASSERT_EQ(Lines(Line("training_stats_scalar", R"("metric":"m","iter":1,"value":NaN)") +
                  Line("training_stats_scalar", R"("metric":"m","iter":2,"value":-Infinity)"))
                .code(),
            "200");
  const auto events = Raw("training_stats_scalar");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_TRUE(std::isnan(events[0].At("value").AsDouble()));
  EXPECT_EQ(events[1].At("value").AsDouble(), -HUGE_VAL);
}

TEST_F(AddTest, IterationsMayBeAny64Bits) {
  std::string body;
  for (const int64_t iter : {INT64_MIN, int64_t{-7}, INT64_MAX}) body += Scalar("m", "v", iter, 1);
  ASSERT_EQ(Lines(body).code(), "200");
  const auto events = Raw("training_stats_scalar");
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].At("iter").AsInt(), INT64_MIN);
  EXPECT_EQ(events[1].At("iter").AsInt(), -7);
  EXPECT_EQ(events[2].At("iter").AsInt(), INT64_MAX);
}

TEST_F(AddTest, ATimeOutOfTheCalendarIsAnErrorOfTheEvent) {
  EXPECT_EQ(Lines(Line("log", R"("msg":"x","timestamp":9223372036854775807)")).code(), "400/131");
}

TEST_F(AddTest, LastMetricsAndLastIterationFollow) {
  ASSERT_EQ(Lines(Scalar("loss", "train", 5, 2, 100) + Scalar("loss", "train", 3, 1, 200) +
                  Scalar(":monitor:machine", "cpu", 900, 1))
                .code(),
            "200");
  const json::Value task = Get(entities::kTasks, task_);
  EXPECT_EQ(task.At("last_iteration"), J("5"));
  const json::Value* last = task.FindPath("last_metrics." + Md5Hex("loss") + "." + Md5Hex("train"));
  ASSERT_NE(last, nullptr);
  EXPECT_EQ(last->At("metric"), J("\"loss\""));
  EXPECT_EQ(last->At("value"), J("2.0"));  // the last by iteration, then time
  EXPECT_EQ(last->At("min_value"), J("1.0"));
  EXPECT_EQ(last->At("min_value_iteration"), J("3"));
  EXPECT_EQ(last->At("max_value"), J("2.0"));
  EXPECT_EQ(last->At("first_value"), J("2.0"));
  EXPECT_EQ(last->At("count"), J("2"));
  EXPECT_EQ(last->At("mean_value"), J("1.5"));
}

TEST_F(AddTest, AddTakesOneEvent) {
  const auto answer = Call(
      "events.add", R"({"type":"training_stats_scalar","task":")" + task_ +
                        R"(","metric":"m","variant":"v","iter":4,"value":1.5,"method":"get"})");
  ASSERT_EQ(answer.code(), "200");
  EXPECT_EQ(answer.At("added"), J("1"));
  EXPECT_EQ(Raw("training_stats_scalar").at(0).At("iter"), J("4"));
  EXPECT_EQ(Call("events.add", R"({"type":"log","task":"x","msg":"y"})").code(), "400/131");
}

TEST_F(AddTest, AVectorsValuesBecomeItsValue) {
  ASSERT_EQ(Lines(Line("training_stats_vector",
                       R"("metric":"h","variant":"v","iter":2,"values":[1,2.5])"))
                .code(),
            "200");
  const auto answer = Call("events.vector_metrics_iter_histogram",
                           R"({"metric":"h","variant":"v","task":")" + task_ + "\"}");
  ASSERT_EQ(answer.At("images").array().size(), 1u);
  EXPECT_EQ(answer.At("images").array()[0].At("value"), J("[1, 2.5]"));
  EXPECT_EQ(
      Call("events.get_vector_metrics_and_variants", R"({"task":")" + task_ + "\"}").At("metrics"),
      J(R"({"h":["v"]})"));
  EXPECT_EQ(Lines(Line("training_stats_vector", R"("metric":"h")")).code(), "400/131");
}

}  // namespace
}  // namespace furrow::service::events
