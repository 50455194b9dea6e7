// SPDX-License-Identifier: Apache-2.0
#include "infer/library.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace furrow::infer {
namespace {

namespace fs = std::filesystem;

/// Sets FURROW_ONNXRUNTIME for a scope.
class Named {
 public:
  explicit Named(const std::string& path) { setenv("FURROW_ONNXRUNTIME", path.c_str(), 1); }
  ~Named() { unsetenv("FURROW_ONNXRUNTIME"); }
};

TEST(Library, IsLookedForBesideTheProgramThenInTheSystem) {
  unsetenv("FURROW_ONNXRUNTIME");
  const auto places = LibraryPlaces();
  ASSERT_EQ(places.size(), 3U);
  EXPECT_TRUE(places[0].ends_with("/lib/furrow/libonnxruntime.so.1")) << places[0];
  EXPECT_EQ(fs::path(places[0]).parent_path().parent_path().parent_path(),
            fs::read_symlink("/proc/self/exe").parent_path().parent_path());
  EXPECT_EQ(places[1], "libonnxruntime.so.1");
  const Named nothing("");
  EXPECT_EQ(LibraryPlaces(), places);
}

// Each of these runs before the library is loaded for good, in a process of its own.

TEST(LibraryDeathTest, WhatTheVariableNamesIsTheOnlyPlace) {
  const std::string path = fs::temp_directory_path() / ("library_" + std::to_string(getpid()));
  std::ofstream(path) << "not a library";
  EXPECT_EXIT(
      {
        const Named named(path);
        const Status status = LibraryVersion().status();
        const bool good = LibraryPlaces() == std::vector<std::string>{path} &&
                          status.code() == Code::kFailedPrecondition &&
                          status.message().starts_with(path + " cannot be used");
        std::exit(good ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
  fs::remove(path);
}

TEST(LibraryDeathTest, AnotherLibraryIsRefused) {
  EXPECT_EXIT(
      {
        // Loaded into this process already, so it can be found by its name.
        std::string libc;
        std::ifstream maps("/proc/self/maps");
        for (std::string line; std::getline(maps, line);) {
          if (line.ends_with("/libc.so.6")) libc = line.substr(line.find('/'));
        }
        const Named named(libc);
        const Status status = LibraryVersion().status();
        std::exit(status.message().find("no OrtGetApiBase") != std::string::npos ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(Library, HasAVersion) {
  const auto version = LibraryVersion();
  if (version.status().code() == Code::kNotFound) GTEST_SKIP() << version.status().message();
  ASSERT_TRUE(version.ok()) << version.status().message();
  EXPECT_TRUE(version->starts_with("1.")) << *version;
}

}  // namespace
}  // namespace furrow::infer
