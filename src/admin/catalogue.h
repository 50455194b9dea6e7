// SPDX-License-Identifier: Apache-2.0
// What the ids in a store are called, read from its documents one by one, so that a damaged one
// hides no other.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "store/kv/engine.h"
#include "store/kv/tables.h"

namespace furrow::admin {

struct Run {
  std::string name, project;  ///< `project`: its name, "" for none
  bool model = false;
};

struct Catalogue {
  std::map<std::string, Run> runs;  ///< tasks and models by id
  /// Paths of uploads that a document names, with the run they belong to.
  std::map<std::string, std::string> files;
  uint64_t documents = 0;

  /// `task "resnet" (id)`, or just the id of somebody unknown.
  std::string Title(const std::string& id) const;
  /// The run an upload belongs to, by what names it or by the id in its path; "" for none.
  std::string OwnerOf(const std::string& path) const;
};

struct DocumentDamage {
  std::string collection, id;  ///< `id` "" with a range
  std::string after, until;    ///< ids: what lies between cannot be read
  Status status;
};

Catalogue ReadCatalogue(const store::Engine& engine, const std::vector<store::TableReport>& damaged,
                        const std::function<void(const DocumentDamage&)>& found);

}  // namespace furrow::admin
