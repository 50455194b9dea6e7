// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "entities/removals.h"
#include "entities/world_fixture.h"
#include "service/deletions/deletions_service.h"

namespace furrow::service::deletions {
namespace {

using entities::J;
using entities::Removed;

class DeletionsTest : public entities::World {
 protected:
  DeletionsTest() : dir_(testing::TempDir() + "deletions_" + NewId()), blobs_(Open(dir_, clock)) {
    AddEndpoints(context_, endpoints);
    core.more_files_urls = {"http://lab/files"};
  }
  ~DeletionsTest() override {
    blobs_.reset();
    std::filesystem::remove_all(dir_);
  }

  static std::unique_ptr<blobs::Store> Open(const std::string& dir, const Clock& clock) {
    std::filesystem::create_directories(dir);
    return std::move(blobs::Store::Open(dir, clock)).value();
  }
  std::string Upload(const std::string& name) {
    auto writer = blobs_->Create(*blobs::Path::Parse(name));
    EXPECT_TRUE(writer.ok() && (*writer)->Append("content").ok() && (*writer)->Commit().ok());
    return core.files_url + "/" + name;
  }
  bool There(const std::string& name) const { return blobs_->Open(*blobs::Path::Parse(name)).ok(); }
  std::string Task(std::string_view members = "{}") {
    return Put(entities::kTasks, entities::With(json::Object{{"name", "run"}}, members));
  }
  void ReportImage(const std::string& task, int64_t iter, const std::string& url) {
    const std::string event = json::Write(json::Object{{"url", url}});
    events::OwnerBatch batch{.owner = task};
    batch.rich = {{.type = events::RichType::kImage,
                   .metric = "debug",
                   .variant = "image",
                   .key = url,
                   .iter = iter,
                   .time_ms = clock.now / 1000,
                   .json = event}};
    ASSERT_TRUE(core.events.Append({batch}, {}).ok());
  }
  void Remove(const std::string& task) {
    Removed removed{.files = true};
    const Status done = core.docs.Transact([&](docs::Transaction& t) -> Status {
      FURROW_ASSIGN(const json::Value doc, t.Get(entities::kTasks, task));
      FURROW_TRY(entities::RemoveTask(t, core, {"", clock.now}, doc, removed));
      return entities::RemoveFilesLater(t, core, clock.now, removed);
    });
    ASSERT_TRUE(done.ok()) << done.ToString();
    left_ = removed.Urls();
  }
  std::string Artifacts(const std::vector<std::string>& urls) {
    std::string list;
    for (const std::string& url : urls) {
      list += (list.empty() ? "" : ",") + (R"({"key":"a","mode":"output","uri":")" + url + "\"}");
    }
    return R"({"execution":{"artifacts":[)" + list + "]}}";
  }
  void Work() {
    const Status done = worker_.RunOnce();
    EXPECT_TRUE(done.ok()) << done.ToString();
  }
  int64_t Pending() { return Call("deletions.get_progress", "").At("pending").AsInt(); }

  const std::string dir_;
  std::unique_ptr<blobs::Store> blobs_;
  Worker worker_{core, *blobs_};
  Context context_{worker_};
  json::Value left_;
};

TEST_F(DeletionsTest, AnArtifactGoesWithItsTask) {
  const std::string task = Task(Artifacts({Upload("lab/a b.bin"), "s3://elsewhere/b"}));
  Upload("lab/other.bin");
  Remove(task);
  EXPECT_TRUE(There("lab/a b.bin"));  // only noted
  EXPECT_EQ(Pending(), 2);
  EXPECT_EQ(left_.At("artifact_urls"), J(R"(["s3://elsewhere/b"])"));
  Work();
  EXPECT_FALSE(There("lab/a b.bin"));
  EXPECT_TRUE(There("lab/other.bin"));
  const auto progress = Call("deletions.get_progress", "");
  EXPECT_EQ(progress.data, J(R"({"pending":0,"oldest":null,"files":1,"bytes":7,"files_missing":0,
                                 "files_kept":0,"runs":1,"projects":0,"failures":0})"));
}

TEST_F(DeletionsTest, NamesAreDecodedAndStayBelowTheRoot) {
  Upload("lab/a b#.bin");
  const std::string task =
      Task(Artifacts({core.files_url + "/lab/a%20b%23.bin", core.files_url + "/..%2f..%2fetc/x",
                      "http://lab/files/none", "http://labour/files/lab"}));
  Remove(task);
  EXPECT_EQ(left_.At("artifact_urls"), J(R"(["http://labour/files/lab"])"));
  Work();
  EXPECT_FALSE(There("lab/a b#.bin"));
  EXPECT_EQ(worker_.progress().files_missing, 2);
}

TEST_F(DeletionsTest, WhatSomethingElseNamesStays) {
  const std::string shared = Upload("lab/shared.bin"), weights = Upload("lab/weights.pt");
  const std::string task = Task(Artifacts({shared, weights})), other = Task(Artifacts({shared}));
  Put(entities::kModels, json::Object{{"uri", "http://lab/files/lab/weights.pt"}});
  Remove(task);
  Work();
  EXPECT_TRUE(There("lab/shared.bin"));
  EXPECT_TRUE(There("lab/weights.pt"));
  EXPECT_EQ(worker_.progress().files_kept, 2);
  Remove(other);
  Work();
  EXPECT_FALSE(There("lab/shared.bin"));
}

TEST_F(DeletionsTest, WhatWasUploadedAnewStays) {
  const std::string task = Task(Artifacts({Upload("lab/a.bin")}));
  Remove(task);
  clock.now += 1;
  Upload("lab/a.bin");
  Work();
  EXPECT_TRUE(There("lab/a.bin"));
}

TEST_F(DeletionsTest, ImagesGoBeforeTheEventsThatNameThem) {
  const std::string task = Task();
  for (int i = 0; i < 700; ++i) {
    ReportImage(task, i, Upload("lab/image" + std::to_string(i) + ".png"));
  }
  Remove(task);
  EXPECT_EQ(*core.events.RichCount(task, events::RichType::kImage, 1000), 700u);
  Work();
  EXPECT_EQ(worker_.progress().files, 700);
  EXPECT_EQ(*core.events.RichCount(task, events::RichType::kImage, 1000), 0u);
  EXPECT_EQ(Pending(), 0);
}

TEST_F(DeletionsTest, WhatWasCutOffGoesOn) {
  const std::string project = Put(entities::kProjects, json::Object{{"name", "lab"}});
  const std::string task = Put(entities::kTasks, entities::With(json::Object{{"project", project}},
                                                                Artifacts({Upload("lab/a.bin")})));
  // As a server leaves it that is killed after the note of a project's deletion.
  Put(entities::kRemovals, json::Object{{"kind", "project"},
                                        {"created", FormatTime(clock.now)},
                                        {"projects", json::Array{project}},
                                        {"files", true},
                                        {"doer", "another life"}});
  Work();
  EXPECT_TRUE(Get(entities::kProjects, project).IsNull());
  EXPECT_TRUE(Get(entities::kTasks, task).IsNull());
  Work();
  EXPECT_FALSE(There("lab/a.bin"));
  EXPECT_EQ(Pending(), 0);
}

TEST_F(DeletionsTest, AProjectThatIsBeingDeletedIsLeftToWhoDoesIt) {
  const std::string project = Put(entities::kProjects, json::Object{{"name", "lab"}});
  for (int i = 0; i < 3; ++i) {
    Put(entities::kTasks, entities::With(json::Object{{"project", project}},
                                         Artifacts({Upload("lab/" + std::to_string(i))})));
  }
  Removed removed;
  ASSERT_TRUE(entities::RemoveProjects(core, {"", clock.now}, {project}, true, removed).ok());
  EXPECT_EQ(removed.tasks, 3);
  EXPECT_TRUE(removed.artifact_urls.empty());
  Work();
  EXPECT_EQ(worker_.progress().files, 3);
  EXPECT_TRUE(Get(entities::kProjects, project).IsNull());
}

TEST_F(DeletionsTest, MoreNotesThanARoundTakesAreDoneInOne) {
  for (int i = 0; i < 200; ++i) Remove(Task());
  EXPECT_EQ(Pending(), 200);
  Work();
  EXPECT_EQ(Pending(), 0);
  EXPECT_EQ(worker_.progress().runs, 200);
}

TEST_F(DeletionsTest, ADeletionThatFailsIsKeptAndHoldsNobodyUp) {
  Put(entities::kRemovals, json::Object{{"kind", "of a newer version"}});
  Remove(Task(Artifacts({Upload("lab/a.bin")})));
  EXPECT_FALSE(worker_.RunOnce().ok());
  EXPECT_FALSE(There("lab/a.bin"));
  EXPECT_EQ(Pending(), 1);
  EXPECT_EQ(worker_.progress().failures, 1);
}

}  // namespace
}  // namespace furrow::service::deletions
