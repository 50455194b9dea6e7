// SPDX-License-Identifier: Apache-2.0
// projects.get_all_ex and what a project's screens offer to filter by.
#include "entities/project_fixture.h"
#include "service/projects/projects_service.h"

namespace furrow::service::projects {
namespace {

using entities::Answer;
using entities::J;
using Texts = std::vector<std::string>;

class ProjectsQueryTest : public entities::ProjectWorld {
 protected:
  ProjectsQueryTest() { AddEndpoints(context_, endpoints); }
  json::Value One(const std::string& id, std::string_view members) {
    json::Value request = J(members);
    request["id"] = json::Array{id};
    const Answer found = Call("projects.get_all_ex", json::Write(request));
    EXPECT_EQ(found.code(), "200") << found.status.ToString();
    return found.At("projects").array().empty() ? json::Value()
                                                : found.At("projects").array().at(0);
  }
  Texts Names(std::string_view request) {
    const Answer found = Call("projects.get_all_ex", request);
    EXPECT_EQ(found.code(), "200") << found.status.ToString();
    Texts names;
    for (const json::Value& p : found.At("projects").array())
      names.push_back(p.At("name").AsString());
    std::sort(names.begin(), names.end());
    return names;
  }
  std::string At(int64_t seconds) { return FormatTime(clock.now + seconds * 1'000'000); }
  std::string Scope(const std::string& project) { return R"({"projects":[")" + project + R"("]})"; }

  Context context_{core, lister};
};

TEST_F(ProjectsQueryTest, StatsSumTheTree) {
  const std::string field = Project("field"), north = Project("field/north", field);
  Task(field, R"({"status":"completed","started":")" + At(-100) + R"(","completed":")" + At(-40) +
                  R"("})");
  Task(north, R"({"status":"completed","started":")" + At(-200'000) + R"(","completed":")" +
                  At(-100'000) + R"("})");
  Task(north, R"({"status":"in_progress","started":")" + At(-10) + R"(","active_duration":7})");
  Task(north, R"({"status":"failed","system_tags":["archived"]})");
  Task(Project("other"));
  const json::Value project = One(field, R"({"include_stats":true})");
  const json::Value& active = project.At("stats").At("active");
  EXPECT_EQ(active.At("total_tasks"), json::Value(3));
  EXPECT_EQ(active.At("status_count").At("completed"), json::Value(2));
  EXPECT_EQ(active.At("status_count").At("in_progress"), json::Value(1));
  EXPECT_EQ(active.At("status_count").At("queued"), json::Value(0));
  EXPECT_EQ(active.At("total_runtime"), json::Value(60 + 100'000 + 7));
  EXPECT_EQ(active.At("completed_tasks_24h"), json::Value(1));
  EXPECT_EQ(active.At("last_task_run"), json::Value(clock.now / 1'000'000 - 10));
  EXPECT_EQ(project.At("stats").At("archived").At("status_count").At("failed"), json::Value(1));
  EXPECT_EQ(project.At("sub_projects"), J(R"([{"id":")" + north + R"(","name":"field/north"}])"));
}

TEST_F(ProjectsQueryTest, StatsOfAnEmptyProjectAreZero) {
  const json::Value active =
      One(Project("field"), R"({"include_stats":true})").At("stats").At("active");
  EXPECT_EQ(active.At("total_tasks"), json::Value(0));
  EXPECT_TRUE(active.At("last_task_run").IsNull());
}

TEST_F(ProjectsQueryTest, StatsTakeAStateAFilterAndTheProjectAlone) {
  const std::string field = Project("field"), north = Project("field/north", field);
  Task(field);
  Task(north, R"({"system_tags":["pipeline"]})");
  const auto total = [&](std::string_view members) {
    return One(field, members).At("stats").At("active").At("total_tasks");
  };
  EXPECT_EQ(total(R"({"include_stats":true})"), json::Value(2));
  EXPECT_EQ(total(R"({"include_stats":true,"include_stats_filter":{"system_tags":["-pipeline"]}})"),
            json::Value(1));
  EXPECT_EQ(total(R"({"include_stats":true,"stats_with_children":false})"), json::Value(1));
  const json::Value state =
      One(field, R"({"include_stats":true,"stats_for_state":"active"})").At("stats");
  EXPECT_EQ(state.Find("archived"), nullptr);
  EXPECT_EQ(One(field, "{}").Find("stats"), nullptr);
}

TEST_F(ProjectsQueryTest, SubProjectsLeaveHiddenOnesOut) {
  const std::string field = Project("field");
  Project("field/.datasets", field, R"(["hidden"])");
  EXPECT_EQ(One(field, R"({"include_stats":true})").At("sub_projects"), J("[]"));
  EXPECT_EQ(One(field, R"({"include_stats":true,"search_hidden":true})")
                .At("sub_projects")
                .array()
                .size(),
            1u);
}

TEST_F(ProjectsQueryTest, OwnContentsAreCountedWithoutChildren) {
  const std::string field = Project("field"), north = Project("field/north", field);
  Task(field);
  Task(north);
  Model(field);
  const json::Value project = One(field, R"({"check_own_contents":true})");
  EXPECT_EQ(project.At("own_tasks"), json::Value(1));
  EXPECT_EQ(project.At("own_models"), json::Value(1));
}

TEST_F(ProjectsQueryTest, DatasetStatsAreThoseOfTheNewestVersion) {
  const std::string data = Project("field/.datasets/soil", "", R"(["dataset","hidden"])");
  Task(data, R"({"system_tags":["dataset"],"last_update":")" + At(-9) +
                 R"(","runtime":{"ds_file_count":1,"ds_total_size":10}})");
  Task(data, R"({"system_tags":["dataset"],"last_update":")" + At(-1) +
                 R"(","runtime":{"ds_file_count":2,"ds_total_size":20}})");
  EXPECT_EQ(One(data, R"({"include_dataset_stats":true})").At("dataset_stats"),
            J(R"({"file_count":2,"total_size":20})"));
}

TEST_F(ProjectsQueryTest, ChildrenTypeKeepsWhatHoldsThem) {
  const std::string farm = Project("farm"), field = Project("farm/field", farm),
                    other = Project("other");
  const std::string folder = Project("farm/field/.datasets", field, R"(["hidden"])");
  Project("farm/field/.datasets/soil", folder, R"(["dataset","hidden"])");
  const std::string pipes = Project("other/.pipelines", other, R"(["hidden"])");
  Project("other/.pipelines/spray", pipes, R"(["hidden","pipeline"])");
  Task(Project("other/.reports", other, R"(["hidden"])"), R"({"type":"report"})");
  EXPECT_EQ(Names(R"({"children_type":"dataset"})"), (Texts{"farm", "farm/field"}));
  EXPECT_EQ(Names(R"({"children_type":"pipeline"})"), (Texts{"other"}));
  EXPECT_EQ(Names(R"({"children_type":"report"})"), (Texts{"other"}));
  EXPECT_EQ(Call("projects.get_all_ex", R"({"children_type":"cow"})").code(), "400/16");
}

TEST_F(ProjectsQueryTest, ActiveUsersKeepTheirProjectsAndThoseAbove) {
  const std::string farm = Project("farm"), field = Project("farm/field", farm);
  Project("other");
  Task(field, R"({"user":"u1"})");
  EXPECT_EQ(Names(R"({"active_users":["u1"]})"), (Texts{"farm", "farm/field"}));
  EXPECT_EQ(Names(R"({"active_users":["u2"]})"), Texts{});
}

TEST_F(ProjectsQueryTest, TagsAreTheUnionOfTheTree) {
  const std::string field = Project("field"), north = Project("field/north", field);
  Task(field, R"({"tags":["b"],"system_tags":["development"]})");
  Task(north, R"({"tags":["a"]})");
  Task("", R"({"tags":["z"]})");
  Model(north, R"({"tags":["m"]})");
  EXPECT_EQ(Call("projects.get_task_tags", Scope(field)).data, J(R"({"tags":["a","b"]})"));
  EXPECT_EQ(Call("projects.get_task_tags", "{}").At("tags"), J(R"(["a","b","z"])"));
  EXPECT_EQ(Call("projects.get_model_tags", Scope(field)).At("tags"), J(R"(["m"])"));
  EXPECT_EQ(Call("projects.get_task_tags", R"({"include_system":true})").At("system_tags"),
            J(R"(["development"])"));
  EXPECT_EQ(
      Call("projects.get_task_tags", R"({"filter":{"system_tags":["-development"]}})").At("tags"),
      J(R"(["a","z"])"));
}

TEST_F(ProjectsQueryTest, ProjectTagsAreThoseOfProjects) {
  const std::string field = Project("field"), north = Project("field/north", field);
  json::Value doc = Get(entities::kProjects, north);
  doc["tags"] = J(R"(["wet"])");
  Put(entities::kProjects, doc);
  EXPECT_EQ(Call("projects.get_project_tags", Scope(field)).At("tags"), J(R"(["wet"])"));
}

TEST_F(ProjectsQueryTest, TaskParentsHaveNamesAndProjects) {
  const std::string field = Project("field");
  const std::string base = Task(field, R"({"name":"base"})"),
                    old = Task("", R"({"name":"Old base"})");
  Task(field, R"({"parent":")" + base + R"("})");
  Task(field, R"({"system_tags":["archived"],"parent":")" + old + R"("})");
  Task(field, R"({"parent":"__DELETED__gone"})");
  const json::Value parents = Call("projects.get_task_parents", Scope(field)).At("parents");
  ASSERT_EQ(parents.array().size(), 2u);
  EXPECT_EQ(parents.array().at(1), J(R"({"id":")" + base + R"(","name":"base","project":{"id":")" +
                                     field + R"(","name":"field"}})"));
  const auto count = [&](std::string_view request) {
    return Call("projects.get_task_parents", request).At("parents").array().size();
  };
  EXPECT_EQ(count(R"({"tasks_state":"active"})"), 1u);
  EXPECT_EQ(count(R"({"tasks_state":"archived"})"), 1u);
  EXPECT_EQ(count(R"({"task_name":"(?i)OLD"})"), 1u);
}

TEST_F(ProjectsQueryTest, UserNamesAreOfTasksOrModels) {
  const std::string field = Project("field");
  const std::string ann = Put(entities::kUsers, J(R"({"name":"ann"})"));
  Task(field);
  Model(field, R"({"user":")" + ann + R"("})");
  EXPECT_EQ(Call("projects.get_user_names", Scope(field)).At("users"),
            json::Value(json::Array{json::Object{{"id", identity.user_id}, {"name", "jane"}}}));
  EXPECT_EQ(Call("projects.get_user_names", R"({"entity":"model"})").At("users"),
            json::Value(json::Array{json::Object{{"id", ann}, {"name", "ann"}}}));
}

TEST_F(ProjectsQueryTest, MetricVariantsAreUniqueWithTheirHashes) {
  const std::string field = Project("field"), north = Project("field/north", field);
  const std::string a = Task(field), b = Task(north), m = Model(field);
  Report(a, "loss", "train", 1);
  Report(b, "loss", "train", 2);
  Report(m, "size", "mb", 3);
  const json::Value metrics =
      Call("projects.get_unique_metric_variants", R"({"project":")" + field + R"("})")
          .At("metrics");
  ASSERT_EQ(metrics.array().size(), 1u);
  EXPECT_EQ(metrics.array().at(0).At("metric").AsString(), "loss");
  EXPECT_EQ(metrics.array().at(0).At("metric_hash").AsString(), Md5Hex("loss"));
  EXPECT_EQ(metrics.array().at(0).At("variant_hash").AsString(), Md5Hex("train"));
  const auto count = [&](std::string_view request) {
    return Call("projects.get_unique_metric_variants", request).At("metrics").array().size();
  };
  EXPECT_EQ(count(R"({"project":"nope"})"), 0u);
  EXPECT_EQ(count(R"({"model_metrics":true})"), 1u);
  EXPECT_EQ(count(R"({"ids":[")" + m + R"("]})"), 1u);
  EXPECT_EQ(count("{}"), 1u);
}

TEST_F(ProjectsQueryTest, HyperParametersAreListedAndTheirValuesFound) {
  const std::string field = Project("field");
  Task(field,
       R"({"hyperparams":{"Args":{"lr%2Ex":{"value":"0.1"}},"General":{"seed":{"value":"7"}}}})");
  Task(field, R"({"hyperparams":{"Args":{"lr%2Ex":{"value":"0.2"}}}})");
  const Answer found = Call("projects.get_hyper_parameters", R"({"project":")" + field + R"("})");
  EXPECT_EQ(found.At("parameters"),
            J(R"([{"section":"Args","name":"lr.x"},{"section":"General","name":"seed"}])"));
  EXPECT_EQ(found.At("total"), json::Value(2));
  EXPECT_EQ(found.At("remaining"), json::Value(0));
  const Answer first =
      Call("projects.get_hyper_parameters", R"({"project":")" + field + R"(","page_size":1})");
  EXPECT_EQ(first.At("parameters").array().size(), 1u);
  EXPECT_EQ(first.At("remaining"), json::Value(1));
  const Answer values =
      Call("projects.get_hyperparam_values", R"({"section":"Args","name":"lr.x"})");
  EXPECT_EQ(values.At("values"), J(R"(["0.1","0.2"])"));
  EXPECT_EQ(values.At("total"), json::Value(2));
  EXPECT_EQ(
      Call("projects.get_hyperparam_values", R"({"section":"Args","name":"lr.x","pattern":"2$"})")
          .At("values"),
      J(R"(["0.2"])"));
}

TEST_F(ProjectsQueryTest, MetadataKeysAreListedAndTheirValuesFound) {
  const std::string field = Project("field");
  Model(field, R"({"metadata":{"a%2Eb":{"key":"a.b","value":"1"}}})");
  EXPECT_EQ(
      Call("projects.get_model_metadata_keys", R"({"project":")" + field + R"("})").At("keys"),
      J(R"(["a.b"])"));
  EXPECT_EQ(Call("projects.get_model_metadata_values", R"({"key":"a.b"})").At("values"),
            J(R"(["1"])"));
}

TEST_F(ProjectsQueryTest, GetAllExReadsFiltersOfBothForms) {
  json::Value doc = Get(entities::kProjects, Project("field"));
  doc["tags"] = J(R"(["wet"])");
  Put(entities::kProjects, doc);
  Project("other");
  EXPECT_EQ(Names(R"({"tags":["wet"]})"), (Texts{"field"}));
  EXPECT_EQ(Names(R"({"filters":{"tags":{"any":{"exclude":["wet"]}}}})"), (Texts{"other"}));
  EXPECT_EQ(Names(R"({"_any_":{"fields":["name"],"pattern":"^FIELD$|^x$"}})"), (Texts{"field"}));
}

}  // namespace
}  // namespace furrow::service::projects
