// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/intervals/score_histograms.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <sstream>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/state_io.h"

namespace foretide::core {
namespace {

/// Weighted quantile by sorting.
double sorted_quantile(std::vector<std::pair<double, double>> scores, double level)
{
    std::ranges::sort(scores);
    double total = 0, below = 0;
    for (const auto& [score, weight] : scores) total += weight;
    for (const auto& [score, weight] : scores) {
        below += weight;
        if (below >= level * total) return score;
    }
    return scores.back().first;
}

TEST(ScoreHistograms, QuantilesAreThoseOfTheWeightedScores)
{
    constexpr double growth = 1.01;
    for (const bool with_negative : {false, true}) {
        ScoreHistograms sut(2, with_negative);
        std::vector<std::pair<double, double>> scores;
        std::mt19937 engine(1);
        std::lognormal_distribution<double> size(0, 1);
        for (int n = 0; n < 3000; ++n) {
            const double score = (with_negative && engine() % 2 == 0 ? -1 : 1) * size(engine) * (n < 1500 ? 1 : 5);
            sut.age(growth);
            sut.add(1, score);
            scores.emplace_back(score, std::pow(growth, n));
            if (n < 500 || n % 50 != 0) continue;
            for (const double level : {0.5, 0.1, 0.9, 0.95}) {
                const double expected = sorted_quantile(scores, level);
                EXPECT_NEAR(sut.quantile(1, level), expected, 0.005 + 0.1 * std::abs(expected)) << n << " " << level;
            }
        }
        EXPECT_TRUE(std::isnan(sut.quantile(0, 0.5))) << "nothing was added to the other series";
    }
}

TEST(ScoreHistograms, AreMonotoneInTheLevel)
{
    ScoreHistograms sut(1, true);
    std::mt19937 engine(2);
    std::normal_distribution<double> error(0.3, 1);
    for (int n = 0; n < 500; ++n) sut.add(0, error(engine));
    double previous = -std::numeric_limits<double>::infinity();
    for (int k = 1; k < 200; ++k) {
        const double now = sut.quantile(0, k / 200.0);
        EXPECT_GE(now, previous) << k;
        previous = now;
    }
}

TEST(ScoreHistograms, WeightsFadeAndSurviveRenormalisation)
{
    ScoreHistograms sut(1, false);
    for (int n = 0; n < 5000; ++n) {  // 1.05^5000 is far beyond what a float holds
        sut.age(1.05);
        sut.add(0, n < 4900 ? 1 : 3);
    }
    EXPECT_NEAR(sut.weight(0), 1 / (1 - 1 / 1.05), 1e-6);
    EXPECT_NEAR(sut.quantile(0, 0.5), 3, 0.3);
}

TEST(ScoreHistograms, TakeOddScores)
{
    ScoreHistograms sut(1, false);
    for (const double odd : {std::nan(""), std::numeric_limits<double>::infinity()}) sut.add(0, odd);
    EXPECT_EQ(sut.weight(0), 0);
    sut.add(0, -5);
    EXPECT_LT(sut.quantile(0, 0.9), 0.01) << "without negative scores these count as 0";
    sut.clear(0);
    sut.add(0, 1e300);
    EXPECT_NEAR(sut.quantile(0, 0.999), 740, 20);
}

TEST(ScoreHistograms, GoOnBitForBitAfterLoading)
{
    ScoreHistograms a(3, true), b(3, true);
    std::mt19937 engine(3);
    std::normal_distribution<double> score;
    const auto step = [&](ScoreHistograms& sut, double x) {
        sut.age(1.02);
        for (std::size_t s = 0; s < 3; ++s) sut.add(s, x * static_cast<double>(s + 1));
        return sut.quantile(1, 0.9);
    };
    for (int n = 0; n < 100; ++n) step(a, score(engine));
    std::stringstream state;
    a.save_state(state);
    b.load_state(state);
    for (int n = 0; n < 100; ++n) {
        const double x = score(engine);
        ASSERT_EQ(step(a, x), step(b, x));
    }
    std::stringstream other;
    a.save_state(other);
    ScoreHistograms smaller(2, true);
    EXPECT_THROW(smaller.load_state(other), StateError);
}

}  // namespace
}  // namespace foretide::core
