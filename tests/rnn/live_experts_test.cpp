// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// The experts against independent mathematics: recursive least squares against the normal equations solved anew at
// every sample, analogs against a plain search, principal coordinates against their definition.

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <span>
#include <stdexcept>
#include <vector>

#include <Eigen/Dense>
#include <gtest/gtest.h>

#include "rnn/live/analog_expert.h"
#include "rnn/live/motion_history.h"
#include "rnn/live/rls_expert.h"

namespace foretide::rnn {
namespace {

constexpr int kCoordinates = 6, kComponents = 3, kBasis = 60, kSamples = 260;
const std::vector<int> kLags{1, 3, 8}, kHorizons{2, 7};

std::vector<double> position_mm(int n)
{
    std::vector<double> y;
    for (int c = 0; c < kCoordinates; ++c)
        y.push_back(-400 + (1 + c) * std::cos(2 * std::numbers::pi * n / 23.7 - 0.3 * c) + 0.01 * n * (c % 2) +
                    0.3 * std::sin(7.77 * n * (c + 1)));
    return y;
}

MotionHistory filled(int samples)
{
    MotionHistory history(kCoordinates, kComponents, 400, kBasis);
    for (int n = 0; n < samples; ++n) history.push(position_mm(n));
    return history;
}

Eigen::VectorXd displacement(int n, int h)
{
    Eigen::VectorXd d(kCoordinates);
    for (int c = 0; c < kCoordinates; ++c)
        d(c) = position_mm(n + h)[static_cast<std::size_t>(c)] - position_mm(n)[static_cast<std::size_t>(c)];
    return d;
}

Eigen::VectorXd scores(const MotionHistory& history, int n)
{
    return Eigen::Map<const Eigen::VectorXd>(history.scores(n), history.components());
}

TEST(MotionHistory, ScoresAreUncorrelatedWithTheFirstOfUnitVariance)
{
    const MotionHistory sut = filled(kBasis);
    Eigen::MatrixXd all(kBasis, kComponents);
    for (int n = 0; n < kBasis; ++n) all.row(n) = scores(sut, n).transpose();
    EXPECT_LT(all.colwise().mean().cwiseAbs().maxCoeff(), 1e-9);
    const Eigen::MatrixXd covariance = all.transpose() * all / kBasis;
    EXPECT_NEAR(covariance(0, 0), 1.0, 1e-9);
    for (int i = 0; i < kComponents; ++i)
        for (int j = 0; j < i; ++j) {
            EXPECT_NEAR(covariance(i, j), 0.0, 1e-9);
            EXPECT_LE(covariance(i, i), covariance(j, j) + 1e-12);
        }
}

TEST(MotionHistory, HasNoBasisBeforeItsTimeAndKeepsTheEarlierScoresAfterwards)
{
    EXPECT_FALSE(filled(kBasis - 1).has_basis());
    const MotionHistory early = filled(kBasis), late = filled(kBasis + 50);
    EXPECT_TRUE(early.has_basis());
    for (int n = 0; n < kBasis; ++n) EXPECT_EQ(scores(early, n), scores(late, n)) << n;
}

class RlsMemory : public ::testing::TestWithParam<double> {};

INSTANTIATE_TEST_SUITE_P(, RlsMemory, ::testing::Values(0.0, 40.0));

TEST_P(RlsMemory, EqualsRidgeRegressionOnAllTargetsKnown)
{
    RlsConfig config;
    config.memory_samples = GetParam();
    const double lambda = GetParam() > 0 ? 1 - 1 / GetParam() : 1;
    config.coordinates = kCoordinates;
    config.horizons = kHorizons;
    config.components = 2;
    config.lags = kLags;
    config.ridge = 3;
    RlsExpert sut(config);
    const MotionHistory history = filled(kSamples);
    const auto input = [&](int n) {
        Eigen::VectorXd u(2 * 4 + 1);
        for (int l = 0; l < 3; ++l)
            u.segment(2 * l, 2) =
                (scores(history, n - kLags[static_cast<std::size_t>(l)]) - scores(history, n)).head(2);
        u.segment(6, 2) = scores(history, n).head(2);
        u(8) = 1;
        return u;
    };
    std::vector<double> out(kHorizons.size() * kCoordinates);
    int compared = 0;
    for (int n = 0; n < kSamples; ++n) {
        sut.forecast(history, n, out);
        if (n > 40 && n % 31 == 0)
            for (std::size_t k = 0; k < kHorizons.size(); ++k) {
                const int h = kHorizons[k];
                Eigen::MatrixXd A = config.ridge * Eigen::MatrixXd::Identity(9, 9);
                Eigen::MatrixXd B = Eigen::MatrixXd::Zero(9, kCoordinates);
                // Recursive least squares with one P for all horizons weighs by the gain of the moment of the forecast:
                // after the last update it is the batch solution on pairs (u(s), y(s+h)) with s + h <= n − 1.
                // The ridge fades with the samples and is renewed coefficient by coefficient.
                for (int s = 8; s + h <= n - 1; ++s) {
                    A = lambda * A + input(s) * input(s).transpose();
                    B = lambda * B + input(s) * displacement(s, h).transpose();
                    A(s % 9, s % 9) += (1 - lambda) * 9 * config.ridge;
                }
                const Eigen::VectorXd expected = (A.ldlt().solve(B)).transpose() * input(n);
                for (int c = 0; c < kCoordinates; ++c)
                    EXPECT_NEAR(out[k * kCoordinates + static_cast<std::size_t>(c)], expected(c), 1e-7)
                        << "sample " << n << ", horizon " << h;
                ++compared;
            }
        sut.learn(history, n);
    }
    EXPECT_GT(compared, 8);
}

TEST(RlsExpert, StaysBoundedWhileAPatientLiesStill)
{
    RlsConfig config;
    config.coordinates = kCoordinates;
    config.horizons = kHorizons;
    config.components = 2;
    config.lags = kLags;
    config.ridge = 0.1;
    config.memory_samples = 15;
    RlsExpert sut(config);
    MotionHistory history(kCoordinates, kComponents, 400, kBasis);
    std::vector<double> out(kHorizons.size() * kCoordinates);
    for (int n = 0; n < 4000; ++n) {  // 267 time constants, still for half of them
        history.push(position_mm(std::min(n, 2000)));
        if (n < kBasis) continue;
        sut.forecast(history, n, out);
        for (const double v : out) ASSERT_LT(std::abs(v), 30) << "sample " << n;
        sut.learn(history, n);
    }
    for (const double v : out) EXPECT_NEAR(v, 0, 1e-3);
}

struct Weighing {
    double age_samples, outlier_limit;
};

class AnalogWeighing : public ::testing::TestWithParam<Weighing> {};

INSTANTIATE_TEST_SUITE_P(, AnalogWeighing, ::testing::Values(Weighing{0, 0}, Weighing{60, 0}, Weighing{90, 1.2}));

/// Weighted mean of the displacements; with an outlier limit reweighed three times.
Eigen::VectorXd robust_mean(const std::vector<Eigen::VectorXd>& d, const std::vector<double>& weights, double limit)
{
    std::vector<double> w = weights;
    Eigen::VectorXd mean;
    for (int k = 0; k < (limit > 0 ? 4 : 1); ++k) {
        if (k > 0) {
            double deviation = 0, total = 0;
            for (std::size_t i = 0; i < d.size(); ++i) {
                deviation += w[i] * (d[i] - mean).norm();
                total += w[i];
            }
            for (std::size_t i = 0; i < d.size(); ++i)
                w[i] = weights[i] * std::min(1.0, limit * deviation / total / (d[i] - mean).norm());
        }
        mean = Eigen::VectorXd::Zero(kCoordinates);
        double total = 0;
        for (std::size_t i = 0; i < d.size(); ++i) {
            mean += w[i] * d[i];
            total += w[i];
        }
        mean /= total;
    }
    return mean;
}

TEST_P(AnalogWeighing, EqualsAPlainSearch)
{
    AnalogConfig config;
    config.coordinates = kCoordinates;
    config.horizons = kHorizons;
    config.patterns.components = kComponents;
    config.patterns.lags = kLags;
    config.patterns.lag_decay_samples = 5;
    config.patterns.position_weight = 1.3;
    config.neighbours = 12;
    config.sharpness = 2;
    config.age_samples = GetParam().age_samples;
    config.outlier_limit = GetParam().outlier_limit;
    config.patterns.capacity = 500;
    AnalogExpert sut(config);
    const MotionHistory history = filled(kSamples);
    const auto pattern = [&](int n) {
        Eigen::VectorXd u(kComponents * 4);
        for (std::size_t l = 0; l < kLags.size(); ++l)
            u.segment(static_cast<Eigen::Index>(l) * kComponents, kComponents) =
                std::exp(-kLags[l] / 5.0) * (scores(history, n - kLags[l]) - scores(history, n));
        u.tail(kComponents) = 1.3 * scores(history, n);
        return u;
    };
    std::vector<double> out(kHorizons.size() * kCoordinates);
    int compared = 0;
    for (int n = 0; n < kSamples; ++n) {
        sut.forecast(history, n, out);
        if (n > 60 && n % 23 == 0)
            for (std::size_t k = 0; k < kHorizons.size(); ++k) {
                const int h = kHorizons[k];
                std::vector<std::pair<double, int>> all;
                for (int s = 8; s + h <= n; ++s) all.emplace_back((pattern(s) - pattern(n)).squaredNorm(), s);
                std::sort(all.begin(), all.end());
                all.resize(12);
                std::vector<Eigen::VectorXd> displacements;
                std::vector<double> weights;
                for (const auto& [distance2, s] : all) {
                    displacements.push_back(displacement(s, h));
                    weights.push_back(std::exp(-2 * distance2 / all.back().first));
                    if (config.age_samples > 0) weights.back() *= std::exp(-(n - s) / config.age_samples);
                }
                const Eigen::VectorXd expected = robust_mean(displacements, weights, config.outlier_limit);
                for (int c = 0; c < kCoordinates; ++c)
                    EXPECT_NEAR(out[k * kCoordinates + static_cast<std::size_t>(c)], expected(c),
                                1e-3)  // distances in float
                        << "sample " << n << ", horizon " << h;
                ++compared;
            }
        sut.learn(history, n);
    }
    EXPECT_GT(compared, 10);
}

TEST(AnalogExpert, ForgetsWhatItsCapacityDoesNotHold)
{
    AnalogConfig config;
    config.coordinates = kCoordinates;
    config.horizons = {2};
    config.patterns.components = 1;
    config.patterns.lags = {1};
    config.neighbours = 5;
    config.patterns.capacity = 20;
    AnalogExpert sut(config);
    MotionHistory history(kCoordinates, 1, 400, kBasis);
    std::vector<double> out(kCoordinates);
    // First a patient that rises by 1 mm a sample, then one that lies still: 20 samples later nothing rises any more.
    for (int n = 0; n < 150; ++n) {
        std::vector<double> y(kCoordinates, n < 100 ? 1.0 * n : 99.0);
        y[0] += 0.01 * (n % 2);
        history.push(y);
        if (n < kBasis) continue;
        for (int s = n == kBasis ? 1 : n; s <= n; ++s) {
            sut.forecast(history, s, out);
            sut.learn(history, s);
        }
        if (n == 99) {
            EXPECT_NEAR(out[1], 2.0, 0.01);
        }
    }
    EXPECT_NEAR(out[1], 0.0, 0.01);
}

/// Loses a memory's shortlist, as loading a state does, and nothing else.
struct NoArchive {
    template <class T>
    void array(std::span<T>)
    {
    }
    template <class T>
    void value(T&)
    {
    }
};

TEST(PatternMemory, FindsOnItsShortlistWhatItWouldFindAmongAll)
{
    PatternConfig config;
    config.components = kComponents;
    config.lags = {2, 5, 12};
    config.capacity = 900;
    PatternMemory sut(config), all(config);
    for (PatternMemory* memory : {&sut, &all}) memory->expect(25);
    MotionHistory history(kCoordinates, kComponents, 2000, kBasis);
    int compared = 0;
    NoArchive nothing;
    for (int n = 0; n < 1600; ++n) {
        std::vector<double> y;  // slow for its noise, as breathing at 30 Hz; a jump at times
        for (int c = 0; c < kCoordinates; ++c)
            y.push_back((1 + c) * std::cos(2 * std::numbers::pi * n / 120 + 0.4 * std::sin(0.01 * n) - 0.3 * c) +
                        0.02 * std::sin(7.77 * n * (c + 1)) + (n % 400 == 399 ? 3 : 0));
        history.push(y);
        if (n < kBasis) continue;
        const auto found = sut.search(history, n), expected = all.search(history, n);
        ASSERT_EQ(found.size(), expected.size()) << n;
        for (std::size_t i = 0; i < found.size(); ++i) {
            ASSERT_EQ(found[i].sample, expected[i].sample) << n;
            ASSERT_EQ(found[i].distance2, expected[i].distance2) << n;
            ++compared;
        }
        for (PatternMemory* memory : {&sut, &all})
            if (n % 50 != 0) memory->learn(history, n);  // without learning there is no list
        all.archive(nothing);
    }
    EXPECT_GT(compared, 25 * 1400);
    EXPECT_EQ(all.short_searches(), 0);
    EXPECT_GT(sut.short_searches(), 0.9 * static_cast<double>(sut.searches() - 200)) << "of " << sut.searches();
    EXPECT_LT(sut.short_searches(), sut.searches() - 100);
}

TEST(AnalogExpert, ForecastsTheSameWithSharedPatterns)
{
    AnalogConfig wide;
    wide.coordinates = kCoordinates;
    wide.horizons = kHorizons;
    wide.patterns.components = kComponents;
    wide.patterns.lags = kLags;
    wide.patterns.capacity = 60;
    wide.neighbours = 15;
    AnalogConfig narrow = wide;
    narrow.neighbours = 6;
    narrow.sharpness = 8;
    narrow.outlier_limit = 1.2;
    const auto memory = std::make_shared<PatternMemory>(AnalogExpert::patterns_of(wide));
    AnalogExpert alone_wide(wide), alone_narrow(narrow), wide_sut(wide, memory), narrow_sut(narrow, memory);
    const MotionHistory history = filled(kSamples);
    std::vector<double> out(kHorizons.size() * kCoordinates), expected(out.size());
    double moved = 0;
    const auto compare = [&](AnalogExpert& sut, AnalogExpert& alone, int n) {
        sut.forecast(history, n, out);
        alone.forecast(history, n, expected);
        ASSERT_EQ(out, expected) << "sample " << n;
        moved += std::abs(out[0]);
    };
    for (int n = 0; n < kSamples; ++n) {
        compare(narrow_sut, alone_narrow, n);
        compare(wide_sut, alone_wide, n);
        for (AnalogExpert* expert : {&alone_wide, &alone_narrow, &wide_sut, &narrow_sut}) expert->learn(history, n);
    }
    EXPECT_GT(moved, 1.0);
    wide.patterns.position_weight = 7;
    EXPECT_THROW(AnalogExpert(wide, memory), std::invalid_argument);
}

}  // namespace
}  // namespace foretide::rnn
