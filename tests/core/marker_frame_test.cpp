// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/marker_frame.h"

#include <cmath>

#include <gtest/gtest.h>

namespace foretide::core {
namespace {

TEST(MarkerFrame, NothingIsMeasuredUntilSaid)
{
    const MarkerFrame sut;
    EXPECT_EQ(sut.acquired, kUnknownTime);
    EXPECT_EQ(sut.arrived, kUnknownTime);
    EXPECT_EQ(sut.marker_count, 0);
    for (const MarkerSample& marker : sut.markers) {
        EXPECT_EQ(marker.visibility, Visibility::missing);
        EXPECT_TRUE(std::isnan(marker.position_mm[0]));
        EXPECT_TRUE(std::isnan(marker.quality));
    }
}

TEST(MarkerFrame, FlagsFormASet)
{
    FrameFlag set = FrameFlag::none;
    EXPECT_FALSE(has(set, FrameFlag::event));
    set |= FrameFlag::event;
    set = set | FrameFlag::beam_on;
    EXPECT_TRUE(has(set, FrameFlag::event));
    EXPECT_TRUE(has(set, FrameFlag::beam_on));
    EXPECT_FALSE(has(set, FrameFlag::interpolated));
}

}  // namespace
}  // namespace foretide::core
