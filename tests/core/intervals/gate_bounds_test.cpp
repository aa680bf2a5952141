// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/intervals/gate_bounds.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/state_io.h"
#include "tests/core/intervals/noisy_series.h"
#include "tests/support/rt_guard.h"

namespace foretide::core {
namespace {

using tests::NoisySeries;

constexpr double kRate_hz = 10;
const std::vector<int> kHorizons{5, 12};

double lopsided(std::mt19937& engine, std::size_t) { return std::exponential_distribution<double>()(engine) - 0.3; }

/// Bounds of all steps, H each.
struct Stated {
    std::vector<std::vector<double>> lower_mm, upper_mm;

    void add(const GateBounds& sut)
    {
        lower_mm.emplace_back(sut.lower_mm().begin(), sut.lower_mm().end());
        upper_mm.emplace_back(sut.upper_mm().begin(), sut.upper_mm().end());
    }
};

Stated run(GateBounds& sut, const NoisySeries& series)
{
    Stated all;
    for (std::size_t n = 0; n < series.positions_mm.size(); ++n) {
        sut.step(series.positions_mm[n][0], series.forecasts_mm[n]);
        all.add(sut);
    }
    return all;
}

struct Coverage {
    double lower, upper, width_mm;
};

Coverage coverage(const NoisySeries& series, const Stated& stated, std::size_t from)
{
    double above = 0, below = 0, width = 0, count = 0;
    for (std::size_t n = from; n < series.positions_mm.size(); ++n)
        for (std::size_t h = 0; h < series.horizons.size(); ++h) {
            const std::size_t target = n + static_cast<std::size_t>(series.horizons[h]);
            if (target >= series.positions_mm.size()) continue;
            above += series.positions_mm[target][0] >= stated.lower_mm[n][h] ? 1 : 0;
            below += series.positions_mm[target][0] <= stated.upper_mm[n][h] ? 1 : 0;
            width += stated.upper_mm[n][h] - stated.lower_mm[n][h];
            count += 1;
        }
    return {above / count, below / count, width / count};
}

TEST(GateBounds, AreCalibratedEachForItself)
{
    const NoisySeries series(6000, kRate_hz, kHorizons, 1, lopsided);
    double previous_mm = 0;
    for (const double confidence : {0.5, 0.8, 0.9}) {
        GateBounds sut(kRate_hz, kHorizons, confidence);
        const Coverage found = coverage(series, run(sut, series), 400);
        EXPECT_NEAR(found.lower, 1 - (1 - confidence) / 2, 0.02) << confidence;
        EXPECT_NEAR(found.upper, 1 - (1 - confidence) / 2, 0.02) << confidence;
        EXPECT_GT(found.width_mm, previous_mm) << confidence;
        previous_mm = found.width_mm;
    }
}

TEST(GateBounds, AreNarrowWhereErrorsOfThisPhaseAreSmall)
{
    // Exact at one end of the breath, a millimetre off on the way.
    const auto size = [](std::size_t n) { return 0.5 - 0.5 * std::cos(2 * M_PI * static_cast<double>(n) / 40); };
    const NoisySeries series(3000, kRate_hz, {5}, 1, [&size](std::mt19937& engine, std::size_t n) {
        return (0.05 + size(n)) * std::normal_distribution<double>()(engine);
    });
    GateBounds sut(kRate_hz, series.horizons, 0.8);
    const Stated stated = run(sut, series);
    double quiet = 0, loud = 0, quiets = 0, louds = 0;
    for (std::size_t n = 1000; n < 2900; ++n) {
        const double width_mm = stated.upper_mm[n][0] - stated.lower_mm[n][0], s = size(n + 5);
        if (s < 0.1) {
            quiet += width_mm;
            quiets += 1;
        } else if (s > 0.9) {
            loud += width_mm;
            louds += 1;
        }
    }
    EXPECT_LT(quiet / quiets, 0.4 * loud / louds);
    const Coverage found = coverage(series, stated, 400);
    EXPECT_NEAR(found.lower, 0.9, 0.02);
    EXPECT_NEAR(found.upper, 0.9, 0.02);
}

TEST(GateBounds, FollowNoiseThatTriples)
{
    const NoisySeries series(2400, kRate_hz, kHorizons, 1, [](std::mt19937& engine, std::size_t n) {
        return (n < 1200 ? 1 : 3) * std::normal_distribution<double>()(engine);
    });
    GateBounds sut(kRate_hz, kHorizons, 0.8);
    const Coverage found = coverage(series, run(sut, series), 1600);
    EXPECT_NEAR(found.lower, 0.9, 0.03);
    EXPECT_NEAR(found.upper, 0.9, 0.03);
}

TEST(GateBounds, AreUnknownBeforeErrorsAreAndWithoutAForecast)
{
    NoisySeries series(400, kRate_hz, kHorizons, 1, lopsided);
    series.forecasts_mm[300][0] = std::nan("");
    series.forecasts_mm[301][1] = std::numeric_limits<double>::infinity();
    series.positions_mm[302][0] = std::nan("");
    GateBounds sut(kRate_hz, kHorizons, 0.8);
    const Stated stated = run(sut, series);
    for (std::size_t n = 0; n < 50; ++n)
        for (std::size_t h = 0; h < 2; ++h) EXPECT_TRUE(std::isnan(stated.lower_mm[n][h])) << n;
    EXPECT_TRUE(std::isnan(stated.lower_mm[300][0]));
    EXPECT_TRUE(std::isnan(stated.upper_mm[300][0]));
    EXPECT_FALSE(std::isfinite(stated.upper_mm[301][1]));
    for (std::size_t n = 302; n < 400; ++n)
        for (std::size_t h = 0; h < 2; ++h) EXPECT_LT(stated.lower_mm[n][h], stated.upper_mm[n][h]) << n;
}

TEST(GateBounds, DoNotJudgeForecastsAcrossABreak)
{
    const NoisySeries series(800, kRate_hz, kHorizons, 1, lopsided);
    const auto widest = [&](bool broken) {
        GateBounds sut(kRate_hz, kHorizons, 0.8);
        double widest_mm = 0;
        for (std::size_t n = 0; n < 800; ++n) {
            const double jump_mm = n >= 400 ? 100 : 0;
            if (broken && n == 400) sut.break_series();
            const std::vector<double> forecasts{series.forecasts_mm[n][0] + jump_mm,
                                                series.forecasts_mm[n][1] + jump_mm};
            sut.step(series.positions_mm[n][0] + jump_mm, forecasts);
            if (n > 400) widest_mm = std::max(widest_mm, sut.upper_mm()[1] - sut.lower_mm()[1]);
        }
        return widest_mm;
    };
    EXPECT_LT(widest(true), 8);
    EXPECT_GT(widest(false), 8) << "otherwise the break proves nothing";
}

TEST(GateBounds, DoNotKnowTheFuture)
{
    const NoisySeries series(500, kRate_hz, kHorizons, 1, lopsided, 1);
    NoisySeries changed = series;
    for (std::size_t n = 301; n < 500; ++n) {
        changed.positions_mm[n][0] *= 2;
        for (double& f : changed.forecasts_mm[n]) f += 1;
    }
    GateBounds a(kRate_hz, kHorizons, 0.8), b(kRate_hz, kHorizons, 0.8);
    const Stated expected = run(a, series), actual = run(b, changed);
    for (std::size_t n = 0; n <= 300; ++n)
        for (const auto member : {&Stated::lower_mm, &Stated::upper_mm})
            ASSERT_EQ(std::memcmp((actual.*member)[n].data(), (expected.*member)[n].data(), 2 * sizeof(double)), 0)
                << n;
    EXPECT_NE(actual.lower_mm[400], expected.lower_mm[400]) << "the change was not seen at all";
}

TEST(GateBounds, RefuseConfidencesThatCannotBe)
{
    for (const double bad : {0.0, -0.1, 0.99, 1.0, std::nan("")})
        EXPECT_THROW(GateBounds(kRate_hz, kHorizons, bad), std::invalid_argument) << bad;
    EXPECT_NO_THROW(GateBounds(kRate_hz, kHorizons, kLargestGateConfidence));
}

TEST(GateBounds, GoOnBitForBitAfterLoading)
{
    const NoisySeries series(600, kRate_hz, kHorizons, 1, lopsided);
    GateBounds a(kRate_hz, kHorizons, 0.8), b(kRate_hz, kHorizons, 0.8);
    std::stringstream state;
    for (std::size_t n = 0; n < 600; ++n) {
        a.step(series.positions_mm[n][0], series.forecasts_mm[n]);
        if (n == 300) {
            a.save_state(state);
            b.load_state(state);
        }
        if (n <= 300) continue;
        b.step(series.positions_mm[n][0], series.forecasts_mm[n]);
        for (std::size_t h = 0; h < 2; ++h) {
            ASSERT_EQ(a.lower_mm()[h], b.lower_mm()[h]) << n;
            ASSERT_EQ(a.upper_mm()[h], b.upper_mm()[h]) << n;
        }
    }
    const std::string bytes = state.str();
    for (const std::size_t length : {std::size_t{0}, bytes.size() / 2, bytes.size() - 1}) {
        std::istringstream in(bytes.substr(0, length));
        EXPECT_THROW(b.load_state(in), StateError) << length;
    }
    std::istringstream in(bytes);
    GateBounds other(kRate_hz, kHorizons, 0.9);
    EXPECT_THROW(other.load_state(in), StateError);
}

// The gate decides between a sample's arrival and the command on the wire.
TEST(GateBounds, StepDoesNotAllocate)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    const std::vector<int> horizons{3, 63};
    const NoisySeries series(1500, 30, horizons, 1, lopsided);
    GateBounds sut(30, horizons, 0.8);
    std::size_t n = 0;
    for (; n < 100; ++n) sut.step(series.positions_mm[n][0], series.forecasts_mm[n]);
    tests::RtGuard guard;
    for (; n < 1500; ++n) {
        if (n == 800) sut.break_series();
        sut.step(series.positions_mm[n][0], series.forecasts_mm[n]);
    }
    guard.disarm();
    EXPECT_EQ(guard.total(), 0) << guard.describe();
    EXPECT_LT(sut.lower_mm()[0], sut.upper_mm()[0]) << "the steps under guard were not real ones";
}

}  // namespace
}  // namespace foretide::core
