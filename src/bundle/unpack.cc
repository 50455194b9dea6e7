// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "base/sha256.h"
#include "bundle/bundle.h"
#include "bundle/head.h"
#include "json/text.h"

namespace furrow::bundle {
namespace {

constexpr const char* kHeadName = "bundle.head";
constexpr const char* kSlotName = "slot.json";

Status PutOne(Disk& disk, const std::string& path, std::string_view text) {
  FURROW_ASSIGN(NewFile file, NewFile::Create(disk, path, 0644));
  FURROW_TRY(file.Add(text));
  return file.Finish();
}

/// The folders that a file's name goes through, outermost first.
std::vector<std::string> FoldersOf(const std::string& name) {
  std::vector<std::string> folders;
  for (size_t slash = name.find('/'); slash != std::string::npos;
       slash = name.find('/', slash + 1)) {
    folders.push_back(name.substr(0, slash));
  }
  return folders;
}

Status WriteFolder(Source& source, const Bundle& bundle, const std::string& folder, Disk& disk) {
  const auto make = [&](const std::string& path) -> Status {
    const int made = disk.MakeFolder(path);
    return made < 0 ? DiskError(path, made) : Status();
  };
  FURROW_TRY(make(folder));
  std::set<std::string> folders;
  uint64_t offset = bundle.contents_begin;
  for (const File& file : bundle.manifest.files) {
    for (const std::string& one : FoldersOf(file.name)) {
      if (folders.insert(one).second) FURROW_TRY(make(folder + "/" + one));
    }
    FURROW_ASSIGN(NewFile out, NewFile::Create(disk, folder + "/" + file.name, 0644));
    Status written;  // of our own file, which has its own name in errors
    const Status copied = CopyFile(
        source, file, offset, [&](std::string_view piece) { return written = out.Add(piece); });
    FURROW_TRY(written);
    FURROW_TRY(copied.With(source.name()));
    FURROW_TRY(out.Finish());
    offset += file.bytes;
  }
  FURROW_TRY(PutOne(disk, folder + "/" + kHeadName, HeadText(bundle)));
  FURROW_TRY(PutOne(disk, folder + "/" + kSlotName, SlotText(bundle)));
  for (const std::string& one : folders) {
    const std::string path = folder + "/" + one;
    if (const int synced = disk.SyncFolder(path); synced < 0) return DiskError(path, synced);
  }
  if (const int synced = disk.SyncFolder(folder); synced < 0) return DiskError(folder, synced);
  return {};
}

}  // namespace

std::string SlotText(const Bundle& bundle) {
  const Manifest& m = bundle.manifest;
  return json::WritePretty(json::Object{{"format", 1},
                                        {"bundle", bundle.id},
                                        {"name", m.name},
                                        {"version", m.version},
                                        {"method", m.model.method},
                                        {"model", m.model.file},
                                        {"area_min_px", m.model.area_min_px},
                                        {"budget_ms", m.budget_ms},
                                        {"golden", m.golden.file}}) +
         "\n";
}

Result<Bundle> Unpack(Source& source, std::span<const PublicKey> trusted, const std::string& folder,
                      Disk& disk) {
  FURROW_ASSIGN(Bundle bundle, ReadHeadOf(source, &trusted, true));
  const std::string fresh = folder + ".new", old = folder + ".old";
  FURROW_TRY(RemoveAll(disk, fresh));
  FURROW_TRY(RemoveAll(disk, old));
  if (Status written = WriteFolder(source, bundle, fresh, disk); !written.ok()) {
    (void)RemoveAll(disk, fresh);
    return written;
  }
  std::error_code error;
  const auto kind = std::filesystem::symlink_status(folder, error).type();
  if (kind != std::filesystem::file_type::not_found) {
    if (const int moved = disk.Rename(folder, old); moved < 0) return DiskError(folder, moved);
  }
  if (const int moved = disk.Rename(fresh, folder); moved < 0) return DiskError(folder, moved);
  const std::string parent = FolderOf(folder);
  if (const int synced = disk.SyncFolder(parent); synced < 0) return DiskError(parent, synced);
  FURROW_TRY(RemoveAll(disk, old));
  return bundle;
}

Result<Bundle> VerifyUnpacked(const std::string& folder, std::span<const PublicKey> trusted) {
  FURROW_ASSIGN(const std::unique_ptr<Source> head, OpenFile(folder + "/" + kHeadName));
  FURROW_ASSIGN(Bundle bundle, ReadHeadOf(*head, &trusted, false));
  if (head->size() != bundle.contents_begin) {
    return Refused(Code::kInvalidArgument, "wrong length", "it is no head of a bundle")
        .With(head->name());
  }
  std::set<std::string> known = {kHeadName, kSlotName};
  for (const File& file : bundle.manifest.files) {
    const std::string path = folder + "/" + file.name;
    FURROW_ASSIGN(const std::unique_ptr<Source> source, OpenFile(path));
    if (source->size() != file.bytes) {
      const bool shorter = source->size() < file.bytes;
      return Refused(shorter ? Code::kCorruption : Code::kInvalidArgument,
                     shorter ? "truncated" : "wrong length",
                     fmt::format("{} bytes where there should be {}", source->size(), file.bytes))
          .With(path);
    }
    FURROW_TRY(
        CopyFile(*source, file, 0, [](std::string_view) -> Status { return {}; }).With(path));
    known.insert(file.name);
    for (std::string& one : FoldersOf(file.name)) known.insert(std::move(one));
  }
  const std::string slot = folder + "/" + kSlotName;
  FURROW_ASSIGN(const std::unique_ptr<Source> source, OpenFile(slot));
  std::string text(std::min<uint64_t>(source->size(), 1 << 16), '\0');
  FURROW_TRY(source->Read(0, text).With(slot));
  if (text != SlotText(bundle)) {
    return Refused(Code::kCorruption, "wrong content", "it is not what the manifest says")
        .With(slot);
  }
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::recursive_directory_iterator();
       entry.increment(error)) {
    const std::string name =
        entry->path().lexically_relative(std::filesystem::path(folder)).generic_string();
    if (!known.contains(name)) {
      return Refused(Code::kInvalidArgument, "bad name", "the bundle has no such file")
          .With(entry->path().string());
    }
  }
  if (error) return Status(Code::kIoError, folder + ": " + error.message());
  return bundle;
}

}  // namespace furrow::bundle
