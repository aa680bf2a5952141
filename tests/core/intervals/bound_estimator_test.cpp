// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/intervals/bound_estimator.h"

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
using Margins = std::vector<std::vector<double>>;

constexpr double kRate_hz = 10;
constexpr std::size_t kCoordinates = 3;
const std::vector<int> kHorizons{1, 5, 21};
constexpr double kInfinity = std::numeric_limits<double>::infinity();

double normal(std::mt19937& engine, std::size_t) { return std::normal_distribution<double>()(engine); }

BoundEstimator estimator(const BoundConfig& config = {}) { return {kCoordinates, kRate_hz, kHorizons, config}; }

Margins run(BoundEstimator& sut, const NoisySeries& series)
{
    Margins all;
    for (std::size_t n = 0; n < series.positions_mm.size(); ++n) {
        sut.step(series.positions_mm[n], series.forecasts_mm[n]);
        all.emplace_back(sut.margins_mm().begin(), sut.margins_mm().end());
    }
    return all;
}

/// Share of targets of forecasts made in [from, to) for which the bound held, over coordinates and horizons.
double coverage(const NoisySeries& series, const Margins& margins, BoundSide side, std::size_t from, std::size_t to)
{
    double held = 0, stated = 0;
    for (std::size_t n = from; n < to; ++n)
        for (std::size_t h = 0; h < series.horizons.size(); ++h)
            for (std::size_t c = 0; c < series.p; ++c) {
                const double e = series.error_mm(n, h, c), margin = margins[n][h * series.p + c];
                if (std::isnan(e) || std::isnan(margin)) continue;
                const double score = side == BoundSide::both ? std::abs(e) : side == BoundSide::upper ? e : -e;
                stated += 1;
                held += score <= margin ? 1 : 0;
            }
    return held / stated;
}

double mean_margin(const Margins& margins, std::size_t from, std::size_t to)
{
    double sum = 0, count = 0;
    for (std::size_t n = from; n < to; ++n)
        for (const double m : margins[n]) {
            sum += m;
            count += 1;
        }
    return sum / count;
}

// ---- calibration

TEST(BoundEstimator, IsExactOnExchangeableNoise)
{
    const NoisySeries series(4000, kRate_hz, kHorizons, kCoordinates, normal);
    for (const double level : {0.6, 0.8, 0.9, 0.95}) {
        BoundEstimator sut = estimator({BoundSide::both, level});
        EXPECT_NEAR(coverage(series, run(sut, series), BoundSide::both, 300, 4000), level, 0.02) << level;
    }
    BoundEstimator sut = estimator();
    EXPECT_NEAR(mean_margin(run(sut, series), 300, 3900), 1.645, 0.1) << "that of a normal error";
}

TEST(BoundEstimator, IsCalibratedUnderHeavyTails)
{
    const NoisySeries series(4000, kRate_hz, kHorizons, kCoordinates, [](std::mt19937& engine, std::size_t) {
        return std::student_t_distribution<double>(1.5)(engine);  // infinite variance
    });
    BoundEstimator sut = estimator();
    EXPECT_NEAR(coverage(series, run(sut, series), BoundSide::both, 300, 4000), 0.9, 0.02);
}

TEST(BoundEstimator, CalibratesEachSideOfALopsidedErrorForItself)
{
    const NoisySeries series(4000, kRate_hz, kHorizons, kCoordinates, [](std::mt19937& engine, std::size_t) {
        return std::exponential_distribution<double>()(engine) + 0.5;  // never below 0.5
    });
    for (const BoundSide side : {BoundSide::lower, BoundSide::upper}) {
        BoundEstimator sut = estimator({side, 0.9});
        const Margins margins = run(sut, series);
        EXPECT_NEAR(coverage(series, margins, side, 300, 4000), 0.9, 0.02);
        // The 10th and the 90th percentile of the error.
        const double expected = side == BoundSide::lower ? -(0.5 - std::log(0.9)) : 0.5 - std::log(0.1);
        EXPECT_NEAR(mean_margin(margins, 300, 3900), expected, 0.15 * std::abs(expected));
    }
}

TEST(BoundEstimator, FollowsNoiseThatTriples)
{
    const NoisySeries series(2400, kRate_hz, kHorizons, kCoordinates, [](std::mt19937& engine, std::size_t n) {
        return (n < 1200 ? 1 : 3) * std::normal_distribution<double>()(engine);
    });
    BoundEstimator sut = estimator();
    const Margins margins = run(sut, series);
    EXPECT_NEAR(coverage(series, margins, BoundSide::both, 300, 1150), 0.9, 0.02);
    const double at_once = coverage(series, margins, BoundSide::both, 1200, 1220);
    const double soon = coverage(series, margins, BoundSide::both, 1250, 1400);
    const double later = coverage(series, margins, BoundSide::both, 1500, 2400);
    EXPECT_LT(at_once, 0.75) << "the change came unannounced";
    EXPECT_GT(soon, 0.8);
    EXPECT_NEAR(later, 0.9, 0.025);
}

TEST(BoundEstimator, FollowsNoiseThatSubsides)
{
    const NoisySeries series(2400, kRate_hz, kHorizons, kCoordinates, [](std::mt19937& engine, std::size_t n) {
        return (n < 1200 ? 3 : 1) * std::normal_distribution<double>()(engine);
    });
    BoundEstimator sut = estimator();
    const Margins margins = run(sut, series);
    EXPECT_LT(mean_margin(margins, 2000, 2300), 0.4 * mean_margin(margins, 900, 1150));
}

TEST(BoundEstimator, IsWiderWhereTheTargetMovesFastIfErrorsAreLargerThere)
{
    const NoisySeries series(4000, kRate_hz, {5}, 1, [](std::mt19937& engine, std::size_t n) {
        const double speed = std::abs(std::sin(2 * M_PI * static_cast<double>(n) / (4 * kRate_hz)));
        return (0.2 + speed) * std::normal_distribution<double>()(engine);
    });
    BoundEstimator sut(1, kRate_hz, series.horizons, {});
    const Margins margins = run(sut, series);
    double fast = 0, slow = 0;
    for (std::size_t n = 1000; n < 3900; ++n)
        (std::abs(std::sin(2 * M_PI * static_cast<double>(n + 5) / 40)) > 0.7 ? fast : slow) += margins[n][0];
    EXPECT_GT(fast / slow, 1.15) << "both cover half of the time";
    EXPECT_NEAR(coverage(series, margins, BoundSide::both, 300, 3990), 0.9, 0.02);
}

TEST(BoundEstimator, IsWiderAtHigherLevels)
{
    const NoisySeries series(2000, kRate_hz, kHorizons, kCoordinates, normal);
    double previous = 0;
    for (const double level : {0.5, 0.7, 0.8, 0.9, 0.95, 0.99}) {
        BoundEstimator sut = estimator({BoundSide::both, level});
        const double now = mean_margin(run(sut, series), 300, 1900);
        EXPECT_GT(now, previous) << level;
        previous = now;
    }
}

// ---- what it knows, and when

TEST(BoundEstimator, StatesNothingBeforeFiveSecondsOfErrors)
{
    const NoisySeries series(200, kRate_hz, kHorizons, kCoordinates, normal);
    BoundEstimator sut = estimator();
    const Margins margins = run(sut, series);
    for (std::size_t h = 0; h < kHorizons.size(); ++h) {
        // Five seconds of forgotten scores take a little longer to gather.
        const std::size_t first = static_cast<std::size_t>(kHorizons[h]) + 54;
        EXPECT_TRUE(std::isnan(margins[first - 3][h * kCoordinates]));
        EXPECT_GT(margins[first + 3][h * kCoordinates], 0);
    }
}

TEST(BoundEstimator, DoesNotKnowTheFuture)
{
    const NoisySeries series(400, kRate_hz, kHorizons, kCoordinates, normal, 1);
    const NoisySeries other(400, kRate_hz, kHorizons, kCoordinates, normal, 2);
    for (const std::size_t last : {20U, 99U, 250U}) {
        NoisySeries changed = series;
        for (std::size_t n = last + 1; n < 400; ++n) {
            changed.forecasts_mm[n] = other.forecasts_mm[n];
            for (double& x : changed.positions_mm[n]) x = 3 * x + 5;
        }
        BoundEstimator a = estimator(), b = estimator();
        const Margins expected = run(a, series), actual = run(b, changed);
        for (std::size_t n = 0; n <= last; ++n)
            ASSERT_EQ(std::memcmp(actual[n].data(), expected[n].data(), actual[n].size() * sizeof(double)), 0) << n;
        EXPECT_NE(actual[last + 80], expected[last + 80]) << "the change was not seen at all";
    }
}

TEST(BoundEstimator, LeavesOutWhatIsNotFinite)
{
    NoisySeries series(1500, kRate_hz, kHorizons, kCoordinates, normal);
    for (std::size_t n = 0; n < 1500; ++n) {
        if (n % 7 == 0) series.positions_mm[n][1] = std::nan("");
        if (n % 11 == 0) series.positions_mm[n][0] = kInfinity;
        if (n % 13 == 0) series.forecasts_mm[n][2] = std::nan("");
        if (n % 17 == 0) series.forecasts_mm[n][3] = -kInfinity;
    }
    BoundEstimator sut = estimator();
    const Margins margins = run(sut, series);
    for (std::size_t n = 300; n < 1500; ++n)
        for (std::size_t i = 0; i < margins[n].size(); ++i)
            ASSERT_EQ(std::isfinite(margins[n][i]), std::isfinite(series.forecasts_mm[n][i])) << n << " " << i;
    EXPECT_NEAR(coverage(series, margins, BoundSide::both, 300, 1500), 0.9, 0.03);
}

TEST(BoundEstimator, RecoversFromAnAbsurdError)
{
    NoisySeries series(1500, kRate_hz, kHorizons, kCoordinates, normal);
    series.forecasts_mm[500][0] = 1e300;
    series.positions_mm[600][1] = -1e12;
    BoundEstimator sut = estimator();
    const Margins margins = run(sut, series);
    EXPECT_LT(mean_margin(margins, 900, 1400), 2.2) << "1.645 without";
}

TEST(BoundEstimator, DoesNotJudgeForecastsAcrossABreak)
{
    NoisySeries series(800, kRate_hz, kHorizons, kCoordinates, normal);
    const auto widest = [&](bool broken) {
        BoundEstimator sut = estimator();
        double widest_mm = 0;
        for (std::size_t n = 0; n < 800; ++n) {
            if (broken && n == 400) sut.break_series();
            std::vector<double> positions = series.positions_mm[n], forecasts = series.forecasts_mm[n];
            if (n >= 400)
                for (std::vector<double>* all : {&positions, &forecasts})
                    for (double& x : *all) x += 100;
            sut.step(positions, forecasts);
            for (const double m : sut.margins_mm())
                if (n > 400) widest_mm = std::max(widest_mm, m);
        }
        return widest_mm;
    };
    EXPECT_LT(widest(true), 4);
    EXPECT_GT(widest(false), 4) << "otherwise the break proves nothing";
}

// ---- parameters, state, real time

TEST(BoundEstimator, RefusesWhatCannotBe)
{
    const auto make = [](std::size_t p, double rate_hz, std::vector<int> horizons, BoundConfig config) {
        BoundEstimator(p, rate_hz, horizons, config);
    };
    EXPECT_THROW(make(0, 10, {1}, {}), std::invalid_argument);
    EXPECT_THROW(make(1, 0, {1}, {}), std::invalid_argument);
    EXPECT_THROW(make(1, 10, {}, {}), std::invalid_argument);
    EXPECT_THROW(make(1, 10, {0}, {}), std::invalid_argument);
    EXPECT_THROW(make(1, 10, {1}, {.level = 0.4}), std::invalid_argument);
    EXPECT_THROW(make(1, 10, {1}, {.level = 1}), std::invalid_argument);
    EXPECT_THROW(make(1, 10, {1}, {.memory_s = 0}), std::invalid_argument);
}

TEST(BoundEstimator, GoesOnBitForBitAfterLoading)
{
    const NoisySeries series(600, kRate_hz, kHorizons, kCoordinates, normal);
    for (const BoundSide side : {BoundSide::both, BoundSide::lower}) {
        BoundEstimator a = estimator({side, 0.9}), b = estimator({side, 0.9});
        std::stringstream state;
        for (std::size_t n = 0; n < 600; ++n) {
            a.step(series.positions_mm[n], series.forecasts_mm[n]);
            if (n == 300) {
                a.save_state(state);
                b.load_state(state);
            }
            if (n <= 300) continue;
            b.step(series.positions_mm[n], series.forecasts_mm[n]);
            ASSERT_EQ(std::memcmp(a.margins_mm().data(), b.margins_mm().data(), a.margins_mm().size_bytes()), 0) << n;
        }
    }
}

TEST(BoundEstimator, RefusesTheStateOfOthersAndDamage)
{
    BoundEstimator sut = estimator();
    std::stringstream state;
    sut.save_state(state);
    const std::string bytes = state.str();
    const auto load = [&bytes](BoundEstimator other, std::size_t length) {
        std::istringstream in(bytes.substr(0, length));
        other.load_state(in);
    };
    EXPECT_NO_THROW(load(estimator(), bytes.size()));
    EXPECT_THROW(load(estimator({BoundSide::upper, 0.9}), bytes.size()), StateError);
    EXPECT_THROW(load(estimator({BoundSide::both, 0.8}), bytes.size()), StateError);
    EXPECT_THROW(load(BoundEstimator(kCoordinates, kRate_hz, std::vector<int>{1, 5, 20}, {}), bytes.size()),
                 StateError);
    for (const std::size_t length : {std::size_t{0}, std::size_t{10}, bytes.size() / 2, bytes.size() - 1})
        EXPECT_THROW(load(estimator(), length), StateError) << length;
}

// Intervals are stated between a sample's arrival and the command on the wire.
TEST(BoundEstimator, StepDoesNotAllocate)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    std::vector<int> horizons;
    for (int h = 3; h <= 63; h += 3) horizons.push_back(h);
    const NoisySeries series(1100, 30, horizons, 9, normal);
    BoundEstimator sut(9, 30, horizons, {});
    std::size_t n = 0;
    for (; n < 100; ++n) sut.step(series.positions_mm[n], series.forecasts_mm[n]);
    tests::RtGuard guard;
    for (; n < 1100; ++n) {
        if (n == 500) sut.break_series();
        sut.step(series.positions_mm[n], series.forecasts_mm[n]);
    }
    guard.disarm();
    EXPECT_EQ(guard.total(), 0) << guard.describe();
    EXPECT_GT(sut.margins_mm()[0], 0) << "the steps under guard were not real ones";
}

}  // namespace
}  // namespace foretide::core
