// SPDX-License-Identifier: Apache-2.0
#include "store/events/values.h"

#include "store/events/bytes.h"
#include "store/events/seal.h"

namespace furrow::events {
namespace {

constexpr uint8_t kVersion = 1;

// Checks seal and version, and leaves a reader at the rest.
Result<Reader> Open(std::string_view value, const char* what) {
  const auto body = Unseal(value);
  if (!body) {
    return Status(Code::kCorruption, std::string(what) + ": its checksum does not match");
  }
  Reader in(*body);
  if (const uint8_t version = in.U8(); version != kVersion) {
    return Status(Code::kCorruption, std::string(what) + ": version " + std::to_string(version) +
                                         " is unknown to this program");
  }
  return in;
}

Status Malformed(const char* what) {
  return {Code::kCorruption, std::string(what) + ": its length"};
}

}  // namespace

std::string EncodeLine(const LogLine& line) {
  std::string value;
  value.reserve(line.text.size() + line.worker.size() + line.level.size() + 12);
  PutU8(value, kVersion);
  PutString(value, line.level);
  PutString(value, line.worker);
  PutString(value, line.text);
  Seal(value);
  return value;
}

Result<StoredLog> DecodeLine(std::string_view value) {
  FURROW_ASSIGN(Reader in, Open(value, "a log line"));
  StoredLog line{};
  line.level = in.String();
  line.worker = in.String();
  line.text = in.String();
  if (!in.done()) return Malformed("a log line");
  return line;
}

std::string EncodeRich(const Rich& event) {
  std::string value;
  value.reserve(event.json.size() + 24);
  PutU8(value, kVersion);
  PutSigned(value, event.time_ms);
  PutString(value, event.json);
  Seal(value);
  return value;
}

Result<StoredRich> DecodeRich(std::string_view value) {
  FURROW_ASSIGN(Reader in, Open(value, "a plot, image or vector"));
  StoredRich event{};
  event.time_ms = in.Signed();
  event.json = in.String();
  if (!in.done()) return Malformed("a plot, image or vector");
  return event;
}

std::string EncodeNumber(uint64_t number) {
  std::string value;
  PutU8(value, kVersion);
  PutVarint(value, number);
  Seal(value);
  return value;
}

Result<uint64_t> DecodeNumber(std::string_view value) {
  FURROW_ASSIGN(Reader in, Open(value, "a mark of the event store"));
  const uint64_t number = in.Varint();
  if (!in.done()) return Malformed("a mark of the event store");
  return number;
}

}  // namespace furrow::events
