// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/session_csv.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "acquisition/session_csv_writer.h"
#include "tests/acquisition/reader_test_support.h"

namespace foretide::acquisition {
namespace {

constexpr const char* kHeader1 = "time_s,m1_x_mm,m1_y_mm,m1_z_mm\n";

core::Recording parse(const std::string& text) { return parse_session_csv(text, kFile); }

TEST(SessionCsv, ReadsMarkersAndTimes)
{
    const auto recording = parse(
        "time_s,m1_x_mm,m1_y_mm,m1_z_mm,m2_x_mm,m2_y_mm,m2_z_mm\n"
        "10.5,1,2,3,-4.5,0,1e1\n"
        "10.6,1.5,2,3,-4.5,0,10\n");
    EXPECT_EQ(recording.format, "csv");
    EXPECT_EQ(recording.files, std::vector<std::string>{kFile});
    EXPECT_EQ(recording.markers, 2);
    EXPECT_TRUE(std::isnan(recording.nominal_rate_hz));
    EXPECT_TRUE(recording.notes.empty());
    ASSERT_EQ(recording.frames.size(), 2U);
    EXPECT_EQ(recording.frames[0].acquired, core::TimePoint{core::Duration{10'500'000'000}});
    EXPECT_EQ(recording.frames[1].acquired, core::TimePoint{core::Duration{10'600'000'000}});
    EXPECT_EQ(recording.frames[1].arrived, recording.frames[1].acquired);
    EXPECT_EQ(recording.frames[0].sequence, 0U);
    EXPECT_EQ(recording.frames[1].sequence, 1U);
    EXPECT_EQ(recording.frames[0].marker_count, 2);
    EXPECT_EQ(sample(recording, 0, 1).position_mm, (std::array<double, 3>{-4.5, 0.0, 10.0}));
    EXPECT_EQ(sample(recording, 1, 0).position_mm, (std::array<double, 3>{1.5, 2.0, 3.0}));
    EXPECT_EQ(sample(recording, 0, 1).visibility, core::Visibility::visible);
    EXPECT_EQ(sample(recording, 0, 2).visibility, core::Visibility::missing);
}

TEST(SessionCsv, EmptyOrNanMeansNotSeen)
{
    const auto recording = parse(std::string(kHeader1) + "0,,,\n1,nan,NaN,NAN\n2,1,,3\n3,1,2,3\n");
    ASSERT_EQ(recording.frames.size(), 4U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(sample(recording, i, 0).visibility, core::Visibility::missing) << i;
        EXPECT_TRUE(std::isnan(sample(recording, i, 0).position_mm[0])) << i;
    }
    EXPECT_EQ(sample(recording, 3, 0).visibility, core::Visibility::visible);
    EXPECT_TRUE(has_note(recording, "lacks one or two coordinates", 4));
}

TEST(SessionCsv, KeepsTimesThatDoNotIncreaseAndNotesThem)
{
    const auto recording = parse(std::string(kHeader1) + "0,1,2,3\n2,1,2,3\n1,1,2,3\n1,1,2,3\n3,1,2,3\n");
    ASSERT_EQ(recording.frames.size(), 5U);
    EXPECT_EQ(time_s(recording, 2), 1.0);
    EXPECT_EQ(time_s(recording, 3), 1.0);
    ASSERT_EQ(recording.notes.size(), 1U);
    EXPECT_EQ(recording.notes[0].line, 4U);
    EXPECT_NE(recording.notes[0].text.find("(2 rows, the first here)"), std::string::npos);
}

TEST(SessionCsv, TakesSpreadsheetsDialects)
{
    const auto plain = parse(std::string(kHeader1) + "0.25,1.5,2,3\n");
    const auto crlf = parse("\xEF\xBB\xBFtime_s,m1_x_mm,m1_y_mm,m1_z_mm\r\n0.25,1.5,2,3\r\n\r\n");
    const auto quotes = parse("\"time_s\",\"m1_x_mm\",\"m1_y_mm\",\"m1_z_mm\"\n\"0.25\", 1.5 ,2,3 \n");
    const auto commas = parse("time_s;m1_x_mm;m1_y_mm;m1_z_mm\n0,25;1,5;2;3\n");
    for (const auto* other : {&crlf, &quotes, &commas}) {
        ASSERT_EQ(other->frames.size(), 1U);
        EXPECT_EQ(other->frames[0].acquired, plain.frames[0].acquired);
        EXPECT_EQ(other->frames[0].markers[0].position_mm, plain.frames[0].markers[0].position_mm);
    }
}

TEST(SessionCsv, NotesAFileThatMayHaveBeenCutOff)
{
    EXPECT_TRUE(has_note(parse(std::string(kHeader1) + "0,1,2,3\n1,1,2,3"), "cut off", 3));
}

TEST(SessionCsv, RefusesDamage)
{
    const std::string header = kHeader1;
    std::string wide = "time_s";
    for (int m = 1; m <= core::kMaxMarkers + 1; ++m) {
        const std::string name = ",m" + std::to_string(m);
        wide += name + "_x_mm" + name + "_y_mm" + name + "_z_mm";
    }
    auto cases = common_damage();
    cases.insert(
        cases.end(),
        {
            {"header only", header, 0, "no frame"},
            {"no header", "0,1,2,3\n", 1, "first column is \"0\""},
            {"other first column", "t,m1_x_mm,m1_y_mm,m1_z_mm\n0,1,2,3\n", 1, "first column is \"t\""},
            {"columns out of order", "time_s,m1_x_mm,m1_z_mm,m1_y_mm\n", 1, "column 3 is \"m1_z_mm\", not m1_y_mm"},
            {"marker left out", "time_s,m2_x_mm,m2_y_mm,m2_z_mm\n", 1, "not m1_x_mm"},
            {"axis missing", "time_s,m1_x_mm,m1_y_mm\n0,1,2\n", 1, "missing"},
            {"no marker", "time_s\n0\n", 1, "missing"},
            {"surplus column", "time_s,m1_x_mm,m1_y_mm,m1_z_mm,note\n", 1, "column 5 is \"note\""},
            {"too many markers", wide + "\n", 1, "33 markers"},
            {"row too short", header + "0,1,2,3\n1,1,2\n", 3, "3 columns, the header 4"},
            {"row too long", header + "0,1,2,3,4\n", 2, "5 columns, the header 4"},
            {"cut off within a row", header + "0,1,2,3\n1,1", 3, "2 columns"},
            {"text as position", header + "0,1,abc,3\n", 2, "\"abc\" is no finite number"},
            {"infinite position", header + "0,1,inf,3\n", 2, "\"inf\""},
            {"overflowing position", header + "0,1,1e999,3\n", 2, "\"1e999\""},
            {"position far away", header + "0,1,2,1e7\n", 2, "1 km"},
            {"no time", header + ",1,2,3\n", 2, "time \"\""},
            {"nan time", header + "nan,1,2,3\n", 2, "time \"nan\""},
            {"infinite time", header + "inf,1,2,3\n", 2, "time \"inf\""},
            {"time out of range", header + "1e12,1,2,3\n", 2, "time \"1e12\""},
            {"NUL in a row", header + std::string("0,1,2,3\n1,\0,2,3\n", 16), 3, "NUL"},
            {"huge row", header + "0,1,2,3\n" + std::string(70'000, ',') + "\n", 3, "longer than"},
        });
    expect_errors(cases, parse);
}

core::Recording random_recording(int markers, int frames)
{
    core::Recording recording;
    recording.markers = markers;
    std::mt19937_64 random(20240607);
    std::uniform_real_distribution<double> exponent(-300.0, 5.9);
    std::uniform_int_distribution<std::int64_t> nanos(-4'000'000'000'000'000'000, 4'000'000'000'000'000'000);
    for (int i = 0; i < frames; ++i) {
        auto& frame = recording.frames.emplace_back();
        frame.acquired = frame.arrived = core::TimePoint{core::Duration{nanos(random)}};
        frame.sequence = static_cast<std::uint64_t>(i);
        frame.marker_count = markers;
        for (std::size_t m = 0; m < static_cast<std::size_t>(markers); ++m) {
            if (random() % 7 == 0) {
                continue;
            }
            for (double& value : frame.markers[m].position_mm) {
                value = std::pow(10.0, exponent(random)) * (random() % 2 == 0 ? 1.0 : -1.0);
            }
            frame.markers[m].visibility = core::Visibility::visible;
        }
    }
    recording.frames[0].markers[0].position_mm = {-0.0, std::numeric_limits<double>::denorm_min(), 1.0 / 3.0};
    recording.frames[0].markers[0].visibility = core::Visibility::visible;
    recording.frames[1].acquired = recording.frames[1].arrived = core::TimePoint{core::Duration{-1}};
    return recording;
}

TEST(SessionCsvWriter, RoundTripsBitForBit)
{
    const auto written = random_recording(5, 2000);
    std::ostringstream out;
    write_session_csv(written, out);
    const auto read = parse(out.str());
    ASSERT_EQ(read.markers, written.markers);
    ASSERT_EQ(read.frames.size(), written.frames.size());
    for (std::size_t i = 0; i < read.frames.size(); ++i) {
        ASSERT_EQ(read.frames[i].acquired, written.frames[i].acquired) << i;
        ASSERT_EQ(read.frames[i].sequence, written.frames[i].sequence) << i;
        for (std::size_t m = 0; m < 5; ++m) {
            ASSERT_EQ(sample(read, i, m).visibility, sample(written, i, m).visibility) << i;
            for (std::size_t axis = 0; axis < 3; ++axis) {
                const double a = sample(read, i, m).position_mm[axis];
                const double b = sample(written, i, m).position_mm[axis];
                if (std::isnan(b)) {
                    ASSERT_TRUE(std::isnan(a)) << i;
                } else {
                    ASSERT_EQ(a, b) << i;
                    ASSERT_EQ(std::signbit(a), std::signbit(b)) << i;
                }
            }
        }
    }
    std::ostringstream again;
    write_session_csv(read, again);
    EXPECT_EQ(again.str(), out.str());
}

TEST(SessionCsvWriter, WritesTheContractsHeaderAndShortNumbers)
{
    core::Recording recording;
    recording.markers = 2;
    auto& frame = recording.frames.emplace_back();
    frame.acquired = core::TimePoint{core::Duration{-1'500'000'000}};
    frame.marker_count = 2;
    frame.markers[0].position_mm = {0.1, -2.0, 1e-7};
    frame.markers[1].position_mm = {1.0, core::kNaN, 2.0};
    std::ostringstream out;
    write_session_csv(recording, out);
    EXPECT_EQ(out.str(), "time_s,m1_x_mm,m1_y_mm,m1_z_mm,m2_x_mm,m2_y_mm,m2_z_mm\n-1.5,0.1,-2,1e-07,,,\n");
}

TEST(SessionCsvWriter, RefusesWhatTheReaderWouldRefuse)
{
    const auto good = random_recording(2, 3);
    std::ostringstream out;
    ASSERT_NO_THROW(write_session_csv(good, out));
    const std::vector<std::pair<const char*, void (*)(core::Recording&)>> damages{
        {"unknown time", [](core::Recording& r) { r.frames[1].acquired = core::kUnknownTime; }},
        {"time out of range",
         [](core::Recording& r) { r.frames[1].acquired = core::TimePoint{core::Duration{5'000'000'000'000'000'000}}; }},
        {"marker count", [](core::Recording& r) { r.frames[1].marker_count = 1; }},
        {"infinite position",
         [](core::Recording& r) {
             r.frames[1].markers[0].position_mm = {0, 0, std::numeric_limits<double>::infinity()};
         }},
        {"position far away",
         [](core::Recording& r) {
             r.frames[1].markers[0].position_mm = {0, 2e6, 0};
         }},
        {"no markers", [](core::Recording& r) { r.markers = 0; }},
        {"too many markers", [](core::Recording& r) { r.markers = core::kMaxMarkers + 1; }},
    };
    for (const auto& [name, damage] : damages) {
        auto recording = good;
        damage(recording);
        EXPECT_THROW(write_session_csv(recording, out), std::runtime_error) << name;
    }
}

TEST(SessionCsvWriter, LeavesNoPartialFile)
{
    const TemporaryFolder folder;
    auto recording = random_recording(1, 3);
    const auto file = folder.path() / "session.csv";
    write_session_csv(recording, file);
    const auto size = std::filesystem::file_size(file);
    recording.frames[2].marker_count = 2;
    EXPECT_THROW(write_session_csv(recording, file), std::runtime_error);
    EXPECT_EQ(std::filesystem::file_size(file), size);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "session.csv.part"));
    EXPECT_THROW(write_session_csv(random_recording(1, 3), folder.path() / "no" / "folder.csv"), std::runtime_error);
}

}  // namespace
}  // namespace foretide::acquisition
