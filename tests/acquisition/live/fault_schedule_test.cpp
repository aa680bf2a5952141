// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/live/fault_schedule.h"

#include <chrono>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace foretide::acquisition {
namespace {

using namespace std::chrono_literals;

TEST(FaultSchedule, ReadsWhatIsAccepted)
{
    const Fault one = parse_fault("bad-crc@2.5");
    EXPECT_EQ(one.kind, FaultKind::bad_crc);
    EXPECT_EQ(one.begin, 2500ms);
    EXPECT_EQ(one.duration, 0s);

    const Fault span = parse_fault("late@10+3=0.25");
    EXPECT_EQ(span.kind, FaultKind::late);
    EXPECT_EQ(span.begin, 10s);
    EXPECT_EQ(span.duration, 3s);
    EXPECT_EQ(span.value, 0.25);

    EXPECT_EQ(parse_fault("clock-jump@1=-5").value, -5);
    EXPECT_EQ(parse_fault("silence@1").duration, 1s);
    EXPECT_EQ(parse_fault("phantom@0").value, 1);
}

TEST(FaultSchedule, KnowsEveryName)
{
    for (std::size_t i = 0; i < kFaultKinds; ++i) {
        const auto kind = static_cast<FaultKind>(i);
        const std::string name(to_string(kind));
        EXPECT_EQ(parse_fault(name + "@1").kind, kind);
        EXPECT_NE(fault_help().find("  " + name + ": "), std::string::npos);
    }
}

class RefusedFault : public testing::TestWithParam<const char*> {};

TEST_P(RefusedFault, SaysWhatIsAccepted)
{
    try {
        parse_fault(GetParam());
        FAIL() << "accepted";
    } catch (const std::invalid_argument& error) {
        const std::string text = error.what();
        EXPECT_NE(text.find("'" + std::string(GetParam()) + "'"), std::string::npos) << text;
        EXPECT_NE(text.find("NAME@T+DURATION=VALUE"), std::string::npos) << text;
    }
}

INSTANTIATE_TEST_SUITE_P(, RefusedFault,
                         testing::Values("", "@", "late", "late@", "late@x", "late@1+", "late@1+x",
                                         "late@1+2=", "late@1+2=x", "late@-1", "late@1+-2", "late@nan", "late@inf",
                                         "late@1e9", "late@1+2=-1", "tired@1", "LATE@1", "late @1", "late@1 ",
                                         "dropped@1+2=3", "occlusion@1=33", "late@1=2+3", "phantom@1=0"));

TEST(FaultSchedule, BefallsOneFrameWithoutADuration)
{
    FaultSchedule sut({parse_fault("dropped@1")});
    EXPECT_FALSE(sut.at(900ms).has(FaultKind::dropped));
    EXPECT_TRUE(sut.at(1033ms).has(FaultKind::dropped));
    EXPECT_FALSE(sut.at(1066ms).has(FaultKind::dropped));
}

TEST(FaultSchedule, BefallsEveryFrameOfItsDuration)
{
    FaultSchedule sut({parse_fault("late@1+2=0.5"), parse_fault("late@2+0.5=0.25"), parse_fault("frozen@2")});
    EXPECT_FALSE(sut.at(999ms).has(FaultKind::late));
    EXPECT_EQ(sut.at(1s).value(FaultKind::late), 0.5);
    const ActiveFaults both = sut.at(2s);
    EXPECT_EQ(both.value(FaultKind::late), 0.75);
    EXPECT_EQ(both.remaining(FaultKind::late), 1s);
    EXPECT_TRUE(both.has(FaultKind::frozen));
    EXPECT_FALSE(both.has(FaultKind::swap));
    EXPECT_EQ(sut.at(2999ms).value(FaultKind::late), 0.5);
    EXPECT_FALSE(sut.at(3s).has(FaultKind::late));
}

}  // namespace
}  // namespace foretide::acquisition
