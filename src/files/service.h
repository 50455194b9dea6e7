// SPDX-License-Identifier: Apache-2.0
// The file server's protocol, as the official clients speak it: uploads as multipart/form-data
// whose field names are the destinations, downloads, deletion. Stands behind the files port at "/"
// and behind the web port at "/files".
//
// What users uploaded never runs in this origin: everything but a few image types is sent as an
// attachment, in a sandbox, its type not to be guessed.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "auth/authenticator.h"
#include "auth/identity.h"
#include "auth/origin.h"
#include "auth/rate_limiter.h"
#include "base/time.h"
#include "http/message.h"
#include "http/server.h"
#include "store/blobs/blobs.h"

namespace furrow::files {

/// Thread-safe.
class Service {
 public:
  /// All outlive it. `limits`: null for no bound on requests.
  Service(blobs::Store& blobs, auth::Authenticator& authenticator, const Clock& clock,
          auth::RequestLimits* limits = nullptr)
      : blobs_(blobs), authenticator_(authenticator), clock_(clock), limits_(limits) {}

  /// Origins of our own pages: they may read across ports, and change things with a cookie. Set
  /// before requests come.
  void SetAllowedOrigins(auth::AllowedOrigins origins) { origins_ = std::move(origins); }

  /// As http::Handler's. `path`: what remains of the request's path, still encoded, once the place
  /// where this service is mounted is taken away; "" and "/" are its root.
  std::unique_ptr<http::BodySink> Accept(const http::RequestHead& head, std::string_view path);
  void Handle(http::Request request, std::string_view path, http::Responder respond);

 private:
  /// Who asks; which files that is good for, auth::MayUseFile says.
  Result<auth::Identity> Admit(const http::RequestHead& head, auth::FileUse use) const;
  http::Response Answer(const http::Request& request, std::string_view path);
  http::Response Root(const http::RequestHead& head);
  http::Response Download(const http::RequestHead& head, const auth::Identity& caller,
                          std::string_view path);
  http::Response Delete(std::string_view path);
  http::Response DeleteMany(const http::Request& request);
  void AddOriginFields(const http::RequestHead& head, http::Response& response) const;

  blobs::Store& blobs_;
  auth::Authenticator& authenticator_;
  const Clock& clock_;
  auth::RequestLimits* const limits_;
  auth::AllowedOrigins origins_;
};

}  // namespace furrow::files
