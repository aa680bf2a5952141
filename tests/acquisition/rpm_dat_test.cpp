// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/rpm_dat.h"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "tests/acquisition/reader_test_support.h"

namespace foretide::acquisition {
namespace {

std::string header(const std::string& version, const std::string& gating = "#TRUE#")
{
    return "CRC: 12345\r\nVERSION = " + version + ",\r\n0.5,0.7\r\n" + gating +
           "\r\n-0.1,0.2,\r\nsix\r\n\r\neight\r\n9\r\nten\r\n";
}

core::Recording parse(const std::string& text, const ReaderOptions& options = {})
{
    return parse_rpm_dat(text, kFile, options);
}

TEST(RpmDat, Reads14)
{
    const auto recording =
        parse(header("1.4") + "-0.5,1.1,5000,0,17,0,0\r\n0.25,1.2,5033,-1,18,1,0\r\n0.5,1.3,5067,-2,19,1,1,\r\n");
    EXPECT_EQ(recording.format, "dat");
    EXPECT_EQ(recording.markers, 1);
    ASSERT_EQ(recording.frames.size(), 3U);
    EXPECT_TRUE(std::isnan(recording.nominal_rate_hz));
    EXPECT_EQ(sample(recording, 0, 0).position_mm, (std::array<double, 3>{0.0, 0.0, -5.0}));
    EXPECT_EQ(sample(recording, 1, 0).visibility, core::Visibility::missing);
    EXPECT_EQ(sample(recording, 2, 0).position_mm[2], 5.0);
    EXPECT_EQ(recording.frames[2].acquired, core::TimePoint{core::Duration{67'000'000}});
    EXPECT_EQ(recording.frames[0].flags, core::FrameFlag::none);
    EXPECT_EQ(recording.frames[2].flags, core::FrameFlag::beam_on | core::FrameFlag::not_periodic);
    EXPECT_TRUE(has_note(recording, "taken as centimetres"));
    EXPECT_TRUE(has_note(recording, "CRC in the header, not verified", 1));
    EXPECT_TRUE(has_note(recording, "negative flags occur", 12));
}

TEST(RpmDat, Reads17WithItsTwoUnknownColumns)
{
    const auto recording =
        parse(header("1.7", "#FALSE#") + "0.1,99,98,1.1,5000,0,17,0,1\n0.2,99,x,1.2,5040,0,18,0,0\n");
    ASSERT_EQ(recording.frames.size(), 2U);
    EXPECT_NEAR(sample(recording, 1, 0).position_mm[2], 2.0, 1e-12);
    EXPECT_EQ(time_s(recording, 1), 0.04);
    EXPECT_EQ(recording.frames[0].flags, core::FrameFlag::beam_on);
    EXPECT_EQ(recording.frames[1].flags, core::FrameFlag::none);
}

TEST(RpmDat, ScaleCanBeSet)
{
    ReaderOptions options;
    options.rpm_scale_mm = 1.0;
    const auto recording = parse(header("1.4") + "0.5,1,0,0,0,0,0\n", options);
    EXPECT_EQ(sample(recording, 0, 0).position_mm[2], 0.5);
    EXPECT_TRUE(has_note(recording, "set by option"));
}

TEST(RpmDat, RefusesDamage)
{
    const std::string good = header("1.4") + "-0.5,1.1,5000,0,17,0,0\n";
    auto cases = common_damage();
    // This format counts blank header lines, so nothing but blanks is a wrong first line, not an empty file.
    std::erase_if(cases, [](const ErrorCase& c) { return std::string(c.name) == "blank lines only"; });
    cases.insert(
        cases.end(),
        {
            {"blank lines only", "\n \r\n\t\n", 1, "not with CRC"},
            {"header only", header("1.4"), 0, "no frame"},
            {"cut off in the header", header("1.4").substr(0, 37), 0, "ends within its header"},
            {"one line", "CRC\n", 0, "ends within its header"},
            {"no CRC", "VERSION = 1.4\n", 1, "not with CRC"},
            {"no version", "CRC\n1.4\n", 2, "not VERSION"},
            {"unknown version", header("1.5"), 2, "the version is \"1.5\""},
            {"version without a value", "CRC\nVERSION\n", 2, "not VERSION"},
            {"reference of one number", "CRC\nVERSION = 1.4\n0.5\n", 3, "reference position is \"0.5\""},
            {"reference of text", "CRC\nVERSION = 1.4\na,b\n", 3, "reference position"},
            {"gating type", header("1.4", "TRUE"), 4, "gating type is \"TRUE\""},
            {"gating window", "CRC\nVERSION = 1.4\n0,0\n#TRUE#\n1,2,3\n", 5, "gating window"},
            {"row of the other version", header("1.4") + "0.1,99,98,1.1,5000,0,17,0,1\n", 11, "9 columns, not 7"},
            {"row too short", good + "-0.5,1.1,5000\n", 12, "3 columns, not 7"},
            {"cut off within a row", good + "-0.5,1.1,50", 12, "3 columns"},
            {"text as signal", good + "x,1.1,5000,0,17,0,0\n", 12, "amplitude \"x\""},
            {"nan signal", good + "nan,1.1,5000,0,17,0,0\n", 12, "amplitude \"nan\""},
            {"signal far away", good + "1e7,1.1,5000,0,17,0,0\n", 12, "1 km"},
            {"text as phase", good + "0,x,5000,0,17,0,0\n", 12, "phase \"x\""},
            {"text as timestamp", good + "0,1.1,x,0,17,0,0\n", 12, "timestamp \"x\""},
            {"text as flag", good + "0,1.1,5000,x,17,0,0\n", 12, "valid flag \"x\""},
            {"text as video index", good + "0,1.1,5000,0,x,0,0\n", 12, "video index \"x\""},
            {"text as TTL input", good + "0,1.1,5000,0,17,x,0\n", 12, "TTL input \"x\""},
            {"text as beam-on flag", good + "0,1.1,5000,0,17,0,x\n", 12, "beam-on flag \"x\""},
            {"huge row", good + std::string(70'000, '1'), 12, "longer than"},
        });
    expect_errors(cases, [](const std::string& text) { return parse(text); });
}

}  // namespace
}  // namespace foretide::acquisition
