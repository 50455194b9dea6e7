// SPDX-License-Identifier: Apache-2.0
#include "platform/settings.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace furrow::platform {
namespace {

class SettingsTest : public ::testing::Test {
 protected:
  std::string File(const std::string& text) {
    const std::string path = ::testing::TempDir() + "furrow-settings.toml";
    std::ofstream(path) << text;
    return path;
  }
  ~SettingsTest() override {
    unsetenv("FURROW_API_PORT");
    std::remove((::testing::TempDir() + "furrow-settings.toml").c_str());
  }
};

TEST_F(SettingsTest, FlagsBeatTheEnvironmentWhichBeatsTheFile) {
  const std::string file = File("data = \"/d\"\napi_port = 1\nfiles_port = 2\nweb_port = 3\n");
  setenv("FURROW_API_PORT", "11", 1);
  auto s = LoadSettings(file, {{"web_port", "33"}});
  ASSERT_TRUE(s.ok()) << s.status().ToString();
  EXPECT_EQ(s->api_port, 11);
  EXPECT_EQ(s->files_port, 2);
  EXPECT_EQ(s->web_port, 33);
  setenv("FURROW_API_PORT", "11", 1);
  EXPECT_EQ(LoadSettings(file, {{"api_port", "12"}})->api_port, 12);
}

TEST_F(SettingsTest, SaysWhereEachWasFound) {
  const std::string file = File("data = \"/d\"\napi_port = 1\nfiles_port = 2\n");
  setenv("FURROW_API_PORT", "11", 1);
  std::map<std::string, std::string> sources;
  ASSERT_TRUE(LoadSettings(file, {{"web_port", "33"}}, &sources).ok());
  EXPECT_EQ(sources.size(), 4u);
  EXPECT_EQ(sources["data"], file + ":1");
  EXPECT_EQ(sources["api_port"], "FURROW_API_PORT");
  EXPECT_EQ(sources["files_port"], file + ":3");
  EXPECT_EQ(sources["web_port"], "--web-port");
}

TEST_F(SettingsTest, ErrorsNameTheLineTheVariableOrTheFlag) {
  const auto message = [](const std::string& file, const Flags& flags) {
    auto s = LoadSettings(file, flags);
    return s.ok() ? std::string("ok") : s.status().message();
  };
  EXPECT_NE(message(File("data = \"/d\"\nport = 1\n"), {}).find("toml:2: unknown setting 'port'"),
            std::string::npos);
  EXPECT_NE(message(File("data = \"/d\"\napi_port = 70000\n"), {}).find("from 0 to 65535"),
            std::string::npos);
  EXPECT_NE(message(File("data = \n"), {}).find(".toml:"), std::string::npos);
  EXPECT_NE(message("", {{"data", "/d"}, {"api_port", "x"}}).find("--api-port"), std::string::npos);
  EXPECT_NE(message("", {}).find("--data"), std::string::npos);
  EXPECT_NE(message("", {{"data", "/d"}, {"tls_key", "k"}}).find("--tls-certificate"),
            std::string::npos);
}

TEST_F(SettingsTest, TrustedProxiesAreAddresses) {
  const auto s =
      LoadSettings("", {{"data", "/d"}, {"trusted_proxies", "127.0.0.1, ::FFFF:1.2.3.4"}});
  ASSERT_TRUE(s.ok());
  EXPECT_EQ(*TrustedProxies(*s), (std::vector<std::string>{"127.0.0.1", "1.2.3.4"}));
  for (const char* bad : {"localhost", ",127.0.0.1", "10.0.0.0/8"}) {
    const auto refused = LoadSettings("", {{"data", "/d"}, {"trusted_proxies", bad}});
    EXPECT_EQ(refused.status().code(), Code::kInvalidArgument) << bad;
  }
}

TEST_F(SettingsTest, TheReferencePageIsTheTable) {
  std::ifstream page(std::string(FURROW_SOURCE_DIR) + "/docs/configuration.md");
  std::stringstream text;
  text << page.rdbuf();
  EXPECT_NE(text.str().find(SettingsReference()), std::string::npos)
      << "docs/configuration.md must hold:\n"
      << SettingsReference();
}

}  // namespace
}  // namespace furrow::platform
