// SPDX-License-Identifier: Apache-2.0
// A bundle's first 32 bytes, and errors by the words of docs/formats/bundle.md. Only for files of
// this module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "bundle/bundle.h"

namespace furrow::bundle {

constexpr size_t kHeaderBytes = 32, kSignatureBytes = 96, kSignaturesMax = 16;

struct Header {
  uint32_t manifest_bytes = 0, signatures = 0;
  uint64_t bytes = 0;

  /// Where the contents begin.
  uint64_t contents() const {
    return kHeaderBytes + uint64_t{manifest_bytes} + uint64_t{signatures} * kSignatureBytes;
  }
};

std::string HeaderText(const Header& header);

/// What `text`, the first bytes of something `size` long, says. Does not compare the length.
Result<Header> ParseHeader(std::string_view text);

/// Reads header, manifest and signatures. With `trusted` one of them must have signed. `whole`: the
/// source's length must be the header's.
Result<Bundle> ReadHeadOf(Source& source, const std::span<const PublicKey>* trusted, bool whole);

/// The bytes of a bundle up to its contents.
std::string HeadText(const Bundle& bundle);

Status Refused(Code code, std::string_view word, const std::string& detail);

/// Walks over a file's bytes and compares its SHA-256. `take` gets each piece.
Status CopyFile(Source& source, const File& file, uint64_t offset,
                const std::function<Status(std::string_view)>& take);

}  // namespace furrow::bundle
