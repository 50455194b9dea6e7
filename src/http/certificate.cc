// SPDX-License-Identifier: Apache-2.0
#include "http/certificate.h"

#include <cstdio>
#include <ctime>
#include <memory>

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace furrow::http {
namespace {

struct Free {
  void operator()(std::FILE* file) const { std::fclose(file); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

// A key with a password is an error, not a question on the terminal.
int NoPassword(char*, int, int, void*) { return 0; }

Result<std::unique_ptr<std::FILE, Free>> OpenFile(const std::string& path) {
  std::unique_ptr<std::FILE, Free> file(std::fopen(path.c_str(), "re"));
  if (!file) return Status(Code::kNotFound, path + " cannot be read");
  return file;
}

Result<std::unique_ptr<X509, Free>> ReadX509(const std::string& path) {
  FURROW_ASSIGN(const auto file, OpenFile(path));
  std::unique_ptr<X509, Free> out(PEM_read_X509(file.get(), nullptr, NoPassword, nullptr));
  if (!out) return Status(Code::kInvalidArgument, path + " holds no certificate in PEM form");
  return out;
}

Micros Time(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return 0;
  return static_cast<Micros>(::timegm(&parts)) * 1'000'000;
}

std::string Subject(X509* certificate) {
  char name[256] = "";
  X509_NAME* subject = X509_get_subject_name(certificate);
  if (X509_NAME_get_text_by_NID(subject, NID_commonName, name, sizeof(name)) > 0) return name;
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  std::string out;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names) && out.empty(); ++i) {
    const GENERAL_NAME* one = sk_GENERAL_NAME_value(names, i);
    if (one->type != GEN_DNS) continue;
    out.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(one->d.dNSName)),
               static_cast<size_t>(ASN1_STRING_length(one->d.dNSName)));
  }
  GENERAL_NAMES_free(names);
  return out;
}

}  // namespace

Result<Certificate> ReadCertificate(const std::string& path) {
  FURROW_ASSIGN(const auto certificate, ReadX509(path));
  Certificate out;
  out.subject = Subject(certificate.get());
  out.begins = Time(X509_get0_notBefore(certificate.get()));
  out.ends = Time(X509_get0_notAfter(certificate.get()));
  out.self_signed = X509_NAME_cmp(X509_get_subject_name(certificate.get()),
                                  X509_get_issuer_name(certificate.get())) == 0;
  return out;
}

Status CheckCertificateKey(const std::string& certificate_path, const std::string& key_path) {
  FURROW_ASSIGN(const auto certificate, ReadX509(certificate_path));
  FURROW_ASSIGN(const auto file, OpenFile(key_path));
  const std::unique_ptr<EVP_PKEY, Free> key(
      PEM_read_PrivateKey(file.get(), nullptr, NoPassword, nullptr));
  if (!key) {
    return Status(Code::kInvalidArgument,
                  key_path + " holds no private key in PEM form without a password");
  }
  if (X509_check_private_key(certificate.get(), key.get()) == 1) return {};
  return Status(Code::kFailedPrecondition,
                key_path + " is not the key of the certificate in " + certificate_path);
}

}  // namespace furrow::http
