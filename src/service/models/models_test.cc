// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "entities/task_document.h"
#include "entities/world_fixture.h"
#include "service/models/models_service.h"

namespace furrow::service::models {
namespace {

using entities::Answer;
using entities::J;

class ModelsTest : public entities::World {
 protected:
  ModelsTest() { AddEndpoints(context_, endpoints); }

  std::string Create(std::string_view members = "{}") {
    const json::Value request =
        entities::With(J(R"({"name":"net one","uri":"http://files/net.pt"})"), members);
    const Answer made = Call("models.create", json::Write(request));
    EXPECT_EQ(made.code(), "200") << made.status.ToString();
    return made.At("id").AsString();
  }
  std::string Task(std::string_view members = "{}") {
    return Put(entities::kTasks,
               entities::With(entities::NewTask(core, {identity.user_id, clock.now}), members));
  }
  json::Value Model(const std::string& id) { return Get(entities::kModels, id); }
  Answer CallOn(std::string_view endpoint, const std::string& id, std::string_view members = "{}",
                std::string_view version = "") {
    json::Value request = J(members);
    request["model"] = id;
    return Call(endpoint, json::Write(request), version);
  }

  Context context_{core, lister};
};

// --- create, get_by_id

TEST_F(ModelsTest, CreateAnswersIdAndCreated) {
  const Answer made = Call("models.create", R"({"name":"net","uri":"file://x","labels":{}})");
  EXPECT_EQ(made.code(), "200");
  EXPECT_TRUE(IsId(made.At("id").AsString()));
  EXPECT_EQ(made.At("created"), json::Value(true));
}

TEST_F(ModelsTest, CreateNeedsNameAndUri) {
  EXPECT_EQ(Call("models.create", R"({"name":"net"})").code(), "400/12");
  EXPECT_EQ(Call("models.create", R"({"uri":"file://x"})").code(), "400/12");
}

TEST_F(ModelsTest, NameHasThreeCharactersOrMore) {
  EXPECT_EQ(Call("models.create", R"({"name":"ab","uri":"u"})").code(), "400/12");
  EXPECT_EQ(CallOn("models.edit", Create(), R"({"name":"ab"})").code(), "400/12");
}

TEST_F(ModelsTest, LabelsAreWholeNumbers) {
  const std::string id = Create(R"({"labels":{"weed":1,"crop.a":-2,"soil":3.0}})");
  EXPECT_EQ(CallOn("models.get_by_id", id).Path("model").At("labels"),
            J(R"({"weed":1,"crop.a":-2,"soil":3})"));
  EXPECT_EQ(Call("models.create", R"({"name":"net","uri":"u","labels":{"a":"1"}})").code(),
            "400/12");
  EXPECT_EQ(Call("models.create", R"({"name":"net","uri":"u","labels":{"a":1.5}})").code(),
            "400/12");
}

TEST_F(ModelsTest, CreateChecksWhatItRefersTo) {
  EXPECT_EQ(Call("models.create", R"({"name":"net","uri":"u","project":"nope"})").code(),
            "400/401");
  EXPECT_EQ(Call("models.create", R"({"name":"net","uri":"u","parent":"nope"})").code(), "400/201");
  EXPECT_EQ(Call("models.create", R"({"name":"net","uri":"u","task":"nope"})").code(), "400/101");
}

TEST_F(ModelsTest, TagsAreSortedAndUnique) {
  const std::string id = Create(R"({"tags":["b","a","b"]})");
  EXPECT_EQ(Model(id).At("tags"), J(R"(["a","b"])"));
}

TEST_F(ModelsTest, TagsMayNotLookLikeOperators) {
  EXPECT_EQ(Call("models.create", R"({"name":"net","uri":"u","tags":["__$all"]})").code(),
            "400/16");
}

TEST_F(ModelsTest, CreatePublicBelongsToNoCompany) {
  EXPECT_EQ(Model(Create(R"({"public":true})")).At("company").AsString(), "");
  EXPECT_EQ(Model(Create(R"({"public":false})")).At("company").AsString(), core.company_id);
}

TEST_F(ModelsTest, PublicModelsAreNotChanged) {
  const std::string id = Create(R"({"public":true})");
  EXPECT_EQ(CallOn("models.edit", id, R"({"comment":"x"})").code(), "403/21");
  EXPECT_EQ(CallOn("models.delete", id).code(), "403/21");
}

TEST_F(ModelsTest, GetByIdOfNothingIs201) {
  EXPECT_EQ(Call("models.get_by_id", R"({"model":"nope"})").code(), "400/201");
}

TEST_F(ModelsTest, UnknownMembersAreIgnored) {
  EXPECT_EQ(Call("models.create", R"({"name":"net","uri":"u","method":"get","xyz":[1]})").code(),
            "200");
}

// --- metadata

TEST_F(ModelsTest, MetadataIsAnObjectFromVersion217OnAndAListBefore) {
  const std::string id = Create();
  CallOn("models.add_or_update_metadata", id,
         R"({"metadata":[{"key":"a.b","type":"str","value":"1"}]})");
  EXPECT_EQ(CallOn("models.get_by_id", id, "{}", "2.23").Path("model").At("metadata"),
            J(R"({"a.b":{"key":"a.b","type":"str","value":"1"}})"));
  EXPECT_EQ(CallOn("models.get_by_id", id, "{}", "2.17").Path("model").At("metadata").IsObject(),
            true);
  EXPECT_EQ(CallOn("models.get_by_id", id, "{}", "2.16").Path("model").At("metadata"), J("[]"));
  EXPECT_EQ(Call("models.get_all", "{}", "2.13").At("models").array().at(0).At("metadata"),
            J("[]"));
}

TEST_F(ModelsTest, MetadataIsAddedUpdatedReplacedAndDeleted) {
  const std::string id = Create();
  const auto metadata = [&] { return CallOn("models.get_by_id", id).Path("model").At("metadata"); };
  EXPECT_EQ(CallOn("models.add_or_update_metadata", id,
                   R"({"metadata":[{"key":"a","value":"1"},{"key":"b","value":"2"}]})")
                .At("updated"),
            json::Value(1));
  CallOn("models.add_or_update_metadata", id, R"({"metadata":[{"key":"a","value":"3"}]})");
  EXPECT_EQ(metadata().At("a").At("value").AsString(), "3");
  EXPECT_EQ(metadata().At("b").At("value").AsString(), "2");
  CallOn("models.add_or_update_metadata", id,
         R"({"metadata":[{"key":"c","value":"4"}],"replace_metadata":true})");
  EXPECT_EQ(metadata().object().size(), 1u);
  EXPECT_EQ(CallOn("models.delete_metadata", id, R"({"keys":["c"]})").At("updated"),
            json::Value(1));
  EXPECT_EQ(CallOn("models.delete_metadata", id, R"({"keys":["c"]})").At("updated"),
            json::Value(0));
  EXPECT_EQ(metadata(), J("{}"));
}

TEST_F(ModelsTest, MetadataIsFilteredByValue) {
  const std::string id = Create();
  Create();
  CallOn("models.add_or_update_metadata", id, R"({"metadata":[{"key":"field","value":"north"}]})");
  const Answer found =
      Call("models.get_all", R"({"metadata.field.value":"north","only_fields":["id"]})");
  EXPECT_EQ(found.At("models"), json::Value(json::Array{json::Object{{"id", id}}}));
}

// --- edit, update

TEST_F(ModelsTest, EditChangesWhatIsGivenEvenWhenReady) {
  const std::string id = Create(R"({"comment":"old","ready":true})");
  const Answer edited =
      CallOn("models.edit", id, R"({"uri":"http://new","labels":{"a":1},"name":null})");
  EXPECT_EQ(edited.At("updated"), json::Value(1));
  EXPECT_EQ(edited.Path("fields.uri").AsString(), "http://new");
  EXPECT_EQ(edited.Path("fields.labels"), J(R"({"a":1})"));
  EXPECT_EQ(Model(id).At("comment").AsString(), "old");
  EXPECT_EQ(Model(id).At("name").AsString(), "net one");
}

TEST_F(ModelsTest, EditTakesBackWhatTheModelSaysOfADeletedTask) {
  const std::string id = Create();
  json::Value model = Model(id);
  model["task"] = "__DELETED__abc";
  Put(entities::kModels, model);
  EXPECT_EQ(CallOn("models.edit", id, R"({"task":"__DELETED__abc"})").code(), "200");
  // What a client sends that read the model before the task went.
  EXPECT_EQ(CallOn("models.edit", id, R"({"task":"abc"})").code(), "200");
  EXPECT_EQ(Model(id).At("task").AsString(), "__DELETED__abc");
  EXPECT_EQ(CallOn("models.edit", id, R"({"task":"other"})").code(), "400/101");
  EXPECT_EQ(Model(Create(R"({"task":"__DELETED__abc"})")).At("task").AsString(), "__DELETED__abc");
}

TEST_F(ModelsTest, EditMovesTheIterationOfTheTaskOnly) {
  const std::string task = Task(R"({"last_iteration":5})");
  const std::string id = Create(R"({"task":")" + task + R"("})");
  CallOn("models.edit", id, R"({"iteration":9})");
  EXPECT_EQ(Get(entities::kTasks, task).At("last_iteration"), json::Value(9));
  CallOn("models.edit", id, R"({"iteration":3})");
  EXPECT_EQ(Get(entities::kTasks, task).At("last_iteration"), json::Value(9));
}

TEST_F(ModelsTest, UpdateWritesItsOwnMembersOnly) {
  const std::string id = Create();
  CallOn("models.update", id, R"({"comment":"c","uri":"other","created":"2020-01-02T03:04:05"})");
  EXPECT_EQ(Model(id).At("comment").AsString(), "c");
  EXPECT_EQ(Model(id).At("uri").AsString(), "http://files/net.pt");
  EXPECT_EQ(Model(id).At("created").AsString(), "2020-01-02T03:04:05.000000+00:00");
}

TEST_F(ModelsTest, UpdateTagsAddsAndRemoves) {
  const std::string id = Create(R"({"tags":["a"]})");
  const Answer done = Call("models.update_tags",
                           R"({"ids":[")" + id + R"("],"add_tags":["b"],"remove_tags":["a"]})");
  EXPECT_EQ(done.At("updated"), json::Value(1));
  EXPECT_EQ(Model(id).At("tags"), J(R"(["b"])"));
}

TEST_F(ModelsTest, OldClientsSeeOneListOfTags) {
  const std::string id = Create(R"({"tags":["b"],"system_tags":["archived"]})");
  const json::Value old = CallOn("models.get_by_id", id, "{}", "2.2").Path("model");
  EXPECT_EQ(old.At("tags"), J(R"(["archived","b"])"));
  EXPECT_EQ(old.Find("system_tags"), nullptr);
}

// --- set_ready, publish_many

TEST_F(ModelsTest, SetReadyTwiceIs203) {
  const std::string id = Create();
  const Answer first = CallOn("models.set_ready", id, R"({"publish_task":false})");
  EXPECT_EQ(first.At("updated"), json::Value(1));
  EXPECT_EQ(Model(id).At("ready"), json::Value(true));
  EXPECT_EQ(CallOn("models.set_ready", id).code(), "400/203");
}

TEST_F(ModelsTest, SetReadyPublishesTheTaskUnlessToldNotTo) {
  const std::string task = Task(R"({"status":"completed"})");
  const std::string with = Create(R"({"task":")" + task + R"("})");
  EXPECT_EQ(CallOn("models.set_ready", with, R"({"publish_task":false})").Path("published_task"),
            json::Value());
  EXPECT_EQ(Get(entities::kTasks, task).At("status").AsString(), "completed");
  const std::string other = Create(R"({"task":")" + task + R"("})");
  const Answer ready = CallOn("models.set_ready", other);
  EXPECT_EQ(ready.Path("published_task.id").AsString(), task);
  EXPECT_EQ(ready.Path("published_task.data.fields.status").AsString(), "published");
  EXPECT_EQ(Get(entities::kTasks, task).At("status").AsString(), "published");
}

TEST_F(ModelsTest, SetReadyLeavesATaskThatCannotBePublished) {
  const std::string task = Task(R"({"status":"created"})");
  const std::string id = Create(R"({"task":")" + task + R"("})");
  EXPECT_EQ(CallOn("models.set_ready", id).code(), "200");
  EXPECT_EQ(Get(entities::kTasks, task).At("status").AsString(), "created");
  const std::string forced = Create(R"({"task":")" + task + R"("})");
  CallOn("models.set_ready", forced, R"({"force_publish_task":true})");
  EXPECT_EQ(Get(entities::kTasks, task).At("status").AsString(), "published");
}

TEST_F(ModelsTest, PublishManyNamesWhatFailed) {
  const std::string a = Create(), ready = Create(R"({"ready":true})");
  const Answer done =
      Call("models.publish_many", R"({"ids":[")" + a + R"(",")" + ready + R"(","nope"]})");
  EXPECT_EQ(done.At("succeeded").array().at(0).At("id").AsString(), a);
  EXPECT_EQ(done.At("succeeded").array().at(0).At("updated"), json::Value(true));
  EXPECT_EQ(done.At("failed").array().at(0).At("error").At("codes"), J("[400,203]"));
  EXPECT_EQ(done.At("failed").array().at(1).At("error").At("codes"), J("[400,201]"));
}

// --- archive

TEST_F(ModelsTest, ArchivedModelsAreLeftOutByTheirTag) {
  const std::string id = Create();
  const Answer archived = Call("models.archive_many", R"({"ids":[")" + id + R"("]})");
  EXPECT_EQ(archived.At("succeeded"), J(R"([{"archived":true,"id":")" + id + R"("}])"));
  const auto visible = [&] {
    return Call("models.get_all", R"({"system_tags":["-archived"]})").At("models").array().size();
  };
  EXPECT_EQ(visible(), 0u);
  EXPECT_EQ(Call("models.unarchive_many", R"({"ids":[")" + id + R"("]})").At("succeeded"),
            J(R"([{"unarchived":true,"id":")" + id + R"("}])"));
  EXPECT_EQ(visible(), 1u);
}

// --- delete

TEST_F(ModelsTest, DeleteAnswersTheUrl) {
  const std::string id = Create();
  const Answer deleted = CallOn("models.delete", id);
  EXPECT_EQ(deleted.At("deleted"), json::Value(true));
  EXPECT_EQ(deleted.At("url").AsString(), "http://files/net.pt");
  EXPECT_EQ(CallOn("models.delete", id).code(), "400/201");
}

TEST_F(ModelsTest, AModelInUseGoesByForceOnlyAndLeavesItsMark) {
  const std::string id = Create();
  const std::string task =
      Task(R"({"models":{"input":[{"name":"in","model":")" + id + R"("}],"output":[]}})");
  const Answer refused = CallOn("models.delete", id);
  EXPECT_EQ(refused.code(), "400/205");
  EXPECT_NE(refused.status.message().find("tasks=(" + task + ")"), std::string::npos);
  EXPECT_EQ(CallOn("models.delete", id, R"({"force":true})").code(), "200");
  EXPECT_EQ(
      Get(entities::kTasks, task).At("models").At("input").array().at(0).At("model").AsString(),
      "__DELETED__" + id);
}

TEST_F(ModelsTest, TheOutputEntryOfTheMakingTaskKeepsTheMark) {
  const std::string id = Create();
  const std::string task =
      Task(R"({"models":{"input":[],"output":[{"name":"out","model":")" + id + R"("}]}})");
  EXPECT_EQ(CallOn("models.delete", id).code(), "200");
  EXPECT_EQ(
      Get(entities::kTasks, task).At("models").At("output").array().at(0).At("model").AsString(),
      "__DELETED__" + id);
}

TEST_F(ModelsTest, ModelsDerivedFromADeletedOneKeepItsMark) {
  const std::string id = Create();
  const std::string child = Create(R"({"parent":")" + id + R"("})");
  CallOn("models.delete", id);
  EXPECT_EQ(Model(child).At("parent").AsString(), "__DELETED__" + id);
}

TEST_F(ModelsTest, AModelOfAPublishedTaskGoesByForceOnly) {
  const std::string task = Task(R"({"status":"published"})");
  const std::string id = Create(R"({"task":")" + task + R"("})");
  EXPECT_EQ(CallOn("models.delete", id).code(), "400/206");
  EXPECT_EQ(CallOn("models.delete", id, R"({"force":true})").code(), "200");
}

TEST_F(ModelsTest, DeleteTakesTheEventsOfTheModel) {
  const std::string id = Create();
  Report(id, "loss", "train", 1);
  ASSERT_NE(core.events.Stats(id), nullptr);
  CallOn("models.delete", id);
  EXPECT_EQ(core.events.Stats(id), nullptr);
}

TEST_F(ModelsTest, DeleteManyGoesOnAfterAFailure) {
  const std::string a = Create();
  const Answer done = Call("models.delete_many", R"({"ids":["nope",")" + a + R"("]})");
  EXPECT_EQ(done.At("succeeded").array().at(0).At("deleted"), json::Value(true));
  EXPECT_EQ(done.At("failed").array().at(0).At("id").AsString(), "nope");
}

// --- move, public

TEST_F(ModelsTest, MoveMakesTheProjectNamed) {
  const std::string id = Create();
  const Answer moved =
      Call("models.move", R"({"ids":[")" + id + R"("],"project_name":"field/north"})");
  EXPECT_EQ(Get(entities::kProjects, moved.At("project_id").AsString()).At("name").AsString(),
            "field/north");
  EXPECT_EQ(Model(id).At("project"), moved.At("project_id"));
  EXPECT_EQ(Call("models.move", R"({"ids":[")" + id + R"("],"project":null})").code(), "200");
  EXPECT_TRUE(Model(id).At("project").IsNull());
  EXPECT_EQ(Call("models.move", R"({"ids":[")" + id + R"("]})").code(), "400/11");
}

TEST_F(ModelsTest, MadePublicAndPrivateAgain) {
  const std::string id = Create();
  const std::string ids = R"({"ids":[")" + id + R"("]})";
  EXPECT_EQ(Call("models.make_public", ids).At("updated"), json::Value(1));
  EXPECT_EQ(Model(id).At("company").AsString(), "");
  EXPECT_EQ(Call("models.make_public", ids).At("updated"), json::Value(0));
  EXPECT_EQ(Call("models.make_private", ids).At("updated"), json::Value(1));
  EXPECT_EQ(Model(id).At("company").AsString(), core.company_id);
}

// --- queries

TEST_F(ModelsTest, GetAllByNameIsARegexOnTheWholeName) {
  Create(R"({"name":"net-one #1"})");
  Create(R"({"name":"net-one #12"})");
  EXPECT_EQ(Call("models.get_all", R"({"name":"^net\\-one\\ \\#1$"})").At("models").array().size(),
            1u);
  EXPECT_EQ(Call("models.get_all", R"({"name":"NET"})").At("models").array().size(), 0u);
  EXPECT_EQ(Call("models.get_all", R"({"name":"("})").code(), "400/21");
}

TEST_F(ModelsTest, GetAllByReadyUriAndTask) {
  const std::string task = Task();
  Create(R"({"ready":true,"uri":"-u"})");
  Create(R"({"task":")" + task + R"("})");
  EXPECT_EQ(Call("models.get_all", R"({"ready":true})").At("models").array().size(), 1u);
  EXPECT_EQ(Call("models.get_all", R"({"ready":null})").At("models").array().size(), 2u);
  EXPECT_EQ(Call("models.get_all", R"({"uri":["-u"]})").At("models").array().size(), 1u);
  EXPECT_EQ(Call("models.get_all", R"({"task":[")" + task + R"("]})").At("models").array().size(),
            1u);
}

TEST_F(ModelsTest, APagePastTheEndIsEmpty) {
  Create();
  EXPECT_EQ(Call("models.get_all", R"({"page":1,"page_size":500})").At("models"), J("[]"));
}

TEST_F(ModelsTest, GetAllExJoinsAndCountsLabels) {
  const std::string project = Put(entities::kProjects, J(R"({"name":"field"})"));
  Create(R"({"labels":{"a":1,"b":2},"project":")" + project + R"("})");
  const Answer found =
      Call("models.get_all_ex", R"({"include_stats":true,"only_fields":["project.name"]})");
  const json::Value& model = found.At("models").array().at(0);
  EXPECT_EQ(model.At("project"), J(R"({"id":")" + project + R"(","name":"field"})"));
  EXPECT_EQ(model.At("stats").At("labels_count"), json::Value(2));
}

TEST_F(ModelsTest, GetByIdExNeedsIds) {
  EXPECT_EQ(Call("models.get_by_id_ex", "{}").code(), "400/12");
  const std::string id = Create();
  Create();
  EXPECT_EQ(Call("models.get_by_id_ex", R"({"id":[")" + id + R"("]})").At("models").array().size(),
            1u);
}

TEST_F(ModelsTest, LastMetricsComeFromReportedEvents) {
  const std::string id = Create();
  Report(id, "loss", "train", 0.5);
  const std::string path =
      "model.last_metrics." + Md5Hex("loss") + "." + Md5Hex("train") + ".value";
  EXPECT_EQ(CallOn("models.get_by_id", id).Path(path), json::Value(0.5));
}

TEST_F(ModelsTest, TheyAreFilteredAndOrderedByWhatWasReported) {
  std::map<std::string, std::string> names;  // by id
  std::map<std::string, std::string> ids;
  for (const char* name : {"one", "two", "three", "none"}) {
    ids[name] = Create();
    names[ids[name]] = name;
  }
  const auto path = [](std::string_view variant, std::string_view member) {
    return "last_metrics." + Md5Hex("loss") + "." + Md5Hex(variant) + "." + std::string(member);
  };
  const auto ask = [&](const json::Value& request) {
    std::vector<std::string> found;
    const entities::Answer answer = Call("models.get_all", json::Write(request));
    for (const json::Value& m : answer.At("models").array()) {
      found.push_back(names[m.At("id").AsString()]);
    }
    return found;
  };
  const auto ordered = [&](const std::string& by) {
    return ask(json::Object{{"order_by", json::Array{by}}});
  };
  using Names = std::vector<std::string>;
  for (const char* variant : {"train", "test"}) {
    Report(ids["one"], "loss", variant, 0.5);
    Report(ids["two"], "loss", variant, 0.1);
  }
  // Of these two all is on the disk, of the third it is in memory.
  ASSERT_TRUE(core.events.Fold().ok());
  Report(ids["three"], "loss", "train", 0.9);
  Report(ids["three"], "loss", "test", 0.05);

  EXPECT_EQ(ordered("-" + path("train", "value")), (Names{"three", "one", "two", "none"}));
  EXPECT_EQ(ordered(path("test", "value")), (Names{"three", "two", "one", "none"}));
  EXPECT_EQ(ordered(path("train", "max_value")), (Names{"two", "one", "three", "none"}));
  EXPECT_EQ(ask(json::Object{{path("train", "value"), json::Array{0.2, 0.6}}}), Names{"one"});
  Report(ids["two"], "loss", "train", 0.55);
  EXPECT_EQ(ordered("-" + path("train", "value")), (Names{"three", "two", "one", "none"}));
  EXPECT_EQ(ask(json::Object{{path("train", "value"), json::Array{0.54, 0.6}}}), Names{"two"});

  // Reporting is an update; what nobody reported for keeps its own.
  clock.now += 1'000'000;
  Report(ids["one"], "loss", "train", 0.4);
  EXPECT_EQ(ordered("-last_update").front(), "one");
  EXPECT_EQ(ordered("-last_update").size(), 4u);
  clock.now += 1'000'000;
  Report(ids["three"], "loss", "train", 0.4);
  EXPECT_EQ(ordered("-last_update").front(), "three");
  EXPECT_EQ(ordered("-last_iteration").back(), "none");
}

TEST_F(ModelsTest, FrameworksAreDistinctOfTheProject) {
  const std::string project = Put(entities::kProjects, J(R"({"name":"field","path":[]})"));
  Create(R"({"framework":"PyTorch","project":")" + project + R"("})");
  Create(R"({"framework":"PyTorch"})");
  Create(R"({"framework":"ONNX"})");
  EXPECT_EQ(Call("models.get_frameworks", "{}").At("frameworks"), J(R"(["ONNX","PyTorch"])"));
  EXPECT_EQ(
      Call("models.get_frameworks", R"({"projects":[")" + project + R"("]})").At("frameworks"),
      J(R"(["PyTorch"])"));
}

// --- "the" model of a task, for versions up to 2.13

TEST_F(ModelsTest, TheModelOfATaskIsGoneBeyond213) {
  EXPECT_EQ(Call("models.get_by_task_id", R"({"task":"x"})", "2.14").code(), "301/1");
  EXPECT_EQ(Call("models.update_for_task", R"({"task":"x","uri":"u"})", "2.20").code(), "301/1");
}

TEST_F(ModelsTest, UpdateForTaskMakesThenUpdatesItsModel) {
  const std::string task = Task(R"({"name":"train it"})");
  const std::string request = R"({"task":")" + task + R"(","uri":"http://m"})";
  const Answer first = Call("models.update_for_task", request, "2.13");
  EXPECT_EQ(first.At("created"), json::Value(true));
  EXPECT_EQ(Model(first.At("id").AsString()).At("name").AsString(), "train it");
  const Answer second = Call("models.update_for_task", request, "2.5");
  EXPECT_EQ(second.At("created"), json::Value(false));
  EXPECT_EQ(second.At("id"), first.At("id"));
  EXPECT_EQ(Call("models.get_by_task_id", R"({"task":")" + task + R"("})", "2.13").Path("model.id"),
            first.At("id"));
}

TEST_F(ModelsTest, UpdateForTaskTakesExactlyOneOfUriAndModel) {
  const std::string task = Task(), model = Create();
  EXPECT_EQ(Call("models.update_for_task", R"({"task":")" + task + R"("})", "2.13").code(),
            "400/15");
  const Answer given =
      Call("models.update_for_task",
           R"({"task":")" + task + R"(","override_model_id":")" + model + R"("})", "2.13");
  EXPECT_EQ(given.At("id").AsString(), model);
  EXPECT_EQ(
      Get(entities::kTasks, task).At("models").At("output").array().back().At("model").AsString(),
      model);
}

}  // namespace
}  // namespace furrow::service::models
