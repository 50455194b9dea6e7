// SPDX-License-Identifier: Apache-2.0
// For tests: a disk that does everything for real, loses power at a chosen call, and knows what may
// be left then: of a file what was synced and any part of what came later, of a folder the names
// that were synced and any of the changes since, in their order.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "device/spool/disk.h"

namespace furrow::device {

class CutDisk : public Disk {
 public:
  /// Below `top`, which is empty. The call with number `cut_at` and all later ones fail.
  explicit CutDisk(std::string top, uint64_t cut_at = UINT64_MAX)
      : top_(std::move(top)), cut_at_(cut_at), root_(std::make_shared<Node>()) {
    root_->folder = true;
  }

  /// What is below `top` already was synced long ago.
  void Adopt() { Adopt(*root_, top_); }

  uint64_t calls() const { return calls_; }
  bool cut() const { return calls_ > cut_at_; }
  /// From now on without a cut, or with another.
  void CutAt(uint64_t call) { cut_at_ = call; }
  /// Bytes that may still be written; then the disk is full.
  void SetRoom(uint64_t bytes) { room_ = bytes; }

  int MakeFolder(const std::string& path) override {
    if (Dead()) return -EIO;
    const int made = disk_.MakeFolder(path);
    if (made == 0 && !Find(path)) Link(path, true);
    return made;
  }
  int Create(const std::string& path, int mode) override {
    if (Dead()) return -EIO;
    const int file = disk_.Create(path, mode);
    if (file >= 0) open_[file] = Link(path, false);
    return file;
  }
  ssize_t Write(int file, std::string_view bytes) override {
    if (Dead()) {
      // Half of it may have got there.
      open_[file]->later.emplace_back(bytes.substr(0, bytes.size() / 2));
      return -EIO;
    }
    if (bytes.size() > room_) return -ENOSPC;
    room_ -= bytes.size();
    open_[file]->later.emplace_back(bytes);
    return disk_.Write(file, bytes);
  }
  int Sync(int file) override {
    if (Dead()) return -EIO;
    Node& node = *open_[file];
    for (const std::string& piece : node.later) node.synced += piece;
    node.later.clear();
    return 0;  // for real it would only take time
  }
  void Close(int file) override {
    open_.erase(file);
    disk_.Close(file);
  }
  int SyncFolder(const std::string& folder) override {
    if (Dead()) return -EIO;
    const auto node = Find(folder);
    if (!node) return -ENOENT;
    node->synced_names = node->names;
    node->changes.clear();
    return 0;
  }
  int Rename(const std::string& from, const std::string& to) override {
    if (Dead()) return -EIO;
    const int moved = disk_.Rename(from, to);
    if (moved < 0) return moved;
    const auto folder = Find(bundle::FolderOf(from));
    if (folder != Find(bundle::FolderOf(to))) std::abort();  // nobody here does so
    const auto node = folder->names[Leaf(from)];
    Change(*folder, Leaf(from), nullptr, Leaf(to), node);
    return 0;
  }
  int Remove(const std::string& path) override {
    if (Dead()) return -EIO;
    const int removed = disk_.Remove(path);
    if (removed == 0) Change(*Find(bundle::FolderOf(path)), Leaf(path), nullptr, "", nullptr);
    return removed;
  }
  int Symlink(const std::string& target, const std::string& path) override {
    if (Dead()) return -EIO;
    const int made = disk_.Symlink(target, path);
    if (made == 0) Link(path, false)->target = target;
    return made;
  }

  /// Writes to `folder` what a cut at this moment may leave.
  void Leave(const std::string& folder, std::mt19937& random) const {
    std::filesystem::create_directories(folder);
    Leave(*root_, folder, random);
  }

 private:
  struct Node {
    bool folder = false;
    std::string target;  // of a symbolic link
    std::string synced;
    std::vector<std::string> later;
    using Names = std::map<std::string, std::shared_ptr<Node>>;
    Names names, synced_names;
    struct Changed {
      std::string from, to;
      std::shared_ptr<Node> from_node, to_node;
    };
    std::vector<Changed> changes;
  };

  static std::string Leaf(const std::string& path) {
    return std::filesystem::path(path).filename().string();
  }
  bool Dead() { return calls_++ >= cut_at_; }
  std::shared_ptr<Node> Find(const std::string& path) const {
    std::shared_ptr<Node> node = root_;
    const auto inside = std::filesystem::path(path).lexically_relative(top_);
    for (const auto& part : inside) {
      if (part == ".") continue;
      const auto at = node->names.find(part.string());
      if (at == node->names.end()) return nullptr;
      node = at->second;
    }
    return node;
  }
  static void Apply(Node::Names& names, const Node::Changed& change) {
    const auto put = [&](const std::string& name, const std::shared_ptr<Node>& node) {
      if (name.empty()) return;
      if (node) {
        names[name] = node;
      } else {
        names.erase(name);
      }
    };
    put(change.from, change.from_node);
    put(change.to, change.to_node);
  }
  static void Change(Node& folder, const std::string& from, std::shared_ptr<Node> from_node,
                     const std::string& to, std::shared_ptr<Node> to_node) {
    folder.changes.push_back({from, to, std::move(from_node), std::move(to_node)});
    Apply(folder.names, folder.changes.back());
  }
  std::shared_ptr<Node> Link(const std::string& path, bool folder) {
    auto node = std::make_shared<Node>();
    node->folder = folder;
    Change(*Find(bundle::FolderOf(path)), Leaf(path), node, "", nullptr);
    return node;
  }
  static void Adopt(Node& node, const std::string& path) {
    for (const auto& one : std::filesystem::directory_iterator(path)) {
      auto child = std::make_shared<Node>();
      if (one.is_symlink()) {
        child->target = std::filesystem::read_symlink(one.path()).string();
      } else if (one.is_directory()) {
        child->folder = true;
        Adopt(*child, one.path().string());
      } else {
        std::ifstream file(one.path(), std::ios::binary);
        child->synced.assign(std::istreambuf_iterator<char>(file), {});
      }
      node.names[one.path().filename().string()] = child;
    }
    node.synced_names = node.names;
  }
  static void Leave(const Node& node, const std::string& path, std::mt19937& random) {
    Node::Names names = node.synced_names;
    const size_t kept = random() % (node.changes.size() + 1);
    for (size_t i = 0; i < kept; ++i) Apply(names, node.changes[i]);
    for (const auto& [name, child] : names) {
      const std::string at = path + "/" + name;
      if (child->folder) {
        std::filesystem::create_directory(at);
        Leave(*child, at, random);
      } else if (!child->target.empty()) {
        std::filesystem::create_symlink(child->target, at);
      } else {
        std::ofstream file(at, std::ios::binary);
        file << child->synced;
        for (const std::string& piece : child->later) {
          const auto fate = random() % 3;
          if (fate == 0) break;
          if (fate == 1) {
            file << piece.substr(0, random() % (piece.size() + 1));
            break;
          }
          file << piece;
        }
      }
    }
  }

  Disk& disk_ = SystemDisk();
  const std::string top_;
  uint64_t cut_at_, calls_ = 0, room_ = UINT64_MAX;
  std::shared_ptr<Node> root_;
  std::map<int, std::shared_ptr<Node>> open_;
};

}  // namespace furrow::device
