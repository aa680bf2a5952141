// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/time.h"

#include <gtest/gtest.h>

namespace foretide::core {
namespace {

TEST(Time, SecondsAreRoundedToTheNanosecond)
{
    EXPECT_EQ(from_seconds(0.1), Duration{100'000'000});
    EXPECT_EQ(from_seconds(-1e-9), Duration{-1});
    EXPECT_EQ(from_seconds(1.4e-9), Duration{1});
    EXPECT_DOUBLE_EQ(to_seconds(Duration{1'500'000'000}), 1.5);
    EXPECT_DOUBLE_EQ(to_seconds(TimePoint{from_seconds(-2.5)}), -2.5);
}

TEST(Time, ClockNeverGoesBack)
{
    TimePoint before = Clock::now();
    for (int i = 0; i < 1000; ++i) {
        const TimePoint now = Clock::now();
        ASSERT_GE(now, before);
        before = now;
    }
    EXPECT_NE(before, kUnknownTime);
}

}  // namespace
}  // namespace foretide::core
