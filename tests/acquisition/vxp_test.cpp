// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/vxp.h"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/acquisition/reader_test_support.h"

namespace foretide::acquisition {
namespace {

const std::string kHeader16 =
    "[Header]\r\nCRC=27051\r\nVersion=1.6\r\nData_layout=amplitude,phase,timestamp,validflag,ttlin,mark,ttlout\r\n"
    "Patient_ID=SECRET\r\nDate=08-30-2007\r\nTotal_study_time=0.066\r\nSamples_per_second=30\r\nScale_factor=10.0\r\n"
    "[Data]\r\n";
const std::string kHeader15 =
    "[Header]\nCRC=0\nVersion=1.5\nData_layout=amplitude,phase,timestamp,validflag,ttlin,mark\nPatient_ID=SECRET\n"
    "Date=08-30-2007\nTotal_study_time=0.066\nSamples_per_second=15\n[Data]\n";

core::Recording parse(const std::string& text, const ReaderOptions& options = {})
{
    return parse_vxp(text, kFile, options);
}

std::vector<core::FrameFlag> flags_of(const core::Recording& recording)
{
    std::vector<core::FrameFlag> flags;
    for (const auto& frame : recording.frames) flags.push_back(frame.flags);
    return flags;
}

std::string seen_of(const core::Recording& recording)
{
    std::string seen;
    for (const auto& frame : recording.frames) {
        seen += frame.markers[0].visibility == core::Visibility::visible ? 'v' : '.';
        EXPECT_EQ(std::isnan(frame.markers[0].position_mm[2]), seen.back() == '.');
    }
    return seen;
}

/// A file of rows that differ in their validflag only.
std::string with_flags(const std::vector<int>& flags)
{
    std::string text = kHeader16;
    int timestamp_ms = 0;
    for (const int flag : flags) {
        text += "0.5,1," + std::to_string(timestamp_ms += 33) + "," + std::to_string(flag) + ",0,,0\n";
    }
    return text;
}

TEST(Vxp, Reads16)
{
    const auto recording = parse(kHeader16 +
                                 "-0.6249,3.0659,111424,0,1,,0\r\n-0.6198,3.1169,111458,0,1,P,0\r\n"
                                 "0.25,3.19,111491,0,1,,0\r\n");
    EXPECT_EQ(recording.format, "vxp");
    EXPECT_EQ(recording.markers, 1);
    EXPECT_EQ(recording.nominal_rate_hz, 30.0);
    ASSERT_EQ(recording.frames.size(), 3U);
    EXPECT_EQ(recording.frames[0].acquired, core::TimePoint{});
    EXPECT_EQ(recording.frames[1].acquired, core::TimePoint{core::Duration{34'000'000}});
    EXPECT_EQ(recording.frames[2].acquired, core::TimePoint{core::Duration{67'000'000}});
    EXPECT_EQ(recording.frames[2].sequence, 2U);
    EXPECT_EQ(sample(recording, 2, 0).position_mm, (std::array<double, 3>{0.0, 0.0, 2.5}));
    EXPECT_NEAR(sample(recording, 0, 0).position_mm[2], -6.249, 1e-12);
    EXPECT_TRUE(has_note(recording, "CRC \"27051\" in the header, not verified", 2));
    EXPECT_TRUE(has_note(recording, "(Z or P)", 12));
    EXPECT_FALSE(has_note(recording, "cut off"));
    for (const auto& note : recording.notes) EXPECT_EQ(note.text.find("SECRET"), std::string::npos);
}

TEST(Vxp, Reads15WithItsTrailingCommas)
{
    const auto recording = parse(kHeader15 + "-0.62,3.06,111424,0,1,\n-0.61,3.11,111458,0,1,P\n0.1,3.2,111491,0,1\n");
    ASSERT_EQ(recording.frames.size(), 3U);
    EXPECT_EQ(recording.nominal_rate_hz, 15.0);
    EXPECT_NEAR(sample(recording, 2, 0).position_mm[2], 1.0, 1e-12);
    EXPECT_TRUE(has_note(recording, "taken as centimetres"));
    EXPECT_EQ(seen_of(recording), "vvv");
}

TEST(Vxp, TakesColumnsFromTheLayout)
{
    const auto recording = parse(
        "[Header]\nVersion=1.6\nScale_factor=2\nData_layout=timestamp,temperature,amplitude\n[Data]\n0,36.6,1.5\n33,x,"
        "2\n");
    ASSERT_EQ(recording.frames.size(), 2U);
    EXPECT_EQ(sample(recording, 0, 0).position_mm[2], 3.0);
    EXPECT_EQ(seen_of(recording), "vv");
    EXPECT_TRUE(has_note(recording, "no validflag column"));
    EXPECT_TRUE(has_note(recording, "column that is not known", 4));
    EXPECT_TRUE(std::isnan(recording.nominal_rate_hz));
}

TEST(Vxp, ScaleCanBeSet)
{
    ReaderOptions options;
    options.rpm_scale_mm = 1.0;
    const auto recording = parse(kHeader16 + "0.5,1,0,0,0,,0\n", options);
    EXPECT_EQ(sample(recording, 0, 0).position_mm[2], 0.5);
    EXPECT_TRUE(has_note(recording, "set by option"));
}

TEST(Vxp, DecidesWhatTheFlagsMeanAndSaysSo)
{
    struct Case {
        const char* name;
        std::vector<int> flags;
        VxpValidity asked;
        const char* seen;
        const char* note;
    };
    constexpr auto kAuto = VxpValidity::automatic;
    const std::vector<Case> cases{
        {"all zero: both readings agree", {0, 0, 0}, kAuto, "vvv", ""},
        {"lost track", {0, -1, 0}, kAuto, "v.v", "negative flags occur"},
        {"not periodic is still tracked", {0, -2, 1}, kAuto, "vvv", "negative flags occur"},
        {"unknown negative", {0, -7, 1}, kAuto, "v.v", "negative flags occur"},
        {"above one", {0, 1, 2}, kAuto, "vvv", "flags above 1 occur"},
        {"few ones are errors", {0, 1, 0, 0}, kAuto, "v.vv", "1 as an error (1 of 4 rows"},
        {"half ones are errors", {0, 1, 0, 1}, kAuto, "v.v.", "1 as an error (2 of 4 rows"},
        {"mostly ones cannot be errors", {1, 1, 0}, kAuto, "vvv", "2 of 3 rows have flag 1"},
        {"asked: non-negative", {0, 1, -1, -2}, VxpValidity::non_negative, "vv.v", "as asked for"},
        {"asked: zero", {0, 1, -1, -2}, VxpValidity::zero, "v...", "as asked for"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        ReaderOptions options;
        options.vxp_valid = c.asked;
        const auto recording = parse(with_flags(c.flags), options);
        EXPECT_EQ(seen_of(recording), c.seen);
        EXPECT_TRUE(has_note(recording, c.note));
        EXPECT_EQ(has_note(recording, "validflag:"), *c.note != '\0');
        for (std::size_t i = 0; i < c.flags.size(); ++i) {
            EXPECT_EQ(core::has(recording.frames[i].flags, core::FrameFlag::not_periodic), c.flags[i] == -2) << i;
        }
    }
}

TEST(Vxp, ReadsTheBeamOnlyWithAPolarity)
{
    constexpr auto kOn = core::FrameFlag::beam_on;
    constexpr auto kOff = core::FrameFlag::none;
    const std::string text = kHeader16 + "0,1,0,0,0,,0\n0,1,33,0,1,,0\n0,1,66,0,,,0\n";
    ReaderOptions options;
    EXPECT_EQ(flags_of(parse(text, options)), (std::vector{kOff, kOff, kOff}));
    EXPECT_TRUE(has_note(parse(text, options), "its polarity was not given"));
    options.ttl_in_beam_on = BeamPolarity::high;
    EXPECT_EQ(flags_of(parse(text, options)), (std::vector{kOff, kOn, kOff}));
    EXPECT_FALSE(has_note(parse(text, options), "polarity"));
    options.ttl_in_beam_on = BeamPolarity::low;
    EXPECT_EQ(flags_of(parse(text, options)), (std::vector{kOn, kOff, kOff}));
}

TEST(Vxp, TriggersAndForeignMarksAreEvents)
{
    constexpr auto kEvent = core::FrameFlag::event;
    constexpr auto kNone = core::FrameFlag::none;
    const auto recording = parse(kHeader16 +
                                 "0,1,0,0,0,Z,0\n0,1,33,0,0,,1\n0,1,66,0,0,,1\n0,1,99,0,0,P,0\n0,1,132,0,0,X,0\n"
                                 "0,1,165,0,0,,1\n");
    EXPECT_EQ(flags_of(recording), (std::vector{kNone, kEvent, kNone, kNone, kEvent, kEvent}));
    EXPECT_TRUE(has_note(recording, "(Z or P) (2 rows", 11));
    EXPECT_TRUE(has_note(recording, "mark other than Z and P", 15));
}

TEST(Vxp, KeepsTimesThatGoBack)
{
    const auto recording = parse(kHeader16 + "0,1,100,0,0,,0\n0,1,90,0,0,,0\n");
    EXPECT_EQ(time_s(recording, 1), -0.01);
    EXPECT_TRUE(has_note(recording, "not later than in the frame before", 12));
}

TEST(Vxp, NotesARecordingShorterThanItsHeaderSays)
{
    std::string header = kHeader16;
    header.replace(header.find("0.066"), 5, "200.5");
    EXPECT_TRUE(has_note(parse(header + "0,1,0,0,0,,0\n0,1,33,0,0,,0"), "promises a longer recording", 12));
    EXPECT_TRUE(has_note(parse(header + "0,1,0,0,0,,0\n0,1,33,0,0,,0"), "no line end", 12));
}

TEST(Vxp, RefusesDamage)
{
    const std::string good = kHeader16 + "0.5,1,0,0,0,,0\n";
    const auto header = [](const std::string& from, const std::string& to) {
        std::string text = kHeader16;
        return text.replace(text.find(from), from.size(), to) + "0.5,1,0,0,0,,0\n";
    };
    auto cases = common_damage();
    cases.insert(cases.end(),
                 {
                     {"header only", kHeader16, 0, "no frame"},
                     {"no section", "Version=1.6\n", 1, "not with [Header]"},
                     {"cut off in the header", kHeader16.substr(0, 120), 0, "ends within its header"},
                     {"no data section", "[Header]\nVersion=1.6\n", 0, "ends within its header"},
                     {"endless header", "[Header]\n" + std::string(500, 'x') + "=1\n", 0, "ends within its header"},
                     {"no end of the header",
                      [] {
                          std::string text = "[Header]\n";
                          for (int i = 0; i < 100; ++i) text += "a=1\n";
                          return text;
                      }(),
                      65, "no [Data] within the first 64"},
                     {"line without a key", header("Date=08-30-2007", "Date"), 6, "key=value"},
                     {"no version", header("Version=1.6", "Vers=1.6"), 10, "no Version"},
                     {"unknown version", header("Version=1.6", "Version=2.0"), 3, "the version is \"2.0\""},
                     {"no layout", header("Data_layout", "Layout"), 10, "no Data_layout"},
                     {"second layout", header("Date=", "Data_layout="), 6, "second Data_layout"},
                     {"layout without amplitude", header("amplitude,", "height,"), 4, "no amplitude"},
                     {"layout without timestamp", header("timestamp,", "clock,"), 4, "no timestamp"},
                     {"column twice", header("phase,", "amplitude,"), 4, "amplitude twice"},
                     {"zero scale", header("Scale_factor=10.0", "Scale_factor=0"), 9, "Scale_factor \"0\""},
                     {"text as scale", header("Scale_factor=10.0", "Scale_factor=cm"), 9, "Scale_factor \"cm\""},
                     {"row too short", good + "0.5,1,33\n", 12, "3 columns, Data_layout 7"},
                     {"row too long", good + "0.5,1,33,0,0,,0,0\n", 12, "8 columns, Data_layout 7"},
                     {"cut off within a row", good + "0.5,1,3", 12, "3 columns"},
                     {"text as amplitude", good + "a,1,33,0,0,,0\n", 12, "amplitude \"a\""},
                     {"no amplitude", good + ",1,33,0,0,,0\n", 12, "amplitude \"\""},
                     {"nan amplitude", good + "nan,1,33,0,0,,0\n", 12, "amplitude \"nan\""},
                     {"amplitude far away", good + "1e300,1,33,0,0,,0\n", 12, "1 km"},
                     {"text as phase", good + "0.5,pi,33,0,0,,0\n", 12, "phase \"pi\""},
                     {"no timestamp", good + "0.5,1,,0,0,,0\n", 12, "timestamp \"\""},
                     {"timestamp out of range", good + "0.5,1,1e15,0,0,,0\n", 12, "timestamp \"1e15\""},
                     {"no flag", good + "0.5,1,33,,0,,0\n", 12, "validflag \"\""},
                     {"broken flag", good + "0.5,1,33,0.5,0,,0\n", 12, "validflag \"0.5\""},
                     {"text as ttlin", good + "0.5,1,33,0,on,,0\n", 12, "ttlin \"on\""},
                     {"text as ttlout", good + "0.5,1,33,0,0,,off\n", 12, "ttlout \"off\""},
                     {"NUL in a row", good + std::string("0.5,1,\0,0,0,,0\n", 15), 12, "NUL"},
                     {"huge row", good + std::string(70'000, '1'), 12, "longer than"},
                 });
    expect_errors(cases, [](const std::string& text) { return parse(text); });
}

TEST(Vxp, RefusesMoreRowsThanItsLimit)
{
    std::string text = kHeader16;
    for (std::size_t i = 0; i <= kMaxFrames; ++i) text += "0,,0,0,,,\n";
    expect_errors({{"too many rows", text, kMaxFrames + 11, "more than 1000000 frames"}},
                  [](const std::string& damaged) { return parse(damaged); });
}

}  // namespace
}  // namespace foretide::acquisition
