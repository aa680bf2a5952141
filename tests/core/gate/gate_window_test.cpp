// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/gate_window.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

#include <gtest/gtest.h>

#include "core/marker_frame.h"

namespace foretide::core {
namespace {

TEST(GateWindow, BoundsBelongToItAndNaNDoesNot)
{
    constexpr GateWindow sut{-1, 2};
    EXPECT_TRUE(sut.contains(-1));
    EXPECT_TRUE(sut.contains(2));
    EXPECT_FALSE(sut.contains(std::nextafter(2, 3)));
    EXPECT_FALSE(sut.contains(kNaN));
}

TEST(Quantile, InterpolatesBetweenOrderStatistics)
{
    const std::vector<double> values{4, kNaN, 1, 3, 2};
    EXPECT_DOUBLE_EQ(quantile(values, 0), 1);
    EXPECT_DOUBLE_EQ(quantile(values, 1), 4);
    EXPECT_DOUBLE_EQ(quantile(values, 0.5), 2.5);
    EXPECT_DOUBLE_EQ(quantile(values, 0.1), 1.3);
    EXPECT_THROW(quantile({}, 0.5), std::runtime_error);
    EXPECT_THROW(quantile(values, 1.1), std::runtime_error);
    EXPECT_THROW(quantile(values, kNaN), std::runtime_error);
}

std::vector<double> along(const std::vector<double>& direction, unsigned seed)
{
    std::mt19937 engine(seed);
    std::normal_distribution<double> big(0, 5), small(0, 0.2);
    std::vector<double> rows;
    for (int k = 0; k < 300; ++k) {
        const double s = big(engine);
        for (const double d : direction) {
            rows.push_back(100 + s * d + small(engine));
        }
    }
    return rows;
}

TEST(PrincipalAxis, FindsTheDirectionOfMotionWithAFixedSign)
{
    const std::vector<double> direction{0.1, -0.2, 0.3, 0.4, 0.1, -0.8};
    const double length = std::sqrt(0.95);
    for (const double sign : {1.0, -1.0}) {
        std::vector<double> moved = direction;
        std::ranges::transform(moved, moved.begin(), [&](double d) { return sign * d; });
        const GateAxis sut = principal_axis(along(moved, 3), 2);
        for (std::size_t c = 0; c < 6; ++c) {
            EXPECT_NEAR(sut.direction[c], -direction[c] / length, 0.02);  // the last, largest, is positive
            EXPECT_NEAR(sut.mean_mm[c], 100, 1.5);
        }
    }
}

// Power iteration on the covariance is the independent oracle.
TEST(PrincipalAxis, AgreesWithPowerIteration)
{
    const auto rows = along({0.5, 0.1, -0.3}, 9);
    std::vector<double> mean(3, 0.0);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        mean[i % 3] += rows[i] / 300;
    }
    std::vector<double> v{1, 1, 1};
    for (int round = 0; round < 500; ++round) {
        std::vector<double> next(3, 0.0);
        for (std::size_t k = 0; k < 300; ++k) {
            double s = 0;
            for (std::size_t c = 0; c < 3; ++c) {
                s += v[c] * (rows[3 * k + c] - mean[c]);
            }
            for (std::size_t c = 0; c < 3; ++c) {
                next[c] += s * (rows[3 * k + c] - mean[c]);
            }
        }
        const double norm = std::hypot(next[0], next[1], next[2]);
        for (std::size_t c = 0; c < 3; ++c) {
            v[c] = next[c] / norm;
        }
    }
    const GateAxis sut = principal_axis(rows, 1);
    for (std::size_t c = 0; c < 3; ++c) {
        EXPECT_NEAR(sut.direction[c], v[c], 1e-9);
        EXPECT_NEAR(sut.mean_mm[c], mean[c], 1e-9);
    }
    const std::vector<double> point{rows[0], rows[1], rows[2]};
    EXPECT_NEAR(sut.project(point),
                v[0] * (rows[0] - mean[0]) + v[1] * (rows[1] - mean[1]) + v[2] * (rows[2] - mean[2]), 1e-9);
}

TEST(PrincipalAxis, LeavesOutIncompleteSamples)
{
    auto rows = along({1, 0, 0}, 4);
    const GateAxis complete = principal_axis(rows, 1);
    rows.insert(rows.begin() + 30, {1e4, kNaN, -1e4});
    const GateAxis sut = principal_axis(rows, 1);
    EXPECT_EQ(sut.mean_mm, complete.mean_mm);
    EXPECT_EQ(sut.direction, complete.direction);
}

TEST(PrincipalAxis, RefusesWhatHasNone)
{
    EXPECT_THROW(principal_axis(std::vector<double>(4), 1), std::runtime_error);
    EXPECT_THROW(principal_axis(std::vector<double>(3), 1), std::runtime_error);
    EXPECT_THROW(principal_axis(std::vector<double>(30, 1.0), 1), std::runtime_error);
    EXPECT_THROW(principal_axis(std::vector<double>(6), 0), std::runtime_error);
    auto rows = along({1, 0, 0}, 4);
    rows[5] = std::numeric_limits<double>::infinity();
    EXPECT_THROW(principal_axis(rows, 1), std::runtime_error);
}

TEST(GateAxis, NamesChooseCoordinates)
{
    const std::vector<double> rows = along({0.1, 0.2, 0.9, 0, 0, 0}, 6);
    const std::vector<double> point{1, 2, 3, 4, 5, kNaN};
    EXPECT_EQ(gate_axis("m1.x", rows, 2).project(point), 1);
    EXPECT_EQ(gate_axis("m2.y", rows, 2).project(point), 5);
    EXPECT_TRUE(std::isnan(gate_axis("m2.z", rows, 2).project(point)));
    EXPECT_EQ(gate_axis("pc1", rows, 2).direction, principal_axis(rows, 2).direction);
    for (const char* const bad : {"m0.x", "m3.x", "m1.w", "m1", "x", "", "pc2", "m999.x", "m1.x "}) {
        EXPECT_THROW(gate_axis(bad, rows, 2), std::runtime_error) << bad;
    }
}

TEST(AutomaticExhaleWindow, TakesTheSideWhereTheCoordinateDwells)
{
    std::vector<double> low_dwell, high_dwell;
    for (int k = 0; k <= 1000; ++k) {
        const double u = k / 1000.0;  // quantile function u³: dwells low
        low_dwell.push_back(10 * u * u * u);
        high_dwell.push_back(-10 * u * u * u);
    }
    std::ranges::shuffle(low_dwell, std::mt19937(1));
    const auto q = [](double u) { return 10 * u * u * u; };
    const GateWindow low = automatic_exhale_window(low_dwell);
    EXPECT_NEAR(low.upper_mm, q(0.4), 1e-9);
    EXPECT_NEAR(low.lower_mm, q(0.02) - 0.25 * (q(0.4) - q(0.02)), 1e-9);
    const GateWindow high = automatic_exhale_window(high_dwell);
    EXPECT_NEAR(high.lower_mm, -low.upper_mm, 1e-9);
    EXPECT_NEAR(high.upper_mm, -low.lower_mm, 1e-9);
    const auto inside = std::ranges::count_if(low_dwell, [&](double x) { return low.contains(x); });
    EXPECT_NEAR(static_cast<double>(inside) / 1001, 0.4, 0.005);
}

TEST(AutomaticExhaleWindow, UsesTheStretchOfTimeAskedFor)
{
    std::vector<double> time, coordinate, stretch;
    for (int k = 0; k < 900; ++k) {
        time.push_back(0.1 * k);
        coordinate.push_back(std::pow(std::sin(0.7 * time.back()), 4) +
                             (time.back() < 30 || time.back() >= 60 ? 50 : 0));
        if (time.back() >= 30 && time.back() < 60) {
            stretch.push_back(coordinate.back());
        }
    }
    const GateWindow sut = automatic_exhale_window(time, coordinate, 0.3, 30, 60);
    const GateWindow expected = automatic_exhale_window(stretch, 0.3);
    EXPECT_EQ(sut.lower_mm, expected.lower_mm);
    EXPECT_EQ(sut.upper_mm, expected.upper_mm);
    EXPECT_LT(sut.upper_mm, 1);
    EXPECT_THROW(automatic_exhale_window(time, coordinate, 0.4, 100, 130), std::runtime_error);
    EXPECT_THROW(automatic_exhale_window(time, coordinate, 0.6, 30, 60), std::runtime_error);
    EXPECT_THROW(automatic_exhale_window(time, stretch, 0.4, 30, 60), std::runtime_error);
}

}  // namespace
}  // namespace foretide::core
