// SPDX-License-Identifier: Apache-2.0
#include "admin/offline.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "admin/whole.h"
#include "entities/core.h"

namespace furrow::admin {

Result<Offline> Offline::Open(const std::string& dir, bool create) {
  std::error_code error;
  if (!create && !std::filesystem::exists(dir + "/store", error)) {
    return Status(Code::kNotFound, dir + " holds no store: start a server on it first");
  }
  FURROW_TRY(CheckWhole(dir));
  if (std::filesystem::create_directories(dir, error)) {
    std::filesystem::permissions(dir, std::filesystem::perms::owner_all, error);
  }
  if (error) return Status(Code::kIoError, dir + ": " + error.message());
  struct stat about {};
  if (::stat(dir.c_str(), &about) != 0 || about.st_uid != ::geteuid()) {
    // Also for root: files it makes here the owner's server could not open.
    return Status(Code::kFailedPrecondition,
                  dir + " belongs to another user: run this as that user");
  }
  Offline opened;
  FURROW_ASSIGN(opened.engine, store::Engine::Open(dir + "/store", {}));
  // Users have no derived members: the stores those come from can stay closed.
  opened.docs =
      std::make_unique<docs::Store>(*opened.engine, entities::Collections(nullptr, nullptr));
  FURROW_ASSIGN(auth::Secrets secrets, auth::Secrets::LoadOrCreate(dir));
  opened.secrets = std::make_unique<auth::Secrets>(secrets);
  auth::Directory::Options options;
  options.usage_flush = std::chrono::milliseconds(0);
  FURROW_ASSIGN(opened.directory, auth::Directory::Open(*opened.docs,
                                                        {.company = entities::kCompanies,
                                                         .user = entities::kUsers,
                                                         .credential = entities::kCredentials,
                                                         .session = entities::kSessions},
                                                        *opened.secrets, SystemClock(), options));
  FURROW_ASSIGN(opened.first_boot, auth::Bootstrap(dir, *opened.directory, *opened.engine));
  return opened;
}

}  // namespace furrow::admin
