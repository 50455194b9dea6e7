// SPDX-License-Identifier: Apache-2.0
#include "files/content_type.h"

#include <gtest/gtest.h>

namespace furrow::files {
namespace {

TEST(ContentType, ByEnding) {
  EXPECT_EQ(ContentTypeOf("a/b.png"), "image/png");
  EXPECT_EQ(ContentTypeOf("a/B.PNG"), "image/png");
  EXPECT_EQ(ContentTypeOf("x.json"), "application/json");
  EXPECT_EQ(ContentTypeOf("x.csv.gz"), "application/octet-stream");
  EXPECT_EQ(ContentTypeOf("x.gz"), "application/octet-stream");
  EXPECT_EQ(ContentTypeOf("x.pkl"), "application/octet-stream");
  EXPECT_EQ(ContentTypeOf("noending"), "application/octet-stream");
  EXPECT_EQ(ContentTypeOf("folder.png/file"), "application/octet-stream");
  EXPECT_EQ(ContentTypeOf(""), "application/octet-stream");
  EXPECT_EQ(ContentTypeOf("."), "application/octet-stream");
}

TEST(ContentType, NothingThatCanCarryAScriptIsShownInline) {
  for (const char* name : {"x.html", "x.htm", "x.svg", "x.xml", "x.js", "x.pdf", "x.css", "x.txt",
                           "x.json", "x", "x.HTML", "x.mp4"}) {
    EXPECT_NE(DispositionOf(name, false), "inline") << name;
  }
  for (const char* name : {"x.png", "x.jpg", "x.JPEG", "x.gif", "x.webp", "x.avif", "x.bmp"}) {
    EXPECT_EQ(DispositionOf(name, false), "inline") << name;
    EXPECT_NE(DispositionOf(name, true), "inline") << name;
  }
}

TEST(ContentType, FileNamesCannotBreakOutOfTheField) {
  EXPECT_EQ(DispositionOf("a/b c\"; x=y.bin", false),
            "attachment; filename*=UTF-8''b%20c%22%3B%20x%3Dy.bin");
  EXPECT_EQ(DispositionOf("größe.html", false),
            "attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe.html");
}

}  // namespace
}  // namespace furrow::files
