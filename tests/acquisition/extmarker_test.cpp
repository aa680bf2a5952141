// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/extmarker.h"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "acquisition/reader_options.h"
#include "tests/acquisition/reader_test_support.h"

namespace foretide::acquisition {
namespace {

const std::string kHeader = "\"Frame\";\"Timestamp\";\"x\";\"y\";\"z\"\r\n";
constexpr auto kFilledIn = core::FrameFlag::time_repaired | core::FrameFlag::interpolated;

core::Recording parse(const std::string& text) { return parse_extmarker(std::vector<ExtMarkerFile>{{kFile, text}}); }

TEST(ExtMarker, ReadsTheDialectOfTheRecorder)
{
    const auto recording = parse(kHeader + "0;0;-490,7;4,1;64\r\n7;117;-490,8;4,3;64,2\r\n13;217;-490,9;4;63,9\r\n");
    EXPECT_EQ(recording.format, "extmarker");
    EXPECT_EQ(recording.markers, 1);
    EXPECT_TRUE(std::isnan(recording.nominal_rate_hz));
    ASSERT_EQ(recording.frames.size(), 3U);
    EXPECT_EQ(sample(recording, 0, 0).position_mm, (std::array<double, 3>{-490.7, 4.1, 64.0}));
    EXPECT_EQ(sample(recording, 1, 0).visibility, core::Visibility::visible);
    EXPECT_EQ(recording.frames[1].sequence, 7U);
    EXPECT_EQ(recording.frames[1].flags, core::FrameFlag::none);
}

TEST(ExtMarker, TakesTimeFromTheFrameCounter)
{
    const auto recording = parse(kHeader + "60;1000;1;2;3\n67;1117;1;2;3\n120;2000;1;2;3\n");
    EXPECT_EQ(time_s(recording, 0), 0.0);
    EXPECT_EQ(recording.frames[1].acquired, core::TimePoint{core::Duration{116'666'667}});
    EXPECT_EQ(time_s(recording, 2), 1.0);
}

TEST(ExtMarker, RepairsTimestampsThatDoNotFitTheCounter)
{
    struct Case {
        const char* name;
        std::string row;
        core::FrameFlag flags;
        const char* note;
    };
    const std::vector<Case> cases{
        {"exponent", "6000;1e+05;1;2;3", core::FrameFlag::none, ""},
        {"another exponent", "18000;3e+05;1;2;3", core::FrameFlag::none, ""},
        {"divided by 500", "768;25,6;1;2;3", kFilledIn, "divided by 500"},
        {"divided by 500, late", "18440;614,666666666667;1;2;3", kFilledIn, "divided by 500"},
        {"60 ms late is tolerated", "600;10060;1;2;3", core::FrameFlag::none, ""},
        {"61 ms late is not", "600;10061;1;2;3", kFilledIn, "does not fit Frame"},
        {"61 ms early is not", "600;9939;1;2;3", kFilledIn, "does not fit Frame"},
        {"nonsense", "600;-5;1;2;3", kFilledIn, "does not fit Frame"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const auto recording = parse(kHeader + "0;0;1;2;3\n" + c.row + "\n");
        ASSERT_EQ(recording.frames.size(), 2U);
        EXPECT_EQ(recording.frames[1].flags, c.flags);
        EXPECT_EQ(has_note(recording, "marked as interpolated"), c.flags == kFilledIn);
        EXPECT_TRUE(has_note(recording, c.note));
        EXPECT_NEAR(time_s(recording, 1), static_cast<double>(recording.frames[1].sequence) / 60.0, 1e-9);
    }
}

TEST(ExtMarker, SummarisesRepairs)
{
    const auto recording = parse(kHeader + "0;0;1;2;3\n768;25,6;1;2;3\n774;25,8;1;2;3\n780;26;1;2;3\n");
    EXPECT_TRUE(has_note(recording, "(3 rows, the first here)", 3));
}

TEST(ExtMarker, DropsATrailerOnlyIfItIsAllZero)
{
    const std::string rows = kHeader + "0;0;1;2;3\n6;100;1;2;3\n";
    EXPECT_EQ(parse(rows).frames.size(), 2U);
    const auto trailed = parse(rows + "0;0;0;0;0\n");
    EXPECT_EQ(trailed.frames.size(), 2U);
    EXPECT_TRUE(has_note(trailed, "trailing row of zeros dropped", 4));
    EXPECT_EQ(parse(rows + "12;200;0;0;0\n").frames.size(), 3U);
    EXPECT_EQ(parse(kHeader + "0;0;0;0;0\n6;100;0;0;0\n").frames.size(), 2U) << "a first row of zeros is a sample";
}

TEST(ExtMarker, DropsARepeatedFrame)
{
    const auto recording = parse(kHeader + "0;0;1;2;3\n6;100;4;5;6\n6;100;7;8;9\n12;200;1;2;3\n");
    ASSERT_EQ(recording.frames.size(), 3U);
    EXPECT_EQ(sample(recording, 1, 0).position_mm[0], 4.0);
    EXPECT_TRUE(has_note(recording, "repeats the Frame", 4));
}

TEST(ExtMarker, TakesUnmeasuredPositions)
{
    const auto recording = parse(kHeader + "0;0;1;2;3\n6;100;;;\n12;200;nan;nan;nan\n18;300;1;;3\n");
    ASSERT_EQ(recording.frames.size(), 4U);
    for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(sample(recording, i, 0).visibility, core::Visibility::missing) << i;
    EXPECT_TRUE(has_note(recording, "lacks one or two coordinates", 5));
}

TEST(ExtMarker, MergesMarkersByFrame)
{
    const std::string left = kHeader + "0;0;1;0;0\n6;100;2;0;0\n12;200;3;0;0\n18;300;4;0;0\n";
    const std::string right = kHeader + "6;100;20;0;0\n13;216;30;0;0\n18;36;40;0;0\n";
    const auto recording = parse_extmarker(std::vector<ExtMarkerFile>{{"a", left}, {"b", right}});
    EXPECT_EQ(recording.markers, 2);
    ASSERT_EQ(recording.frames.size(), 5U);
    const std::vector<std::uint64_t> sequence{0, 6, 12, 13, 18};
    const std::vector<double> first{1, 2, 3, core::kNaN, 4};
    const std::vector<double> second{core::kNaN, 20, core::kNaN, 30, 40};
    for (std::size_t i = 0; i < 5; ++i) {
        SCOPED_TRACE(i);
        EXPECT_EQ(recording.frames[i].sequence, sequence[i]);
        EXPECT_EQ(recording.frames[i].flags, i == 4 ? kFilledIn : core::FrameFlag::none);
        for (std::size_t m = 0; m < 2; ++m) {
            const double expected = m == 0 ? first[i] : second[i];
            EXPECT_EQ(sample(recording, i, m).visibility,
                      std::isnan(expected) ? core::Visibility::missing : core::Visibility::visible);
            if (!std::isnan(expected)) {
                EXPECT_EQ(sample(recording, i, m).position_mm[0], expected);
            }
        }
    }
    EXPECT_TRUE(has_note(recording, "marker missing there (2 rows"));
}

TEST(ExtMarker, OrdersMarkersByFileNameWhateverTheOrderGiven)
{
    const auto text = [](int x) { return kHeader + "0;0;" + std::to_string(x) + ";0;0\n"; };
    const std::string lac = text(1), lar = text(2), uar = text(3);
    const ExtMarkerFile a{"z/201205111057-LAC-1-O-72-6.csv", lac};
    const ExtMarkerFile b{"y/201205111057-LAR-1-O-72-6.csv", lar};
    const ExtMarkerFile c{"x\\201205111057-UAR-1-O-72-6.csv", uar};
    for (const auto& given : {std::vector{a, b, c}, std::vector{c, b, a}, std::vector{b, c, a}}) {
        const auto recording = parse_extmarker(given);
        EXPECT_EQ(recording.files, (std::vector<std::string>{a.name, b.name, c.name}));
        for (std::size_t m = 0; m < 3; ++m) EXPECT_EQ(sample(recording, 0, m).position_mm[0], double(m + 1));
        EXPECT_TRUE(has_note(recording, "marker 2: site LAR"));
    }
}

TEST(ExtMarker, KnowsSessionsByName)
{
    EXPECT_EQ(extmarker_session("/a/b/201205101519-LAC-1-T-222-6.csv"), "201205101519");
    EXPECT_EQ(extmarker_session("201205101519-LAC.csv"), "201205101519");
    EXPECT_EQ(extmarker_session("20120510151-LAC.csv"), "");
    EXPECT_EQ(extmarker_session("2012051015190-LAC.csv"), "");
    EXPECT_EQ(extmarker_session("201205101519"), "");
    EXPECT_EQ(extmarker_session("left.csv"), "");
}

TEST(ExtMarker, RefusesFilesThatAreNotOneSession)
{
    const std::string text = kHeader + "0;0;1;2;3\n";
    const auto refused = [&](const std::vector<std::string>& names, const std::string& problem) {
        std::vector<ExtMarkerFile> files;
        for (const auto& name : names) files.push_back({name, text});
        try {
            parse_extmarker(files);
            ADD_FAILURE() << problem;
        } catch (const ReadError& error) {
            EXPECT_NE(std::string(error.what()).find(problem), std::string::npos) << error.what();
        }
    };
    refused({}, "no file");
    refused({"201205101519-LAC.csv", "201205101522-LAC.csv"},
            "201205101522-LAC.csv: it belongs to session 201205101522, 201205101519-LAC.csv to session 201205101519");
    refused({"201205101519-LAC.csv", "left.csv"}, "(none by its name)");
    refused({"a.csv", "a.csv"}, "its marker is there already, as a.csv");
    refused({"1/201205101519-LAC-1.csv", "2/201205101519-LAC-2.csv"}, "there already");
    std::vector<std::string> many;
    for (int i = 0; i <= core::kMaxMarkers; ++i) many.push_back("m" + std::to_string(i));
    refused(many, "33 files");
}

TEST(ExtMarker, RefusesDamage)
{
    const std::string good = kHeader + "0;0;1;2;3\n";
    auto cases = common_damage();
    cases.insert(cases.end(),
                 {
                     {"header only", kHeader, 0, "no row"},
                     {"no header", "0;0;1;2;3\n", 1, "the header is"},
                     {"wrong header", "\"Frame\";\"Time\";\"x\";\"y\";\"z\"\n", 1, "the header is"},
                     {"header too short", "\"Frame\";\"Timestamp\";\"x\";\"y\"\n", 1, "the header is"},
                     {"header with commas", "Frame,Timestamp,x,y,z\n", 1, "the header is"},
                     {"row too short", good + "6;100;1;2\n", 3, "4 columns, not 5"},
                     {"row too long", good + "6;100;1;2;3;4\n", 3, "6 columns, not 5"},
                     {"cut off within a row", good + "6;10", 3, "2 columns"},
                     {"text as frame", good + "six;100;1;2;3\n", 3, "Frame \"six\""},
                     {"broken frame", good + "6,5;100;1;2;3\n", 3, "Frame \"6,5\""},
                     {"negative frame", good + "-6;100;1;2;3\n", 3, "Frame \"-6\""},
                     {"frame out of range", good + "1e18;100;1;2;3\n", 3, "Frame \"1e18\""},
                     {"nan frame", good + "nan;100;1;2;3\n", 3, "Frame \"nan\""},
                     {"no timestamp", good + "6;;1;2;3\n", 3, "Timestamp \"\""},
                     {"nan timestamp", good + "6;nan;1;2;3\n", 3, "Timestamp \"nan\""},
                     {"text as position", good + "6;100;1;two;3\n", 3, "position \"two\""},
                     {"two decimal marks", good + "6;100;1;2.000,5;3\n", 3, "position"},
                     {"position far away", good + "6;100;1;2;-1e9\n", 3, "1 km"},
                     {"frame goes back", good + "12;200;1;2;3\n6;100;1;2;3\n", 4, "goes back from 12 to 6"},
                     {"trailer that is not all zero", good + "6;100;1;2;3\n0;0;0;0;0,1\n", 4, "goes back from 6 to 0"},
                     {"row after the trailer", good + "0;0;0;0;0\n6;100;1;2;3\n", 4, "follows a row of zeros"},
                     {"NUL in a row", good + std::string("6;1\0;1;2;3\n", 11), 3, "NUL"},
                     {"huge row", good + std::string(70'000, ';'), 3, "longer than"},
                 });
    expect_errors(cases, parse);
}

TEST(ExtMarker, RefusesMoreRowsThanItsLimit)
{
    std::string text = kHeader;
    for (std::size_t i = 0; i <= kMaxFrames; ++i) text += std::to_string(i) + ";0;;;\n";
    expect_errors({{"too many rows", text, kMaxFrames + 2, "more than 1000000 frames"}}, parse);
}

}  // namespace
}  // namespace foretide::acquisition
