// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/forecast_trajectory.h"

#include <array>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/rt_guard.h"

namespace foretide::core {
namespace {

/// Two coordinates: at 0 (1, −10); at 2 samples (5, −10); at 5 samples (−4, 20).
class Trajectory : public testing::Test {
protected:
    std::array<double, 2> at(double ahead) const
    {
        std::array<double, 2> out{};
        sut_.at(ahead, out);
        return out;
    }

    std::vector<int> horizons_{2, 5};
    std::vector<double> position_mm_{1, -10};
    std::vector<double> forecasts_mm_{5, -10, -4, 20};
    ForecastTrajectory sut_{horizons_, position_mm_, forecasts_mm_};
};

TEST_F(Trajectory, StartsAtThePresentPosition) { EXPECT_EQ(at(0), (std::array<double, 2>{1, -10})); }

TEST_F(Trajectory, GoesThroughTheForecasts)
{
    EXPECT_EQ(at(2), (std::array<double, 2>{5, -10}));
    EXPECT_EQ(at(5), (std::array<double, 2>{-4, 20}));
}

TEST_F(Trajectory, IsLinearInBetween)
{
    EXPECT_EQ(at(1), (std::array<double, 2>{3, -10}));
    EXPECT_EQ(at(0.25), (std::array<double, 2>{1.5, -10}));
    EXPECT_EQ(at(3), (std::array<double, 2>{2, 0}));
    EXPECT_EQ(at(4.5), (std::array<double, 2>{-2.5, 15}));
}

TEST_F(Trajectory, StaysAtTheLastForecast)
{
    EXPECT_EQ(at(5.5), (std::array<double, 2>{-4, 20}));
    EXPECT_EQ(at(1e6), (std::array<double, 2>{-4, 20}));
}

TEST(ForecastTrajectory, HasOneHorizonAtLeast)
{
    const std::vector<int> horizons{1};
    const std::vector<double> position_mm{2}, forecasts_mm{4};
    const ForecastTrajectory sut{horizons, position_mm, forecasts_mm};
    std::array<double, 1> out{};
    sut.at(0.5, out);
    EXPECT_EQ(out[0], 3);
    sut.at(2, out);
    EXPECT_EQ(out[0], 4);
}

// It is asked at every sample, on the path to the gate.
TEST_F(Trajectory, DoesNotAllocate)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    std::array<double, 2> out{};
    tests::RtGuard guard;
    for (int k = 0; k < 1000; ++k) sut_.at(0.01 * k, out);
    guard.disarm();
    EXPECT_EQ(guard.total(), 0) << guard.describe();
}

}  // namespace
}  // namespace foretide::core
