// SPDX-License-Identifier: Apache-2.0
#include "device/agent/log_tail.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/crc32c.h"
#include "edge/record/block_codec.h"
#include "edge/record/segment_format.h"

namespace furrow::device {

Result<bool> LogTail::Read(uint64_t bytes_max,
                           const std::function<void(const edge::Record&)>& take) {
  uint64_t read = 0;
  while (!closed_) {
    const std::string path = folder_ + "/" + edge::SegmentName(segment_);
    std::error_code error;
    // Asked first: once the next segment is there, this one grows no more.
    const bool last =
        !std::filesystem::exists(folder_ + "/" + edge::SegmentName(segment_ + 1), error);
    std::ifstream file(path, std::ios::binary);
    if (!file) {
      if (last) return false;
      ++segment_;  // it was taken away
      offset_ = 0;
      continue;
    }
    if (offset_ == 0) offset_ = edge::kSegmentHeaderBytes;
    bool moved = false;
    while (!closed_) {
      if (read > bytes_max) return true;
      std::string head(edge::kBlockHeaderBytes, '\0');
      file.clear();
      file.seekg(static_cast<std::streamoff>(offset_));
      file.read(head.data(), static_cast<std::streamsize>(head.size()));
      if (file.gcount() < static_cast<std::streamsize>(head.size())) break;
      const auto block = edge::DecodeBlockHeader(head);
      if (!block) break;
      std::string body(block->length, '\0');
      file.read(body.data(), static_cast<std::streamsize>(body.size()));
      if (file.gcount() < static_cast<std::streamsize>(body.size())) break;
      offset_ += head.size() + body.size();
      read += head.size() + body.size();
      moved = true;
      if (Crc32c(0, body.data(), body.size()) != block->body_crc) {
        ++damaged_;
        continue;
      }
      edge::BlockDecoder decoder(body, block->base);
      while (!decoder.empty()) {
        const auto record = decoder.Next();
        if (!record.ok()) {
          ++damaged_;
          break;
        }
        if (std::holds_alternative<edge::EndRecord>(*record)) closed_ = true;
        take(*record);
      }
    }
    if (closed_ || (last && !moved)) return false;
    if (last) continue;  // perhaps more has come meanwhile
    const auto size = std::filesystem::file_size(path, error);
    if (!error && offset_ < size) ++damaged_;  // what cannot be understood ends the segment
    ++segment_;
    offset_ = 0;
  }
  return false;
}

}  // namespace furrow::device
