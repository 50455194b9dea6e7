// SPDX-License-Identifier: Apache-2.0
#include "admin/catalogue.h"

#include "base/id.h"
#include "entities/core.h"
#include "store/docs/codec.h"

namespace furrow::admin {
namespace {

using store::Family;

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string Unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 &&
                        HexValue(text[i + 2]) >= 0;
    if (escape) {
      out += static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// The path of "https://host:8081/Lab/run.1/x"; with /files in front when the web port took it.
std::string PathOf(const std::string& url) {
  const size_t scheme = url.find("://");
  if (!url.starts_with("http") || scheme == std::string::npos) return "";
  const size_t slash = url.find('/', scheme + 3);
  if (slash == std::string::npos) return "";
  const std::string path = Unescaped(std::string_view(url).substr(slash + 1));
  return path.starts_with("files/") ? path.substr(6) : path;
}

class Reader {
 public:
  Reader(const store::Engine& engine, const std::vector<store::TableReport>& damaged,
         const std::function<void(const DocumentDamage&)>& found)
      : engine_(engine), damaged_(damaged), found_(found) {
    for (const docs::Collection& c : entities::Collections(nullptr, nullptr)) {
      names_.push_back(c.name);
    }
  }

  Catalogue Run() {
    store::ScanPast(
        engine_, Family::kDocs, damaged_,
        [&](std::string_view key, std::string_view value) {
          Document(key, value);
          return true;
        },
        [&](const store::Gap& gap, const Status& status) {
          DocumentDamage damage;
          const std::string& near = gap.after.empty() ? gap.until : gap.after;
          damage.collection = near.empty() ? "document" : Name(near);
          if (!gap.after.empty()) damage.after = docs::IdOfKey(gap.after);
          if (!gap.until.empty()) damage.until = docs::IdOfKey(gap.until);
          damage.status = status;
          found_(damage);
        });
    for (auto& [id, run] : out_.runs) {
      const auto project = projects_.find(run.project);
      run.project = project == projects_.end() ? "" : project->second;
    }
    return std::move(out_);
  }

 private:
  std::string Name(std::string_view key) const {
    const auto number = static_cast<size_t>(static_cast<unsigned char>(key[0]));
    return number < names_.size() ? names_[number] : "document";
  }

  void Document(std::string_view key, std::string_view value) {
    ++out_.documents;
    const std::string id(docs::IdOfKey(key));
    const auto doc = docs::DecodeDocument(value);
    if (!doc.ok()) {
      // The id of a credential is half of a key pair: it is no matter for a report.
      const bool secret = key[0] == entities::kCredentials || key[0] == entities::kSessions;
      found_({Name(key), secret ? "(not shown)" : id, "", "", doc.status()});
      return;
    }
    switch (key[0]) {
      case entities::kProjects:
        projects_[id] = doc->At("name").AsString();
        break;
      case entities::kTasks:
        out_.runs[id] = {doc->At("name").AsString(), doc->At("project").AsString(), false};
        if (const json::Value* artifacts = doc->FindPath("execution.artifacts")) {
          for (const json::Value& artifact : artifacts->array()) {
            Names(artifact.At("uri").AsString(), id);
          }
        }
        break;
      case entities::kModels: {
        out_.runs[id] = {doc->At("name").AsString(), doc->At("project").AsString(), true};
        // What a run made counts as the run's.
        const std::string& task = doc->At("task").AsString();
        Names(doc->At("uri").AsString(), IsId(task) ? task : id);
        break;
      }
      default:
        break;
    }
  }

  void Names(const std::string& url, const std::string& id) {
    std::string path = PathOf(url);
    if (!path.empty()) out_.files.emplace(std::move(path), id);
  }

  const store::Engine& engine_;
  const std::vector<store::TableReport>& damaged_;
  const std::function<void(const DocumentDamage&)>& found_;
  std::vector<std::string> names_;
  std::map<std::string, std::string> projects_;
  Catalogue out_;
};

}  // namespace

std::string Catalogue::Title(const std::string& id) const {
  const auto run = runs.find(id);
  if (run == runs.end()) return id.empty() ? "" : "run " + id;
  return std::string(run->second.model ? "model" : "task") + " \"" + run->second.name + "\" (" +
         id + ")";
}

std::string Catalogue::OwnerOf(const std::string& path) const {
  if (const auto named = files.find(path); named != files.end()) return named->second;
  // Clients put their uploads below "project/name.<id>".
  for (size_t begin = 0; begin < path.size();) {
    const size_t slash = std::min(path.find('/', begin), path.size());
    const std::string part = path.substr(begin, slash - begin);
    if (part.size() >= 32) {
      const std::string id = part.substr(part.size() - 32);
      if (runs.contains(id)) return id;
    }
    begin = slash + 1;
  }
  return "";
}

Catalogue ReadCatalogue(const store::Engine& engine, const std::vector<store::TableReport>& damaged,
                        const std::function<void(const DocumentDamage&)>& found) {
  return Reader(engine, damaged, found).Run();
}

}  // namespace furrow::admin
