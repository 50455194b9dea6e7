// SPDX-License-Identifier: Apache-2.0
// A model of a disk fed with what a program changed: what of it was synced, what came after, and
// what could be found after a power cut.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "system/faults/faults.h"

namespace furrow::powercut {

/// What became of everything that was not synced.
enum class Mode {
  kStrict,  ///< all of it is gone
  /// Each page and length there or not, and of each folder the first few changes of its names, as
  /// every journaling file system keeps their order within a folder; by a seeded draw.
  kShuffled,
  kKept,  ///< all of it is there, as after a kill
};

/// What is found on a disk: the content of each file by its path; folders end with a slash. In this
/// order a folder comes before what is in it.
using Image = std::map<std::string, std::string>;

/// Writes the image into `dir`, which is made.
void LayOut(const Image& image, const std::string& dir);
/// Tells images apart. What the engine's diary holds is left out: nothing reads it.
uint64_t HashOf(const Image& image);
/// The engine's own diary, which is no data.
bool IsDiary(const std::string& path);

class Disk {
 public:
  Disk();
  ~Disk();
  /// The next change. Marks are passed over.
  void Apply(const faults::Event& event);
  Image Found(Mode mode, uint64_t seed) const;
  /// As kKept, but of the last write to `file` only `bytes` are there; with `zeros` the rest of it
  /// reads as zeros instead of being absent.
  Image FoundTorn(uint64_t file, size_t bytes, bool zeros) const;

 private:
  struct Node;
  using NodePtr = std::shared_ptr<Node>;
  Node* FolderOf(const std::string& path, std::string& name);
  void SetName(Node& folder, const std::string& name, NodePtr node, uint64_t number);

  NodePtr root_;
  std::map<uint64_t, NodePtr> files_;
  uint64_t next_number_ = 1;
};

}  // namespace furrow::powercut
