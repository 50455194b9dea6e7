// SPDX-License-Identifier: Apache-2.0
// Backups of a data directory, and what becomes of them: taking, checking, restoring.
#pragma once

#include <string>
#include <vector>

#include "admin/manifest.h"
#include "admin/repository.h"
#include "admin/snapshot.h"
#include "base/status.h"

namespace furrow::admin {

/// Adds a generation that holds all of the snapshot. Copies only what no earlier generation holds.
/// A damaged file is copied as it is and named in `damaged`. Errors leave the earlier generations
/// as they were.
Result<Manifest> TakeBackup(const Snapshot& snapshot, Repository& repository);

/// Deletes the oldest generations until `keep` are left, and what only they held.
Status KeepGenerations(Repository& repository, int keep);

struct BadFile {
  std::string path;
  Status status;
};
/// Reads every object of a generation and compares it with its SHA-256.
std::vector<BadFile> VerifyBackup(const Repository& repository, const Manifest& manifest);

/// Makes `dir`, which must be absent or empty, a data directory as the generation holds it, and
/// compares every byte with its SHA-256 on the way. Until its very end `dir` carries a mark that
/// keeps everything from opening it. Run by root, the files get the owner of `dir`. Errors:
/// kFailedPrecondition when `dir` holds something, kCorruption naming the damaged file.
Status Restore(const Repository& repository, const Manifest& manifest, const std::string& dir);

}  // namespace furrow::admin
