// SPDX-License-Identifier: Apache-2.0
// One upload request: its parts go to disk as they arrive and appear together once all are there.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "files/multipart.h"
#include "http/server.h"
#include "json/value.h"
#include "store/blobs/blobs.h"

namespace furrow::files {

/// A body that is not taken: the answer is ready before a byte of it is read.
class RefusedUpload final : public http::BodySink {
 public:
  explicit RefusedUpload(http::Response answer) : answer_(std::move(answer)) {}
  std::optional<http::Response> Refusal() override { return answer_; }
  Status Write(std::string_view) override;
  void Finish(http::Responder respond) override { respond(answer_); }

 private:
  http::Response answer_;
};

/// Answers ["<path>", ...]. Destroyed before Finish it leaves nothing.
class Upload final : public http::BodySink, private PartEvents {
 public:
  /// `may_write` says whether a file may go to a path. `finish_answer` may add header fields to the
  /// answer. `store` outlives the upload.
  Upload(blobs::Store& store, std::string_view boundary,
         std::function<Status(const blobs::Path&)> may_write,
         std::function<void(http::Response&)> finish_answer);

  Status Write(std::string_view chunk) override;
  void Finish(http::Responder respond) override;

 private:
  Status OnPart(const PartHead& head) override;
  Status OnData(std::string_view data) override;
  Status OnPartEnd() override;
  http::Response Commit();

  blobs::Store& store_;
  MultipartParser parser_;
  const std::function<Status(const blobs::Path&)> may_write_;
  const std::function<void(http::Response&)> finish_answer_;
  std::unique_ptr<blobs::Writer> writer_;  ///< of the part that arrives; null for a plain field
  std::string path_;
  std::vector<std::unique_ptr<blobs::Writer>> sealed_;
  json::Array paths_;
};

}  // namespace furrow::files
