// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/running_accuracy.h"

#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "core/marker_frame.h"

namespace foretide::core {
namespace {

constexpr SeriesLayout kLayout{2, 10};

TEST(RunningAccuracy, IsTheErrorOfEachForecastAgainstWhatCame)
{
    const std::vector<int> horizons{1, 4, 4, 9};
    RunningAccuracy sut(kLayout, horizons);
    std::mt19937 engine(3);
    std::normal_distribution<double> normal(0, 1);
    constexpr int kSamples = 400, kBreak = 200;
    std::vector<std::vector<double>> positions, measured, forecasts;
    std::vector<bool> counted;
    for (int n = 0; n < kSamples; ++n) {
        positions.emplace_back();
        for (int c = 0; c < 6; ++c) positions.back().push_back(normal(engine));
        measured.push_back(positions.back());
        if (n % 13 == 5) measured.back()[4] = kNaN;  // the second marker was filled in
        forecasts.emplace_back();
        for (std::size_t k = 0; k < 6 * horizons.size(); ++k) forecasts.back().push_back(normal(engine));
        counted.push_back(n >= 30);
        if (n == kBreak) sut.break_series();
        sut.step(measured.back(), positions.back(), forecasts.back(), counted.back());
    }
    for (std::size_t h = 0; h < horizons.size(); ++h) {
        double sum = 0, last = 0;
        std::int64_t count = 0;
        for (int n = horizons[h]; n < kSamples; ++n) {
            const int made = n - horizons[h];
            if (!counted[static_cast<std::size_t>(made)] || (n >= kBreak && made < kBreak)) continue;
            for (std::size_t m = 0; m < 6; m += 3) {
                double e = 0, l = 0;
                for (std::size_t c = m; c < m + 3; ++c) {
                    const double now = measured[static_cast<std::size_t>(n)][c];
                    e += std::pow(forecasts[static_cast<std::size_t>(made)][6 * h + c] - now, 2);
                    l += std::pow(positions[static_cast<std::size_t>(made)][c] - now, 2);
                }
                if (std::isnan(e)) continue;
                sum += e;
                last += l;
                ++count;
            }
        }
        const auto figures = sut.figures(h);
        EXPECT_EQ(figures.n, count);
        EXPECT_NEAR(figures.rmse_mm, std::sqrt(sum / static_cast<double>(count)), 1e-9);
        EXPECT_NEAR(figures.last_rmse_mm, std::sqrt(last / static_cast<double>(count)), 1e-9);
        EXPECT_NEAR(figures.recent_rmse_mm, figures.rmse_mm, 0.2 * figures.rmse_mm);
    }
}

TEST(RunningAccuracy, SaysNothingBeforeAnythingCame)
{
    const RunningAccuracy sut(kLayout, std::vector<int>{3});
    EXPECT_EQ(sut.figures(0).n, 0);
    EXPECT_TRUE(std::isnan(sut.figures(0).rmse_mm));
}

}  // namespace
}  // namespace foretide::core
