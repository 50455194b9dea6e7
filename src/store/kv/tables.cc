// SPDX-License-Identifier: Apache-2.0
#include "store/kv/tables.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table_properties.h>

#include "store/kv/engine_rep.h"

namespace furrow::store {
namespace {

// The one part of a table without a checksum. RocksDB never reads the zeros that fill it up, and
// reads a table of version 4 as well: such a bit does no harm yet, and says that the disk rots.
Status CheckFooter(const std::string& path) {
  constexpr size_t kFooter = 53, kHandlesEnd = 41;
  std::ifstream file(path, std::ios::binary);
  char footer[kFooter];
  file.seekg(-static_cast<std::streamoff>(kFooter), std::ios::end);
  if (!file.read(footer, kFooter)) return Status(Code::kIoError, path + " cannot be read");
  // A byte names the checksum; then come four varints, where two blocks begin and how long they
  // are.
  size_t at = 1;
  for (int number = 0; number < 4; ++number) {
    while (at < kHandlesEnd && (footer[at] & 0x80) != 0) ++at;
    ++at;
  }
  for (; at < kHandlesEnd; ++at) {
    if (footer[at] != 0) return Status(Code::kCorruption, "the padding of its footer is damaged");
  }
  // EngineOptions never asked for another; little endian.
  constexpr char kVersion[] = {5, 0, 0, 0};
  if (std::memcmp(footer + kHandlesEnd, kVersion, sizeof(kVersion)) != 0) {
    return Status(Code::kCorruption, "the version in its footer is damaged");
  }
  return {};
}

// How far the keys can be read from either end.
void FindGap(rocksdb::SstFileReader& reader, TableReport& report) {
  rocksdb::ReadOptions read;
  read.fill_cache = false;
  read.total_order_seek = true;
  const std::unique_ptr<rocksdb::Iterator> it(reader.NewIterator(read));
  for (it->SeekToFirst(); it->Valid(); it->Next()) report.good_until = it->key().ToString();
  if (it->status().ok()) {
    // All keys can be read: what is damaged only helps to find them (a filter, an index of
    // indexes).
    report.good_from = report.good_until;
    return;
  }
  const std::unique_ptr<rocksdb::Iterator> back(reader.NewIterator(read));
  for (back->SeekToLast(); back->Valid(); back->Prev()) report.good_from = back->key().ToString();
}

}  // namespace

TableReport CheckTable(const TableFile& table) {
  TableReport report;
  report.file = table;
  const rocksdb::Options options;
  rocksdb::SstFileReader reader(options);
  report.status = Convert(reader.Open(table.path));
  if (!report.status.ok()) return report;
  report.status = Convert(reader.VerifyChecksum(rocksdb::ReadOptions()));
  if (!report.file.family) {
    if (const auto properties = reader.GetTableProperties()) {
      report.file.family = FamilyNamed(properties->column_family_name);
    }
  }
  if (!report.status.ok()) {
    FindGap(reader, report);
    return report;
  }
  report.status = CheckFooter(table.path);
  // Nothing is lost of it.
  report.good_until = report.good_from = table.last;
  return report;
}

namespace {

// Where reading may go on after it failed behind `key`; "" when nothing tells.
std::string ResumeAfter(const std::string& key, Family family,
                        const std::vector<TableReport>& damaged) {
  std::string best;
  for (const TableReport& report : damaged) {
    if (report.file.family != family) continue;
    std::string from = report.good_from;
    // Nothing of this table can be read: behind its last key.
    if (from.empty() && !report.file.last.empty()) from = report.file.last + std::string(1, '\0');
    if (from > key && (best.empty() || from < best)) best = from;
  }
  return best;
}

}  // namespace

void ScanPast(const Engine& engine, Family family, const std::vector<TableReport>& damaged,
              const std::function<bool(std::string_view key, std::string_view value)>& visit,
              const std::function<void(const Gap&, const Status&)>& unreadable) {
  std::string last, from;
  for (;;) {
    Cursor cursor = engine.Scan(family, "");
    for (cursor.Seek(from); cursor.valid(); cursor.Next()) {
      last = cursor.key();
      if (!visit(cursor.key(), cursor.value())) return;
    }
    const Status status = cursor.status();
    if (status.ok()) return;
    // Never back, so this ends.
    const std::string next = ResumeAfter(std::max(last, from), family, damaged);
    unreadable({family, last, next}, status);
    if (next.empty()) return;
    from = next;
  }
}

std::vector<TableFile> LooseTables(const std::string& dir) {
  std::vector<TableFile> out;
  std::error_code error;
  for (std::filesystem::directory_iterator it(dir, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() != ".sst") continue;
    std::error_code gone;
    const auto size = it->file_size(gone);
    if (!gone) out.push_back({it->path().string(), std::nullopt, size, "", ""});
  }
  std::sort(out.begin(), out.end(),
            [](const TableFile& a, const TableFile& b) { return a.path < b.path; });
  return out;
}

}  // namespace furrow::store
