// SPDX-License-Identifier: Apache-2.0
// What a certificate file says, for whoever checks a configuration.
#pragma once

#include <string>

#include "base/status.h"
#include "base/time.h"

namespace furrow::http {

struct Certificate {
  std::string subject;  ///< its common name or first alternative name
  Micros begins = 0, ends = 0;
  bool self_signed = false;
};

/// The first certificate of a PEM file. Errors: kNotFound, kInvalidArgument.
Result<Certificate> ReadCertificate(const std::string& path);
/// OK when the PEM private key belongs to the certificate. Errors: kNotFound, kInvalidArgument,
/// kFailedPrecondition when it is another's.
Status CheckCertificateKey(const std::string& certificate_path, const std::string& key_path);

}  // namespace furrow::http
