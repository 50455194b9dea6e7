// SPDX-License-Identifier: Apache-2.0
#include "http/gzip.h"

#include <thread>

#include <gtest/gtest.h>
#include <zlib.h>

#include "http/test_support.h"

namespace furrow::http {
namespace {

using test::Pattern;
using test::RawAnswer;
using test::RawClient;
using test::TestServer;

std::string Gunzip(const std::string& packed) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string out(64 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0u);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

TEST(Gzip, RoundTripsAgainAndAgain) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{1000}, size_t{100000}, size_t{5000000}}) {
    const std::string text(size, 'x');
    EXPECT_EQ(Gunzip(Gzip(text)), text);
    const std::string noise = Pattern(size);
    EXPECT_EQ(Gunzip(Gzip(noise)), noise);
  }
}

TEST(Gzip, IsForLargeTextOnly) {
  const std::string large(2000, 'a');
  EXPECT_TRUE(WantsGzip(Response::Json(200, large)));
  EXPECT_TRUE(WantsGzip(Response::Text(200, large)));
  EXPECT_FALSE(WantsGzip(Response::Json(200, std::string(kGzipBytesMin, 'a'))));
  EXPECT_FALSE(WantsGzip(Response::Text(200, large, "image/png")));
  EXPECT_FALSE(WantsGzip(Response::Text(200, large, "application/octet-stream")));
  Response encoded = Response::Json(200, large);
  encoded.headers.Add("content-encoding", "br");
  EXPECT_FALSE(WantsGzip(encoded));
  Response file = Response::Json(200, large);
  file.file.fd = std::make_shared<int>(-1);
  EXPECT_FALSE(WantsGzip(file));
}

TEST(Gzip, AnswersWhoAsksForIt) {
  TestServer server;
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "{\"line\": " + std::to_string(i) + "}";
  std::thread stranger;
  server.handler.handle = [&](Request request, Responder respond) {
    if (request.raw_path == "/noise") return respond(Response::Json(200, Pattern(5000)));
    if (request.raw_path == "/short") return respond(Response::Json(200, "{}"));
    if (request.raw_path != "/elsewhere") return respond(Response::Json(200, text));
    stranger = std::thread([&text, respond] { respond(Response::Json(200, text)); });
  };
  RawClient client(server.port);
  const auto ask = [&](const std::string& line, const std::string& fields) {
    return client.Ask(line + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
  };
  RawAnswer answer = ask("GET /", "Accept-Encoding: gzip, deflate\r\n");
  EXPECT_EQ(answer.Field("Content-Encoding"), "gzip");
  EXPECT_EQ(answer.Field("Vary"), "Accept-Encoding");
  EXPECT_EQ(answer.Field("Content-Length"), std::to_string(answer.body.size()));
  EXPECT_LT(answer.body.size(), text.size() / 4);
  EXPECT_EQ(Gunzip(answer.body), text);

  answer = ask("GET /elsewhere", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(Gunzip(answer.body), text);
  stranger.join();

  answer = ask("GET /", "");
  EXPECT_EQ(answer.Field("Content-Encoding"), "");
  EXPECT_EQ(answer.Field("Vary"), "Accept-Encoding");
  EXPECT_EQ(answer.body, text);

  answer = ask("GET /noise", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(answer.Field("Content-Encoding"), "");
  EXPECT_EQ(answer.body, Pattern(5000));

  answer = ask("GET /short", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(answer.Field("Content-Encoding"), "");
  EXPECT_EQ(answer.body, "{}");

  client.Send("HEAD / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
  answer = client.Read(true);
  EXPECT_EQ(answer.Field("Content-Length"), std::to_string(text.size()));
  EXPECT_EQ(answer.Field("Content-Encoding"), "");
}

}  // namespace
}  // namespace furrow::http
