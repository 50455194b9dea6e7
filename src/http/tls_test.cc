// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "http/client.h"
#include "http/server.h"
#include "http/test_support.h"

namespace furrow::http {
namespace {

using test::Pattern;
using test::RawClient;
using test::TestHandler;
using test::TestServer;

/// A fresh key and a certificate for 127.0.0.1 and localhost that signs itself, as PEM files.
class Certificate {
 public:
  Certificate() {
    char name[] = "/tmp/furrow_tls_XXXXXX";
    folder_ = ::mkdtemp(name);
    files.certificate = folder_ + "/cert.pem";
    files.key = folder_ + "/key.pem";
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    for (const auto& [nid, value] : {std::pair{NID_subject_alt_name, "IP:127.0.0.1"},
                                     std::pair{NID_basic_constraints, "critical,CA:TRUE"}}) {
      X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
      X509_add_ext(certificate, extension, -1);
      X509_EXTENSION_free(extension);
    }
    X509_sign(certificate, key, EVP_sha256());
    std::FILE* file = std::fopen(files.certificate.c_str(), "w");
    PEM_write_X509(file, certificate);
    std::fclose(file);
    file = std::fopen(files.key.c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  ~Certificate() {
    ::unlink(files.certificate.c_str());
    ::unlink(files.key.c_str());
    ::rmdir(folder_.c_str());
  }
  TlsFiles files;

 private:
  std::string folder_;
};

class Tls : public ::testing::Test {
 protected:
  ServerOptions Options() {
    ServerOptions options;
    options.tls = certificate.files;
    return options;
  }
  Client Trusting() {
    ClientOptions options;
    options.ca_file = certificate.files.certificate;
    return Client(options);
  }
  static std::string Url(const TestServer& server, const std::string& path = "/") {
    return "https://127.0.0.1:" + std::to_string(server.port) + path;
  }
  Certificate certificate;
};

TEST_F(Tls, ServesOnOneConnection) {
  TestServer server(Options());
  std::atomic<bool> secure{false};
  server.handler.handle = [&](Request request, Responder respond) {
    secure = request.secure;
    respond(Response::Text(200, request.method + " " + request.body));
  };
  Client client = Trusting();
  for (int i = 0; i < 5; ++i) {
    const auto answer = client.Send({"GET", Url(server), {}, "{\"a\": 1}"});
    ASSERT_TRUE(answer.ok()) << answer.status().ToString();
    EXPECT_EQ(answer->body, "GET {\"a\": 1}");
    EXPECT_TRUE(secure);
  }
  EXPECT_EQ(server.server.stats().connections_open, 1u);
}

TEST_F(Tls, CarriesLargeBodiesAndFiles) {
  TestServer server(Options());
  const std::string bytes = Pattern(5 << 20);
  char name[] = "/tmp/furrow_http_XXXXXX";
  const auto fd = std::make_shared<int>(::mkstemp(name));
  ::unlink(name);
  ASSERT_EQ(::write(*fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  server.handler.handle = [&](Request request, Responder respond) {
    Response response = Response::Text(200, std::move(request.body), "application/octet-stream");
    if (request.raw_path == "/file") response.file = {fd, 5, bytes.size() - 10};
    if (request.raw_path == "/stream")
      response.stream = [&bytes, n = 0](std::string& chunk) mutable {
        chunk = bytes;
        return ++n < 3;
      };
    respond(std::move(response));
  };
  Client client = Trusting();
  for (int i = 0; i < 2; ++i) {
    auto answer = client.Send({"POST", Url(server), {}, bytes});
    ASSERT_TRUE(answer.ok()) << answer.status().ToString();
    EXPECT_TRUE(answer->body == bytes);
    answer = client.Send({"GET", Url(server, "/file"), {}, ""});
    ASSERT_TRUE(answer.ok()) << answer.status().ToString();
    EXPECT_TRUE(answer->body == bytes.substr(5, bytes.size() - 10));
    answer = client.Send({"GET", Url(server, "/stream"), {}, ""});
    ASSERT_TRUE(answer.ok()) << answer.status().ToString();
    EXPECT_TRUE(answer->body == bytes + bytes + bytes);
  }
  ::close(*fd);
}

TEST_F(Tls, RefusalsReachTheClient) {
  ServerOptions options = Options();
  options.max_body_bytes = 1000;
  TestServer server(options);
  Client client = Trusting();
  for (int i = 0; i < 5; ++i) {
    const auto answer = client.Send({"POST", Url(server), {}, std::string(3000000, 'x')});
    ASSERT_TRUE(answer.ok()) << answer.status().ToString();
    EXPECT_EQ(answer->status, 413);
  }
}

TEST_F(Tls, AClientTrustsOnlyWhatItShould) {
  TestServer server(Options());
  {
    const Certificate other;
    ClientOptions options;
    options.ca_file = other.files.certificate;
    Client stranger(options);
    const auto answer = stranger.Send({"GET", Url(server), {}, ""});
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.status().code(), Code::kUnavailable);
    EXPECT_NE(answer.status().message().find("certificate"), std::string::npos)
        << answer.status().message();
  }
  {
    Client client = Trusting();  // the certificate names 127.0.0.1 only
    const auto answer =
        client.Send({"GET", "https://localhost:" + std::to_string(server.port) + "/", {}, ""});
    ASSERT_FALSE(answer.ok());
    EXPECT_NE(answer.status().message().find("mismatch"), std::string::npos)
        << answer.status().message();
  }
  EXPECT_EQ(server.handler.handled, 0);
}

TEST_F(Tls, PlainTextAndHalfHandshakesGoAway) {
  ServerOptions options = Options();
  options.header_timeout = std::chrono::seconds(1);
  TestServer server(options);
  RawClient plain(server.port);
  plain.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(plain.Read().status, 0);
  RawClient half(server.port);
  half.Send("\x16\x03\x01");
  EXPECT_TRUE(half.Closed());
  EXPECT_EQ(server.handler.handled, 0);
}

TEST_F(Tls, BadFilesAreNamed) {
  TestHandler handler;
  ServerOptions options = Options();
  options.tls.certificate = "/nonexistent/cert.pem";
  Server server(options);
  ASSERT_TRUE(server.Listen(0, {"127.0.0.1", 0}, handler).ok());
  const Status status = server.Start();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_NE(status.message().find("/nonexistent/cert.pem"), std::string::npos);
  const Certificate other;
  options = Options();
  options.tls.key = other.files.key;
  Server mixed(options);
  EXPECT_EQ(mixed.Start().code(), Code::kInvalidArgument);
}

TEST_F(Tls, DrainsWhileClientsAreConnected) {
  auto server = std::make_unique<TestServer>(Options());
  Client client = Trusting();
  ASSERT_TRUE(client.Send({"GET", Url(*server), {}, ""}).ok());
  server->server.Drain(std::chrono::seconds(30));
  EXPECT_EQ(server->server.stats().connections_open, 0u);
  EXPECT_FALSE(client.Send({"GET", Url(*server), {}, ""}).ok());
}

}  // namespace
}  // namespace furrow::http
