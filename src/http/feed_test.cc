// SPDX-License-Identifier: Apache-2.0
// Answers that are pushed: what arrives, and that neither side can hold the other up.
#include "http/feed.h"

#include <thread>

#include <gtest/gtest.h>

#include "http/test_support.h"

namespace furrow::http {
namespace {

using namespace std::chrono_literals;
using test::Eventually;
using test::RawAnswer;
using test::RawClient;
using test::TestServer;

constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/// A server whose every answer is `feed`, made anew for each request.
struct FeedServer {
  explicit FeedServer(size_t bytes_max = Feed::kBytesMax) {
    server.handler.handle = [this, bytes_max](Request, Responder respond) {
      auto made = std::make_shared<Feed>(bytes_max);
      Response response = Response::Text(200, "", "text/event-stream");
      response.feed = Feed::ForReader(made);
      respond(std::move(response));
      std::lock_guard lock(mutex);
      feed = std::move(made);
    };
  }
  std::shared_ptr<Feed> Get() {
    std::shared_ptr<Feed> out;
    EXPECT_TRUE(Eventually([&] {
      std::lock_guard lock(mutex);
      out = std::exchange(feed, nullptr);
      return out != nullptr;
    }));
    return out;
  }
  std::mutex mutex;
  std::shared_ptr<Feed> feed;
  TestServer server;
};

TEST(Feed, WhatIsPushedArrivesAndTheConnectionIsUsedAgain) {
  FeedServer host;
  RawClient client(host.server.port);
  for (int round = 0; round < 2; ++round) {
    client.Send(kGet);
    const auto feed = host.Get();
    std::string wanted;
    for (int i = 0; i < 50; ++i) {
      const std::string text = "data: " + std::to_string(i) + "\n\n";
      wanted += text;
      EXPECT_TRUE(feed->Push(text));
      if (i % 10 == 0) std::this_thread::sleep_for(2ms);
    }
    feed->End();
    EXPECT_FALSE(feed->Push("late"));
    const RawAnswer answer = client.Read();
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.whole);
    EXPECT_EQ(answer.body, wanted);
    EXPECT_EQ(answer.Field("Content-Encoding"), "");
  }
}

TEST(Feed, AClientThatGoesIsNoticedWithoutAPush) {
  FeedServer host;
  std::shared_ptr<Feed> feed;
  {
    RawClient client(host.server.port);
    client.Send(kGet);
    feed = host.Get();
    EXPECT_TRUE(feed->Push("x"));
    EXPECT_TRUE(feed->open());
  }
  EXPECT_TRUE(Eventually([&] { return !feed->open(); }));
  EXPECT_FALSE(feed->Push("y"));
}

TEST(Feed, AClientThatSpeaksInBetweenIsLetGo) {
  FeedServer host;
  RawClient client(host.server.port);
  client.Send(kGet);
  const auto feed = host.Get();
  EXPECT_TRUE(feed->Push("x"));
  client.Send(kGet);
  EXPECT_TRUE(Eventually([&] { return !feed->open(); }));
}

TEST(Feed, AListenerThatFallsBehindIsLetGoAndSeesTheBreak) {
  FeedServer host(64 * 1024);
  RawClient client(host.server.port, "127.0.0.1", 4096);
  client.Send(kGet);
  const auto feed = host.Get();
  const std::string block(16 * 1024, 'x');
  bool held = true;
  for (int i = 0; held && i < 10'000; ++i) held = feed->Push(block);
  EXPECT_FALSE(held);
  const RawAnswer answer = client.Read();
  EXPECT_FALSE(answer.whole);
}

TEST(Feed, ASleepingListenerDoesNotHoldUpTheEnd) {
  FeedServer host;
  RawClient client(host.server.port);
  client.Send(kGet);
  const auto feed = host.Get();
  const auto start = std::chrono::steady_clock::now();
  host.server.server.Drain(60s);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
  EXPECT_FALSE(feed->open());
}

TEST(Feed, AnAnswerThatNobodyReadsIsGone) {
  FeedServer host;
  RawClient client(host.server.port);
  client.Send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.Read(true).status, 200);
  const auto feed = host.Get();
  EXPECT_TRUE(Eventually([&] { return !feed->open(); }));
}

TEST(Feed, ManyThreadsPushToManyListeners) {
  FeedServer host;
  std::vector<std::unique_ptr<RawClient>> clients;
  std::vector<std::shared_ptr<Feed>> feeds;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::make_unique<RawClient>(host.server.port));
    clients.back()->Send(kGet);
    feeds.push_back(host.Get());
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        for (const auto& feed : feeds) feed->Push("0123456789");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& feed : feeds) feed->End();
  for (const auto& client : clients) EXPECT_EQ(client->Read().body.size(), 4u * 200 * 10);
}

}  // namespace
}  // namespace furrow::http
