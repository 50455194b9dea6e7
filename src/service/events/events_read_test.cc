// SPDX-License-Identifier: Apache-2.0
#include "service/events/events_fixture.h"

namespace furrow::service::events {
namespace {

using entities::Answer;
using entities::J;

class ReadTest : public EventsWorld {
 protected:
  /// `members` follow the task.
  Answer Ask(std::string_view name, std::string members = "", std::string_view version = "") {
    if (!members.empty()) members.insert(0, ",");
    return Call(name, R"({"task":")" + task_ + "\"" + members + "}", version);
  }
  static std::string Texts(const Answer& answer, std::string_view list, std::string_view member) {
    std::string out;
    for (const json::Value& e : answer.At(list).array()) {
      const json::Value& v = e.At(member);
      out += (v.IsString() ? v.AsString() : json::Write(v)) + " ";
    }
    return out;
  }
};

// ---- logs

class LogTest : public ReadTest {
 protected:
  void SetUp() override {
    std::string body;
    int n = 0;
    for (const int ms : {10, 20, 20, 20, 30, 40}) {
      body += Line("log", "\"timestamp\":" + std::to_string(ms) + R"(,"level":"info","msg":")" +
                              static_cast<char>('a' + n++) + "\"");
    }
    ASSERT_EQ(Lines(body).code(), "200");
  }
  std::string Log(std::string members, std::string_view version = "") {
    return Texts(Ask("events.get_task_log", std::move(members), version), "events", "msg");
  }
};

TEST_F(LogTest, TheLatestComeFirst) {
  EXPECT_EQ(Log(""), "f e d c b a ");
  EXPECT_EQ(Log(R"("batch_size":2)"), "f e ");
}

TEST_F(LogTest, NavigatesLaterFromTheEarliest) {
  EXPECT_EQ(Log(R"("navigate_earlier":false)"), "a b c d e f ");
  EXPECT_EQ(Log(R"("navigate_earlier":false,"batch_size":1)"), "a ");
}

TEST_F(LogTest, OrderTurnsTheBatchNotTheNavigation) {
  EXPECT_EQ(Log(R"("navigate_earlier":true,"order":"asc","batch_size":2)"), "e f ");
  EXPECT_EQ(Log(R"("navigate_earlier":false,"order":"desc","batch_size":1)"), "a ");
  EXPECT_EQ(Log(R"("navigate_earlier":false,"order":"desc")"), "f e d c b a ");
}

TEST_F(LogTest, ABatchNeverSplitsAMillisecond) {
  EXPECT_EQ(Log(R"("batch_size":3)"), "f e d c b ");
  EXPECT_EQ(Log(R"("navigate_earlier":false,"batch_size":2)"), "a b c d ");
}

TEST_F(LogTest, GoesOnFromATimestamp) {
  EXPECT_EQ(Log(R"("from_timestamp":30)"), "d c b a ");
  EXPECT_EQ(Log(R"("from_timestamp":20.0,"navigate_earlier":false)"), "e f ");
  EXPECT_EQ(Log(R"("from_timestamp":40,"navigate_earlier":false)"), "");
}

TEST_F(LogTest, SaysHowManyThereAre) {
  const Answer answer = Ask("events.get_task_log", R"("batch_size":2)");
  EXPECT_EQ(answer.At("returned"), J("2"));
  EXPECT_EQ(answer.At("total"), J("6"));
  const json::Value& line = answer.At("events").array().at(0);
  EXPECT_EQ(line, J(R"({"task":")" + task_ + R"(","type":"log","timestamp":40,"level":"info",
                       "worker":"host-1","msg":"f","@timestamp":"1970-01-01T00:00:00.040Z"})"));
}

TEST_F(LogTest, AnUnknownTaskIsAnError) {
  EXPECT_EQ(Call("events.get_task_log", R"({"task":"nobody"})").code(), "400/101");
  EXPECT_EQ(Call("events.get_task_log", "{}").code(), "400/12");
}

TEST_F(LogTest, OlderClientsScrollFromHeadOrTail) {
  const Answer first =
      Ask("events.get_task_log", R"("from":"tail","batch_size":1,"order":"asc")", "2.5");
  EXPECT_EQ(Texts(first, "events", "msg"), "f ");
  const std::string scroll = first.At("scroll_id").AsString();
  EXPECT_EQ(
      Log(R"("from":"tail","batch_size":2,"order":"asc","scroll_id":")" + scroll + "\"", "2.5"),
      "b c d e ");
  EXPECT_EQ(Log(R"("batch_size":1)", "2.5"), "a ");
  EXPECT_EQ(Ask("events.get_task_log", R"("scroll_id":"?")", "2.5").code(), "400/1104");
}

TEST_F(LogTest, ClearsWhatIsOlderThanTheThreshold) {
  clock.now += 1;  // the lines are of 1970
  EXPECT_EQ(Ask("events.clear_task_log", R"("threshold_sec":100000000000)").At("deleted"), J("0"));
  EXPECT_EQ(Ask("events.clear_task_log", R"("threshold_sec":100)").At("deleted"), J("6"));
  EXPECT_EQ(Log(""), "");
}

TEST_F(LogTest, APublishedTasksLogIsClearedOnlyWhenAllowed) {
  Put(entities::kTasks, json::Object{{"id", task_}, {"status", "published"}});
  EXPECT_EQ(Ask("events.clear_task_log").code(), "400/113");
  EXPECT_EQ(Ask("events.clear_task_log", R"("allow_locked":true)").At("deleted"), J("6"));
}

TEST_F(LogTest, DownloadsAsTextOrJson) {
  const auto download = [&](std::string_view more) {
    api::Call call;
    call.request = J(R"({"task":")" + task_ + "\"" + std::string(more) + "}");
    EXPECT_TRUE(DownloadTaskLog(context_, call).ok());
    EXPECT_EQ(call.raw->headers.Get("Content-Disposition"),
              "attachment; filename=\"task_" + task_ + ".log\"");
    std::string text;
    while (call.raw->stream(text)) {
    }
    return text;
  };
  const std::string text = download(R"(,"line_type":"text")");
  EXPECT_TRUE(text.starts_with("1970-01-01T00:00:00.010Z host-1 info a\n")) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 6);
  EXPECT_TRUE(download(R"(,"line_type":"text","line_format":"{msg}|{level} {other}")")
                  .starts_with("a|info {other}\n"));
  const std::string lines = download("");
  EXPECT_EQ(J(lines.substr(0, lines.find('\n'))).At("msg"), J("\"a\""));
}

// ---- curves

TEST_F(ReadTest, AHistogramStandsAtTheRoot) {
  ASSERT_EQ(Lines(Scalar("loss", "train", 0, 1) + Scalar("loss", "train", 2, 0.5) +
                  Scalar("loss", "test", 1, 3) + Scalar("acc", "train", 1, 9))
                .code(),
            "200");
  EXPECT_EQ(Ask("events.scalar_metrics_iter_histogram").data,
            J(R"({"acc": {"train": {"name":"train","x":[1],"y":[9.0]}},
                  "loss": {"test": {"name":"test","x":[1],"y":[3.0]},
                           "train": {"name":"train","x":[0,2],"y":[1.0,0.5]}}})"));
}

TEST_F(ReadTest, AHistogramShowsWhatIsSelected) {
  ASSERT_EQ(Lines(Scalar("loss", "train", 0, 1) + Scalar("loss", "test", 1, 3) +
                  Scalar("acc", "train", 1, 9))
                .code(),
            "200");
  const auto names = [&](std::string_view metrics) {
    std::string out;
    const Answer answer =
        Ask("events.scalar_metrics_iter_histogram", "\"metrics\":" + std::string(metrics));
    for (const json::Member& m : answer.data.object()) {
      for (const json::Member& v : m.value.object()) out += m.key + "/" + v.key + " ";
    }
    return out;
  };
  EXPECT_EQ(names(R"([{"metric":"loss"}])"), "loss/test loss/train ");
  EXPECT_EQ(names(R"([{"metric":"loss","variants":["train"]},{"metric":"acc"}])"),
            "acc/train loss/train ");
  EXPECT_EQ(names("[]"), "acc/train loss/test loss/train ");
  EXPECT_EQ(names("null"), "acc/train loss/test loss/train ");
}

TEST_F(ReadTest, TheAxisIsIterationOrTime) {
  ASSERT_EQ(Lines(Scalar("m", "v", 1, 5, 1700000000123)).code(), "200");
  const auto x = [&](std::string_view key) {
    return Ask("events.scalar_metrics_iter_histogram", "\"key\":\"" + std::string(key) + "\"")
        .Path("m.v.x");
  };
  EXPECT_EQ(x("iter"), J("[1]"));
  EXPECT_EQ(x("timestamp"), J("[1700000000123]"));
  EXPECT_EQ(x("iso_time"), J(R"(["2023-11-14T22:13:20.123Z"])"));
  EXPECT_EQ(Ask("events.scalar_metrics_iter_histogram", R"("key":"depth")").code(), "400/16");
}

TEST_F(ReadTest, ALongCurveIsAveraged) {
  std::string body;
  for (int i = 0; i < 100; ++i) body += Scalar("m", "v", i, i);
  ASSERT_EQ(Lines(body).code(), "200");
  const Answer ten = Ask("events.scalar_metrics_iter_histogram", R"("samples":10)");
  EXPECT_EQ(ten.Path("m.v.x"), J("[0,10,20,30,40,50,60,70,80,90]"));
  EXPECT_EQ(ten.Path("m.v.y"), J("[4.5,14.5,24.5,34.5,44.5,54.5,64.5,74.5,84.5,94.5]"));
  EXPECT_EQ(Ask("events.scalar_metrics_iter_histogram", R"("samples":1)").Path("m.v.y"),
            J("[49.5]"));
  for (const char* samples : {"null", "0", "101", "1000000"}) {
    const Answer all =
        Ask("events.scalar_metrics_iter_histogram", R"("samples":)" + std::string(samples));
    EXPECT_EQ(all.Path("m.v.x").array().size(), 100u) << samples;
  }
}

TEST_F(ReadTest, TwoThousandSamplesAreTheDefault) {
  std::string body;
  for (int i = 0; i < 4000; ++i) body += Scalar("m", "v", i, i);
  ASSERT_EQ(Lines(body).code(), "200");
  EXPECT_EQ(Ask("events.scalar_metrics_iter_histogram").Path("m.v.x").array().size(), 2000u);
}

TEST_F(ReadTest, AnXAxisLabelIsGivenBack) {
  ASSERT_EQ(Lines(Line("training_stats_scalar",
                       R"("metric":"m","variant":"v","value":1,"x_axis_label":"metres")"))
                .code(),
            "200");
  EXPECT_EQ(Ask("events.scalar_metrics_iter_histogram").Path("m.v.x_axis_label"), J("\"metres\""));
}

TEST_F(ReadTest, SeveralTasksAreComparedInOneChart) {
  const std::string other = AddTask("stopped", "another run");
  ASSERT_EQ(Lines(Scalar("m", "v", 1, 5) + Line(other, "training_stats_scalar",
                                                R"("metric":"m","variant":"v","iter":2,"value":7)"))
                .code(),
            "200");
  const Answer answer = Call("events.multi_task_scalar_metrics_iter_histogram",
                             R"({"tasks":[")" + task_ + R"(",")" + other + R"("]})");
  EXPECT_EQ(answer.Path("metrics.m.v." + task_), J(R"({"name":"a run","x":[1],"y":[5.0]})"));
  EXPECT_EQ(answer.Path("metrics.m.v." + other), J(R"({"name":"another run","x":[2],"y":[7.0]})"));
}

TEST_F(ReadTest, AtMostAHundredTasksAreCompared) {
  json::Array ids;
  for (int i = 0; i < 101; ++i) ids.push_back(AddTask("stopped"));
  const auto ask = [&] {
    return Call("events.multi_task_scalar_metrics_iter_histogram",
                json::Write(json::Object{{"tasks", ids}}))
        .code();
  };
  EXPECT_EQ(ask(), "400/12");
  ids.pop_back();
  EXPECT_EQ(ask(), "200");
}

TEST_F(ReadTest, SingleValuesStandApartFromCurves) {
  ASSERT_EQ(Lines(Scalar("Summary", "best", -2147483648, 0.9, 77) + Scalar("m", "v", 1, 5)).code(),
            "200");
  const Answer answer =
      Call("events.get_task_single_value_metrics", R"({"tasks":[")" + task_ + R"("]})");
  EXPECT_EQ(answer.At("tasks"), J(R"([{"task":")" + task_ + R"(","task_name":"a run","values":
                  [{"metric":"Summary","variant":"best","value":0.9,"timestamp":77}]}])"));
  const Answer histogram = Ask("events.scalar_metrics_iter_histogram");
  EXPECT_TRUE(histogram.At("Summary").IsNull());
  EXPECT_FALSE(histogram.At("m").IsNull());
}

TEST_F(ReadTest, ATaskWithoutSingleValuesIsLeftOut) {
  ASSERT_EQ(Lines(Scalar("m", "v", 1, 5)).code(), "200");
  EXPECT_EQ(
      Call("events.get_task_single_value_metrics", R"({"tasks":[")" + task_ + R"("]})").At("tasks"),
      J("[]"));
  EXPECT_EQ(Call("events.get_task_single_value_metrics", R"({"tasks":["nobody"]})").code(),
            "400/101");
}

TEST_F(ReadTest, LatestValuesAreTheLastAndTheMeanOfAHundred) {
  std::string body;
  for (int i = 0; i < 150; ++i) body += Scalar("m", "v", i, i);
  ASSERT_EQ(Lines(body).code(), "200");
  EXPECT_EQ(
      Ask("events.get_task_latest_scalar_values").At("metrics"),
      J(R"([{"name":"m","variants":[{"name":"v","last_value":149.0,"last_100_value":99.5}]}])"));
}

// ---- raw events

TEST_F(ReadTest, RawEventsComeByIteration) {
  ASSERT_EQ(
      Lines(Scalar("b", "v", 1, 1) + Scalar("a", "v", 2, 2) + Scalar("a", "v", 1, 3) +
            Scalar("a", "u", 3, 4) + Scalar("s", "s", -2147483648, 5) + Scalar("a", "v", -5, 6))
          .code(),
      "200");
  const std::string type = R"("event_type":"training_stats_scalar")";
  EXPECT_EQ(Texts(Ask("events.get_task_events", type), "events", "value"),
            "5.0 6.0 3.0 1.0 2.0 4.0 ");
  EXPECT_EQ(Texts(Ask("events.get_task_events", type + R"(,"order":"desc")"), "events", "value"),
            "4.0 2.0 3.0 1.0 6.0 5.0 ");
  EXPECT_EQ(
      Texts(Ask("events.get_task_events", type + R"(,"metrics":[{"metric":"a","variants":["v"]}])"),
            "events", "value"),
      "6.0 3.0 2.0 ");
}

TEST_F(ReadTest, RawEventsArePaged) {
  std::string body;
  for (int i = 0; i < 40; ++i) {
    for (const char* metric : {"a", "b", "c"}) body += Scalar(metric, "v", i, i);
  }
  ASSERT_EQ(Lines(body).code(), "200");
  for (const std::string order : {"asc", "desc"}) {
    std::string scroll, seen;
    size_t count = 0;
    int pages = 0;
    while (true) {
      const Answer page =
          Ask("events.get_task_events",
              R"("event_type":"training_stats_scalar","batch_size":7,"order":")" + order + "\"" +
                  (scroll.empty() ? "" : ",\"scroll_id\":" + json::Write(scroll)));
      ASSERT_EQ(page.code(), "200");
      EXPECT_EQ(page.At("total"), J("120"));
      const size_t returned = page.At("events").array().size();
      EXPECT_EQ(page.At("returned").AsInt(), static_cast<int64_t>(returned));
      count += returned;
      seen += Texts(page, "events", "iter");
      scroll = page.At("scroll_id").AsString();
      if (returned < 7) break;
      ++pages;
    }
    EXPECT_EQ(count, 120u);
    EXPECT_EQ(pages, 17);
    std::string expected;
    for (int i = 0; i < 40; ++i) {
      const std::string iter = std::to_string(order == "asc" ? i : 39 - i) + " ";
      expected += iter + iter + iter;
    }
    EXPECT_EQ(seen, expected);
  }
}

TEST_F(ReadTest, APageAskedForTwiceIsTheSamePage) {
  ASSERT_EQ(Lines(Scalar("a", "v", 1, 1) + Scalar("a", "v", 2, 2) + Scalar("a", "v", 3, 3)).code(),
            "200");
  const std::string base = R"("event_type":"training_stats_scalar","batch_size":1)";
  const std::string scroll = json::Write(Ask("events.get_task_events", base).At("scroll_id"));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(
        Texts(Ask("events.get_task_events", base + ",\"scroll_id\":" + scroll), "events", "value"),
        "2.0 ");
  }
  EXPECT_EQ(Ask("events.get_task_events", base + R"(,"scroll_id":"no such")").code(), "400/1104");
}

TEST_F(ReadTest, WithoutATypeAllEventsCome) {
  ASSERT_EQ(Lines(Scalar("a", "v", 1, 1) + Line("log", R"("msg":"x","timestamp":1)") +
                  Line("log", R"("msg":"y","timestamp":2)") +
                  Line("plot", R"("metric":"p","variant":"v","iter":1,"plot_str":"{}")") +
                  Line("training_debug_image", R"("metric":"i","variant":"v","iter":1,"url":"u")"))
                .code(),
            "200");
  std::string types, scroll;
  for (int page = 0; page < 6; ++page) {
    const Answer answer =
        Ask("events.get_task_events",
            R"("batch_size":1)" + (scroll.empty() ? "" : ",\"scroll_id\":" + json::Write(scroll)));
    types += Texts(answer, "events", "type");
    scroll = answer.At("scroll_id").AsString();
    EXPECT_EQ(answer.At("total"), J("5"));
  }
  EXPECT_EQ(types, "training_stats_scalar training_debug_image plot log log ");
  EXPECT_EQ(Ask("events.get_task_events", R"("event_type":"nothing")").code(), "400/16");
}

TEST_F(ReadTest, RawPointsOfOneMetricArePaged) {
  std::string body;
  for (int i = 0; i < 5; ++i) body += Scalar("m", "a", i, i, 1000 + i) + Scalar("m", "b", i, -i);
  ASSERT_EQ(Lines(body + Scalar("other", "a", 1, 1)).code(), "200");
  const std::string base = R"("metric":{"metric":"m"},"batch_size":4,"count_total":true)";
  const Answer first = Ask("events.scalar_metrics_iter_raw", base);
  EXPECT_EQ(first.At("variants"), J(R"({"a":{"iter":[0,1],"y":[0.0,1.0]},
                                        "b":{"iter":[0,1],"y":[0.0,-1.0]}})"));
  EXPECT_EQ(first.At("returned"), J("4"));
  EXPECT_EQ(first.At("total"), J("10"));
  std::string scroll = json::Write(first.At("scroll_id"));
  const Answer second = Ask("events.scalar_metrics_iter_raw", base + ",\"scroll_id\":" + scroll);
  EXPECT_EQ(second.Path("variants.a.iter"), J("[2,3]"));
  EXPECT_EQ(second.At("total"), J("10"));
  scroll = json::Write(second.At("scroll_id"));
  const Answer third = Ask("events.scalar_metrics_iter_raw", base + ",\"scroll_id\":" + scroll);
  EXPECT_EQ(third.At("returned"), J("2"));
  scroll = json::Write(third.At("scroll_id"));
  EXPECT_EQ(Ask("events.scalar_metrics_iter_raw", base + ",\"scroll_id\":" + scroll).At("returned"),
            J("0"));
}

TEST_F(ReadTest, RawPointsShowTheAxisAskedFor) {
  ASSERT_EQ(Lines(Scalar("m", "a", 1, 2, 1234) + Scalar("m", "b", 1, 2, 1234)).code(), "200");
  const Answer answer = Ask("events.scalar_metrics_iter_raw",
                            R"("metric":{"metric":"m","variants":["a"]},"key":"timestamp")");
  EXPECT_EQ(answer.At("variants"), J(R"({"a":{"timestamp":[1234],"y":[2.0]}})"));
  EXPECT_TRUE(answer.At("total").IsNull());
}

TEST_F(ReadTest, DataOfOneScalarMetric) {
  ASSERT_EQ(Lines(Scalar("m", "a", 1, 2) + Scalar("n", "a", 1, 3)).code(), "200");
  const Answer answer = Ask("events.get_scalar_metric_data", R"("metric":"n")");
  EXPECT_EQ(Texts(answer, "events", "value"), "3.0 ");
  EXPECT_EQ(answer.At("total"), J("1"));
}

// ---- names

TEST_F(ReadTest, MetricsAreListedByType) {
  const std::string other = AddTask("stopped");
  ASSERT_EQ(Lines(Scalar("loss", "a", 1, 2) + Scalar("Summary", "s", -2147483648, 1) +
                  Line("plot", R"("metric":"roc","variant":"v","plot_str":"{}")") +
                  Line(other, "plot", R"("metric":"roc","variant":"w","plot_str":"{}")"))
                .code(),
            "200");
  const std::string tasks = R"({"tasks":[")" + task_ + R"(",")" + other + R"("],"event_type":")";
  EXPECT_EQ(Call("events.get_task_metrics", tasks + "plot\"}").At("metrics"),
            J(R"([{"task":")" + task_ + R"(","metrics":["roc"]},{"task":")" + other +
              R"(","metrics":["roc"]}])"));
  EXPECT_EQ(Call("events.get_multi_task_metrics", tasks + "plot\"}").At("metrics"),
            J(R"([{"metric":"roc","variants":["v","w"]}])"));
  EXPECT_EQ(Call("events.get_multi_task_metrics", tasks + "training_stats_scalar\"}").At("metrics"),
            J(R"([{"metric":"Summary","variants":["s"]},{"metric":"loss","variants":["a"]}])"));
  EXPECT_EQ(Ask("events.get_scalar_metrics_and_variants").At("metrics"),
            J(R"({"Summary":["s"],"loss":["a"]})"));
}

// ---- deletion

TEST_F(ReadTest, DeletesAllEventsOfATask) {
  ASSERT_EQ(Lines(Scalar("m", "v", 1, 2) + Line("log", R"("msg":"x")")).code(), "200");
  EXPECT_EQ(Ask("events.delete_for_task").At("deleted"), J("true"));
  EXPECT_EQ(Ask("events.get_task_events").At("total"), J("0"));
  EXPECT_TRUE(Get(entities::kTasks, task_).At("last_metrics").object().empty());
  EXPECT_EQ(Call("events.delete_for_task", R"({"task":"nobody"})").code(), "400/101");
  Put(entities::kTasks, json::Object{{"id", task_}, {"status", "published"}});
  EXPECT_EQ(Ask("events.delete_for_task").code(), "400/113");
  EXPECT_EQ(Ask("events.delete_for_task", R"("allow_locked":true)").code(), "200");
}

TEST_F(ReadTest, DeletesAllEventsOfAModel) {
  const std::string model = Put(entities::kModels, json::Object{{"name", "net"}, {"ready", true}});
  const std::string request = R"({"model":")" + model + "\"";
  EXPECT_EQ(Call("events.delete_for_model", request + "}").code(), "400/203");
  EXPECT_EQ(Call("events.delete_for_model", request + R"(,"allow_locked":true})").At("deleted"),
            J("true"));
  EXPECT_EQ(Call("events.delete_for_model", R"({"model":"nothing"})").code(), "400/201");
}

}  // namespace
}  // namespace furrow::service::events
