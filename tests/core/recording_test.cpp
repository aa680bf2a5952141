// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/recording.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/core/frames.h"

namespace foretide::core {
namespace {

Recording recording_at(const std::vector<double>& times_s)
{
    Recording recording;
    for (const double t : times_s) {
        recording.frames.push_back(tests::make_frame(t, recording.frames.size(), {{0, 0, 0}}));
    }
    return recording;
}

TEST(EstimateRate, IsOneOverTheMedianInterval)
{
    EXPECT_NEAR(estimate_rate_hz(recording_at({0, 0.1, 0.2, 0.3})), 10, 1e-9);
    EXPECT_NEAR(estimate_rate_hz(recording_at({0, 0.1, 0.2, 5.2, 5.3})), 10, 1e-9);     // a gap does not count
    EXPECT_NEAR(estimate_rate_hz(recording_at({0, 0.1, 0.3})), 1 / 0.15, 1e-9);         // even number of intervals
    EXPECT_NEAR(estimate_rate_hz(recording_at({0, 0.1, 0.05, 0.15, 0.25})), 10, 1e-9);  // one step back
}

TEST(EstimateRate, IsNaNWithoutTwoKnownTimesThatDiffer)
{
    EXPECT_TRUE(std::isnan(estimate_rate_hz({})));
    EXPECT_TRUE(std::isnan(estimate_rate_hz(recording_at({1.0}))));
    EXPECT_TRUE(std::isnan(estimate_rate_hz(recording_at({1.0, 1.0, 1.0}))));
    Recording unknown = recording_at({0, 1});
    unknown.frames[0].acquired = kUnknownTime;
    EXPECT_TRUE(std::isnan(estimate_rate_hz(unknown)));
}

}  // namespace
}  // namespace foretide::core
