// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// Clipping: the norm of all gradients together is brought down to τ, their direction stays.

#include <gtest/gtest.h>

#include "tests/rnn/oracle.h"

namespace foretide::rnn {
namespace {

class Clipping : public ::testing::TestWithParam<RuleCase> {};

TEST_P(Clipping, BringsTheUpdateToNormEtaTimesClip)
{
    constexpr double eta = 0.5, clip = 1e-3;
    const Series series = breathing_series(3, 40);
    for (const DelayedLearning form : kForms)
        for (const StepOrder order : kOrders) {
            SCOPED_TRACE(std::string(name_of(form)) + ", " + name_of(order));
            NetworkConfig config = small_network(GetParam(), 2);
            config.eta = eta;
            config.clip = clip;
            config.delayed = form;
            const auto sut = make_double(GetParam(), config);
            NetworkWeights before = sut->weights();
            int updates = 0;
            for (int n = 0; n < 40; ++n) {
                run_live(*sut, series, n, n + 1, order);
                const NetworkWeights after = sut->weights();
                // A, too, learns, but its gradient is not one of those that are clipped.
                const double norm = oracle::applied(before, after, eta).norm();
                if (norm > 0) {
                    EXPECT_NEAR(norm / clip, 1, 1e-9) << "sample " << n;
                    ++updates;
                }
                before = after;
            }
            // Haykin's form learns nothing from the first forecast: it was made of the initial state, which is zero.
            const int haykin = GetParam().rule == LearningRule::rtrl_haykin ? 1 : 0;
            EXPECT_EQ(updates, 40 - (config.history - 1) - config.horizon - haykin);
        }
}

TEST_P(Clipping, KeepsTheDirection)
{
    const Series series = breathing_series(3, 40);
    NetworkConfig config = small_network(GetParam());
    config.eta = 0;
    const auto gradient = [&](double clip) {
        config.clip = clip;
        const auto sut = make_double(GetParam(), config);
        run_live(*sut, series, 0, 12, StepOrder::learn_first);
        const NetworkWeights before = sut->weights();
        sut->set_learning_rate(1);
        run_live(*sut, series, 12, 13, StepOrder::learn_first);
        return oracle::applied(before, sut->weights(), 1);
    };
    const oracle::Gradient whole = gradient(1e6);
    const double norm = whole.norm();
    ASSERT_GT(norm, 1e-2);
    // Just above the norm: nothing happens; just below and far below: the same direction.
    EXPECT_LT(oracle::difference(gradient(1.0001 * norm), whole), 1e-12);
    for (const double share : {0.999, 0.5, 0.01}) {
        oracle::Gradient clipped = gradient(share * norm);
        EXPECT_NEAR(clipped.norm(), share * norm, 1e-12);
        clipped.W /= share;
        clipped.Wc /= share;
        EXPECT_LT(oracle::difference(clipped, whole), 1e-9);
    }
}

INSTANTIATE_TEST_SUITE_P(, Clipping, ::testing::ValuesIn(kRules), rule_name);

}  // namespace
}  // namespace foretide::rnn
