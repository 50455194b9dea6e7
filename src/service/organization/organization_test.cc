// SPDX-License-Identifier: Apache-2.0
#include "entities/project_fixture.h"
#include "service/organization/organization_service.h"

namespace furrow::service::organization {
namespace {

using entities::Answer;
using entities::J;

class OrganizationTest : public entities::ProjectWorld {
 protected:
  OrganizationTest() { AddEndpoints(context_, endpoints); }
  Context context_{core};
};

TEST_F(OrganizationTest, TagsAreThoseOfTasksAndModels) {
  Task("", R"({"tags":["b"],"system_tags":["development"]})");
  Model("", R"({"tags":["a","b"],"system_tags":["archived"]})");
  EXPECT_EQ(Call("organization.get_tags", "{}").data, J(R"({"tags":["a","b"]})"));
  EXPECT_EQ(Call("organization.get_tags", R"({"include_system":true})").At("system_tags"),
            J(R"(["archived","development"])"));
  EXPECT_EQ(Call("organization.get_tags", R"({"filter":{"system_tags":["-archived"]}})").At("tags"),
            J(R"(["b"])"));
}

TEST_F(OrganizationTest, ThereIsOneCompany) {
  const Answer answer = Call("organization.get_user_companies", "{}");
  ASSERT_EQ(answer.At("companies").array().size(), 1u);
  EXPECT_EQ(answer.At("companies").array().at(0).At("id").AsString(), core.company_id);
}

TEST_F(OrganizationTest, EntitiesAreCountedByKind) {
  const std::string field = Project("field");
  const std::string data = Project("field/.datasets/soil", field, R"(["dataset","hidden"])");
  const std::string pipe = Project("field/.pipelines/spray", field, R"(["hidden","pipeline"])");
  Task(field, R"({"name":"train"})");
  Task(data, R"({"system_tags":["dataset"]})");
  Task(pipe, R"({"system_tags":["pipeline"]})");
  Task(pipe, R"({"system_tags":["pipeline"]})");
  Task("", R"({"type":"report","system_tags":["hidden","reports"]})");
  Model(field);
  const Answer all = Call("organization.get_entities_count",
                          R"({"projects":{},"tasks":{},"models":{},"datasets":{},"pipelines":{},
                              "dataset_versions":{},"pipeline_runs":{},"reports":{},"limit":1})");
  EXPECT_EQ(all.data, J(R"({"projects":1,"tasks":4,"models":1,"datasets":1,"pipelines":1,
                            "dataset_versions":1,"pipeline_runs":2,"reports":1})"));
}

TEST_F(OrganizationTest, CountsTakeFiltersAndUsersAndHiddenOnes) {
  Task("", R"({"name":"train one"})");
  Task("", R"({"name":"train two","user":"u2","system_tags":["hidden"]})");
  const auto tasks = [&](std::string_view request) {
    return Call("organization.get_entities_count", request).At("tasks");
  };
  EXPECT_EQ(tasks(R"({"tasks":{"_any_":{"fields":["name"],"pattern":"ONE"}}})"), json::Value(1));
  EXPECT_EQ(tasks(R"({"tasks":{},"search_hidden":true})"), json::Value(2));
  EXPECT_EQ(tasks(R"({"tasks":{},"search_hidden":true,"active_users":["u2"]})"), json::Value(1));
  EXPECT_EQ(Call("organization.get_entities_count", R"({"models":{}})").data, J(R"({"models":0})"));
}

TEST_F(OrganizationTest, OneBadFilterDoesNotSpoilTheOthers) {
  Model("");
  const Answer answer =
      Call("organization.get_entities_count", R"({"tasks":{"name":"("},"models":{}})");
  EXPECT_EQ(answer.At("models"), json::Value(1));
  EXPECT_FALSE(answer.Path("errors.tasks").AsString().empty());
}

}  // namespace
}  // namespace furrow::service::organization
