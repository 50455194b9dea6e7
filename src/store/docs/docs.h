// SPDX-License-Identifier: Apache-2.0
// Collections of JSON documents by id, over the key-value engine, with serialised transactions and
// queries answered from columns in memory.
//
//   docs::Store store(engine, {{.name = "task"}, {.name = "project"}});
//   FURROW_TRY(store.Transact([&](docs::Transaction& t) -> Status {
//     FURROW_ASSIGN(json::Value doc, t.Get(kTasks, id));
//     doc["status"] = "queued";
//     return t.Put(kTasks, id, std::move(doc));
//   }));
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "json/value.h"
#include "store/docs/plan.h"
#include "store/docs/scalar.h"
#include "store/kv/engine.h"

namespace furrow::docs {

/// An index into the collections a Store was opened with.
using CollectionId = int;

/// Members of a document that another store keeps (a run's metrics): merged into every document
/// read and into every column. Thread-safe; called with the store's locks held, so never calls back
/// into it.
class DerivedFields {
 public:
  virtual ~DerivedFields() = default;
  /// True when the dotted path lies in what Merge may write.
  virtual bool Owns(std::string_view path) const = 0;
  virtual void Merge(std::string_view id, json::Value& doc) const = 0;
  /// An error when what Merge should write cannot be read: the document is not answered without it.
  virtual Status Check(std::string_view id) const {
    (void)id;
    return {};
  }
  /// True for a top-level member that Merge alone makes: Put keeps nothing of it.
  virtual bool Replaces(std::string_view member) const {
    (void)member;
    return false;
  }
  /// What Merge would leave under owned `paths`. `values` holds what the document has stored there
  /// (null: nothing, or no scalar) and takes the answers, null for nothing. Columns are made of
  /// this, so an override that builds no document pays.
  virtual void Read(std::string_view id, std::span<const std::string> paths,
                    std::span<json::Value> values) const;
  /// Read for every id there is, in the order that is quickest: `stored` gives what the document
  /// holds, or false when nobody wants this id, and `take` gets the answers. An id that is not
  /// called has nothing derived. False: this cannot be done at once, ask for each.
  using Stored = std::function<bool(std::string_view id, std::span<json::Value> values)>;
  using Take = std::function<void(std::string_view id, std::span<json::Value> values)>;
  virtual bool ReadAll(std::span<const std::string> paths, const Stored& stored,
                       const Take& take) const {
    (void)paths, (void)stored, (void)take;
    return false;
  }
};

struct Collection {
  std::string name;                        ///< for messages; the order in the list is the format
  const DerivedFields* derived = nullptr;  ///< outlives the store
};

/// Reads its own writes; nothing is visible to others until the function returns OK.
class Transaction {
 public:
  virtual ~Transaction() = default;
  /// kNotFound when there is none. Derived members are not merged here and not stored by Put.
  virtual Result<json::Value> Get(CollectionId collection, std::string_view id) = 0;
  /// True also for one that cannot be read: who then gets it is told so.
  virtual bool Exists(CollectionId collection, std::string_view id) = 0;
  virtual Status Put(CollectionId collection, std::string_view id, json::Value doc) = 0;
  virtual Status Delete(CollectionId collection, std::string_view id) = 0;
  /// Ids that match, this transaction's own changes not yet counted.
  virtual Result<std::vector<std::string>> Find(CollectionId collection, const Plan& plan) = 0;
  /// Further changes that go into the same atomic batch (events deleted with their task).
  virtual store::Batch& batch() = 0;
  /// Lets `write` write the atomic batch in the engine's place, with changes of its own (a task's
  /// events beside the documents that tell of them). Once per transaction; an error rolls back.
  virtual void WriteBy(std::function<Status(store::Batch&&)> write) = 0;
  /// Runs once the batch is written, before the next transaction begins; not at all after an error.
  virtual void AfterWrite(std::function<void()> then) = 0;
};

struct Page {
  std::vector<json::Value> docs;  ///< whole documents, derived members merged
  int64_t total = -1;             ///< matches before paging, when the plan asked for it
};

/// A document nobody changes any more, with derived members merged.
using DocPtr = std::shared_ptr<const json::Value>;

struct SharedPage {
  std::vector<DocPtr> docs;
  std::vector<std::string> ids;  ///< of `docs`
  int64_t total = -1;
};

struct StoreOptions {
  size_t cache_bytes = 16u << 20;  ///< parsed documents, as they lie in memory
  /// Beyond the larger of these the columns unused for longest are dropped.
  size_t column_bytes_max = 64u << 20;
  size_t column_bytes_per_document = 128;
};

/// Thread-safe.
class Store {
 public:
  Store(store::Engine& engine, std::vector<Collection> collections, StoreOptions options = {});
  ~Store();

  /// One at a time, whole or not at all. An error from `body` rolls back and is returned. Visible
  /// on return; durable as Engine says. `body` does no I/O of its own and is quick.
  Status Transact(const std::function<Status(Transaction&)>& body);

  /// kNotFound when there is none, kCorruption when it cannot be read.
  Result<json::Value> Get(CollectionId collection, std::string_view id) const;
  /// Without the copy that Get makes: the way to read a document that is polled.
  Result<DocPtr> GetShared(CollectionId collection, std::string_view id) const;
  /// As GetShared without the derived members, whose making may cost more than the document.
  Result<DocPtr> GetStored(CollectionId collection, std::string_view id) const;
  /// As Transaction's.
  bool Exists(CollectionId collection, std::string_view id) const;
  /// Documents that match, ordered and paged as the plan says.
  Result<Page> Find(CollectionId collection, const Plan& plan) const;
  Result<SharedPage> FindShared(CollectionId collection, const Plan& plan) const;
  Result<std::vector<std::string>> FindIds(CollectionId collection, const Plan& plan) const;
  Result<int64_t> Count(CollectionId collection, const Predicate& where) const;
  /// The distinct values of a field among matches (list fields give their elements).
  Result<std::vector<json::Value>> Distinct(CollectionId collection, std::string_view path,
                                            const Predicate& where) const;
  /// Calls `visit` for each match, in no order, with its id and what `paths` reach, read from
  /// columns alone: for questions about very many documents. What is too long for a column is
  /// missing. `visit` may not use the store, nor keep the texts.
  using Visit = std::function<void(std::string_view id, const std::vector<Found>& values)>;
  Status Scan(CollectionId collection, const std::vector<std::string>& paths,
              const Predicate& where, const Visit& visit) const;
  /// Every document of the collection in id order; return false to stop.
  Status ForEach(CollectionId collection,
                 const std::function<bool(std::string_view id, const json::Value&)>& visit) const;
  /// Derived members of `id` changed: columns that show them are brought up to date.
  void Touch(CollectionId collection, std::string_view id);
  /// Ids written or deleted since this was last called; the first call begins to note them.
  std::vector<std::string> TakeWritten(CollectionId collection);
  /// Builds columns ahead of the first query that needs them. Takes a scan of the collection.
  Status Warm(CollectionId collection, const std::vector<std::string>& paths) const;

  /// What is held in memory.
  struct Usage {
    size_t cache_bytes = 0, column_bytes = 0, columns = 0;
  };
  Usage usage() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace furrow::docs
