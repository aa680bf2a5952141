// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/metrics.h"

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace foretide::core {
namespace {

TEST(ForecastMetrics, AgreesWithACaseDoneByHand)
{
    // One marker, three samples. Errors (3,4,0), 0, (0,0,2): d = 5, 0, 2.
    const std::vector<double> target{0, 0, 0, 2, 0, 0, 4, 0, 0};
    const std::vector<double> forecast{3, 4, 0, 2, 0, 0, 4, 0, 2};
    const std::vector<double> last{1, 0, 0, 0, 0, 0, 2, 0, 0};  // errors 1, 2, 2
    const auto sut = forecast_metrics({.markers = 1, .target_mm = target, .forecast_mm = forecast, .last_mm = last});
    EXPECT_EQ(sut.n, 3);
    EXPECT_DOUBLE_EQ(sut.mae_mm, 7.0 / 3);
    EXPECT_DOUBLE_EQ(sut.rmse_mm, std::sqrt(29.0 / 3));
    EXPECT_DOUBLE_EQ(sut.nrmse, std::sqrt(29.0 / 8));  // about the mean (2,0,0): 4 + 0 + 4
    EXPECT_DOUBLE_EQ(sut.max_mm, 5);
    EXPECT_DOUBLE_EQ(sut.rel_rmse, std::sqrt(29.0 / 9));
    EXPECT_DOUBLE_EQ(sut.jitter_mm, (std::sqrt(1.0 + 16) + std::sqrt(4.0 + 4)) / 2);
    EXPECT_FALSE(sut.coverage90.has_value());
    EXPECT_FALSE(sut.interval_width_mm.has_value());
    EXPECT_FALSE(sut.winkler_mm.has_value());
}

TEST(ForecastMetrics, JitterSkipsForecastsThatAreNotConsecutive)
{
    const std::vector<double> target(12, 0.0);
    const std::vector<double> forecast{0, 0, 0, 1, 0, 0, 100, 0, 0, 102, 0, 0};
    const std::vector<std::int64_t> index{7, 8, 20, 21};
    const auto sut =
        forecast_metrics({.markers = 1, .target_mm = target, .forecast_mm = forecast, .sample_index = index});
    EXPECT_DOUBLE_EQ(sut.jitter_mm, 1.5);
}

TEST(ForecastMetrics, IntervalsByHand)
{
    // Two samples of one marker. x: inside, 0.5 above; y: no interval at first, then inside; z: 1 below, at the bound.
    const std::vector<double> target{0, 0, 0, 2.5, 0, 1};
    const std::vector<double> forecast(6, 0.0);
    const std::vector<double> lower{-1, kNaN, 1, 0, -3, 1};
    const std::vector<double> upper{1, 5, 2, 2, 3, 2};
    const auto sut = forecast_metrics(
        {.markers = 1, .target_mm = target, .forecast_mm = forecast, .lower_mm = lower, .upper_mm = upper});
    EXPECT_DOUBLE_EQ(sut.coverage90.value(), (0.5 + 1.0 + 0.5) / 3);
    EXPECT_DOUBLE_EQ(sut.interval_width_mm.value(), (2.0 + 1 + 2 + 6 + 1) / 5);
    EXPECT_DOUBLE_EQ(sut.winkler_mm.value(), (2.0 + (1 + 20 * 1) + (2 + 20 * 0.5) + 6 + 1) / 5);
}

TEST(ForecastMetrics, CoordinatesWithoutAnyIntervalDoNotCount)
{
    const std::vector<double> target{0, 0, 0}, forecast{0, 0, 0};
    const std::vector<double> lower{-1, kNaN, kNaN}, upper{1, kNaN, kNaN};
    const auto sut = forecast_metrics(
        {.markers = 1, .target_mm = target, .forecast_mm = forecast, .lower_mm = lower, .upper_mm = upper});
    EXPECT_EQ(sut.coverage90.value(), 1);
    EXPECT_EQ(sut.interval_width_mm.value(), 2);
}

TEST(ForecastMetrics, MarkersNotMeasuredAreLeftOut)
{
    // Marker 2 is unseen at the first sample (one coordinate is enough), nothing is seen at the last.
    const std::vector<double> target{0,    0,    0,    9,    kNaN, 9,  //
                                     2,    0,    0,    10,   0,    0,  //
                                     kNaN, kNaN, kNaN, kNaN, 0,    0};
    std::vector<double> forecast(18, 0.0);
    std::vector<double> last(18, 0.0);
    last[9] = kNaN;  // marker 2 at the second sample
    const auto sut = forecast_metrics({.markers = 2, .target_mm = target, .forecast_mm = forecast, .last_mm = last});
    EXPECT_EQ(sut.n, 2);
    EXPECT_DOUBLE_EQ(sut.mae_mm, 12.0 / 3);
    EXPECT_DOUBLE_EQ(sut.rmse_mm, std::sqrt(104.0 / 3));
    EXPECT_DOUBLE_EQ(sut.nrmse, std::sqrt(104.0 / 2));  // marker 1 about 1, marker 2 about 10
    EXPECT_DOUBLE_EQ(sut.rel_rmse, 1);                  // marker 1 only
}

TEST(ForecastMetrics, NothingToComputeIsNaN)
{
    const auto empty = forecast_metrics({.markers = 3});
    EXPECT_EQ(empty.n, 0);
    for (const double value :
         {empty.mae_mm, empty.rmse_mm, empty.nrmse, empty.max_mm, empty.jitter_mm, empty.rel_rmse}) {
        EXPECT_TRUE(std::isnan(value));
    }
    const std::vector<double> unseen(6, kNaN), forecast(6, 1.0);
    const auto blind = forecast_metrics(
        {.markers = 1, .target_mm = unseen, .forecast_mm = forecast, .lower_mm = unseen, .upper_mm = unseen});
    EXPECT_EQ(blind.n, 0);
    EXPECT_TRUE(std::isnan(blind.rmse_mm));
    EXPECT_EQ(blind.jitter_mm, 0);
    EXPECT_FALSE(blind.coverage90.has_value());
    const std::vector<double> still(6, 2.0);
    EXPECT_TRUE(std::isnan(forecast_metrics({.markers = 1, .target_mm = still, .forecast_mm = forecast}).nrmse));
}

TEST(ForecastMetrics, MeanPositionHasNrmseOne)
{
    std::mt19937 engine(2);
    std::normal_distribution<double> noise(50, 4);
    std::vector<double> target(9 * 200), mean(9, 0.0), forecast;
    for (std::size_t i = 0; i < target.size(); ++i) {
        target[i] = noise(engine);
        mean[i % 9] += target[i] / 200;
    }
    for (std::size_t i = 0; i < target.size(); ++i) {
        forecast.push_back(mean[i % 9]);
    }
    const auto sut =
        forecast_metrics({.markers = 3, .target_mm = target, .forecast_mm = forecast, .last_mm = forecast});
    EXPECT_NEAR(sut.nrmse, 1, 1e-12);
    EXPECT_NEAR(sut.rel_rmse, 1, 1e-12);
    EXPECT_NEAR(sut.jitter_mm, 0, 1e-12);
}

TEST(ForecastMetrics, RefusesWhatDoesNotMatch)
{
    const std::vector<double> six(6, 0.0), three(3, 0.0), seven(7, 0.0);
    const std::vector<std::int64_t> one{0};
    EXPECT_THROW(forecast_metrics({.markers = 0, .target_mm = six, .forecast_mm = six}), std::runtime_error);
    EXPECT_THROW(forecast_metrics({.markers = 1, .target_mm = seven, .forecast_mm = seven}), std::runtime_error);
    EXPECT_THROW(forecast_metrics({.markers = 1, .target_mm = six, .forecast_mm = three}), std::runtime_error);
    EXPECT_THROW(forecast_metrics({.markers = 1, .target_mm = six, .forecast_mm = six, .last_mm = three}),
                 std::runtime_error);
    EXPECT_THROW(forecast_metrics({.markers = 1, .target_mm = six, .forecast_mm = six, .lower_mm = six}),
                 std::runtime_error);
    EXPECT_THROW(forecast_metrics({.markers = 1, .target_mm = six, .forecast_mm = six, .sample_index = one}),
                 std::runtime_error);
    const std::vector<double> diverged{0, 0, 0, 0, std::numeric_limits<double>::infinity(), 0};
    EXPECT_THROW(forecast_metrics({.markers = 1, .target_mm = six, .forecast_mm = diverged}), std::runtime_error);
}

TEST(MeanCi95, ByHand)
{
    const std::vector<double> values{1, 2, 3, 6};  // mean 3, sample variance 14 / 3
    const MeanCi95 sut = mean_ci95(values);
    EXPECT_DOUBLE_EQ(sut.mean, 3);
    EXPECT_DOUBLE_EQ(sut.half_width, 1.96 * std::sqrt(14.0 / 3) / 2);
    EXPECT_TRUE(std::isnan(mean_ci95({}).mean));
    const std::vector<double> one{5};
    EXPECT_DOUBLE_EQ(mean_ci95(one).mean, 5);
    EXPECT_TRUE(std::isnan(mean_ci95(one).half_width));
}

}  // namespace
}  // namespace foretide::core
