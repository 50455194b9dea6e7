// SPDX-License-Identifier: Apache-2.0
#include "store/blobs/path.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace furrow::blobs {
namespace {

std::string Parsed(std::string_view name) {
  const auto path = Path::Parse(name);
  return path.ok() ? path->text() : "!";
}

TEST(Path, TakesWhatClientsSend) {
  EXPECT_EQ(Parsed("/Lab/demo/train one.0123/artifacts/art/art.json"),
            "Lab/demo/train one.0123/artifacts/art/art.json");
  EXPECT_EQ(Parsed("a"), "a");
  EXPECT_EQ(Parsed("//a///b/"), "a/b");
  EXPECT_EQ(Parsed("Größe/図.png"), "Größe/図.png");
  EXPECT_EQ(Parsed("a b/c+d/e%20f/..g/h../.hidden/..."), "a b/c+d/e%20f/..g/h../.hidden/...");
  // Ordinary characters here, whatever they mean elsewhere.
  EXPECT_EQ(Parsed("C:\\Windows\\..\\x"), "C:\\Windows\\..\\x");
  EXPECT_EQ(Parsed("~root/$HOME/*;|&`'\"<>"), "~root/$HOME/*;|&`'\"<>");
  EXPECT_EQ(Parsed(std::string(255, 'x')), std::string(255, 'x'));
}

TEST(Path, RefusesTheRest) {
  for (const std::string& bad : {std::string(""),
                                 std::string("/"),
                                 std::string("///"),
                                 std::string("."),
                                 std::string(".."),
                                 std::string("/.."),
                                 std::string("../x"),
                                 std::string("a/../b"),
                                 std::string("a/.."),
                                 std::string("a/./b"),
                                 std::string("./a"),
                                 std::string("a/."),
                                 std::string("a\0b", 3),
                                 std::string("\0", 1),
                                 std::string("a\nb"),
                                 std::string("a\rb"),
                                 std::string("a\tb"),
                                 std::string("\x7f"),
                                 std::string("\x1b[2J"),
                                 std::string("\xff"),
                                 std::string("\xc0\xae\xc0\xae/x"),
                                 std::string("\xc0\xaf"),
                                 std::string("\xe0\x80\xae"),
                                 std::string("\xed\xa0\x80"),
                                 std::string("a\xc3"),
                                 std::string(256, 'x'),
                                 std::string(4096, 'x'),
                                 std::string("a/") + std::string(256, 'y')}) {
    EXPECT_EQ(Parsed(bad), "!") << testing::PrintToString(bad);
  }
  std::string deep;
  while (deep.size() <= kPathBytesMax) deep += "ab/";
  EXPECT_EQ(Parsed(deep), "!");
}

TEST(Path, Parts) {
  const auto path = Path::Parse("/a/b/c");
  ASSERT_TRUE(path.ok());
  EXPECT_EQ(path->parent(), "a/b");
  EXPECT_EQ(path->name(), "c");
  EXPECT_EQ(path->components(), (std::vector<std::string>{"a", "b", "c"}));
  const auto top = Path::Parse("c");
  EXPECT_EQ(top->parent(), "");
  EXPECT_EQ(top->name(), "c");
}

// Every piece of the corpus alone, in pairs and in threes, with and without a plain name around it.
TEST(Path, NoCompositionLeavesTheRoot) {
  const std::vector<std::string> pieces = {"..",
                                           "../",
                                           "..\\",
                                           "/..",
                                           "./",
                                           ".",
                                           "/",
                                           "//",
                                           "%2e%2e%2f",
                                           "%252e%252e/",
                                           ";/../",
                                           std::string("\0", 1),
                                           "C:",
                                           "\\\\host\\share",
                                           "\xc0\xae\xc0\xae/",
                                           "...",
                                           "....//",
                                           "../..",
                                           "a",
                                           "etc/passwd",
                                           std::string(300, 'n'),
                                           " ",
                                           "~"};
  int accepted = 0;
  const auto check = [&](const std::string& name) {
    const auto path = Path::Parse(name);
    if (!path.ok()) return;
    ++accepted;
    // What lexical resolution under a root makes of it stays under that root, name for name.
    const std::filesystem::path joined = std::filesystem::path("/top") / path->text();
    ASSERT_EQ(joined.lexically_normal(), joined) << testing::PrintToString(name);
    ASSERT_EQ(joined.string().rfind("/top/", 0), 0u);
    for (const std::string& component : path->components()) {
      ASSERT_NE(component, "..");
      ASSERT_NE(component, ".");
      ASSERT_NE(component, "");
    }
  };
  for (const auto& a : pieces) {
    check(a);
    check("x/" + a);
    for (const auto& b : pieces) {
      check(a + b);
      check(a + b + "/x");
      for (const auto& c : pieces) {
        check(a + b + c);
        check("/x/" + a + b + c + "/y");
      }
    }
  }
  EXPECT_GT(accepted, 1000);
}

class BeneathTest : public ::testing::TestWithParam<Confinement> {
 protected:
  void SetUp() override {
    char name[] = "/tmp/furrow-path-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    dir_ = name;
    std::filesystem::create_directories(dir_ + "/base/sub/deep");
    std::ofstream(dir_ + "/secret") << "secret";
    std::ofstream(dir_ + "/base/sub/plain") << "plain";
    root_ = Descriptor(::open((dir_ + "/base").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(root_.valid());
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  void Link(const std::string& target, const std::string& at) {
    ASSERT_EQ(::symlink(target.c_str(), (dir_ + "/base/" + at).c_str()), 0);
  }
  Status Opens(const std::string& relative) {
    return OpenBeneath(root_.get(), relative, O_RDONLY, GetParam()).status();
  }
  std::string dir_;
  Descriptor root_;
};

TEST_P(BeneathTest, OpensWhatIsInside) {
  EXPECT_TRUE(Opens("sub/plain").ok());
  EXPECT_TRUE(Opens("sub").ok());
  EXPECT_TRUE(Opens("").ok());
  EXPECT_EQ(Opens("sub/none").code(), Code::kNotFound);
  EXPECT_EQ(Opens("sub/plain/x").code(), Code::kNotFound);
}

TEST_P(BeneathTest, EvenAnUncheckedNameStaysInside) {
  for (const char* name :
       {"..", "../secret", "sub/../../secret", "/etc/passwd", "/", "sub/deep/../../../secret"}) {
    EXPECT_EQ(Opens(name).code(), Code::kNotFound) << name;
  }
}

TEST_P(BeneathTest, NoLinkIsFollowed) {
  Link("../secret", "link");
  Link("..", "up");
  Link("/", "abs");
  Link("/proc/self/root", "magic");
  Link("plain", "sub/inner");
  Link("sub", "folder");
  for (const char* name : {"link", "up/secret", "up/base/sub/plain", "abs/etc/passwd", "abs",
                           "magic/etc/passwd", "sub/inner", "folder/plain", "up"}) {
    EXPECT_EQ(Opens(name).code(), Code::kNotFound) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Both, BeneathTest,
                         ::testing::Values(Confinement::kKernel, Confinement::kWalk),
                         [](const auto& mode) {
                           return mode.param == Confinement::kKernel ? "Kernel" : "Walk";
                         });

}  // namespace
}  // namespace furrow::blobs
