// SPDX-License-Identifier: Apache-2.0
#include "files/service.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "auth/auth_fixture.h"
#include "base/id.h"
#include "http/client.h"
#include "http/server.h"
#include "json/text.h"

namespace furrow::files {
namespace {

namespace fs = std::filesystem;

// The service at "/" on one port and under "/files" on another.
class Mount final : public http::Handler {
 public:
  Mount(Service& service, std::string prefix) : service_(service), prefix_(std::move(prefix)) {}
  std::unique_ptr<http::BodySink> Accept(const http::RequestHead& head) override {
    return service_.Accept(head, std::string_view(head.raw_path).substr(prefix_.size()));
  }
  void Handle(http::Request request, http::Responder respond) override {
    const std::string path = request.raw_path.substr(prefix_.size());
    service_.Handle(std::move(request), path, std::move(respond));
  }
  http::Response TransportError(int status, std::string_view why) override {
    return http::Response::Text(status, std::string(why));
  }

 private:
  Service& service_;
  const std::string prefix_;
};

constexpr char kOrigin[] = "http://localhost:8080";

class FilesTest : public auth::AuthTest {
 protected:
  void SetUp() override {
    AuthTest::SetUp();
    MakeCompany();
    token_ = TokenOf(MakeUser("ada", auth::Role::kUser));
    guest_ = TokenOf(MakeUser("guest", auth::Role::kGuest));
    auto blobs = blobs::Store::Open(dir, clock);
    ASSERT_TRUE(blobs.ok()) << blobs.status().ToString();
    blobs_ = std::move(*blobs);
    service_ = std::make_unique<Service>(*blobs_, *authenticator, clock);
    service_->SetAllowedOrigins({kOrigin});
    at_root_ = std::make_unique<Mount>(*service_, "");
    at_files_ = std::make_unique<Mount>(*service_, "/files");
    server_ = std::make_unique<http::Server>(http::ServerOptions());
    port_ = *server_->Listen(0, {"127.0.0.1", 0}, *at_root_);
    web_port_ = *server_->Listen(1, {"127.0.0.1", 0}, *at_files_);
    ASSERT_TRUE(server_->Start().ok());
  }
  void TearDown() override {
    server_.reset();
    service_.reset();
    blobs_.reset();
    AuthTest::TearDown();
  }

  std::string TokenOf(const auth::User& user) {
    auto login = authenticator->MakeToken(*directory->IdentityOf(user.id), clock.Now(), {});
    EXPECT_TRUE(login.ok());
    return login->token;
  }
  http::Response Ask(const std::string& method, const std::string& path, http::Headers headers = {},
                     std::string body = "", bool signed_in = true, bool web = false) {
    if (signed_in && !headers.Has("Authorization"))
      headers.Set("Authorization", "Bearer " + token_);
    http::Client client;
    http::ClientRequest request;
    request.method = method;
    request.url = "http://127.0.0.1:" + std::to_string(web ? web_port_ : port_) + path;
    request.headers = std::move(headers);
    request.body = std::move(body);
    auto response = client.Send(request);
    EXPECT_TRUE(response.ok()) << response.status().ToString();
    return response.ok() ? *response : http::Response();
  }
  static std::string Part(const std::string& name, const std::string& content) {
    return "--XyZ\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\"" + name +
           "\"\r\nContent-Type: application/octet-stream\r\n\r\n" + content + "\r\n";
  }
  static http::Headers Multipart() {
    return With("Content-Type", "multipart/form-data; boundary=XyZ");
  }
  static http::Headers With(const char* name, std::string value, http::Headers headers = {}) {
    headers.Set(name, std::move(value));
    return headers;
  }
  http::Response Put(const std::string& name, const std::string& content) {
    return Ask("POST", "/", Multipart(), Part(name, content) + "--XyZ--\r\n");
  }
  http::Headers Cookie() { return With("Cookie", "clearml_token_basic=" + token_); }
  int Stored(const std::string& folder = "files") {
    int count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(dir + "/" + folder)) {
      if (entry.is_regular_file()) ++count;
    }
    return count;
  }

  std::string token_, guest_;
  std::unique_ptr<blobs::Store> blobs_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<Mount> at_root_, at_files_;
  std::unique_ptr<http::Server> server_;
  uint16_t port_ = 0, web_port_ = 0;
};

TEST_F(FilesTest, UploadThenDownloadAsTheClientDoes) {
  const std::string name = "/Lab/demo/train one.0123/artifacts/art/art.json";
  const http::Response put = Put(name, "{\"a\": 1}");
  EXPECT_EQ(put.status, 200);
  EXPECT_EQ(put.body, "[\"Lab/demo/train one.0123/artifacts/art/art.json\"]");
  for (const char* encoded : {"/Lab/demo/train%20one.0123/artifacts/art/art.json",
                              "//Lab/demo/train%20one%2e0123/artifacts//art/art.json"}) {
    const http::Response got = Ask("GET", encoded);
    EXPECT_EQ(got.status, 200) << encoded;
    EXPECT_EQ(got.body, "{\"a\": 1}");
    EXPECT_EQ(got.headers.Get("Content-Type"), "application/json");
    EXPECT_EQ(got.headers.Get("Content-Length"), "8");
  }
}

TEST_F(FilesTest, BothPortsShowTheSame) {
  const http::Response put =
      Ask("POST", "/files", Multipart(), Part("a/b", "x") + "--XyZ--\r\n", true, true);
  EXPECT_EQ(put.status, 200) << put.body;
  EXPECT_EQ(
      Ask("POST", "/files/", Multipart(), Part("a/c", "y") + "--XyZ--\r\n", true, true).status,
      200);
  EXPECT_EQ(Ask("GET", "/a/b").body, "x");
  EXPECT_EQ(Ask("GET", "/files/a/c", {}, "", true, true).body, "y");
}

TEST_F(FilesTest, SeveralFilesInOneRequest) {
  const http::Response put =
      Ask("POST", "/", Multipart(),
          Part("a", "1") + Part("/b/c", "2") + Part("größe", "") + "--XyZ--\r\n");
  EXPECT_EQ(put.status, 200);
  EXPECT_EQ(put.body, "[\"a\",\"b/c\",\"größe\"]");
  EXPECT_EQ(Ask("GET", "/b/c").body, "2");
  const http::Response empty = Ask("GET", "/gr%C3%B6%C3%9Fe");
  EXPECT_EQ(empty.status, 200);
  EXPECT_EQ(empty.body, "");
}

TEST_F(FilesTest, FilesOfOneRequestAppearTogetherOrNotAtAll) {
  const std::string body = Part("good", "1") + Part("../bad", "2") + Part("good2", "3") + "--XyZ--";
  EXPECT_EQ(Ask("POST", "/", Multipart(), body).status, 404);
  EXPECT_EQ(Stored(), 0);
  EXPECT_EQ(Stored("tmp"), 0);
}

TEST_F(FilesTest, LargeFilesSurviveUnchanged) {
  std::mt19937_64 random(4);
  std::string content(12 << 20, '\0');
  for (size_t i = 0; i + 8 <= content.size(); i += 8) {
    const uint64_t word = random();
    memcpy(content.data() + i, &word, 8);
  }
  ASSERT_EQ(Put("big", content).status, 200);
  const http::Response got = Ask("GET", "/big");
  EXPECT_EQ(got.status, 200);
  EXPECT_TRUE(got.body == content);
  const http::Response part = Ask("GET", "/big", With("Range", "bytes=1000003-7000004"));
  EXPECT_EQ(part.status, 206);
  EXPECT_TRUE(part.body == content.substr(1000003, 6000002));
}

TEST_F(FilesTest, Ranges) {
  ASSERT_EQ(Put("f", "0123456789").status, 200);
  const auto range = [&](const char* field) { return Ask("GET", "/f", With("Range", field)); };
  const http::Response part = range("bytes=2-4");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "234");
  EXPECT_EQ(part.headers.Get("Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(part.headers.Get("Content-Length"), "3");
  EXPECT_EQ(range("bytes=-3").body, "789");
  const http::Response beyond = range("bytes=10-");
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.headers.Get("Content-Range"), "bytes */10");
  const http::Response several = range("bytes=0-1,5-6");
  EXPECT_EQ(several.status, 200);
  EXPECT_EQ(several.body, "0123456789");
  EXPECT_EQ(Ask("GET", "/f", With("If-Range", "\"other\"", With("Range", "bytes=2-4"))).body,
            "0123456789");
}

TEST_F(FilesTest, ConditionsAndCaching) {
  ASSERT_EQ(Put("f", "abc").status, 200);
  const http::Response got = Ask("GET", "/f");
  EXPECT_EQ(got.headers.Get("ETag"),
            "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"");
  EXPECT_EQ(got.headers.Get("Cache-Control"), "private, max-age=300");
  EXPECT_EQ(got.headers.Get("Accept-Ranges"), "bytes");
  const std::string tag(got.headers.Get("ETag")), date(got.headers.Get("Last-Modified"));
  EXPECT_EQ(Ask("GET", "/f", With("If-None-Match", tag)).status, 304);
  EXPECT_EQ(Ask("HEAD", "/f", With("If-None-Match", tag)).status, 304);
  EXPECT_EQ(Ask("GET", "/f", With("If-Modified-Since", date)).status, 304);
  EXPECT_EQ(Ask("GET", "/f", With("If-Modified-Since", date)).body, "");
  clock.Advance(2);
  ASSERT_EQ(Put("f", "abd").status, 200);
  EXPECT_EQ(Ask("GET", "/f", With("If-None-Match", tag)).body, "abd");
  EXPECT_EQ(Ask("GET", "/f", With("If-Modified-Since", date)).body, "abd");
}

TEST_F(FilesTest, HeadTellsTheSizeAndSendsNothing) {
  ASSERT_EQ(Put("f", "0123456789").status, 200);
  const http::Response head = Ask("HEAD", "/f");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.Get("Content-Length"), "10");
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(Ask("HEAD", "/none").status, 404);
}

TEST_F(FilesTest, UserContentNeverRuns) {
  for (const char* name : {"x.html", "x.svg", "x.js", "x.xml", "x.pdf", "x"}) {
    ASSERT_EQ(Put(name, "<script>alert(1)</script>").status, 200);
    const http::Response got = Ask("GET", std::string("/") + name);
    EXPECT_EQ(got.headers.Get("Content-Disposition").substr(0, 11), "attachment;") << name;
    EXPECT_EQ(got.headers.Get("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(got.headers.Get("Content-Security-Policy").substr(0, 7), "sandbox");
  }
  ASSERT_EQ(Put("x.png", "png").status, 200);
  EXPECT_EQ(Ask("GET", "/x.png").headers.Get("Content-Disposition"), "inline");
  EXPECT_EQ(Ask("GET", "/x.png").headers.Get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(Ask("GET", "/x.png?download").headers.Get("Content-Disposition").substr(0, 10),
            "attachment");
  EXPECT_EQ(Ask("GET", "/x.png?download=1").headers.Get("Content-Disposition").substr(0, 10),
            "attachment");
}

TEST_F(FilesTest, CompressedFilesAreSentAsTheyAre) {
  ASSERT_EQ(Put("x.json.gz", "not really").status, 200);
  const http::Response got = Ask("GET", "/x.json.gz", With("Accept-Encoding", "gzip"));
  EXPECT_EQ(got.headers.Get("Content-Type"), "application/octet-stream");
  EXPECT_FALSE(got.headers.Has("Content-Encoding"));
  EXPECT_EQ(got.body, "not really");
  // Nor is anything else compressed on the way: the tag names these very bytes.
  ASSERT_EQ(Put("x.json", std::string(5000, ' ')).status, 200);
  EXPECT_FALSE(
      Ask("GET", "/x.json", With("Accept-Encoding", "gzip")).headers.Has("Content-Encoding"));
}

TEST_F(FilesTest, EveryCallButTheRootNeedsAToken) {
  ASSERT_EQ(Put("f", "x").status, 200);
  const std::string body = Part("g", "y") + "--XyZ--";
  const http::Headers basic = With("Authorization", "Basic YWRhOnB3");
  const http::Headers bad = With("Authorization", "Bearer nonsense");
  for (const http::Headers& headers : {http::Headers(), basic, bad}) {
    EXPECT_EQ(Ask("GET", "/f", headers, "", false).status, 401);
    EXPECT_EQ(Ask("HEAD", "/f", headers, "", false).status, 401);
    EXPECT_EQ(Ask("DELETE", "/f", headers, "", false).status, 401);
    EXPECT_EQ(Ask("POST", "/delete_many", headers, R"({"files":["f"]})", false).status, 401);
    EXPECT_EQ(Ask("POST", "/", With("Content-Type", "multipart/form-data; boundary=XyZ", headers),
                  body, false)
                  .status,
              401);
    EXPECT_EQ(Ask("GET", "/none", headers, "", false).status, 401) << "what exists is not told";
  }
  EXPECT_EQ(Ask("GET", "/", {}, "", false).body, "OK");
  EXPECT_EQ(Ask("GET", "/").body, "OK");
  EXPECT_EQ(Ask("GET", "/", bad, "", false).status, 401);
  EXPECT_EQ(Stored(), 1);
  EXPECT_EQ(Stored("tmp"), 0);
}

TEST_F(FilesTest, GuestsOnlyRead) {
  ASSERT_EQ(Put("f", "x").status, 200);
  const http::Headers guest = With("Authorization", "Bearer " + guest_);
  EXPECT_EQ(Ask("GET", "/f", guest).body, "x");
  EXPECT_EQ(Ask("DELETE", "/f", guest).status, 403);
  EXPECT_EQ(Ask("POST", "/delete_many", guest, R"({"files":["f"]})").status, 403);
  EXPECT_EQ(Ask("POST", "/", With("Content-Type", "multipart/form-data; boundary=XyZ", guest),
                Part("g", "y") + "--XyZ--")
                .status,
            403);
  EXPECT_EQ(Stored(), 1);
}

TEST_F(FilesTest, RevocationHoldsHereAtOnce) {
  ASSERT_EQ(Put("f", "x").status, 200);
  ASSERT_TRUE(directory->SetDisabled(directory->FindByName("ada")->id, true).ok());
  EXPECT_EQ(Ask("GET", "/f").status, 401);
  EXPECT_EQ(Put("g", "y").status, 401);
}

TEST_F(FilesTest, ACookieReadsButOnlyOurPagesChangeThingsWithIt) {
  ASSERT_EQ(Put("f", "x").status, 200);
  const std::string list = R"({"files":["f"]})";
  EXPECT_EQ(Ask("GET", "/f", Cookie(), "", false).body, "x");
  EXPECT_EQ(Ask("DELETE", "/f", Cookie(), "", false).status, 403);
  EXPECT_EQ(Ask("DELETE", "/f", With("Origin", kOrigin, Cookie()), "", false).status, 403);
  EXPECT_EQ(Ask("POST", "/",
                With("Origin", kOrigin,
                     With("Content-Type", "multipart/form-data; boundary=XyZ", Cookie())),
                Part("g", "y") + "--XyZ--", false)
                .status,
            403);
  const http::Headers json = With("Content-Type", "application/json", Cookie());
  EXPECT_EQ(Ask("POST", "/delete_many", json, list, false).status, 403);
  EXPECT_EQ(
      Ask("POST", "/delete_many", With("Origin", "http://evil.example", json), list, false).status,
      403);
  EXPECT_EQ(Stored(), 1);
  EXPECT_EQ(Ask("POST", "/delete_many", With("Origin", kOrigin, json), list, false).status, 200);
  EXPECT_EQ(Stored(), 0);
}

TEST_F(FilesTest, CrossOriginReadsAreForOurPagesOnly) {
  ASSERT_EQ(Put("f", "x").status, 200);
  const http::Response ours = Ask("GET", "/f", With("Origin", kOrigin));
  EXPECT_EQ(ours.headers.Get("Access-Control-Allow-Origin"), kOrigin);
  EXPECT_EQ(ours.headers.Get("Vary"), "Origin");
  const http::Response theirs = Ask("GET", "/f", With("Origin", "http://evil.example"));
  EXPECT_FALSE(theirs.headers.Has("Access-Control-Allow-Origin"));
  const http::Response preflight = Ask("OPTIONS", "/f", With("Origin", kOrigin), "", false);
  EXPECT_EQ(preflight.status, 200);
  EXPECT_EQ(preflight.body, "");
  EXPECT_TRUE(preflight.headers.Has("Access-Control-Allow-Methods"));
  EXPECT_EQ(Ask("OPTIONS", "/any/thing", {}, "", false).status, 200);
}

TEST_F(FilesTest, DeleteTakesFilesOnly) {
  ASSERT_EQ(Put("a/b c", "x").status, 200);
  EXPECT_EQ(Ask("DELETE", "/a").status, 404);
  EXPECT_EQ(Ask("DELETE", "/none").status, 404);
  const http::Response gone = Ask("DELETE", "/a/b%20c");
  EXPECT_EQ(gone.status, 200);
  EXPECT_EQ(gone.body, "\"a/b c\"");
  EXPECT_EQ(Ask("GET", "/a/b%20c").status, 404);
  EXPECT_EQ(Ask("DELETE", "/a/b%20c").status, 404);
}

TEST_F(FilesTest, DeleteManyTakesFoldersTooAndSaysWhatFailed) {
  for (const char* name : {"a/1", "a/2", "b c", "keep"}) ASSERT_EQ(Put(name, "x").status, 200);
  const http::Response answer =
      Ask("POST", "/delete_many", With("Content-Type", "application/json"),
          R"({"files":["a","b%20c","none","","../keep","%2e%2e/keep","/"]})");
  EXPECT_EQ(answer.status, 200);
  const auto body = json::Parse(answer.body);
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->At("deleted"), json::Value(json::Object{{"a", "a"}, {"b%20c", "b c"}}));
  EXPECT_EQ(body->At("errors").At("File not found"), json::Value(json::Array{"none"}));
  EXPECT_EQ(body->At("errors").At("Invalid file name"),
            json::Value(json::Array{"", "../keep", "%2e%2e/keep", "/"}));
  EXPECT_EQ(Stored(), 1);
  EXPECT_EQ(Ask("GET", "/keep").body, "x");
  for (const char* bad : {"", "{}", "[]", "{\"files\":\"a\"}", "nonsense"}) {
    EXPECT_EQ(Ask("POST", "/delete_many", {}, bad).status, 400) << bad;
  }
}

TEST_F(FilesTest, OtherMethodsAndBodiesAreRefused) {
  EXPECT_EQ(Ask("PUT", "/f", {}, "x").status, 405);
  EXPECT_EQ(Ask("PATCH", "/f", {}, "x").status, 405);
  EXPECT_EQ(Ask("POST", "/f", Multipart(), Part("f", "x") + "--XyZ--").status, 405);
  EXPECT_EQ(Ask("POST", "/", With("Content-Type", "application/json"), "{}").status, 400);
  EXPECT_EQ(Ask("POST", "/", Multipart(), "nonsense").status, 400);
  EXPECT_EQ(Ask("POST", "/", Multipart(), "--XyZ--\r\n").status, 400);
  EXPECT_EQ(Ask("POST", "/", With("Content-Encoding", "gzip", Multipart()), "x").status, 415);
  EXPECT_EQ(Stored(), 0);
}

TEST_F(FilesTest, ConflictsAreSaid) {
  ASSERT_EQ(Put("a/b", "x").status, 200);
  EXPECT_EQ(Put("a", "y").status, 409);
  EXPECT_EQ(Put("a/b/c", "y").status, 409);
  EXPECT_EQ(Stored("tmp"), 0);
}

// Names from the corpus one to three deep, in an upload, a download, a deletion and a list.
TEST_F(FilesTest, NoNameLeavesTheRoot) {
  std::ofstream(dir + "/outside") << "secret";
  fs::create_directories(dir + "/files");
  const std::vector<std::string> pieces = {
      "../",   "..%2f", "%2e%2e/", "%2e%2e%2f", "..\\",          "%252e%252e%252f",
      ";/../", "//",    "./",      "/..",       "%c0%ae%c0%ae/", "%00",
      "C:\\",  ".../",  "a/"};
  std::vector<std::string> names, shallow;  // the shallow ones are uploaded too, which syncs
  for (const auto& a : pieces) {
    names.push_back(a);
    shallow.push_back(a);
    for (const auto& b : pieces) {
      names.push_back(a + b);
      if (a.find('.') != std::string::npos) shallow.push_back(a + b);
      for (const char* c : {"../", "%2e%2e%2f", "a/"}) names.push_back(a + b + c);
    }
  }
  http::Client client;
  const std::string base = "http://127.0.0.1:" + std::to_string(port_) + "/";
  const auto send = [&](const char* method, const std::string& url, http::Headers headers,
                        std::string body) {
    headers.Set("Authorization", "Bearer " + token_);
    auto response = client.Send({method, url, std::move(headers), std::move(body)});
    return response.ok() ? *response : http::Response{.status = 0};
  };
  std::string list = "{\"files\":[";
  for (const std::string& name : names) {
    for (const char* target : {"outside", "secrets.json", "../etc/passwd"}) {
      const http::Response got = send("GET", base + name + target, {}, "");
      ASSERT_TRUE(got.status == 404 || got.status == 400) << got.status << " " << name;
      ASSERT_EQ(got.body.find("secret"), std::string::npos) << name;
    }
    const http::Response gone = send("DELETE", base + name + "outside", {}, "");
    ASSERT_TRUE(gone.status == 404 || gone.status == 400) << name;
    json::WriteString(list, name + "outside");
    list += ",";
  }
  list.back() = ']';
  EXPECT_EQ(send("POST", base + "delete_many", {}, list + "}").status, 200);
  std::set<std::string> fields;
  for (const std::string& encoded : shallow) {
    std::string decoded;
    fields.insert(encoded);
    if (http::PercentDecode(encoded, false, decoded)) fields.insert(decoded);
  }
  for (const std::string& field : fields) {
    if (field.find('\0') != std::string::npos) continue;
    (void)send("POST", base, Multipart(), Part(field + "outside", "overwritten") + "--XyZ--");
  }
  std::ifstream in(dir + "/outside");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "secret");
  for (const auto& entry : fs::directory_iterator(dir)) {
    const std::string name = entry.path().filename().string();
    EXPECT_TRUE(name == "files" || name == "tmp" || name == "store" || name == "outside" ||
                name == "secrets.json")
        << name;
  }
}

// A client that says exactly what it is told to.
class Raw {
 public:
  explicit Raw(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
    const timeval limit{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }
  ~Raw() { ::close(fd_); }
  void Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
  }
  // All until the other side closes.
  std::string ReadAll() {
    std::string out;
    char buffer[65536];
    for (;;) {
      const ssize_t n = ::recv(fd_, buffer, sizeof(buffer), 0);
      if (n <= 0) return out;
      out.append(buffer, static_cast<size_t>(n));
    }
  }

 private:
  int fd_;
};

TEST_F(FilesTest, AnUploadCutAnywhereLeavesNothing) {
  const std::string body = Part("a/b", std::string(300, 'x')) + "--XyZ--\r\n";
  const std::string head =
      "POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token_ +
      "\r\nContent-Type: multipart/form-data; boundary=XyZ\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n";
  for (size_t cut = 0; cut < body.size(); cut += 7) {
    Raw raw(port_);
    raw.Send(head + body.substr(0, cut));
  }
  for (int i = 0; i < 2000 && Stored("tmp") > 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(Stored("tmp"), 0);
  EXPECT_EQ(Stored(), 0);
  EXPECT_EQ(Put("a/b", "whole").status, 200);
}

TEST_F(FilesTest, AnUnwelcomeUploadIsAnsweredBeforeItIsRead) {
  Raw raw(port_);
  raw.Send(
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=XyZ\r\n"
      "Content-Length: 99999999999\r\n\r\n");
  EXPECT_NE(raw.ReadAll().find("HTTP/1.1 401 "), std::string::npos);
}

TEST_F(FilesTest, ChunkedUploadsWork) {
  const std::string body = Part("chunked", "content") + "--XyZ--\r\n";
  std::string chunks;
  for (const char c : body) chunks += std::string("1\r\n") + c + "\r\n";
  Raw raw(port_);
  raw.Send("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + token_ +
           "\r\nContent-Type: multipart/form-data; boundary=XyZ\r\nTransfer-Encoding: chunked\r\n"
           "\r\n" +
           chunks + "0\r\n\r\n");
  EXPECT_NE(raw.ReadAll().find("HTTP/1.1 200 "), std::string::npos);
  EXPECT_EQ(Ask("GET", "/chunked").body, "content");
}

TEST_F(FilesTest, DamageIsNeverServed) {
  std::string content(3 << 20, 'x');
  ASSERT_EQ(Put("f", content).status, 200);
  const auto flip = [&](uint64_t at) {
    std::fstream edit(dir + "/files/f", std::ios::in | std::ios::out | std::ios::binary);
    edit.seekp(static_cast<std::streamoff>(at));
    edit.put('y');
  };
  flip(2 << 20);
  // The head of the answer is gone when the damage is found: the connection breaks instead.
  Raw raw(port_);
  raw.Send("GET /f HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token_ + "\r\n\r\n");
  const std::string got = raw.ReadAll();
  EXPECT_NE(got.find("HTTP/1.1 200 "), std::string::npos);
  EXPECT_LT(got.size(), content.size());
  EXPECT_EQ(got.substr(got.find("\r\n\r\n")).find('y'), std::string::npos);
  // Found before the answer begins, it is one.
  EXPECT_EQ(Ask("GET", "/f", With("Range", "bytes=2097152-2097160")).status, 500);
  EXPECT_EQ(Ask("GET", "/f", With("Range", "bytes=0-99")).body, std::string(100, 'x'));
  flip(5);
  EXPECT_EQ(Ask("GET", "/f").status, 500);
  const auto trailer = fs::file_size(dir + "/files/f") - 30;
  flip(trailer);
  EXPECT_EQ(Ask("GET", "/f").status, 500);
  EXPECT_EQ(Ask("HEAD", "/f").status, 500);
  ASSERT_EQ(Put("f", "repaired").status, 200);
  EXPECT_EQ(Ask("GET", "/f").body, "repaired");
}

TEST_F(FilesTest, ErrorsNameNoPathOfOurs) {
  fs::create_directories(dir + "/files/d");
  for (const http::Response& response :
       {Ask("GET", "/none"), Ask("GET", "/d"), Put("../x", "y"), Put("d", "y")}) {
    EXPECT_GE(response.status, 400);
    EXPECT_EQ(response.body.find(dir), std::string::npos);
    EXPECT_EQ(response.body.find("/tmp"), std::string::npos);
  }
}

TEST_F(FilesTest, ParallelUploadsOfOneNameLeaveOneWhole) {
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (char c = 'a'; c < 'e'; ++c) {
    threads.emplace_back([&, c] {
      for (int i = 0; i < 5; ++i) {
        if (Put("same", std::string(100'000 + static_cast<size_t>(c), c)).status != 200) ++failures;
        const std::string got = Ask("GET", "/same").body;
        if (got.empty() || got != std::string(100'000 + static_cast<size_t>(got[0]), got[0])) {
          ++failures;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
}

}  // namespace
}  // namespace furrow::files
