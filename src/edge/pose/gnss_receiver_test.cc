// SPDX-License-Identifier: Apache-2.0
#include "edge/pose/gnss_receiver.h"

#include <cmath>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

std::string Line(const std::string& body) {
  unsigned sum = 0;
  for (const char c : body) sum ^= static_cast<unsigned char>(c);
  return fmt::format("${}*{:02X}\r\n", body, sum);
}

std::string ErrorOf(const std::string& line) {
  const auto sentence = ParseNmea(line);
  EXPECT_FALSE(sentence.ok()) << line;
  return sentence.ok() ? "" : sentence.status().message();
}

TEST(Nmea, ReadsTheFourKinds) {
  // As they stand in the literature.
  const auto gga = ParseNmea("$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47");
  ASSERT_TRUE(gga.ok());
  EXPECT_EQ(std::get<NmeaGga>(*gga),
            (NmeaGga{45'319 * kSecond, NmeaPlace{48'117'300'000, 11'516'666'666},
                     FixQuality::kSingle, 8}));
  const auto rmc =
      ParseNmea("$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n");
  ASSERT_TRUE(rmc.ok());
  EXPECT_EQ(std::get<NmeaRmc>(*rmc),
            (NmeaRmc{45'319 * kSecond, true, NmeaPlace{48'117'300'000, 11'516'666'666}, 11'523'555,
                     84'400'000'000}));
  const auto vtg = ParseNmea("$GPVTG,054.7,T,034.4,M,005.5,N,010.2,K*48");
  ASSERT_TRUE(vtg.ok());
  EXPECT_EQ(std::get<NmeaVtg>(*vtg), (NmeaVtg{54'700'000'000, 2'829'444}));
  const auto hdt = ParseNmea(Line("GNHDT,274.07,T"));
  ASSERT_TRUE(hdt.ok());
  EXPECT_EQ(std::get<NmeaHdt>(*hdt), (NmeaHdt{274'070'000'000}));
}

TEST(Nmea, SouthAndWestAreNegativeAndEmptyFieldsAbsent) {
  const auto rmc = ParseNmea(Line("GNRMC,235959.90,V,3352.1,S,15112.6,W,,,,,,N"));
  ASSERT_TRUE(rmc.ok());
  const auto& one = std::get<NmeaRmc>(*rmc);
  EXPECT_EQ(one.place, (NmeaPlace{-33'868'333'333, -151'210'000'000}));
  EXPECT_EQ(one.utc, 86'399 * kSecond + 900 * kMillisecond);
  EXPECT_FALSE(one.valid || one.speed || one.course);
  const auto kmh = ParseNmea(Line("GPVTG,,T,,M,,N,36,K"));
  EXPECT_EQ(std::get<NmeaVtg>(*kmh), (NmeaVtg{std::nullopt, 10'000'000}));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(*ParseNmea(Line("GPGSV,1,1,00"))));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(*ParseNmea(Line("PGRME,1,M"))));
}

TEST(Nmea, SaysWhatIsWrong) {
  const std::string good = "$GPVTG,054.7,T,034.4,M,005.5,N,010.2,K*48";
  for (size_t i = 1; i < good.size() - 3; ++i) {
    std::string bad = good;
    bad[i] = bad[i] == '1' ? '2' : '1';
    EXPECT_EQ(ErrorOf(bad), "NMEA sentence: its checksum is wrong");
  }
  EXPECT_EQ(ErrorOf(""), "NMEA sentence: it does not begin with $");
  EXPECT_EQ(ErrorOf("$GPVTG,054.7"), "NMEA sentence: it does not end in * and a checksum");
  EXPECT_EQ(ErrorOf("$GPVTG*G0"), "NMEA sentence: its checksum is no hexadecimal number");
  EXPECT_EQ(ErrorOf("$GP\x01TG*00"), "NMEA sentence: it holds a character that cannot be");
  EXPECT_EQ(ErrorOf("$" + std::string(130, 'A') + "*00"),
            "NMEA sentence: it is longer than 128 characters");
  EXPECT_EQ(ErrorOf(Line(std::string(30, ','))), "NMEA sentence: it has too many fields");
  EXPECT_EQ(ErrorOf(Line("GPRMC,246000,A")), "NMEA sentence: field 1 is not a time");
  EXPECT_EQ(ErrorOf(Line("GPRMC,120000,B")), "NMEA sentence: field 2 is not A or V");
  EXPECT_EQ(ErrorOf(Line("GPRMC,120000,A,4860.0,N,01131.0,E")),
            "NMEA sentence: field 3 is not an angle");
  EXPECT_EQ(ErrorOf(Line("GPRMC,120000,A,9000.1,N,01131.0,E")),
            "NMEA sentence: field 3 is not an angle");
  EXPECT_EQ(ErrorOf(Line("GPRMC,120000,A,4800.0,X,01131.0,E")),
            "NMEA sentence: field 4 is not the letter of a half of the earth");
  EXPECT_EQ(ErrorOf(Line("GPRMC,120000,A,4800.0,N,,")),
            "NMEA sentence: field 5 is not there, as its other half is");
  EXPECT_EQ(ErrorOf(Line("GPRMC,120000,A,4800.0,N,01131.0,E,1x,2")),
            "NMEA sentence: field 7 is not a speed");
  EXPECT_EQ(ErrorOf(Line("GPRMC,120000,A,4800.0,N,01131.0,E,1,361")),
            "NMEA sentence: field 8 is not a course");
  EXPECT_EQ(ErrorOf(Line("GPGGA,120000,4800.0,N,01131.0,E,9")),
            "NMEA sentence: field 6 is not the digit of a quality");
  EXPECT_EQ(ErrorOf(Line("GPGGA,120000,4800.0,N,01131.0,E,1,-5")),
            "NMEA sentence: field 7 is not a number of satellites");
}

/// Fixes of a receiver that drives to the north-east at 6 m/s and speaks ten times a second.
struct Feed {
  GnssReceiver receiver{{}};
  std::vector<GnssFix> fixes;

  void Epoch(int tenth, Nanos arrival, const char* quality = "4", int64_t day = 0) {
    const int64_t second = (day + tenth / 10) % 86'400;
    const std::string utc = fmt::format("{:02}{:02}{:02}.{}0", second / 3600, second / 60 % 60,
                                        second % 60, tenth % 10);
    const double along = tenth * 0.6 / 1.4142135623730951;
    const std::string place =
        fmt::format("48{:011.8f},N,011{:011.8f},E", 30 + along / 1853.37, 30 + along / 1232.15);
    receiver.Take(Line("GNRMC," + utc + ",A," + place + ",11.663,45.0,010126,,,R"), arrival, fixes);
    if (quality != nullptr) {
      receiver.Take(Line("GNGGA," + utc + "," + place + "," + quality + ",14,0.7,500,M,46,M,,"),
                    arrival + 2 * kMillisecond, fixes);
    }
  }
};

TEST(GnssReceiver, MakesFixesOnAPlane) {
  Feed feed;
  for (int i = 0; i < 50; ++i) feed.Epoch(i, 5 * kSecond + i * 100 * kMillisecond);
  ASSERT_EQ(feed.fixes.size(), 50u);
  const GnssFix &first = feed.fixes.front(), &last = feed.fixes.back();
  EXPECT_EQ(first.x, 0);
  EXPECT_EQ(first.y, 0);
  EXPECT_EQ(last.quality, FixQuality::kFixed);
  EXPECT_NEAR(FromMillionths(last.v), 6.0, 0.001);
  EXPECT_NEAR(FromMillionths(last.x), 49 * 0.6 / std::sqrt(2), 0.03);
  EXPECT_NEAR(FromMillionths(last.y), -49 * 0.6 / std::sqrt(2), 0.03);  // east is to the right
  EXPECT_NEAR(FromBillionths(last.course), -0.785398, 1e-5);
  EXPECT_EQ(last.arrival - last.t, 62 * kMillisecond);
  EXPECT_EQ(last.t - first.t, 4'900 * kMillisecond);
}

TEST(GnssReceiver, JitterOfTheLineDoesNotReachTheTime) {
  Feed feed;
  for (int i = 0; i < 200; ++i) {
    feed.Epoch(i, 5 * kSecond + i * 100 * kMillisecond + (i * 7919 % 40) * kMillisecond);
  }
  for (size_t i = 50; i < feed.fixes.size(); ++i) {
    const Nanos step = feed.fixes[i].t - feed.fixes[i - 1].t;
    EXPECT_NEAR(FromBillionths(step), 0.1, 0.001);
  }
}

TEST(GnssReceiver, TimeGoesOnOverMidnightAndBeginsAnewAfterAJump) {
  Feed feed;
  for (int i = 0; i < 40; ++i) feed.Epoch(i, i * 100 * kMillisecond + kSecond, "4", 86'398);
  for (size_t i = 1; i < feed.fixes.size(); ++i) {
    EXPECT_EQ(feed.fixes[i].t - feed.fixes[i - 1].t, 100 * kMillisecond);
  }
  // The receiver learns the right time: fixes go on, by their arrival.
  for (int i = 40; i < 50; ++i) feed.Epoch(i, i * 100 * kMillisecond + kSecond, "4", 40'000);
  EXPECT_EQ(feed.fixes.back().arrival - feed.fixes.back().t, 62 * kMillisecond);
}

TEST(GnssReceiver, WithoutGgaItIsNotWaitedForLong) {
  Feed feed;
  for (int i = 0; i < 20; ++i) feed.Epoch(i, i * 100 * kMillisecond, nullptr);
  EXPECT_EQ(feed.fixes.size(), 17u);
  EXPECT_EQ(feed.fixes.back().quality, FixQuality::kSingle);
}

TEST(GnssReceiver, AFixWithoutQualityIsMarked) {
  Feed feed;
  feed.Epoch(0, kSecond, "0");
  ASSERT_EQ(feed.fixes.size(), 1u);
  EXPECT_EQ(feed.fixes[0].quality, FixQuality::kNone);
}

TEST(GnssReceiver, CountsWhatItRefuses) {
  GnssReceiver receiver({});
  std::vector<GnssFix> fixes;
  receiver.Take("noise\r\n\r\n$GPVTG,054.7*00\n", kSecond, fixes);
  EXPECT_EQ(receiver.counters().refused, 2u);
  EXPECT_EQ(receiver.last_error(), "NMEA sentence: its checksum is wrong");
  receiver.Take(std::string(10'000, 'x'), kSecond, fixes);
  receiver.Take("\n", kSecond, fixes);
  EXPECT_EQ(receiver.counters().refused, 3u);
  EXPECT_TRUE(fixes.empty());
}

}  // namespace
}  // namespace furrow::edge
