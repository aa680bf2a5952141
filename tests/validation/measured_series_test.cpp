// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/report/measured_series.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "tests/validation/synthetic_replay.h"

namespace foretide::validation {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// One marker at 1 Hz whose x is 10 × the time, y and z 0.
ReplayResult ramp(const std::vector<double>& times_s)
{
    ReplayResult result;
    result.markers = 1;
    result.rate_hz = 1;
    result.time_s = times_s;
    for (const double t : times_s) result.measured_mm.insert(result.measured_mm.end(), {10 * t, 0, 0});
    return result;
}

double x_at(const MeasuredSeries& sut, double time_s)
{
    std::vector<double> position_mm(3);
    sut.at(time_s, position_mm);
    return position_mm[0];
}

TEST(MeasuredSeries, IsLinearBetweenSamples)
{
    const MeasuredSeries sut{ramp({0, 1, 2, 3})};
    EXPECT_DOUBLE_EQ(x_at(sut, 2), 20);
    EXPECT_DOUBLE_EQ(x_at(sut, 2.25), 22.5);
}

TEST(MeasuredSeries, IsNotKnownOutsideAcrossGapsAndBesideUnseenMarkers)
{
    EXPECT_TRUE(std::isnan(x_at(MeasuredSeries{ramp({0, 1, 2})}, -0.1)));
    EXPECT_TRUE(std::isnan(x_at(MeasuredSeries{ramp({0, 1, 2})}, 2.1)));
    EXPECT_TRUE(std::isnan(x_at(MeasuredSeries{ramp({0, 1, 4, 5})}, 2)));
    EXPECT_DOUBLE_EQ(x_at(MeasuredSeries{ramp({0, 1, 3, 4})}, 2), 20);  // one sample missing
    auto unseen = ramp({0, 1, 2});
    unseen.measured_mm[3] = kNan;
    EXPECT_TRUE(std::isnan(x_at(MeasuredSeries{unseen}, 1.5)));
    EXPECT_DOUBLE_EQ(x_at(MeasuredSeries{unseen}, 2), 20);
}

TEST(MeasuredSeries, PutsRowsInOrder)
{
    const MeasuredSeries sut{ramp({0, 2, 1, kNan, 1, 3})};
    ASSERT_EQ(sut.size(), 4U);
    EXPECT_DOUBLE_EQ(x_at(sut, 1.5), 15);
}

TEST(MeasuredSeries, PrincipalCoordinateFollowsTheMotion)
{
    auto result = ramp({0, 1, 2, 3, 4, 5});
    for (std::size_t k = 0; k < result.time_s.size(); ++k) result.measured_mm[3 * k + 2] = -20 * result.time_s[k];
    const MeasuredSeries sut{result};
    const auto pc1 = sut.principal_coordinate(4);
    ASSERT_TRUE(pc1.has_value());
    // Per second 10 mm in x and −20 mm in z, the larger one positive; the mean is that of 0 … 3 s.
    EXPECT_NEAR(pc1->axis.project(sut.position_mm(5)), -std::sqrt(500.0) * (5 - 1.5), 1e-9);
}

TEST(MeasuredSeries, NoPrincipalCoordinateWhereNothingMoves)
{
    auto result = ramp({0, 1, 2, 3});
    result.measured_mm.assign(12, 1.0);
    EXPECT_FALSE(MeasuredSeries{result}.principal_coordinate(10).has_value());
    result.measured_mm.assign(12, kNan);
    EXPECT_FALSE(MeasuredSeries{result}.principal_coordinate(10).has_value());
}

TEST(MeasuredSeries, ForecastErrorIsTheRootMeanSquareOverSeenMarkers)
{
    ReplayResult result = synthetic_replay();
    HorizonResult& horizon = result.horizons[0];
    for (std::size_t c = 0; c < 6; ++c) {
        horizon.forecast_mm[c] = synthetic_position_mm(0.5, static_cast<int>(c)) + (c == 1 ? 3 : 0) + (c == 5 ? 4 : 0);
    }
    EXPECT_NEAR(forecast_errors_mm(MeasuredSeries{result}, horizon)[0], std::sqrt((9.0 + 16.0) / 2), 1e-12);

    result.measured_mm[5 * 6 + 4] = kNan;  // marker 2 is not seen at 0.5 s
    EXPECT_NEAR(forecast_errors_mm(MeasuredSeries{result}, horizon)[0], 3, 1e-12);
    result.measured_mm[5 * 6 + 0] = kNan;
    EXPECT_TRUE(std::isnan(forecast_errors_mm(MeasuredSeries{result}, horizon)[0]));
}

TEST(MeasuredSeries, RunningRmsLooksBackOnly)
{
    const std::vector<double> time_s{0, 1, 2, 3, 4};
    const std::vector<double> error{1, kNan, 3, 4, 100};
    const RunningRms sut = running_rms(time_s, error, 2, 0, 3, 4);
    ASSERT_EQ(sut.rms.size(), 4U);
    EXPECT_DOUBLE_EQ(sut.rms[0], 1);
    EXPECT_DOUBLE_EQ(sut.rms[2], 3);
    EXPECT_DOUBLE_EQ(sut.rms[3], std::sqrt((9.0 + 16.0) / 2));
    EXPECT_TRUE(std::isnan(running_rms(time_s, error, 0.5, 1, 1, 1).rms[0]));
}

}  // namespace
}  // namespace foretide::validation
