// SPDX-License-Identifier: Apache-2.0
// The running server's side of DIR/admin.sock: what its owner asks for on the command line happens
// in the process that holds the store, and so holds at once.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "admin/socket.h"
#include "auth/directory.h"
#include "base/status.h"
#include "json/value.h"
#include "store/blobs/blobs.h"
#include "store/kv/engine.h"

namespace furrow::admin {

class SocketServer {
 public:
  /// Opens the socket with mode 0600, over one that a killed server left, and serves it on a thread
  /// of its own. `dir` is a data directory whose store this process holds. Only processes of the
  /// same user, or root, are heard. `directory`, `engine` and `files` outlive the server.
  static Result<std::unique_ptr<SocketServer>> Start(const std::string& dir,
                                                     auth::Directory& directory,
                                                     store::Engine& engine,
                                                     const blobs::Store& files);
  /// Stops and removes the socket.
  ~SocketServer();

 private:
  SocketServer(std::string dir, auth::Directory& directory, store::Engine& engine,
               const blobs::Store& files, SocketFd listener, SocketFd stop);
  void Loop();
  json::Value Answer(const json::Value& request);
  void Serve(SocketFd client);
  void BeginSnapshot(SocketFd client);

  const std::string dir_;
  auth::Directory& directory_;
  store::Engine& engine_;
  const blobs::Store& files_;
  bool snapshot_ = false;  ///< one was asked for and may still be there
  std::atomic<bool> making_ = false;
  std::thread maker_;  ///< of a snapshot: links as many files as there are, while others are served
  const SocketFd listener_;
  const SocketFd stop_;
  std::thread thread_;
};

}  // namespace furrow::admin
