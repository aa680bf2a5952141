// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include <algorithm>
#include <iostream>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "core/intervals/forecast_intervals.h"
#include "core/intervals/gate_bounds.h"
#include "core/time.h"
#include "tests/core/intervals/noisy_series.h"
#include "tests/support/build_kind.h"

namespace foretide::core {
namespace {

double noise(std::mt19937& engine, std::size_t) { return std::normal_distribution<double>()(engine); }

/// Median time of a step once everything is known [µs].
template <class Step>
double median_step_us(std::size_t samples, Step&& step)
{
    std::vector<double> times_us;
    for (std::size_t n = 0; n < samples; ++n) {
        const TimePoint begin = Clock::now();
        step(n);
        if (n > samples / 2) times_us.push_back(1e6 * to_seconds(Clock::now() - begin));
    }
    std::nth_element(times_us.begin(), times_us.begin() + std::ssize(times_us) / 2, times_us.end());
    return times_us[times_us.size() / 2];
}

TEST(IntervalsAt30Hz, KeepTheirLimits)
{
    FORETIDE_SKIP_WITHOUT_FAIR_TIMES();
    std::vector<int> horizons;
    for (int h = 3; h <= 63; h += 3) horizons.push_back(h);
    const tests::NoisySeries series(3000, 30, horizons, 9, noise);
    ForecastIntervals intervals({3, 30}, horizons);
    const double all_us = median_step_us(
        3000, [&](std::size_t n) { intervals.step(series.positions_mm[n], series.forecasts_mm[n], true); });
    EXPECT_LT(all_us, 100) << "21 horizons of 9 coordinates";

    const std::vector<int> latencies{3, 15};
    const tests::NoisySeries axis(8000, 30, latencies, 1, noise);
    GateBounds bounds(30, latencies, 0.8);
    const double gate_us =
        median_step_us(8000, [&](std::size_t n) { bounds.step(axis.positions_mm[n][0], axis.forecasts_mm[n]); });
    EXPECT_LT(gate_us, 100) << "two latencies, two minutes of errors";
    std::cout << "21 horizons of 9 coordinates " << all_us << " µs, bounds of a gate " << gate_us << " µs a step\n";
}

}  // namespace
}  // namespace foretide::core
