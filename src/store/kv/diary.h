// SPDX-License-Identifier: Apache-2.0
// RocksDB's own messages, warnings and worse, in the file LOG of the store's directory. Its own
// writer of them stops the process when the disk is full; this one drops what cannot be written.
#pragma once

#include <memory>
#include <string>

#include <rocksdb/env.h>

namespace furrow::store {

std::shared_ptr<rocksdb::Logger> OpenDiary(const std::string& dir);

}  // namespace furrow::store
