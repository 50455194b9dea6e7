// SPDX-License-Identifier: Apache-2.0
#include "edge/pose/nmea.h"

#include <array>
#include <string>

namespace furrow::edge {
namespace {

constexpr int64_t kBillion = 1'000'000'000;
constexpr size_t kFieldsMax = 24;

Status Malformed(const std::string& what) {
  return Status(Code::kInvalidArgument, "NMEA sentence: " + what);
}

Status WrongField(int field, const char* what) {
  return Malformed("field " + std::to_string(field) + " is not " + what);
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// A decimal number without sign in billionths; digits beyond are dropped. At most nine digits
/// stand before the point.
bool Billionths(std::string_view text, int64_t& value) {
  size_t at = 0;
  int64_t whole = 0, part = 0;
  for (; at < text.size() && IsDigit(text[at]); ++at) {
    if (at == 9) return false;  // and nothing overflows
    whole = whole * 10 + (text[at] - '0');
  }
  if (at == 0) return false;
  int64_t unit = kBillion / 10;
  if (at < text.size()) {
    if (text[at] != '.') return false;
    for (++at; at < text.size(); ++at) {
      if (!IsDigit(text[at])) return false;
      part += (text[at] - '0') * unit;
      unit /= 10;
    }
  }
  value = whole * kBillion + part;
  return true;
}

/// The fields of one sentence, asked by number.
class Fields {
 public:
  /// False when there are more than a sentence can have.
  bool Split(std::string_view body) {
    while (true) {
      if (count_ == kFieldsMax) return false;
      const size_t comma = body.find(',');
      fields_[count_++] = body.substr(0, comma);
      if (comma == std::string_view::npos) return true;
      body.remove_prefix(comma + 1);
    }
  }
  /// Field 0 is the address; empty when there are fewer.
  std::string_view operator[](size_t number) const {
    return number < count_ ? fields_[number] : std::string_view{};
  }

 private:
  std::array<std::string_view, kFieldsMax> fields_;
  size_t count_ = 0;
};

/// hhmmss.sss
Status TakeTime(const Fields& fields, int number, std::optional<Nanos>& out) {
  const std::string_view text = fields[number];
  if (text.empty()) return {};
  int64_t value = 0;
  if (text.size() < 6 || !Billionths(text, value)) return WrongField(number, "a time");
  const int64_t whole = value / kBillion;
  const int64_t hour = whole / 10'000, minute = whole / 100 % 100, second = whole % 100;
  // A leap second is number 60.
  if (hour > 23 || minute > 59 || second > 60) return WrongField(number, "a time");
  out = (hour * 3600 + minute * 60 + second) * kSecond + value % kBillion;
  return {};
}

/// Degrees and minutes in one number, with the letter of its half in the next field.
Status TakeAngle(const Fields& fields, int number, const char* halves, int64_t degrees_max,
                 bool& there, NanoDegrees& out) {
  const std::string_view text = fields[number], half = fields[number + 1];
  there = !text.empty();
  if (!there) return {};
  int64_t value = 0;
  if (!Billionths(text, value)) return WrongField(number, "an angle");
  const int64_t degrees = value / kBillion / 100;
  const int64_t minutes = value - degrees * 100 * kBillion;
  if (minutes >= 60 * kBillion) return WrongField(number, "an angle");
  out = degrees * kBillion + minutes / 60;
  if (out > degrees_max * kBillion) return WrongField(number, "an angle");
  if (half.size() != 1 || (half[0] != halves[0] && half[0] != halves[1])) {
    return WrongField(number + 1, "the letter of a half of the earth");
  }
  if (half[0] == halves[1]) out = -out;
  return {};
}

Status TakePlace(const Fields& fields, int number, std::optional<NmeaPlace>& out) {
  NmeaPlace place;
  bool north = false, east = false;
  FURROW_TRY(TakeAngle(fields, number, "NS", 90, north, place.latitude));
  FURROW_TRY(TakeAngle(fields, number + 2, "EW", 180, east, place.longitude));
  if (north != east) return WrongField(number + 2, "there, as its other half is");
  if (north) out = place;
  return {};
}

/// Degrees clockwise from north.
Status TakeCourse(const Fields& fields, int number, std::optional<NanoDegrees>& out) {
  if (fields[number].empty()) return {};
  int64_t value = 0;
  if (!Billionths(fields[number], value) || value > 360 * kBillion) {
    return WrongField(number, "a course");
  }
  out = value;
  return {};
}

/// In units of so many millimetres an hour.
Status TakeSpeed(const Fields& fields, int number, int64_t millimetres,
                 std::optional<MicronsPerSecond>& out) {
  if (fields[number].empty()) return {};
  int64_t value = 0;
  // No receiver that this is for is faster than a bullet.
  if (!Billionths(fields[number], value) || value > 10'000 * kBillion) {
    return WrongField(number, "a speed");
  }
  out = static_cast<int64_t>(static_cast<__int128>(value) * millimetres / int64_t{3'600'000'000});
  return {};
}

constexpr int64_t kKnot = 1'852'000, kKilometre = 1'000'000;  // in millimetres

Result<NmeaSentence> TakeRmc(const Fields& fields) {
  NmeaRmc rmc;
  FURROW_TRY(TakeTime(fields, 1, rmc.utc));
  if (fields[2] != "A" && fields[2] != "V") return WrongField(2, "A or V");
  rmc.valid = fields[2] == "A";
  FURROW_TRY(TakePlace(fields, 3, rmc.place));
  FURROW_TRY(TakeSpeed(fields, 7, kKnot, rmc.speed));
  FURROW_TRY(TakeCourse(fields, 8, rmc.course));
  return NmeaSentence(rmc);
}

Result<NmeaSentence> TakeGga(const Fields& fields) {
  // 3 is the military's precise service, 6 dead reckoning, 7 typed in, 8 simulated.
  constexpr FixQuality kQualities[] = {
      FixQuality::kNone,   FixQuality::kSingle, FixQuality::kDifferential,
      FixQuality::kSingle, FixQuality::kFixed,  FixQuality::kFloat,
      FixQuality::kNone,   FixQuality::kNone,   FixQuality::kNone};
  NmeaGga gga;
  FURROW_TRY(TakeTime(fields, 1, gga.utc));
  FURROW_TRY(TakePlace(fields, 2, gga.place));
  const std::string_view quality = fields[6], count = fields[7];
  if (quality.size() != 1 || quality[0] < '0' || quality[0] > '8') {
    return WrongField(6, "the digit of a quality");
  }
  gga.quality = kQualities[quality[0] - '0'];
  int64_t satellites = 0;
  if (!count.empty() && (!Billionths(count, satellites) || satellites > 999 * kBillion)) {
    return WrongField(7, "a number of satellites");
  }
  gga.satellites = static_cast<int>(satellites / kBillion);
  return NmeaSentence(gga);
}

Result<NmeaSentence> TakeVtg(const Fields& fields) {
  NmeaVtg vtg;
  FURROW_TRY(TakeCourse(fields, 1, vtg.course));
  FURROW_TRY(TakeSpeed(fields, 5, kKnot, vtg.speed));
  if (!vtg.speed) FURROW_TRY(TakeSpeed(fields, 7, kKilometre, vtg.speed));
  return NmeaSentence(vtg);
}

Result<NmeaSentence> TakeHdt(const Fields& fields) {
  NmeaHdt hdt;
  FURROW_TRY(TakeCourse(fields, 1, hdt.heading));
  return NmeaSentence(hdt);
}

constexpr struct {
  std::string_view name;
  Result<NmeaSentence> (*take)(const Fields&);
} kKinds[] = {{"RMC", TakeRmc}, {"GGA", TakeGga}, {"VTG", TakeVtg}, {"HDT", TakeHdt}};

}  // namespace

Result<NmeaSentence> ParseNmea(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (line.size() > kNmeaLengthMax) return Malformed("it is longer than 128 characters");
  if (line.empty() || line[0] != '$') return Malformed("it does not begin with $");
  const size_t star = line.size() < 4 ? 0 : line.size() - 3;
  if (star == 0 || line[star] != '*') return Malformed("it does not end in * and a checksum");
  unsigned sum = 0;
  for (const char c : line.substr(1, star - 1)) {
    if (c < ' ' || c > '~' || c == '$' || c == '*')
      return Malformed("it holds a character that cannot be");
    sum ^= static_cast<unsigned char>(c);
  }
  const int high = HexDigit(line[star + 1]), low = HexDigit(line[star + 2]);
  if (high < 0 || low < 0) return Malformed("its checksum is no hexadecimal number");
  if (sum != static_cast<unsigned>(high * 16 + low)) return Malformed("its checksum is wrong");
  Fields fields;
  if (!fields.Split(line.substr(1, star - 1))) return Malformed("it has too many fields");
  const std::string_view address = fields[0];
  // Two letters for the talker, three for the kind; makers' own begin with P.
  if (address.size() != 5 || address[0] == 'P') return NmeaSentence();
  for (const auto& kind : kKinds) {
    if (address.substr(2) == kind.name) return kind.take(fields);
  }
  return NmeaSentence();
}

}  // namespace furrow::edge
