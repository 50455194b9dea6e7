// SPDX-License-Identifier: Apache-2.0
#include "system/powercut/disk.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>

namespace furrow::powercut {
namespace {

namespace fs = std::filesystem;
using faults::Event;
using faults::Kind;

constexpr size_t kPage = 4096;

[[noreturn]] void Stop(const std::string& why) {
  std::fprintf(stderr, "disk model: %s\n", why.c_str());
  std::exit(2);
}

void WriteWhole(const std::string& path, const std::string& content) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) Stop("cannot make " + path);
  for (size_t at = 0; at < content.size();) {
    const ssize_t n = ::write(fd, content.data() + at, content.size() - at);
    if (n <= 0) Stop("cannot write " + path);
    at += static_cast<size_t>(n);
  }
  ::close(fd);
}

// A write, or a change of length.
struct Change {
  bool resize;
  uint64_t offset;
  std::string data;
  void To(std::string& content) const {
    if (resize) {
      content.resize(offset);
      return;
    }
    if (content.size() < offset + data.size()) content.resize(offset + data.size());
    content.replace(offset, data.size(), data);
  }
};

}  // namespace

struct Disk::Node {
  bool folder = false;
  // Of a file:
  std::string synced, now;
  std::vector<Change> changes;  // since it was synced
  // Of a folder. A null node: the name goes away.
  struct NameChange {
    std::string name;
    NodePtr node;
    uint64_t number;  // both names of a rename change together
  };
  std::map<std::string, NodePtr> names_synced, names;
  std::vector<NameChange> name_changes;

  std::string Shuffled(std::mt19937_64& draw) const {
    if (changes.empty()) return now;
    // The length is that after some of the changes, each page that of then or as it was synced.
    const size_t kept = draw() % (changes.size() + 1);
    std::string then = synced;
    for (size_t i = 0; i < kept; ++i) changes[i].To(then);
    for (size_t at = 0; at < then.size(); at += kPage) {
      const size_t size = std::min(kPage, then.size() - at);
      std::string old = at < synced.size() ? synced.substr(at, size) : std::string();
      old.resize(size);
      if (old != then.substr(at, size) && draw() % 4 == 0) then.replace(at, size, old);
    }
    return then;
  }
};

Disk::Disk() : root_(std::make_shared<Node>()) { root_->folder = true; }
Disk::~Disk() = default;

Disk::Node* Disk::FolderOf(const std::string& path, std::string& name) {
  Node* at = root_.get();
  size_t begin = 0;
  for (size_t slash; (slash = path.find('/', begin)) != std::string::npos; begin = slash + 1) {
    const auto next = at->names.find(path.substr(begin, slash - begin));
    if (next == at->names.end() || !next->second->folder) Stop("no folder for " + path);
    at = next->second.get();
  }
  name = path.substr(begin);
  return at;
}

void Disk::SetName(Node& folder, const std::string& name, NodePtr node, uint64_t number) {
  folder.name_changes.push_back({name, node, number});
  if (node) {
    folder.names[name] = std::move(node);
  } else {
    folder.names.erase(name);
  }
}

void Disk::Apply(const Event& event) {
  std::string name, to_name;
  const uint64_t number = next_number_++;
  switch (event.kind) {
    case Kind::kCreate: {
      const auto node = std::make_shared<Node>();
      files_[event.file] = node;
      SetName(*FolderOf(event.path, name), name, node, number);
      break;
    }
    case Kind::kWrite:
    case Kind::kResize: {
      const auto at = files_.find(event.file);
      if (at == files_.end()) Stop("a change of a file that was never created");
      at->second->changes.push_back({event.kind == Kind::kResize, event.offset, event.data});
      at->second->changes.back().To(at->second->now);
      break;
    }
    case Kind::kSync: {
      Node& node = *files_.at(event.file);
      node.synced = node.now;
      node.changes.clear();
      break;
    }
    case Kind::kSyncFolder: {
      Node* folder = root_.get();
      if (!event.path.empty()) {
        folder = FolderOf(event.path, name);
        folder = folder->names.at(name).get();
      }
      folder->names_synced = folder->names;
      folder->name_changes.clear();
      break;
    }
    case Kind::kRename: {
      Node& from = *FolderOf(event.path, name);
      Node& to = *FolderOf(event.to, to_name);
      const NodePtr node = from.names.at(name);
      SetName(to, to_name, node, number);
      SetName(from, name, nullptr, number);
      break;
    }
    case Kind::kRemove:
    case Kind::kRemoveFolder:
      SetName(*FolderOf(event.path, name), name, nullptr, number);
      break;
    case Kind::kMakeFolder: {
      const auto node = std::make_shared<Node>();
      node->folder = true;
      SetName(*FolderOf(event.path, name), name, node, number);
      break;
    }
    case Kind::kMark:
      break;
  }
}

Image Disk::Found(Mode mode, uint64_t seed) const {
  std::mt19937_64 draw(seed);
  Image image;
  const std::function<void(const Node&, const std::string&)> look = [&](const Node& node,
                                                                        const std::string& path) {
    if (!node.folder) {
      image[path] = mode == Mode::kStrict ? node.synced
                    : mode == Mode::kKept ? node.now
                                          : node.Shuffled(draw);
      return;
    }
    const std::string below = path.empty() ? "" : path + "/";
    if (!below.empty()) image[below];
    std::map<std::string, NodePtr> names = mode == Mode::kKept ? node.names : node.names_synced;
    if (mode == Mode::kShuffled && !node.name_changes.empty()) {
      const uint64_t last = node.name_changes[draw() % node.name_changes.size()].number;
      const bool none = draw() % 4 == 0;
      for (const Node::NameChange& change : node.name_changes) {
        if (none || change.number > last) break;
        if (change.node) {
          names[change.name] = change.node;
        } else {
          names.erase(change.name);
        }
      }
    }
    for (const auto& [name, child] : names) look(*child, below + name);
  };
  look(*root_, "");
  return image;
}

Image Disk::FoundTorn(uint64_t file, size_t bytes, bool zeros) const {
  const auto at = files_.find(file);
  if (at == files_.end() || at->second->changes.empty()) Stop("nothing to tear");
  Node& node = *at->second;
  const std::string whole = node.now;
  const Change& last = node.changes.back();
  std::string torn = whole.substr(0, last.offset + bytes);
  if (zeros) torn.resize(last.offset + last.data.size());
  node.now = torn;
  Image image = Found(Mode::kKept, 0);
  node.now = whole;
  return image;
}

void LayOut(const Image& image, const std::string& dir) {
  fs::create_directory(dir);
  for (const auto& [path, content] : image) {
    if (path.ends_with('/')) {
      fs::create_directory(dir + "/" + path);
    } else {
      WriteWhole(dir + "/" + path, content);
    }
  }
}

bool IsDiary(const std::string& path) {
  return fs::path(path).filename().string().starts_with("LOG");
}

uint64_t HashOf(const Image& image) {
  uint64_t hash = 0;
  const auto add = [&](const std::string& text) {
    hash = (hash ^ std::hash<std::string>()(text)) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 29;
  };
  for (const auto& [path, content] : image) {
    add(path);
    if (!IsDiary(path)) add(content);
  }
  return hash;
}

}  // namespace furrow::powercut
