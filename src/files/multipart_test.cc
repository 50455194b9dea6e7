// SPDX-License-Identifier: Apache-2.0
#include "files/multipart.h"

#include <random>

#include <gtest/gtest.h>

namespace furrow::files {
namespace {

// Everything seen, as text: "[name|filename|type]data;" per part.
class Recorder final : public PartEvents {
 public:
  Status OnPart(const PartHead& head) override {
    EXPECT_FALSE(open_);
    open_ = true;
    ++parts;
    text += "[" + head.name + "|" + (head.has_filename ? head.filename : "-") + "|" +
            head.content_type + "]";
    return fail_on_part ? Status(Code::kUnavailable, "full") : Status();
  }
  Status OnData(std::string_view data) override {
    EXPECT_TRUE(open_);
    EXPECT_FALSE(data.empty());
    text += data;
    return {};
  }
  Status OnPartEnd() override {
    EXPECT_TRUE(open_);
    open_ = false;
    text += ";";
    return {};
  }
  std::string text;
  int parts = 0;
  bool fail_on_part = false;

 private:
  bool open_ = false;
};

struct Outcome {
  Status status;
  std::string text;
};

Outcome Parse(const std::string& body, const std::vector<size_t>& cuts,
              const std::string& boundary = "BoUnDaRy") {
  Recorder recorder;
  MultipartParser parser(boundary, recorder);
  Status status;
  size_t at = 0;
  for (const size_t cut : cuts) {
    if (status.ok()) status = parser.Push(std::string_view(body).substr(at, cut - at));
    at = cut;
  }
  if (status.ok()) status = parser.Push(std::string_view(body).substr(at));
  if (status.ok()) status = parser.Finish();
  return {status, recorder.text};
}

std::string Part(const std::string& disposition, const std::string& data,
                 const std::string& type = "") {
  return "--BoUnDaRy\r\nContent-Disposition: form-data; " + disposition + "\r\n" +
         (type.empty() ? "" : "Content-Type: " + type + "\r\n") + "\r\n" + data + "\r\n";
}

const std::string kEnd = "--BoUnDaRy--\r\n";

// What the official client sends: field name and file name are the same path.
const std::string kClient = Part(
                                "name=\"/Lab/demo/train one.0123/artifacts/art/art.json\"; "
                                "filename=\"/Lab/demo/train one.0123/artifacts/art/art.json\"",
                                "{\"a\": 1}", "application/json") +
                            kEnd;

const std::vector<std::string>& Corpus() {
  static const std::vector<std::string> corpus = {
      kClient,
      // Several parts, one empty, one a plain field.
      Part("name=\"a\"; filename=\"a\"", "one") + Part("name=\"b\"; filename=\"b\"", "") +
          Part("name=\"c\"", "plain") + kEnd,
      // Data made of what a boundary is made of.
      Part("name=\"a\"; filename=\"a\"", "\r\n\r\n--BoUnDaR\r\n--\r\n--BoUnDaRx\r\r\n-\r\n") + kEnd,
      Part("name=\"a\"; filename=\"a\"",
           "\r\n--BoUnDaR"
           "\r\n--BoUnDa"
           "\r\n--\r"
           "\r") +
          kEnd,
      Part("name=\"a\"; filename=\"a\"", "\r\r\r\n\n--BoUnDaRy") + kEnd,
      // Preamble, padding behind a boundary, epilogue.
      "a preamble\r\nof two lines\r\n" + Part("name=\"a\"; filename=\"a\"", "x") + kEnd +
          "an epilogue --BoUnDaRy\r\n",
      "--BoUnDaRy \t \r\nContent-Disposition: form-data; name=\"a\"; filename=\"a\"\r\n\r\nx\r\n"
      "--BoUnDaRy--",
      // All bytes.
      Part("name=\"a\"; filename=\"a\"",
           [] {
             std::string all;
             for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
             return all;
           }()) +
          kEnd,
  };
  return corpus;
}

TEST(Multipart, ReadsWhatTheClientSends) {
  const Outcome outcome = Parse(kClient, {});
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.ToString();
  EXPECT_EQ(outcome.text,
            "[/Lab/demo/train one.0123/artifacts/art/art.json|"
            "/Lab/demo/train one.0123/artifacts/art/art.json|application/json]{\"a\": 1};");
}

TEST(Multipart, ReadsEveryOfTheCorpus) {
  const std::vector<std::string> expected = {
      "",
      "[a|a|]one;[b|b|];[c|-|]plain;",
      "[a|a|]\r\n\r\n--BoUnDaR\r\n--\r\n--BoUnDaRx\r\r\n-\r\n;",
      "[a|a|]\r\n--BoUnDaR\r\n--BoUnDa\r\n--\r\r;",
      "[a|a|]\r\r\r\n\n--BoUnDaRy;",
      "[a|a|]x;",
      "[a|a|]x;"};
  for (size_t i = 1; i < expected.size(); ++i) {
    const Outcome outcome = Parse(Corpus()[i], {});
    EXPECT_TRUE(outcome.status.ok()) << i << outcome.status.ToString();
    EXPECT_EQ(outcome.text, expected[i]) << i;
  }
}

TEST(Multipart, EverySplitGivesTheSame) {
  for (const std::string& body : Corpus()) {
    const Outcome whole = Parse(body, {});
    ASSERT_TRUE(whole.status.ok()) << whole.status.ToString();
    std::vector<size_t> each;
    for (size_t i = 0; i <= body.size(); ++i) {
      each.push_back(i);
      const Outcome split = Parse(body, {i});
      ASSERT_TRUE(split.status.ok()) << i;
      ASSERT_EQ(split.text, whole.text) << i;
    }
    EXPECT_EQ(Parse(body, each).text, whole.text);
    std::mt19937 random(17);
    for (int round = 0; round < 300; ++round) {
      std::vector<size_t> cuts;
      for (size_t at = 0; (at += 1 + random() % 40) < body.size();) cuts.push_back(at);
      ASSERT_EQ(Parse(body, cuts).text, whole.text);
    }
  }
}

TEST(Multipart, EveryTruncationIsAnError) {
  for (const std::string& body : Corpus()) {
    const size_t end = body.find("--BoUnDaRy--") + 12;
    for (size_t size = 0; size < end; ++size) {
      ASSERT_FALSE(Parse(body.substr(0, size), {}).status.ok()) << size;
    }
    EXPECT_TRUE(Parse(body.substr(0, end), {}).status.ok());
  }
}

TEST(Multipart, MalformedBodiesAreRefused) {
  const std::string disposition = "Content-Disposition: form-data; name=\"a\"; filename=\"a\"\r\n";
  for (const std::string& body : {
           std::string(""),
           std::string("nonsense"),
           "--BoUnDaRyX\r\n" + disposition + "\r\nx\r\n" + kEnd,
           "--BoUnDaRy-x\r\n" + disposition + "\r\nx\r\n" + kEnd,
           "--BoUnDaRy- \r\n" + disposition + "\r\nx\r\n" + kEnd,
           "--BoUnDaRy\n" + disposition + "\r\nx\r\n" + kEnd,
           "--BoUnDaRy\rx\n" + disposition + "\r\nx\r\n" + kEnd,
           "--BoUnDaRy" + std::string(100, ' ') + "\r\n" + disposition + "\r\nx\r\n" + kEnd,
           // Heads.
           "--BoUnDaRy\r\n\r\nx\r\n" + kEnd,
           "--BoUnDaRy\r\nContent-Type: text/plain\r\n\r\nx\r\n" + kEnd,
           "--BoUnDaRy\r\n" + disposition + disposition + "\r\nx\r\n" + kEnd,
           "--BoUnDaRy\r\n" + disposition + " folded: x\r\n\r\nx\r\n" + kEnd,
           "--BoUnDaRy\r\n" + disposition + "no colon\r\n\r\nx\r\n" + kEnd,
           "--BoUnDaRy\r\n" + disposition + ": no name\r\n\r\nx\r\n" + kEnd,
           "--BoUnDaRy\r\n" + disposition + "Content-Transfer-Encoding: base64\r\n\r\nx\r\n" + kEnd,
           "--BoUnDaRy\r\n" + disposition + "X: " + std::string(9000, 'x') + "\r\n\r\nx\r\n" + kEnd,
           Part("name=\"a", "x") + kEnd,
           Part("name=\"a\"b", "x") + kEnd,
           Part("name", "x") + kEnd,
           Part("filename=\"a\"", "x") + kEnd,
           Part("name=\"a\"; name=\"b\"", "x") + kEnd,
           Part("name*=iso-8859-1''a", "x") + kEnd,
           Part("name*=utf-8''%zz", "x") + kEnd,
           Part("name*=utf-8", "x") + kEnd,
           "--BoUnDaRy\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n" + kEnd,
           std::string(5000, 'p') + "\r\n" + kClient,
       }) {
    const Outcome outcome = Parse(body, {});
    EXPECT_EQ(outcome.status.code(), Code::kInvalidArgument)
        << testing::PrintToString(body.substr(0, 200));
  }
}

TEST(Multipart, PartsAreBounded) {
  std::string body;
  for (int i = 0; i < 4; ++i) body += Part("name=\"a\"; filename=\"a\"", "x");
  Recorder recorder;
  MultipartParser parser("BoUnDaRy", recorder, {.parts_max = 3});
  EXPECT_FALSE(parser.Push(body).ok());
  EXPECT_EQ(recorder.parts, 3);
}

TEST(Multipart, AnErrorIsFinal) {
  Recorder recorder;
  recorder.fail_on_part = true;
  MultipartParser parser("BoUnDaRy", recorder);
  EXPECT_EQ(parser.Push(kClient).code(), Code::kUnavailable);
  EXPECT_FALSE(parser.Push(kClient).ok());
  EXPECT_FALSE(parser.Finish().ok());
  EXPECT_EQ(recorder.parts, 1);
}

std::string NameOf(const std::string& parameters) {
  const auto head = ParsePartHead("Content-Disposition: form-data; " + parameters);
  return head.ok() ? head->name : "!";
}

TEST(MultipartHead, NamesInEveryDressThatClientsUse) {
  EXPECT_EQ(NameOf(R"(name="a b")"), "a b");
  EXPECT_EQ(NameOf("name=token"), "token");
  EXPECT_EQ(NameOf(R"(NAME="a")"), "a");
  EXPECT_EQ(NameOf("name=\"Größe/図\""), "Größe/図");
  EXPECT_EQ(NameOf(R"(name="a;b=\"c\"; d")"), "a;b=\"c\"; d");
  EXPECT_EQ(NameOf(R"(name="say %22hi%22")"), "say \"hi\"");
  EXPECT_EQ(NameOf(R"(name="100%20 %2e")"), "100%20 %2e") << "not an URL";
  EXPECT_EQ(NameOf(R"(name="a\b\\c")"), "a\\b\\c");
  EXPECT_EQ(NameOf("name*=utf-8''Gr%C3%B6%C3%9Fe"), "Größe");
  EXPECT_EQ(NameOf("name=\"fallback\"; name*=UTF-8'en'real"), "real");
  EXPECT_EQ(NameOf("name*=UTF-8''real; name=\"fallback\""), "real");
  EXPECT_EQ(NameOf(R"(filename="x"; name="after";)"), "after");
  EXPECT_EQ(NameOf(R"(name="")"), "");
}

TEST(MultipartHead, FilesAreToldFromFields) {
  EXPECT_FALSE(ParsePartHead("Content-Disposition: form-data; name=\"a\"")->has_filename);
  const auto file = ParsePartHead("content-disposition:form-data;name=a;filename=\"b\"\r\nX-Y: z");
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(file->has_filename);
  EXPECT_EQ(file->filename, "b");
}

TEST(MultipartHead, Boundaries) {
  EXPECT_EQ(BoundaryOf("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(BoundaryOf("Multipart/Form-Data; charset=x; Boundary=\"a b:c\""), "a b:c");
  for (const char* bad : {"", "multipart/form-data", "multipart/form-data; boundary=",
                          "multipart/mixed; boundary=abc", "text/plain; boundary=abc",
                          "multipart/form-data; boundary=\"abc", "multipart/form-data; boundary"}) {
    EXPECT_EQ(BoundaryOf(bad), "") << bad;
  }
  EXPECT_EQ(BoundaryOf("multipart/form-data; boundary=" + std::string(71, 'x')), "");
}

// Any bytes at all end in an answer, and in the same one however they are cut.
TEST(Multipart, RandomBytesNeverConfuseIt) {
  std::mt19937 random(99);
  const std::string alphabet = "\r\n--BoUnDaRy: ;=\"\\ab";
  for (int round = 0; round < 3000; ++round) {
    std::string body = round % 2 ? kClient : std::string();
    for (int i = 0; i < 60; ++i) {
      const char c = alphabet[random() % alphabet.size()];
      if (round % 2)
        body[random() % body.size()] = c;
      else
        body += c;
    }
    if (round % 4 == 2) body += "\r\n--BoUnDaRy--";
    const Outcome whole = Parse(body, {});
    const size_t cut = random() % body.size();
    const Outcome split = Parse(body, {cut});
    EXPECT_EQ(whole.status.ok(), split.status.ok());
    if (whole.status.ok()) {
      EXPECT_EQ(whole.text, split.text);
    }
  }
}

}  // namespace
}  // namespace furrow::files
