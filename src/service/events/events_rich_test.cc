// SPDX-License-Identifier: Apache-2.0
#include "service/events/events_fixture.h"

namespace furrow::service::events {
namespace {

using entities::Answer;
using entities::J;

class RichTest : public EventsWorld {
 protected:
  std::string Plot(std::string_view metric, std::string_view variant, int iter) const {
    return Line("plot", Members(metric, variant, iter) + R"(,"plot_str":")" + std::string(metric) +
                            std::string(variant) + std::to_string(iter) + "\"");
  }
  std::string Image(std::string_view metric, std::string_view variant, int iter) const {
    return Line("training_debug_image", Members(metric, variant, iter) + R"(,"url":"http://h/)" +
                                            std::string(metric) + std::string(variant) +
                                            std::to_string(iter) + "\",\"key\":\"k\"");
  }
  Answer Ask(std::string_view name, std::string members = "") {
    if (!members.empty()) members.insert(0, ",");
    return Call(name, R"({"task":")" + task_ + "\"" + members + "}");
  }
  /// events.debug_images or events.plots: the iterations shown, with how many events each.
  std::string Navigate(std::string_view name, const std::string& selection,
                       std::string members = "") {
    std::string request = R"({"metrics":[{"task":")" + task_ + "\"" + selection + "}]";
    if (!members.empty()) request += "," + members;
    if (!scroll_.empty()) request += R"(,"scroll_id":")" + scroll_ + "\"";
    const Answer answer = Call(name, request + "}");
    EXPECT_EQ(answer.code(), "200");
    if (!scroll_.empty()) {
      EXPECT_EQ(answer.At("scroll_id"), json::Value(scroll_));
    }
    scroll_ = answer.At("scroll_id").AsString();
    EXPECT_EQ(answer.At("metrics").array().size(), 1u);
    const json::Value& one = answer.At("metrics").array().at(0);
    EXPECT_EQ(one.At("task"), json::Value(task_));
    std::string out;
    for (const json::Value& i : one.At("iterations").array()) {
      out += json::Write(i.At("iter")) + ":" + std::to_string(i.At("events").array().size()) + " ";
    }
    return out;
  }
  static std::string Members(std::string_view metric, std::string_view variant, int iter) {
    return R"("metric":")" + std::string(metric) + R"(","variant":")" + std::string(variant) +
           R"(","iter":)" + std::to_string(iter);
  }
  std::string scroll_;
};

// ---- plots

TEST_F(RichTest, TheLastIterationsOfEachVariantAreGiven) {
  ASSERT_EQ(
      Lines(Plot("a", "v", 1) + Plot("a", "v", 2) + Plot("a", "w", 1) + Plot("b", "v", 5)).code(),
      "200");
  const auto plots = [&](std::string members) {
    std::string out;
    const Answer answer = Ask("events.get_task_plots", std::move(members));
    for (const json::Value& p : answer.At("plots").array())
      out += p.At("plot_str").AsString() + " ";
    EXPECT_EQ(answer.At("returned"), answer.At("total"));
    return out;
  };
  EXPECT_EQ(plots(""), "av2 aw1 bv5 ");
  EXPECT_EQ(plots(R"("iters":2)"), "av2 av1 aw1 bv5 ");
  EXPECT_EQ(plots(R"("iters":9,"no_scroll":true,"metrics":[{"metric":"a","variants":["v"]}])"),
            "av2 av1 ");
}

TEST_F(RichTest, APlotIsGivenBackAsTheSdkReadsIt) {
  ASSERT_EQ(Lines(Line("plot", R"("metric":"m","variant":"v","iter":3,"timestamp":1636921296370,)"
                               R"("plot_str":"{\"data\": [\"\u00e9\"]}")"))
                .code(),
            "200");
  const Answer answer = Ask("events.get_task_plots", R"("no_scroll":true)");
  EXPECT_TRUE(answer.At("scroll_id").IsNull());
  json::Value plot = answer.At("plots").array().at(0);
  EXPECT_TRUE(plot.At("@timestamp").IsString());
  plot.object().Erase("@timestamp");
  EXPECT_EQ(plot, J(R"({"task":")" + task_ + R"(","type":"plot","timestamp":1636921296370,"iter":3,
      "metric":"m","variant":"v","worker":"host-1","plot_str":"{\"data\": [\"\u00e9\"]}"})"));
}

TEST_F(RichTest, ABigPlotComesBackWhole) {
  const std::string big(150'000, 'p');
  ASSERT_EQ(Lines(Line("plot", R"("metric":"m","variant":"v","plot_str":")" + big + "\"")).code(),
            "200");
  EXPECT_EQ(Ask("events.get_task_plots").At("plots").array().at(0).At("plot_str").AsString(), big);
}

TEST_F(RichTest, PlotsArePagedUnderOneScrollId) {
  std::string body;
  for (int i = 0; i < 1200; ++i) body += Plot("m", "v" + std::to_string(10'000 + i), 1);
  ASSERT_EQ(Lines(body).code(), "200");
  const Answer first = Ask("events.get_task_plots");
  EXPECT_EQ(first.At("returned"), J("1000"));
  EXPECT_EQ(first.At("total"), J("1200"));
  const std::string scroll = json::Write(first.At("scroll_id"));
  const Answer second = Ask("events.get_task_plots", "\"scroll_id\":" + scroll);
  EXPECT_EQ(second.At("returned"), J("200"));
  EXPECT_EQ(second.At("total"), J("1200"));
  EXPECT_EQ(json::Write(second.At("scroll_id")), scroll);
  EXPECT_EQ(Ask("events.get_task_plots", "\"scroll_id\":" + scroll).At("returned"), J("0"));
  EXPECT_EQ(Ask("events.get_task_plots", R"("scroll_id":"gone")").code(), "400/1104");
  EXPECT_EQ(Call("events.clear_scroll", "{\"scroll_id\":" + scroll + "}").code(), "200");
  EXPECT_EQ(Ask("events.get_task_plots", "\"scroll_id\":" + scroll).code(), "400/1104");
}

TEST_F(RichTest, PlotsOfSeveralTasksAreNested) {
  const std::string other = AddTask("stopped", "another run");
  ASSERT_EQ(Lines(Plot("a", "v", 1) + Plot("a", "v", 2) + Plot("a", "w", 1) +
                  Line(other, "plot", R"("metric":"a","variant":"v","iter":7,"plot_str":"o")"))
                .code(),
            "200");
  const std::string tasks = R"({"tasks":[")" + task_ + R"(",")" + other + "\"]";
  const Answer answer = Call("events.get_multi_task_plots", tasks + "}");
  EXPECT_EQ(answer.At("returned"), J("3"));
  EXPECT_EQ(answer.Path("plots.a.v." + task_ + ".2.name"), J("\"a run\""));
  EXPECT_EQ(answer.Path("plots.a.v." + task_ + ".2.plots").array().at(0).At("plot_str"),
            J("\"av2\""));
  EXPECT_EQ(answer.Path("plots.a.v." + other + ".7.plots").array().size(), 1u);
  EXPECT_FALSE(answer.Path("plots.a.w." + task_ + ".1").IsNull());
  // The last iteration of the metric: variant w has none there.
  const Answer last =
      Call("events.get_multi_task_plots", tasks + R"(,"last_iters_per_task_metric":true})");
  EXPECT_EQ(last.At("returned"), J("2"));
  EXPECT_TRUE(last.Path("plots.a.w").IsNull());
}

// ---- debug images

TEST_F(RichTest, ImagesArePagedFromTheLatestIteration) {
  ASSERT_EQ(Lines(Image("m", "a", 1) + Image("m", "a", 2) + Image("m", "b", 2) +
                  Image("m", "a", 3) + Image("n", "a", 4))
                .code(),
            "200");
  EXPECT_EQ(Navigate("events.debug_images", R"(,"metric":"m")", R"("iters":2)"), "3:1 2:2 ");
  EXPECT_EQ(Navigate("events.debug_images", R"(,"metric":"m")", R"("iters":2)"), "1:1 ");
  EXPECT_EQ(Navigate("events.debug_images", R"(,"metric":"m")", R"("iters":2)"), "");
  // And back.
  EXPECT_EQ(
      Navigate("events.debug_images", R"(,"metric":"m")", R"("iters":2,"navigate_earlier":false)"),
      "2:2 3:1 ");
  EXPECT_EQ(Navigate("events.debug_images", R"(,"metric":"m")", R"("iters":1,"refresh":true)"),
            "3:1 ");
}

TEST_F(RichTest, ImagesOfAllMetricsOrOneVariant) {
  ASSERT_EQ(Lines(Image("m", "a", 1) + Image("m", "b", 1) + Image("n", "a", 1)).code(), "200");
  EXPECT_EQ(Navigate("events.debug_images", R"(,"metric":null)"), "1:3 ");
  scroll_.clear();
  EXPECT_EQ(Navigate("events.debug_images", R"(,"metric":"m","variants":["b"])"), "1:1 ");
}

TEST_F(RichTest, TheSdkReadsImagesUntilThereAreNone) {
  std::string body;
  for (int i = 0; i < 7; ++i) body += Image("m", "a", i);
  ASSERT_EQ(Lines(body).code(), "200");
  const std::string selection = R"(,"metric":"m","variants":["a"])";
  EXPECT_EQ(Navigate("events.debug_images", selection, R"("iters":100)"),
            "6:1 5:1 4:1 3:1 2:1 1:1 0:1 ");
  EXPECT_EQ(Navigate("events.debug_images", selection, R"("iters":100)"), "");
}

TEST_F(RichTest, AnImageEventHoldsItsUrl) {
  ASSERT_EQ(Lines(Image("m", "a", 1)).code(), "200");
  const Answer answer = Call("events.debug_images", R"({"metrics":[{"task":")" + task_ + R"("}]})");
  const json::Value& event =
      answer.At("metrics").array().at(0).At("iterations").array().at(0).At("events").array().at(0);
  EXPECT_EQ(event.At("url"), J("\"http://h/ma1\""));
  EXPECT_EQ(event.At("key"), J("\"k\""));
  EXPECT_EQ(event.At("task"), json::Value(task_));
  EXPECT_EQ(event.At("type"), J("\"training_debug_image\""));
}

TEST_F(RichTest, OlderClientsGetImagesInOneList) {
  ASSERT_EQ(Lines(Image("m", "a", 1) + Image("m", "a", 2)).code(), "200");
  const Answer answer =
      Call("events.debug_images", R"({"task":")" + task_ + R"(","iters":1})", "2.5");
  EXPECT_EQ(answer.At("returned"), J("1"));
  EXPECT_EQ(answer.At("images").array().at(0).At("iter"), J("2"));
}

TEST_F(RichTest, PlotsAreNavigatedLikeImages) {
  ASSERT_EQ(Lines(Plot("m", "a", 1) + Plot("m", "a", 2)).code(), "200");
  EXPECT_EQ(Navigate("events.plots", R"(,"metric":"m")"), "2:1 ");
  EXPECT_EQ(Navigate("events.plots", R"(,"metric":"m")"), "1:1 ");
}

TEST_F(RichTest, ACursorLivesSixHundredSeconds) {
  ASSERT_EQ(Lines(Image("m", "a", 1) + Image("m", "a", 2)).code(), "200");
  EXPECT_EQ(Navigate("events.debug_images", ""), "2:1 ");
  clock.now += 599'000'000;
  EXPECT_EQ(Navigate("events.debug_images", ""), "1:1 ");
  clock.now += 601'000'000;
  EXPECT_EQ(Navigate("events.debug_images", ""), "2:1 ");  // anew, under the same id
}

// ---- the viewer

class SampleTest : public RichTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(Lines(Image("m", "a", 1) + Image("m", "b", 1) + Image("m", "a", 2) +
                    Image("m", "b", 4) + Image("n", "a", 2))
                  .code(),
              "200");
  }
  /// "metric variant iter" of the image an answer shows, "" for none.
  std::string Shown(const Answer& answer) {
    EXPECT_EQ(answer.code(), "200");
    scroll_ = answer.At("scroll_id").AsString();
    const json::Value& e = answer.At("event");
    if (!e.IsObject()) return "";
    return e.At("metric").AsString() + e.At("variant").AsString() + json::Write(e.At("iter"));
  }
  std::string First(std::string_view variant, std::string members = "") {
    return Shown(Ask("events.get_debug_image_sample",
                     R"("metric":"m","variant":")" + std::string(variant) + "\"" + members));
  }
  std::string Next(bool earlier, std::string members = "") {
    return Shown(Ask("events.next_debug_image_sample",
                     std::string(R"("navigate_earlier":)") + (earlier ? "true" : "false") +
                         R"(,"scroll_id":")" + scroll_ + "\"" + members));
  }
};

TEST_F(SampleTest, OpensAtTheLatestOrTheNamedIteration) {
  EXPECT_EQ(First("a"), "ma2");
  EXPECT_EQ(First("b"), "mb4");
  EXPECT_EQ(First("a", R"(,"iteration":1)"), "ma1");
  const Answer answer = Ask("events.get_debug_image_sample", R"("metric":"m","variant":"b")");
  EXPECT_EQ(answer.At("min_iteration"), J("1"));
  EXPECT_EQ(answer.At("max_iteration"), J("4"));
  EXPECT_EQ(First("none"), "");
}

TEST_F(SampleTest, StepsThroughVariantsThenIterations) {
  EXPECT_EQ(First("b"), "mb4");
  EXPECT_EQ(Next(true), "ma2");
  EXPECT_EQ(Next(true), "mb1");
  EXPECT_EQ(Next(true), "ma1");
  EXPECT_EQ(Next(true), "");
  EXPECT_EQ(Next(false), "mb1");  // the end did not lose the place
  EXPECT_EQ(Next(false), "ma2");
  EXPECT_EQ(Next(false), "mb4");
  EXPECT_EQ(Next(false), "");
}

TEST_F(SampleTest, StepsByIterationOfOneVariant) {
  EXPECT_EQ(First("b"), "mb4");
  EXPECT_EQ(Next(true, R"(,"next_iteration":true)"), "mb1");
  EXPECT_EQ(Next(true, R"(,"next_iteration":true)"), "");
  EXPECT_EQ(Next(false, R"(,"next_iteration":true)"), "mb4");
}

TEST_F(SampleTest, StepsThroughAllMetricsWhenAsked) {
  EXPECT_EQ(First("b", R"(,"navigate_current_metric":false)"), "mb4");
  EXPECT_EQ(Next(true), "na2");
  EXPECT_EQ(Next(true), "ma2");
}

TEST_F(SampleTest, AnUnknownScrollIsAnError) {
  EXPECT_EQ(Ask("events.next_debug_image_sample", R"("scroll_id":"gone")").code(), "400/1104");
}

TEST_F(SampleTest, PlotsOfAMetricAreShownTogether) {
  ASSERT_EQ(
      Lines(Plot("p", "a", 1) + Plot("p", "b", 1) + Plot("p", "a", 3) + Plot("q", "a", 2)).code(),
      "200");
  const Answer first = Ask("events.get_plot_sample", R"("metric":"p","iteration":1)");
  EXPECT_EQ(first.At("events").array().size(), 2u);
  EXPECT_EQ(first.At("min_iteration"), J("1"));
  EXPECT_EQ(first.At("max_iteration"), J("3"));
  const std::string scroll = R"("scroll_id":)" + json::Write(first.At("scroll_id"));
  const Answer next = Ask("events.next_plot_sample", scroll + R"(,"navigate_earlier":false)");
  EXPECT_EQ(next.At("events").array().at(0).At("plot_str"), J("\"pa3\""));
}

}  // namespace
}  // namespace furrow::service::events
