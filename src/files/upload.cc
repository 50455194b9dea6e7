// SPDX-License-Identifier: Apache-2.0
#include "files/upload.h"

#include "files/failure.h"
#include "json/text.h"

namespace furrow::files {

Status RefusedUpload::Write(std::string_view) {
  return Status(Code::kPermissionDenied, "this upload was refused");
}

Upload::Upload(blobs::Store& store, std::string_view boundary,
               std::function<Status(const blobs::Path&)> may_write,
               std::function<void(http::Response&)> finish_answer)
    : store_(store),
      parser_(boundary, *this),
      may_write_(std::move(may_write)),
      finish_answer_(std::move(finish_answer)) {}

Status Upload::Write(std::string_view chunk) { return ForTransport(parser_.Push(chunk)); }

Status Upload::OnPart(const PartHead& head) {
  // A plain field, or a file input that was left empty, is no upload.
  if (!head.has_filename || head.filename.empty()) return {};
  FURROW_ASSIGN(const blobs::Path path, blobs::Path::Parse(head.name));
  FURROW_TRY(may_write_(path));
  FURROW_ASSIGN(writer_, store_.Create(path));
  path_ = path.text();
  return {};
}

Status Upload::OnData(std::string_view data) { return writer_ ? writer_->Append(data) : Status(); }

Status Upload::OnPartEnd() {
  if (!writer_) return {};
  FURROW_TRY(writer_->Seal());
  sealed_.push_back(std::move(writer_));
  paths_.push_back(std::move(path_));
  return {};
}

http::Response Upload::Commit() {
  if (Status status = parser_.Finish(); !status.ok()) return FailureResponse(status);
  if (sealed_.empty()) {
    return FailureResponse(Status(Code::kInvalidArgument, "no file in this upload"));
  }
  for (const auto& writer : sealed_) {
    if (const auto info = writer->Commit(); !info.ok()) return FailureResponse(info.status());
  }
  return http::Response::Json(200, json::Write(std::move(paths_)));
}

void Upload::Finish(http::Responder respond) {
  http::Response response = Commit();
  finish_answer_(response);
  respond(std::move(response));
}

}  // namespace furrow::files
