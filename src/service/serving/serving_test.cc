// SPDX-License-Identifier: Apache-2.0
#include "entities/world_fixture.h"
#include "service/serving/serving_service.h"

namespace furrow::service::serving {
namespace {

using entities::Answer;
using entities::J;

class ServingTest : public entities::World {
 protected:
  ServingTest() {
    AddEndpoints(context_, endpoints);
    clock.now = 1'700'000'000'000'000;
  }
  Answer Register(std::string_view id, std::string_view more = "") {
    return Call(
        "serving.register_container",
        R"({"container_id":")" + std::string(id) +
            R"(","endpoint_name":"weeds","model_name":"net","tags":null,"endpoint_url":null)" +
            std::string(more) + "}");
  }
  Answer Report(std::string_view id, std::string_view more = "",
                std::string_view url = "http://e/1") {
    return Call("serving.container_status_report",
                R"({"container_id":")" + std::string(id) +
                    R"(","endpoint_name":"weeds","model_name":"net","endpoint_url":")" +
                    std::string(url) + "\"" + std::string(more) + "}");
  }
  json::Array Endpoints() { return Call("serving.get_endpoints", "{}").At("endpoints").array(); }
  size_t Loading() {
    return Call("serving.get_loading_instances", "{}").At("instances").array().size();
  }
  void Wait(int64_t seconds) { clock.now += seconds * 1'000'000; }

  Context context_{core};
};

TEST_F(ServingTest, ARegisteredContainerIsLoadingUntilItReports) {
  EXPECT_EQ(Register("c1").code(), "200");
  EXPECT_EQ(Loading(), 1u);
  EXPECT_TRUE(Endpoints().empty());
  EXPECT_EQ(Report("c1").code(), "200");
  EXPECT_EQ(Loading(), 0u);
  EXPECT_EQ(Endpoints().size(), 1u);
}

TEST_F(ServingTest, WhatIsMissingIsNamed) {
  EXPECT_EQ(
      Call("serving.register_container", R"({"container_id":"c","endpoint_name":"e"})").code(),
      "400/12");
  // A report needs the URL, a registration does not.
  EXPECT_EQ(Call("serving.container_status_report",
                 R"({"container_id":"c","endpoint_name":"e","model_name":"m"})")
                .code(),
            "400/12");
}

TEST_F(ServingTest, AContainerIsForgottenAfterItsTimeout) {
  Report("c1");
  Register("c2", R"(,"timeout":1000)");
  Wait(600);
  EXPECT_EQ(Endpoints().size(), 1u);
  Wait(1);
  EXPECT_TRUE(Endpoints().empty());
  EXPECT_EQ(Loading(), 1u);
  Wait(400);
  EXPECT_EQ(Loading(), 0u);
}

TEST_F(ServingTest, EndpointsAddUpTheirContainers) {
  Report("c1", R"(,"uptime_sec":10,"requests_num":5,"requests_min":2,"latency_ms":4)");
  Wait(1);
  Report("c2", R"(,"uptime_sec":30,"requests_num":7,"requests_min":1,"latency_ms":8,
                   "preprocess_artifact":"p")");
  Report("c3", "", "http://e/2");
  const auto endpoints_found = Endpoints();
  ASSERT_EQ(endpoints_found.size(), 2u);
  EXPECT_EQ(endpoints_found[0],
            J(R"({"endpoint":"weeds","model":"net","url":"http://e/1","instances":2,"uptime_sec":30,
                  "requests":12,"requests_min":3,"latency_ms":6.0,"preprocess_artifact":null,
                  "last_update":")" +
              FormatTime(clock.now) + "\"}"));
  EXPECT_EQ(endpoints_found[1].At("url"), J("\"http://e/2\""));
}

TEST_F(ServingTest, DetailsNameEachInstance) {
  Report("c1", R"(,"model_source":"s","model_version":"3","input_type":"image","input_size":"9",
                   "requests_num":5,"machine_stats":{"cpu_usage":[1,2],"gpu_usage":[3]},
                   "reference":[{"type":"task","value":"t"}])");
  const Answer answer = Call("serving.get_endpoint_details", R"({"endpoint_url":"http://e/1"})");
  EXPECT_EQ(answer.At("endpoint"), J("\"weeds\""));
  EXPECT_EQ(answer.At("model_source"), J("\"s\""));
  EXPECT_EQ(answer.At("model_version"), J("\"3\""));
  EXPECT_EQ(answer.At("input_type"), J("\"image\""));
  EXPECT_EQ(answer.At("input_size"), J("\"9\""));
  const json::Value& instance = answer.At("instances").array().at(0);
  EXPECT_EQ(instance.At("id"), J("\"c1\""));
  EXPECT_EQ(instance.At("requests"), J("5"));
  EXPECT_EQ(instance.At("cpu_count"), J("2"));
  EXPECT_EQ(instance.At("gpu_count"), J("1"));
  EXPECT_EQ(instance.At("reference"), J(R"([{"type":"task","value":"t"}])"));
  EXPECT_EQ(Call("serving.get_endpoint_details", R"({"endpoint_url":"http://none"})").code(),
            "400/1052");
}

TEST_F(ServingTest, AContainerIsUnregisteredOnce) {
  Report("c1");
  EXPECT_EQ(Call("serving.unregister_container", R"({"container_id":"c1"})").code(), "200");
  EXPECT_TRUE(Endpoints().empty());
  EXPECT_EQ(Call("serving.unregister_container", R"({"container_id":"c1"})").code(), "400/1051");
  EXPECT_EQ(Call("serving.unregister_container", R"({"container_id":"c2"})").code(), "400/1051");
}

TEST_F(ServingTest, HistoryIsChartedPerInstanceAndInAll) {
  Report("c1", R"(,"latency_ms":4,"requests_min":1,"machine_stats":{"cpu_usage":[10,30]})");
  Report("c2", R"(,"latency_ms":8,"requests_min":2,"machine_stats":{"cpu_usage":[40]})");
  Wait(30);
  Report("c1", R"(,"latency_ms":6,"requests_min":4)");
  const auto history = [&](std::string_view type, std::string_view more = "") {
    return Call(
        "serving.get_endpoint_metrics_history",
        R"({"endpoint_url":"http://e/1","from_date":1700000000,"to_date":1700000060,"interval":60,
                    "metric_type":")" +
            std::string(type) + "\"" + std::string(more) + "}");
  };
  const Answer latency = history("latency_ms");
  EXPECT_EQ(latency.At("computed_interval"), J("60"));
  EXPECT_EQ(latency.At("total"), J(R"({"dates":[1700000000],"values":[6.5]})"));
  EXPECT_EQ(latency.At("instances"), J(R"({"c1":{"dates":[1700000000],"values":[5.0]},
                                           "c2":{"dates":[1700000000],"values":[8.0]}})"));
  EXPECT_EQ(history("requests_min").At("total"), J(R"({"dates":[1700000000],"values":[4.5]})"));
  EXPECT_EQ(history("cpu_util").At("total"), J(R"({"dates":[1700000000],"values":[30.0]})"));
  EXPECT_EQ(history("latency_ms", R"(,"instance_charts":false)").At("instances"), J("{}"));
  EXPECT_EQ(history("colour").code(), "400/16");
}

TEST_F(ServingTest, ContainersLongGoneAreForgotten) {
  Report("c1");
  Register("c2");
  Wait(32 * 86'400);
  Register("c3");
  size_t known = 0;
  ASSERT_TRUE(core.docs
                  .ForEach(entities::kContainers,
                           [&](std::string_view, const json::Value&) {
                             ++known;
                             return true;
                           })
                  .ok());
  EXPECT_EQ(known, 1u);
}

}  // namespace
}  // namespace furrow::service::serving
