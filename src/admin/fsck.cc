// SPDX-License-Identifier: Apache-2.0
#include "admin/fsck.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "admin/catalogue.h"
#include "admin/progress.h"
#include "auth/secrets.h"
#include "store/blobs/verifier.h"
#include "store/events/survey.h"
#include "store/kv/tables.h"

namespace furrow::admin {
namespace {

namespace fs = std::filesystem;

struct Upload {
  std::string path;  // below files/
  uint64_t size;
};

std::vector<Upload> ListUploads(const std::string& dir, uint64_t& bytes) {
  std::vector<Upload> out;
  std::error_code error;
  const fs::path root = dir + "/files";
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code gone;
    if (!fs::is_regular_file(it->symlink_status(gone)) || gone) continue;
    out.push_back({it->path().lexically_relative(root).string(), it->file_size(gone)});
    bytes += out.back().size;
  }
  return out;
}

class Checker {
 public:
  Checker(Snapshot& snapshot, FsckReport& report) : snapshot_(snapshot), report_(report) {}

  void Run() {
    const std::vector<Upload> uploads = ListUploads(snapshot_.path(), report_.file_bytes);
    const auto engine = snapshot_.OpenEngine();
    std::vector<store::TableFile> tables;
    if (!engine.ok()) {
      Find({"store", "", snapshot_.data_dir() + "/store", "",
            "it does not open: " + engine.status().message()});
      tables = store::LooseTables(snapshot_.path() + "/store");
    } else {
      if (!(*engine)->condition().ok()) {
        Find({"store", "", snapshot_.data_dir() + "/store", "", (*engine)->condition().message()});
      }
      tables = (*engine)->tables();
    }
    for (const store::TableFile& table : tables) report_.table_bytes += table.bytes;
    Progress progress("checking", report_.table_bytes + report_.file_bytes);
    CheckTables(tables, progress);
    if (engine.ok()) CheckContent(**engine);
    for (const Upload& upload : uploads) CheckUpload(upload, progress);
    CheckSecrets();
  }

 private:
  void Find(Finding finding) { report_.findings.push_back(std::move(finding)); }

  void CheckTables(const std::vector<store::TableFile>& tables, Progress& progress) {
    for (const store::TableFile& table : tables) {
      ++report_.tables;
      store::TableReport checked = store::CheckTable(table);
      progress.Add(table.bytes);
      if (checked.status.ok()) continue;
      ++report_.tables_bad;
      Find({"table", "", "store/" + fs::path(table.path).filename().string(), "",
            checked.status.message()});
      damaged_.push_back(std::move(checked));
    }
  }

  void CheckContent(const store::Engine& engine) {
    std::vector<DocumentDamage> documents;
    catalogue_ =
        ReadCatalogue(engine, damaged_, [&](const DocumentDamage& d) { documents.push_back(d); });
    report_.documents = catalogue_.documents;
    for (const DocumentDamage& damage : documents) Document(damage);
    const events::Survey survey =
        events::TakeSurvey(engine, damaged_, true, [&](const events::Damage& d) { Events(d); });
    report_.points = survey.total.points;
    report_.lines = survey.total.lines;
    report_.rich = survey.total.rich;
    report_.blocks = survey.blocks;
    report_.chunks = survey.chunks;
    report_.requests = survey.log_records;
  }

  void Document(const DocumentDamage& damage) {
    ++report_.documents_bad;
    if (!damage.id.empty()) {
      Find({"document", "", damage.collection + " " + damage.id, "", damage.status.message()});
      return;
    }
    const std::string from = damage.after.empty() ? "the first" : damage.after;
    const std::string to = damage.until.empty() ? "the last" : damage.until;
    Find({"document", "",
          "documents (" + damage.collection + " and on) after " + from + " up to " + to, "",
          damage.status.message()});
  }

  void Events(const events::Damage& damage) {
    ++report_.events_bad;
    Finding finding{"events", "", damage.what, "", damage.status.message()};
    if (!damage.metric.empty() || !damage.variant.empty()) {
      finding.metric = damage.metric + "/" + damage.variant;
    }
    if (!damage.owner_last.empty()) {
      Range(damage, finding);
    } else if (!damage.owner.empty()) {
      finding.subject = catalogue_.Title(damage.owner) + ": " + damage.what;
      if (const auto run = catalogue_.runs.find(damage.owner); run != catalogue_.runs.end()) {
        finding.project = run->second.project;
      }
    }
    Find(std::move(finding));
  }

  // All that the damage may concern, by name while they are few.
  void Range(const events::Damage& damage, Finding& finding) const {
    constexpr int kNamed = 10;
    int concerned = 0;
    std::string names;
    for (auto it = catalogue_.runs.lower_bound(damage.owner);
         it != catalogue_.runs.end() && it->first <= damage.owner_last; ++it) {
      if (++concerned <= kNamed) names += (names.empty() ? "" : ", ") + catalogue_.Title(it->first);
    }
    if (concerned > kNamed) names += " and " + std::to_string(concerned - kNamed) + " more";
    finding.subject = damage.what + " of some of: " + names;
  }

  void CheckUpload(const Upload& upload, Progress& progress) {
    ++report_.files;
    const std::string path = snapshot_.path() + "/files/" + upload.path;
    Status status;
    const SocketFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd.valid()) {
      status = Status(Code::kIoError, std::strerror(errno));
    } else {
      status = blobs::CheckFile(fd.get(), upload.size);
    }
    progress.Add(upload.size);
    if (status.ok()) return;
    ++report_.files_bad;
    Finding finding{"file", "", "files/" + upload.path, "", status.message()};
    const std::string owner = catalogue_.OwnerOf(upload.path);
    if (const auto run = catalogue_.runs.find(owner); run != catalogue_.runs.end()) {
      finding.project = run->second.project;
      finding.subject += " of " + catalogue_.Title(owner);
    }
    Find(std::move(finding));
  }

  void CheckSecrets() {
    const std::string path = snapshot_.path() + "/secrets.json";
    Status status(Code::kNotFound, "it is missing: no password and no key works without it");
    // Only a look: it would be made if it were not there.
    if (fs::exists(path)) status = auth::Secrets::LoadOrCreate(snapshot_.path()).status();
    if (!status.ok()) Find({"secrets", "", "secrets.json", "", status.message()});
  }

  Snapshot& snapshot_;
  FsckReport& report_;
  std::vector<store::TableReport> damaged_;
  Catalogue catalogue_;
};

}  // namespace

FsckReport Fsck(Snapshot& snapshot) {
  FsckReport report;
  Checker(snapshot, report).Run();
  return report;
}

}  // namespace furrow::admin
