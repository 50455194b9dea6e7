// SPDX-License-Identifier: Apache-2.0
#include <rocksdb/metadata.h>
#include <rocksdb/utilities/checkpoint.h>

#include "store/kv/engine_rep.h"

namespace furrow::store {

Status Engine::Checkpoint(const std::string& dir) {
  rocksdb::Checkpoint* raw = nullptr;
  const rocksdb::Status made = rocksdb::Checkpoint::Create(rep_->db.get(), &raw);
  if (!made.ok()) return Convert(made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
  // 0: memory is written to tables first, so that a copy shares them with the next one instead of
  // repeating the log.
  return Convert(checkpoint->CreateCheckpoint(dir, 0));
}

Status Engine::condition() const { return rep_->condition; }

std::vector<TableFile> Engine::tables() const {
  std::vector<rocksdb::LiveFileMetaData> files;
  rep_->db->GetLiveFilesMetaData(&files);
  std::vector<TableFile> out;
  out.reserve(files.size());
  for (const rocksdb::LiveFileMetaData& file : files) {
    out.push_back({file.db_path + file.name, FamilyNamed(file.column_family_name), file.size,
                   file.smallestkey, file.largestkey});
  }
  return out;
}

}  // namespace furrow::store
