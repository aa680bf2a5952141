// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// UORO's estimates are right on average: over many seeds their mean is RTRL's value.
//
// Criterion: of every entry, z = (mean − expected) / (standard deviation / √seeds); the largest |z| over some hundred
// entries must stay below 4.5 (a normal z exceeds that once in 150 000 times). The seeds are fixed, so the outcome is,
// too. Each test also applies the criterion to estimates known to be biased, which it must refuse.

#include <gtest/gtest.h>

#include "tests/rnn/oracle.h"

namespace foretide::rnn {
namespace {

constexpr int kSeeds = 6000;
constexpr int kLast = 8;  // sample whose arrival completes the last step: six steps at k = 3, h = 1
constexpr double kLargestZ = 4.5;

/// Sums of an estimate over the seeds.
struct Moments {
    oracle::Mat sum, squares;

    void add(const oracle::Mat& value)
    {
        if (sum.size() == 0) {
            sum = oracle::Mat::Zero(value.rows(), value.cols());
            squares = sum;
        }
        sum += value;
        squares += value.cwiseAbs2();
    }
    /// Of `factor` times the estimate.
    double largest_z(const oracle::Mat& expected, double factor = 1) const
    {
        const oracle::Mat mean = sum / kSeeds;
        const oracle::Mat variance = squares / kSeeds - mean.cwiseAbs2();
        const oracle::Mat error = (variance / kSeeds).cwiseMax(1e-30).cwiseSqrt() * std::abs(factor);
        return (factor * mean - expected).cwiseQuotient(error).cwiseAbs().maxCoeff();
    }
};

struct Estimates {
    NetworkWeights weights;
    Series series = breathing_series(3, kLast + 1);
    Moments influence, gradient;
};

/// Frozen weights, the same for every seed; the last step is made with η = 1 to see the gradient taken.
Estimates estimates(bool reference_order)
{
    Estimates all;
    NetworkConfig config = small_network({LearningRule::uoro, reference_order, "uoro"});
    config.eta = 0;
    all.weights = make_network(LearningRule::uoro, Precision::double_precision, config)->weights();
    for (int seed = 1; seed <= kSeeds; ++seed) {
        config.seed = static_cast<std::uint64_t>(seed);
        const auto sut = make_network(LearningRule::uoro, Precision::double_precision, config);
        sut->set_weights(all.weights);
        run_live(*sut, all.series, 0, kLast, StepOrder::learn_first);
        sut->set_learning_rate(1);
        run_live(*sut, all.series, kLast, kLast + 1, StepOrder::learn_first);
        all.influence.add(sut->influence());
        all.gradient.add(oracle::applied(all.weights, sut->weights(), 1).W);
    }
    return all;
}

TEST(UoroUnbiased, InfluenceAndGradientInCorrectedOrder)
{
    const Estimates all = estimates(false);
    const std::vector<oracle::Vec> u = oracle::inputs_until(all.series, kLast - 1, 3);
    const oracle::Mat J = oracle::influence(all.weights, u, false);
    EXPECT_LT(all.influence.largest_z(J), kLargestZ);
    const oracle::Mat gradient = oracle::bptt(all.weights, u, oracle::sample(all.series, kLast), false).W;
    EXPECT_LT(all.gradient.largest_z(gradient), kLargestZ);

    // Refused: the wrong sign, 10 % too much, SnAp-1's influence, last step's influence.
    EXPECT_GT(all.influence.largest_z(J, -1), 2 * kLargestZ);
    EXPECT_GT(all.influence.largest_z(J, 1.1), kLargestZ);
    EXPECT_GT(all.influence.largest_z(oracle::influence(all.weights, u, true)), 2 * kLargestZ);
    EXPECT_GT(all.influence.largest_z(oracle::influence(all.weights, {u.begin(), u.end() - 1}, false)), 2 * kLargestZ);
    EXPECT_GT(all.gradient.largest_z(gradient, -1), 2 * kLargestZ);
}

/// The reference's order pairs δ of the new state with the estimate of the old one: its gradient is biased.
TEST(UoroUnbiased, ReferenceOrderKeepsTheInfluenceUnbiasedButNotTheGradient)
{
    const Estimates all = estimates(true);
    const std::vector<oracle::Vec> u = oracle::inputs_until(all.series, kLast - 1, 3);
    EXPECT_LT(all.influence.largest_z(oracle::influence(all.weights, u, false)), kLargestZ);
    const oracle::Gradient exact = oracle::bptt(all.weights, u, oracle::sample(all.series, kLast), false);
    EXPECT_GT(all.gradient.largest_z(exact.W), 2 * kLargestZ);
}

}  // namespace
}  // namespace foretide::rnn
