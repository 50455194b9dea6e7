// SPDX-License-Identifier: Apache-2.0
#include "entities/project_fixture.h"
#include "service/projects/projects_service.h"

namespace furrow::service::projects {
namespace {

using entities::Answer;
using entities::J;

class ProjectsTest : public entities::ProjectWorld {
 protected:
  ProjectsTest() { AddEndpoints(context_, endpoints); }

  std::string Create(const std::string& name, std::string_view members = "{}") {
    json::Value request = J(members);
    request["name"] = name;
    const Answer made = Call("projects.create", json::Write(request));
    EXPECT_EQ(made.code(), "200") << made.status.ToString();
    return made.At("id").AsString();
  }
  Answer CallOn(std::string_view endpoint, const std::string& id, std::string_view members = "{}") {
    json::Value request = J(members);
    request["project"] = id;
    return Call(endpoint, json::Write(request));
  }
  json::Value Project(const std::string& id) { return Get(entities::kProjects, id); }
  std::vector<std::string> Names(std::string_view request,
                                 std::string_view endpoint = "projects.get_all") {
    const Answer found = Call(endpoint, request);
    EXPECT_EQ(found.code(), "200") << found.status.ToString();
    std::vector<std::string> names;
    for (const json::Value& p : found.At("projects").array())
      names.push_back(p.At("name").AsString());
    std::sort(names.begin(), names.end());
    return names;
  }
  using Texts = std::vector<std::string>;

  Context context_{core, lister};
};

// --- create

TEST_F(ProjectsTest, CreateMakesTheParents) {
  const std::string id = Create("field/north/rows");
  const json::Value project = Project(id);
  EXPECT_EQ(project.At("name").AsString(), "field/north/rows");
  EXPECT_EQ(project.At("basename").AsString(), "rows");
  const json::Value parent = Project(project.At("parent").AsString());
  EXPECT_EQ(parent.At("name").AsString(), "field/north");
  EXPECT_EQ(project.At("path"), json::Value(json::Array{parent.At("parent"), parent.At("id")}));
  EXPECT_EQ(Names("{}"), (Texts{"field", "field/north", "field/north/rows"}));
}

TEST_F(ProjectsTest, ATakenNameIs801) {
  Create("field/north");
  EXPECT_EQ(Call("projects.create", R"({"name":"field/north"})").code(), "400/801");
  EXPECT_EQ(Call("projects.create", R"({"name":"field"})").code(), "400/801");
}

TEST_F(ProjectsTest, AHiddenProjectTakesItsNameToo) {
  Create("field/.datasets/soil", R"({"system_tags":["dataset","hidden"]})");
  EXPECT_EQ(Call("projects.create", R"({"name":"field/.datasets/soil"})").code(), "400/801");
}

TEST_F(ProjectsTest, ABasenameHasThreeCharactersOrMore) {
  EXPECT_EQ(Call("projects.create", R"({"name":"ab"})").code(), "400/407");
  EXPECT_EQ(Call("projects.create", R"({"name":"field/ab"})").code(), "400/407");
  EXPECT_EQ(Call("projects.create", R"({"name":""})").code(), "400/407");
  EXPECT_EQ(Call("projects.create", R"({"name":"ab/field"})").code(), "200");
}

TEST_F(ProjectsTest, APathIsTenDeepAtMost) {
  EXPECT_EQ(Call("projects.create", R"({"name":"aaa/a/a/a/a/a/a/a/a/aaa"})").code(), "200");
  EXPECT_EQ(Call("projects.create", R"({"name":"bbb/a/a/a/a/a/a/a/a/a/aaa"})").code(), "400/409");
}

TEST_F(ProjectsTest, CreateNeedsAName) {
  EXPECT_EQ(Call("projects.create", "{}").code(), "400/12");
}

TEST_F(ProjectsTest, WrongTypesAreRefused) {
  EXPECT_EQ(Call("projects.create", R"({"name":"field","description":7})").code(), "400/20");
  EXPECT_EQ(Call("projects.create", R"({"name":"field","tags":"a"})").code(), "400/20");
}

// --- get_by_id, update

TEST_F(ProjectsTest, GetByIdOfNothingIs401) {
  EXPECT_EQ(CallOn("projects.get_by_id", "nope").code(), "400/401");
}

TEST_F(ProjectsTest, GetByIdAnswersTheProject) {
  const std::string id = Create("field", R"({"description":"wheat","tags":["b","a"]})");
  const Answer found = CallOn("projects.get_by_id", id);
  EXPECT_EQ(found.Path("project.id").AsString(), id);
  EXPECT_EQ(found.Path("project.description").AsString(), "wheat");
  EXPECT_EQ(found.Path("project.tags"), J(R"(["a","b"])"));
}

TEST_F(ProjectsTest, UpdateRenamesTheLastElementAndWhatLiesBelow) {
  const std::string rows = Create("field/north/rows");
  const std::string north = Project(rows).At("parent").AsString();
  const Answer done = CallOn("projects.update", north, R"({"name":"field/south"})");
  EXPECT_EQ(done.At("updated"), json::Value(1));
  EXPECT_EQ(done.Path("fields.name").AsString(), "field/south");
  EXPECT_EQ(Project(rows).At("name").AsString(), "field/south/rows");
}

TEST_F(ProjectsTest, ADatasetIsRenamedWithItsTasks) {
  const std::string id = Create("field/.datasets/soil", R"({"system_tags":["dataset","hidden"]})");
  const std::string version = Task(id, R"({"name":"soil","system_tags":["dataset"]})");
  const std::string other = Task(id, R"({"name":"soil"})");
  CallOn("projects.update", id, R"({"name":"field/.datasets/clay"})");
  EXPECT_EQ(Get(entities::kTasks, version).At("name").AsString(), "clay");
  EXPECT_EQ(Get(entities::kTasks, other).At("name").AsString(), "soil");
}

TEST_F(ProjectsTest, APipelineIsRenamedWithItsRuns) {
  const std::string id =
      Create("field/.pipelines/spray", R"({"system_tags":["hidden","pipeline"]})");
  const std::string run = Task(id, R"({"name":"spray #12","system_tags":["pipeline"]})");
  const std::string step = Task(id, R"({"name":"sprayer","system_tags":["pipeline"]})");
  CallOn("projects.update", id, R"({"name":"field/.pipelines/mow"})");
  EXPECT_EQ(Get(entities::kTasks, run).At("name").AsString(), "mow #12");
  EXPECT_EQ(Get(entities::kTasks, step).At("name").AsString(), "sprayer");
}

TEST_F(ProjectsTest, UpdateDoesNotMove) {
  const std::string id = Create("field/north");
  EXPECT_EQ(CallOn("projects.update", id, R"({"name":"north"})").code(), "400/408");
  EXPECT_EQ(CallOn("projects.update", id, R"({"name":"other/north"})").code(), "400/408");
}

TEST_F(ProjectsTest, UpdateToATakenNameIs801) {
  const std::string id = Create("field/north");
  Create("field/south");
  EXPECT_EQ(CallOn("projects.update", id, R"({"name":"field/south"})").code(), "400/801");
}

TEST_F(ProjectsTest, UpdateSetsTagsAndLeavesTheRest) {
  const std::string id = Create("field", R"({"description":"wheat"})");
  clock.now += 1'000'000;
  CallOn("projects.update", id, R"({"system_tags":["hidden","dataset","hidden"]})");
  EXPECT_EQ(Project(id).At("system_tags"), J(R"(["dataset","hidden"])"));
  EXPECT_EQ(Project(id).At("description").AsString(), "wheat");
  EXPECT_EQ(Project(id).At("last_update").AsString(), FormatTime(clock.now));
  EXPECT_EQ(CallOn("projects.update", "nope", "{}").code(), "400/401");
}

// --- get_all: names, hidden ones, the tree

TEST_F(ProjectsTest, NameIsARegexOnTheFullPath) {
  Create("Lab/data/soil");
  EXPECT_EQ(Names(R"({"name":"^Lab/data$"})"), (Texts{"Lab/data"}));
  EXPECT_EQ(Names(R"({"name":"^Lab/data/.*"})"), (Texts{"Lab/data/soil"}));
  EXPECT_EQ(Names(R"({"name":"data"})"), (Texts{"Lab/data", "Lab/data/soil"}));
  EXPECT_EQ(Names(R"({"name":"lab"})"), Texts{});
}

TEST_F(ProjectsTest, PythonsEscapesAreUnderstood) {
  Create("Lab/data set-1 #2/.datasets/ds1", R"({"system_tags":["dataset","hidden"]})");
  EXPECT_EQ(Names(R"({"name":"^Lab/data\\ set\\-1\\ \\#2/\\.datasets/ds1$","search_hidden":true})"),
            (Texts{"Lab/data set-1 #2/.datasets/ds1"}));
}

TEST_F(ProjectsTest, HiddenProjectsNeedSearchHiddenOrTheirId) {
  const std::string id = Create("field/.datasets/soil", R"({"system_tags":["dataset","hidden"]})");
  EXPECT_EQ(Names("{}"), (Texts{"field"}));
  EXPECT_EQ(Names(R"({"name":"^field/\\.datasets/soil$"})"), Texts{});
  EXPECT_EQ(Names(R"({"name":"^field/\\.datasets/soil$","search_hidden":true})"),
            (Texts{"field/.datasets/soil"}));
  EXPECT_EQ(Names(R"({"id":[")" + id + R"("]})"), (Texts{"field/.datasets/soil"}));
}

TEST_F(ProjectsTest, TheFolderOfAHiddenProjectIsHiddenWithIt) {
  const std::string id = Create("field/.datasets/soil", R"({"system_tags":["dataset","hidden"]})");
  const json::Value folder = Project(Project(id).At("parent").AsString());
  EXPECT_EQ(folder.At("name").AsString(), "field/.datasets");
  EXPECT_EQ(folder.At("system_tags"), J(R"(["hidden"])"));
  EXPECT_EQ(Project(folder.At("parent").AsString()).At("system_tags"), J("[]"));
}

TEST_F(ProjectsTest, ShallowSearchSeesOneLevel) {
  const std::string rows = Create("field/north/rows");
  Create("other");
  EXPECT_EQ(Names(R"({"shallow_search":true})"), (Texts{"field", "other"}));
  const std::string north = Project(rows).At("parent").AsString();
  const std::string field = Project(north).At("parent").AsString();
  EXPECT_EQ(Names(R"({"shallow_search":true,"parent":[")" + field + R"("]})"),
            (Texts{"field/north"}));
  EXPECT_EQ(Names(R"({"parent":[")" + field + R"("]})"),
            (Texts{"field/north", "field/north/rows"}));
}

TEST_F(ProjectsTest, PagesEndWithAnEmptyOne) {
  const std::string id = Create("field");
  const std::string ids = R"("id":[")" + id + R"("],"page_size":500)";
  EXPECT_EQ(Names("{" + ids + R"(,"page":0})"), (Texts{"field"}));
  EXPECT_EQ(Names("{" + ids + R"(,"page":1})"), Texts{});
}

TEST_F(ProjectsTest, OnlyFieldsAlwaysHaveTheId) {
  const std::string id = Create("field");
  EXPECT_EQ(Call("projects.get_all", R"({"only_fields":["system_tags"]})").At("projects"),
            J(R"([{"id":")" + id + R"(","system_tags":[]}])"));
}

// --- move, merge

TEST_F(ProjectsTest, MoveTakesTheSubtreeAlong) {
  const std::string rows = Create("field/north/rows");
  const std::string north = Project(rows).At("parent").AsString();
  EXPECT_EQ(CallOn("projects.move", north, R"({"new_location":"farm/east"})").At("moved"),
            json::Value(2));
  EXPECT_EQ(Project(rows).At("name").AsString(), "farm/east/north/rows");
  EXPECT_EQ(Project(rows).At("path").array().size(), 3u);
  EXPECT_EQ(Project(rows).At("path").array().back().AsString(), north);
  CallOn("projects.move", north, R"({"new_location":""})");
  EXPECT_EQ(Project(rows).At("name").AsString(), "north/rows");
  EXPECT_TRUE(Project(north).At("parent").IsNull());
}

TEST_F(ProjectsTest, MoveRefusesItsOwnPlaceAndItself) {
  const std::string id = Create("field/north");
  EXPECT_EQ(CallOn("projects.move", id, R"({"new_location":"field"})").code(), "400/410");
  EXPECT_EQ(CallOn("projects.move", id, R"({"new_location":"field/north/deep"})").code(),
            "400/411");
}

TEST_F(ProjectsTest, MergeMovesTasksModelsAndChildren) {
  const std::string from = Create("from"), into = Create("into");
  const std::string child = Create("from/child");
  const std::string task = Task(from), model = Model(from);
  const Answer merged =
      CallOn("projects.merge", from, R"({"destination_project":")" + into + R"("})");
  EXPECT_EQ(merged.At("moved_entities"), json::Value(2));
  EXPECT_EQ(merged.At("moved_projects"), json::Value(1));
  EXPECT_EQ(Get(entities::kTasks, task).At("project").AsString(), into);
  EXPECT_EQ(Get(entities::kModels, model).At("project").AsString(), into);
  EXPECT_EQ(Project(child).At("name").AsString(), "into/child");
  EXPECT_TRUE(Project(from).IsNull());
}

TEST_F(ProjectsTest, MergeJoinsChildrenOfOneName) {
  const std::string from = Create("from"), into = Create("into");
  const std::string theirs = Create("from/.datasets/soil", R"({"system_tags":["hidden"]})");
  const std::string ours = Create("into/.datasets/rain", R"({"system_tags":["hidden"]})");
  const std::string task = Task(Project(theirs).At("parent").AsString());
  CallOn("projects.merge", from, R"({"destination_project":")" + into + R"("})");
  EXPECT_EQ(Project(theirs).At("name").AsString(), "into/.datasets/soil");
  EXPECT_EQ(Project(theirs).At("parent"), Project(ours).At("parent"));
  EXPECT_EQ(Get(entities::kTasks, task).At("project"), Project(ours).At("parent"));
}

TEST_F(ProjectsTest, MergeRefusesItselfAndItsChildren) {
  const std::string child = Create("from/child");
  const std::string from = Project(child).At("parent").AsString();
  EXPECT_EQ(CallOn("projects.merge", from, R"({"destination_project":")" + from + R"("})").code(),
            "400/410");
  EXPECT_EQ(CallOn("projects.merge", from, R"({"destination_project":")" + child + R"("})").code(),
            "400/412");
  EXPECT_EQ(CallOn("projects.merge", from, R"({"destination_project":"nope"})").code(), "400/401");
}

TEST_F(ProjectsTest, PublicProjectsAreNotChanged) {
  const std::string id = Create("field");
  EXPECT_EQ(Call("projects.make_public", R"({"ids":[")" + id + R"("]})").At("updated"),
            json::Value(1));
  EXPECT_EQ(CallOn("projects.update", id, R"({"description":"x"})").code(), "403/21");
  EXPECT_EQ(CallOn("projects.delete", id).code(), "403/21");
  EXPECT_EQ(Call("projects.make_private", R"({"ids":[")" + id + R"("]})").At("updated"),
            json::Value(1));
  EXPECT_EQ(CallOn("projects.update", id, R"({"description":"x"})").code(), "200");
}

}  // namespace
}  // namespace furrow::service::projects
