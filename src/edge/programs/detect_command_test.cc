// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "edge/image/image.h"
#include "edge/programs/commands.h"
#include "json/text.h"

namespace furrow::edge {
namespace {

namespace fs = std::filesystem;

class DetectCommand : public testing::Test {
 protected:
  DetectCommand() {
    fs::create_directories(folder_ / "other");
    // Soil with a leaf of 10 x 8 at (12, 20).
    Image image = MakeImage(64, 48, 3);
    for (int y = 0; y < 48; ++y) {
      for (int x = 0; x < 64; ++x) {
        const bool leaf = x >= 12 && x < 22 && y >= 20 && y < 28;
        uint8_t* pixel = image.row(y) + 3 * x;
        pixel[0] = leaf ? 60 : 120;
        pixel[1] = leaf ? 120 : 100;
        pixel[2] = leaf ? 40 : 80;
      }
    }
    EXPECT_TRUE(WritePng(image, Path("a.png")).ok());
    EXPECT_TRUE(WritePng(image, Path("other/a.png")).ok());
    EXPECT_TRUE(WritePng(image, Path("b.png")).ok());
    std::ofstream(Path("bad.jpg")) << "\xFF\xD8\xFF and then nothing";
  }
  ~DetectCommand() override { fs::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ / name; }

  /// The exit code; what was printed lies in out_ and error_.
  int Run(std::vector<std::string> arguments) {
    CLI::App app("furrow-edge");
    int exit_code = 0;
    AddDetectCommand(app, exit_code);
    std::reverse(arguments.begin(), arguments.end());
    arguments.push_back("detect");
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    try {
      app.parse(arguments);
    } catch (const CLI::ParseError& error) {
      exit_code = app.exit(error);
    }
    out_ = testing::internal::GetCapturedStdout();
    error_ = testing::internal::GetCapturedStderr();
    return exit_code;
  }

  fs::path folder_ = fs::temp_directory_path() / ("detect_command_" + std::to_string(getpid()));
  std::string out_, error_;
};

TEST_F(DetectCommand, JsonHasOneLineAnImage) {
  ASSERT_EQ(Run({"--method", "adaptive", "--json", Path("a.png"), Path("b.png")}), 0) << error_;
  ASSERT_EQ(std::count(out_.begin(), out_.end(), '\n'), 2);
  const auto line = json::Parse(out_.substr(0, out_.find('\n')));
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(line->At("file").AsString(), Path("a.png"));
  EXPECT_EQ(line->At("width").AsInt(), 64);
  EXPECT_EQ(line->At("height").AsInt(), 48);
  EXPECT_EQ(line->At("method").AsString(), "adaptive");
  EXPECT_DOUBLE_EQ(line->At("share").AsDouble(), 80.0 / (64 * 48));
  EXPECT_EQ(json::Write(line->At("boxes")),
            R"([{"left":12,"top":20,"right":22,"bottom":28,"area":80}])");
}

TEST_F(DetectCommand, TheTableHasOneLineAnImage) {
  ASSERT_EQ(Run({"--method", "exg", Path("a.png")}), 0) << error_;
  EXPECT_TRUE(out_.starts_with("FILE "));
  EXPECT_NE(out_.find(Path("a.png") + "     64      48    2.604      1\n"), std::string::npos)
      << out_;
}

TEST_F(DetectCommand, MasksHaveTheImagesNameAndSize) {
  ASSERT_EQ(Run({"--method", "exhsv", "--mask-out", Path("masks/new"), Path("a.png")}), 0)
      << error_;
  const auto mask = ReadImage(Path("masks/new/a.png"));
  ASSERT_TRUE(mask.ok()) << mask.status().message();
  EXPECT_EQ(mask->width, 64);
  EXPECT_EQ(mask->height, 48);
  EXPECT_EQ(mask->channels, 1);
  for (int y = 0; y < 48; ++y) {
    for (int x = 0; x < 64; ++x) {
      const bool leaf = x >= 12 && x < 22 && y >= 20 && y < 28;
      ASSERT_EQ(mask->row(y)[x], leaf ? 255 : 0) << x << " " << y;
    }
  }
}

TEST_F(DetectCommand, AMaskKeepsAllOfTheNameButTheLastExtension) {
  fs::copy_file(Path("a.png"), Path("row.7.2026.png"));
  ASSERT_EQ(Run({"--method", "exg", "--mask-out", Path("masks"), Path("row.7.2026.png")}), 0);
  EXPECT_TRUE(fs::exists(Path("masks/row.7.2026.png")));
}

TEST_F(DetectCommand, TwoMasksOfOneNameAreRefusedBeforeAnythingIsWritten) {
  EXPECT_EQ(Run({"--method", "exg", "--mask-out", Path("masks"), Path("b.png"), Path("a.png"),
                 Path("other/a.png")}),
            1);
  EXPECT_NE(error_.find("would both write the mask"), std::string::npos) << error_;
  EXPECT_FALSE(fs::exists(Path("masks")));
  EXPECT_EQ(out_, "");
}

TEST_F(DetectCommand, AMaskReplacesNoInput) {
  EXPECT_EQ(Run({"--method", "exg", "--mask-out", folder_.string(), Path("a.png")}), 1);
  EXPECT_NE(error_.find("would replace the image"), std::string::npos) << error_;
  EXPECT_EQ(ReadImage(Path("a.png"))->channels, 3);
}

TEST_F(DetectCommand, AnUnreadableImageIsNamedAndTheOthersAreDone) {
  EXPECT_EQ(Run({"--method", "exg", "--json", "--mask-out", Path("masks"), Path("none.png"),
                 Path("bad.jpg"), Path("a.png")}),
            1);
  EXPECT_NE(error_.find("furrow-edge detect: " + Path("none.png") + ": "), std::string::npos);
  EXPECT_NE(error_.find("furrow-edge detect: " + Path("bad.jpg") + ": "), std::string::npos);
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 1);
  EXPECT_TRUE(fs::exists(Path("masks/a.png")));
  EXPECT_FALSE(fs::exists(Path("masks/bad.png")));
}

TEST_F(DetectCommand, AnUnknownMethodIsNamed) {
  EXPECT_EQ(Run({"--method", "ndvi", Path("a.png")}), 1);
  EXPECT_NE(error_.find("'ndvi'"), std::string::npos);
  EXPECT_NE(Run({"--method", "exg"}), 0) << "no image";
}

TEST_F(DetectCommand, HelpHasExamples) {
  EXPECT_EQ(Run({"--help"}), 0);
  EXPECT_NE(out_.find("furrow-edge detect --method adaptive"), std::string::npos);
}

}  // namespace
}  // namespace furrow::edge
