// SPDX-License-Identifier: Apache-2.0
#include "entities/project_fixture.h"
#include "entities/queue_entries.h"
#include "service/projects/projects_service.h"

namespace furrow::service::projects {
namespace {

using entities::Answer;
using entities::J;

class ProjectsDeleteTest : public entities::ProjectWorld {
 protected:
  ProjectsDeleteTest() { AddEndpoints(context_, endpoints); }
  Answer Delete(const std::string& id, std::string_view members = "{}") {
    json::Value request = J(members);
    request["project"] = id;
    return Call("projects.delete", json::Write(request));
  }
  bool Exists(const std::string& id) { return core.docs.Exists(entities::kProjects, id); }
  Context context_{core, lister};
};

TEST_F(ProjectsDeleteTest, AnEmptyTreeGoesWithoutForce) {
  const std::string field = Project("field"), north = Project("field/north", field);
  EXPECT_EQ(Delete(field).At("deleted"), json::Value(1));
  EXPECT_FALSE(Exists(field));
  EXPECT_FALSE(Exists(north));
}

TEST_F(ProjectsDeleteTest, NothingIs401) { EXPECT_EQ(Delete("nope").code(), "400/401"); }

TEST_F(ProjectsDeleteTest, TasksAre402ModelsAre405) {
  const std::string field = Project("field"), north = Project("field/north", field);
  const std::string model = Model(north);
  EXPECT_EQ(Delete(field).code(), "400/405");
  Task(north);
  EXPECT_EQ(Delete(field).code(), "400/402");
  EXPECT_TRUE(Exists(field));
}

TEST_F(ProjectsDeleteTest, DatasetsAre406PipelinesAre413) {
  const std::string field = Project("field");
  const std::string pipe = Project("field/.pipelines/spray", field, R"(["hidden","pipeline"])");
  Task(pipe);
  EXPECT_EQ(Delete(field).code(), "400/413");
  const std::string data = Project("field/.datasets/soil", field, R"(["dataset","hidden"])");
  Task(data);
  EXPECT_EQ(Delete(field).code(), "400/406");
}

TEST_F(ProjectsDeleteTest, ForceCutsTasksAndModelsLoose) {
  const std::string field = Project("field"), north = Project("field/north", field);
  const std::string task = Task(north), model = Model(field);
  const Answer done = Delete(field, R"({"force":true})");
  EXPECT_EQ(done.At("disassociated_tasks"), json::Value(1));
  EXPECT_EQ(done.At("deleted_tasks"), json::Value(0));
  EXPECT_EQ(done.data.Find("urls"), nullptr);
  EXPECT_TRUE(Get(entities::kTasks, task).At("project").IsNull());
  EXPECT_TRUE(Get(entities::kModels, model).At("project").IsNull());
}

TEST_F(ProjectsDeleteTest, DeleteContentsTakesEverythingAndNamesItsFiles) {
  const std::string field = Project("field");
  const std::string task = Task(field, R"({"execution":{"artifacts":[
      {"key":"a","mode":"output","uri":"http://f/a"},{"key":"b","mode":"input","uri":"http://f/b"}]}})");
  const std::string model = Model(field, R"({"uri":"http://f/m"})");
  const std::string child = Task("", R"({"parent":")" + task + R"("})");
  Image(task, "http://f/i.png");
  Report(task, "loss", "train", 1);
  const Answer done = Delete(field, R"({"force":true,"delete_contents":true})");
  EXPECT_EQ(done.At("deleted_tasks"), json::Value(1));
  EXPECT_EQ(done.At("deleted_models"), json::Value(1));
  EXPECT_EQ(done.Path("urls.artifact_urls"), J(R"(["http://f/a"])"));
  EXPECT_EQ(done.Path("urls.model_urls"), J(R"(["http://f/m"])"));
  EXPECT_EQ(done.Path("urls.event_urls"), J(R"(["http://f/i.png"])"));
  EXPECT_TRUE(Get(entities::kTasks, task).IsNull());
  EXPECT_TRUE(Get(entities::kModels, model).IsNull());
  EXPECT_EQ(core.events.Stats(task), nullptr);
  EXPECT_EQ(Get(entities::kTasks, child).At("parent").AsString(), "__DELETED__" + task);
}

TEST_F(ProjectsDeleteTest, AFamilyOfTasksGoesTogether) {
  const std::string field = Project("field");
  const std::string parent = Task(field);
  Task(field, R"({"parent":")" + parent + R"("})");
  EXPECT_EQ(Delete(field, R"({"force":true,"delete_contents":true})").At("deleted_tasks"),
            json::Value(2));
}

TEST_F(ProjectsDeleteTest, DeletedTasksLeaveTheirQueues) {
  const std::string field = Project("field"), task = Task(field);
  const std::string queue = Put(entities::kQueues, json::Object{{"name", "default"}});
  ASSERT_TRUE(core.docs
                  .Transact([&](docs::Transaction& t) {
                    return entities::AppendEntry(t, core, queue, task, clock.now);
                  })
                  .ok());
  EXPECT_EQ(*entities::CountWaiting(core, queue), 1u);
  Delete(field, R"({"force":true,"delete_contents":true})");
  EXPECT_EQ(*entities::CountWaiting(core, queue), 0u);
}

TEST_F(ProjectsDeleteTest, ManyContentsGoInSteps) {
  const std::string field = Project("field");
  for (int i = 0; i < 1100; ++i) Task(field);
  EXPECT_EQ(Delete(field, R"({"force":true})").At("disassociated_tasks"), json::Value(1100));
}

TEST_F(ProjectsDeleteTest, ValidateDeleteCountsTheTree) {
  const std::string field = Project("field"), north = Project("field/north", field);
  Task(field);
  Task(north, R"({"system_tags":["archived"]})");
  Task(north, R"({"type":"report"})");
  Model(north, R"({"system_tags":["archived"]})");
  Project("field/.datasets/soil", field, R"(["dataset","hidden"])");
  const Answer counts = Call("projects.validate_delete", R"({"project":")" + field + R"("})");
  EXPECT_EQ(counts.data, J(R"({"tasks":2,"non_archived_tasks":1,"models":1,"non_archived_models":0,
                               "reports":1,"non_archived_reports":1,"datasets":1,"pipelines":0})"));
  EXPECT_EQ(Call("projects.validate_delete", R"({"project":"nope"})").code(), "400/401");
}

}  // namespace
}  // namespace furrow::service::projects
