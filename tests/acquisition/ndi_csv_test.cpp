// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/ndi_csv.h"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/acquisition/reader_test_support.h"

namespace foretide::acquisition {
namespace {

const std::string kTool = "Frame,Face,State,Q0,Qx,Qy,Qz,Tx,Ty,Tz,Error";
const std::string kTwoTools = "Tools,Port 1," + kTool + ",Port 2," + kTool + "\n";
const std::string kTwoMarkers = "Markers,State,Tx,Ty,Tz,State,Tx,Ty,Tz";
const std::string kNoNumber = "-3.697314E28";

std::string tool(int frame, const std::string& state, const std::string& xyz, const std::string& error = "0.2")
{
    return "Port 1," + std::to_string(frame) + ",1," + state + ",1,0,0,0," + xyz + "," + error;
}

core::Recording parse(const std::string& text, const ReaderOptions& options = {})
{
    return parse_ndi_csv(text, kFile, options);
}

TEST(NdiCsv, ReadsTools)
{
    const auto recording =
        parse(kTwoTools + "2," + tool(120, "OK", "1,2,-1655.5") + "," + tool(120, "OK", "4,5,6", "0.5") + "\r\n2," +
              tool(123, "OK", "1.5,2,3") + "," + tool(123, "OK", "4,5,6.5") + "\r\n");
    EXPECT_EQ(recording.format, "ndi");
    EXPECT_EQ(recording.markers, 2);
    ASSERT_EQ(recording.frames.size(), 2U);
    EXPECT_EQ(sample(recording, 0, 0).position_mm, (std::array<double, 3>{1.0, 2.0, -1655.5}));
    EXPECT_EQ(sample(recording, 0, 1).position_mm, (std::array<double, 3>{4.0, 5.0, 6.0}));
    EXPECT_EQ(sample(recording, 0, 1).quality, 0.5F);
    EXPECT_EQ(recording.frames[0].sequence, 120U);
    EXPECT_EQ(recording.frames[1].sequence, 123U);
    EXPECT_EQ(time_s(recording, 0), 0.0);
    EXPECT_EQ(time_s(recording, 1), 0.05);
    EXPECT_TRUE(std::isnan(recording.nominal_rate_hz));
    EXPECT_TRUE(has_note(recording, "states no rate: time is Frame / 60"));
    EXPECT_TRUE(has_note(recording, "marker 2: \"Port 2\""));
}

TEST(NdiCsv, TakesTheFrameRateFromTheOptions)
{
    ReaderOptions options;
    options.frame_rate_hz = 20;
    const std::string text =
        "Tools,Port 1," + kTool + "\n1," + tool(0, "OK", "1,2,3") + "\n1," + tool(1, "OK", "1,2,3") + "\n";
    EXPECT_EQ(time_s(parse(text, options), 1), 0.05);
    for (const double rate_hz : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
        options.frame_rate_hz = rate_hz;
        EXPECT_THROW(parse(text, options), std::invalid_argument) << rate_hz;
    }
}

TEST(NdiCsv, TakesTimeFromItsColumnWhereThereIsOne)
{
    const std::string text =
        "Tools,Port 1,Frame,Time [sec],Face,State,Q0,Qx,Qy,Qz,Tx,Ty,Tz,Error\n"
        "1,Port 1,650512279,1778067471.318767388,1,OK,1,0,0,0,1,2,3,0.2\n"
        "1,Port 1,650512282,1778067471.368767389,1,OK,1,0,0,0,1,2,3,0.2\n";
    const auto recording = parse(text);
    ASSERT_EQ(recording.frames.size(), 2U);
    EXPECT_EQ(recording.frames[1].acquired, core::TimePoint{core::Duration{50'000'001}});
    EXPECT_EQ(recording.frames[0].sequence, 650512279U);
    EXPECT_TRUE(has_note(recording, "taken from the time column"));
}

TEST(NdiCsv, MapsStatesToVisibility)
{
    struct Case {
        const char* state;
        const char* xyz;
        core::Visibility visibility;
    };
    using core::Visibility;
    const std::vector<Case> cases{
        {"OK", "1,2,3", Visibility::visible},
        {"ok", "1,2,3", Visibility::visible},
        {"Enabled", "1,2,3", Visibility::visible},
        {"\"OK\"", "1,2,3", Visibility::visible},
        {"Partially Out of Volume", "1,2,3", Visibility::out_of_volume},
        {"OutOfVolume", "1,2,3", Visibility::out_of_volume},
        {"Possible Phantom", "1,2,3", Visibility::phantom},
        {"Missing", "1,2,3", Visibility::missing},
        {"Missing", ",,", Visibility::missing},
        {"Too Few Markers", "-3.697314E28,-3.697314E28,-3.697314E28", Visibility::missing},
        {"Off Angle", "1,2,3", Visibility::missing},
        {"", "1,2,3", Visibility::missing},
        {"OK", "1,2,-3.697314E28", Visibility::missing},
        {"OK", "1,,3", Visibility::missing},
        {"OutOfVolume", "nan,nan,nan", Visibility::missing},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(std::string(c.state) + " at " + c.xyz);
        const auto recording =
            parse("Tools,Port 1," + kTool + "\n1," + tool(0, c.state, c.xyz) + "\n1," + tool(1, "OK", "1,2,3") + "\n");
        ASSERT_EQ(recording.frames.size(), 2U);
        EXPECT_EQ(sample(recording, 0, 0).visibility, c.visibility);
        EXPECT_EQ(std::isnan(sample(recording, 0, 0).position_mm[0]), c.visibility == Visibility::missing);
        EXPECT_EQ(has_note(recording, "a marker is not seen", 2), c.visibility == Visibility::missing);
    }
}

TEST(NdiCsv, QualityIsNanWhereItIsNoError)
{
    for (const char* error : {"", "nan", "-1", "-3.697314E28"}) {
        const auto recording = parse("Tools,Port 1," + kTool + "\n1," + tool(0, "OK", "1,2,3", error) + "\n");
        EXPECT_TRUE(std::isnan(sample(recording, 0, 0).quality)) << error;
        EXPECT_EQ(sample(recording, 0, 0).visibility, core::Visibility::visible) << error;
    }
}

TEST(NdiCsv, ReadsSingleMarkersInTheOrderOfTheColumns)
{
    const std::string head = "Tools,Port 1: belt," + kTool + "," + kTwoMarkers + ",Port 2," + kTool + "\n";
    const std::string row = "2," + tool(0, "OK", "1,1,1") + ",2,OK,2,2,2,OK,3,3,3," + tool(0, "OK", "4,4,4") + "\n";
    const auto all = parse(head + row);
    ASSERT_EQ(all.markers, 4);
    for (std::size_t m = 0; m < 4; ++m) EXPECT_EQ(sample(all, 0, m).position_mm[0], static_cast<double>(m + 1));
    EXPECT_TRUE(has_note(all, "marker 3: 3-D marker 2 of \"Port 1: belt\""));
    ReaderOptions options;
    options.ndi_points = NdiPoints::tools;
    ASSERT_EQ(parse(head + row, options).markers, 2);
    EXPECT_EQ(sample(parse(head + row, options), 0, 1).position_mm[0], 4.0);
    options.ndi_points = NdiPoints::markers_3d;
    ASSERT_EQ(parse(head + row, options).markers, 2);
    EXPECT_EQ(sample(parse(head + row, options), 0, 0).position_mm[0], 2.0);
}

TEST(NdiCsv, RowsMayEndBeforeTheLastSingleMarkers)
{
    const std::string head = "Tools,Port 1," + kTool + "," + kTwoMarkers + "\n";
    const auto recording = parse(head + "1," + tool(0, "OK", "1,1,1") + ",2,OK,2,2,2,OK,3,3,3\n1," +
                                 tool(1, "OK", "1,1,1") + ",1,OK,2,2,2\n1," + tool(2, "OK", "1,1,1") + "\n1," +
                                 tool(3, "OK", "1,1,1") + ",2,OK,2,2,2,OK,3,3,3,,,\n");
    ASSERT_EQ(recording.markers, 3);
    ASSERT_EQ(recording.frames.size(), 4U);
    EXPECT_EQ(sample(recording, 0, 2).visibility, core::Visibility::visible);
    EXPECT_EQ(sample(recording, 1, 1).visibility, core::Visibility::visible);
    EXPECT_EQ(sample(recording, 1, 2).visibility, core::Visibility::missing);
    EXPECT_EQ(sample(recording, 2, 1).visibility, core::Visibility::missing);
    EXPECT_EQ(sample(recording, 3, 2).visibility, core::Visibility::visible);
}

TEST(NdiCsv, LeavesOutWhatIsNeverSeen)
{
    const auto recording = parse(kTwoTools + "2," + tool(0, "Missing", ",,") + "," + tool(0, "OK", "4,5,6") + "\n2," +
                                 tool(1, "Missing", ",,") + "," + tool(1, "Missing", ",,") + "\n");
    ASSERT_EQ(recording.markers, 1);
    EXPECT_EQ(sample(recording, 0, 0).position_mm[0], 4.0);
    EXPECT_TRUE(has_note(recording, "\"Port 1\" is never seen: left out"));
}

TEST(NdiCsv, SkipsLinesBeforeTheHeaderAndUnknownColumns)
{
    const auto recording = parse("Date:=12:2:2010,10:33:01\n\nTools,Port 1,Buttons," + kTool +
                                 "\n1,Port 1,pressed,7,1,OK,1,0,0,0,1,2,3,0.2\n");
    ASSERT_EQ(recording.frames.size(), 1U);
    EXPECT_EQ(recording.frames[0].sequence, 7U);
    EXPECT_TRUE(has_note(recording, "column that is not known", 3));
}

TEST(NdiCsv, NotesDoubtsAboutFrames)
{
    const auto recording = parse(kTwoTools + "2," + tool(10, "OK", "1,2,3") + "," + tool(11, "OK", "4,5,6") +
                                 "\n2,Port 1,,1,OK,1,0,0,0,1,2,3,0," + tool(9, "OK", "4,5,6") + "\n");
    ASSERT_EQ(recording.frames.size(), 2U);
    EXPECT_EQ(recording.frames[1].sequence, 9U);
    EXPECT_LT(time_s(recording, 1), 0.0);
    EXPECT_TRUE(has_note(recording, "Frame differs between the ports", 2));
    EXPECT_TRUE(has_note(recording, "not later than in the frame before", 3));
}

TEST(NdiCsv, RefusesDamage)
{
    const std::string head = "Tools,Port 1," + kTool + "\n";
    const std::string good = head + "1," + tool(0, "OK", "1,2,3") + "\n";
    std::string wide = "Tools,Port 1," + kTool + ",Markers", wide_row = "1," + tool(0, "OK", "1,2,3") + ",40";
    for (int i = 0; i < core::kMaxMarkers; ++i) {
        wide += ",State,Tx,Ty,Tz";
        wide_row += ",OK,1,2,3";
    }
    std::string no_header;
    for (int i = 0; i < 20; ++i) no_header += "text\n";
    auto cases = common_damage();
    // What comes before the header is skipped, so that garbage is a file without a header.
    std::erase_if(cases, [](const ErrorCase& c) { return std::string(c.name) == "binary garbage"; });
    cases.insert(
        cases.end(),
        {
            {"garbage", "\x89PNG\r\n\x1A\n\xDE\xAD\xBE\xEF", 0, "no header"},
            {"many lines, no header", no_header, 11, "no header in the first 11 lines"},
            {"header only", head, 0, "no frame"},
            {"no port", "Tools,Frame,State\n1,2,OK\n", 1, "neither a port nor a marker"},
            {"no Tx", "Tools,Port 1,Frame,State,Ty,Tz\n", 1, "lacks one of the columns"},
            {"no State", "Tools,Port 1,Frame,Tx,Ty,Tz\n", 1, "lacks one of the columns"},
            {"no Frame and no Time", "Tools,Port 1,State,Tx,Ty,Tz\n", 1, "neither Frame nor Time"},
            {"Tx before any port", "Tools,Tx,Ty,Tz\n", 1, "belongs to no tool"},
            {"Tx before any marker's State", "Tools,Port 1," + kTool + ",Markers,Tx,Ty,Tz\n", 1, "belongs to no tool"},
            {"Tx twice", "Tools,Port 1,Frame,State,Tx,Tx,Tz\n", 1, "belongs to no tool"},
            {"row too short", good + "1,Port 1,1\n", 3, "3 columns, the header 13"},
            {"row too long", good + "1," + tool(1, "OK", "1,2,3") + ",7\n", 3, "14 columns, the header 13"},
            {"cut off within a row", good + "1,Port 1,1,1,OK,1,0", 3, "7 columns"},
            {"no frame number", good + "1,Port 1,,1,OK,1,0,0,0,1,2,3,0\n", 3, "no Frame"},
            {"text as frame", good + "1,Port 1,x,1,OK,1,0,0,0,1,2,3,0\n", 3, "Frame \"x\""},
            {"negative frame", good + "1,Port 1,-1,1,OK,1,0,0,0,1,2,3,0\n", 3, "Frame \"-1\""},
            {"frame out of range", good + "1,Port 1,9e15,1,OK,1,0,0,0,1,2,3,0\n", 3, "centuries"},
            {"text as position", good + "1," + tool(1, "OK", "1,x,3") + "\n", 3, "value \"x\""},
            {"infinite position", good + "1," + tool(1, "OK", "1,inf,3") + "\n", 3, "value \"inf\""},
            {"position far away", good + "1," + tool(1, "OK", "1,2,1e7") + "\n", 3, "1 km"},
            {"text as error", good + "1," + tool(1, "OK", "1,2,3", "x") + "\n", 3, "value \"x\""},
            {"nothing seen", head + "1," + tool(0, "Missing", ",,") + "\n", 0, "no marker is seen"},
            {"too many markers", wide + "\n" + wide_row + "\n", 2, "33 markers"},
            {"bad time",
             "Tools,Port 1,Frame,Time [sec],Face,State,Q0,Qx,Qy,Qz,Tx,Ty,Tz,Error\n"
             "1,Port 1,1,noon,1,OK,1,0,0,0,1,2,3,0.2\n",
             2, "time \"noon\""},
            {"NUL in a row", good + std::string("1,Port 1,\0\n", 11), 3, "NUL"},
            {"huge row", good + std::string(70'000, ','), 3, "longer than"},
        });
    expect_errors(cases, [](const std::string& text) { return parse(text); });
}

}  // namespace
}  // namespace foretide::acquisition
