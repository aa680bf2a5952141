// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// DNI's credit matrix A: its update descends ½‖f‖², and does so until little of f is left.

#include <gtest/gtest.h>

#include "tests/rnn/oracle.h"

namespace foretide::rnn {
namespace {

constexpr RuleCase kDni{LearningRule::dni, false, "dni"};

TEST(DniCredit, UpdateIsTheGradientOfTheSquaredResidual)
{
    const Series series = breathing_series(3, 30);
    NetworkConfig config = small_network(kDni);
    config.eta = 0;
    const auto sut = make_double(kDni, config);
    NetworkWeights w = sut->weights();
    oracle::Vec bar = oracle::Vec::Zero(config.hidden + 3 + 1);  // before the first step
    bar[bar.size() - 1] = 1;
    for (int n = 0; n < 20; ++n) {
        run_live(*sut, series, n, n + 1, StepOrder::learn_first);
        if (n < config.history) continue;  // no forecast has met its target yet
        SCOPED_TRACE("sample " + std::to_string(n));
        const std::vector<oracle::Vec> x = oracle::states(w, oracle::inputs_until(series, n - 1, config.history));
        const oracle::Vec target = oracle::sample(series, n);
        oracle::Vec bar_next(bar.size());
        bar_next << x.back(), target, 1;
        const oracle::Vec delta = -w.Wc.transpose() * (target - w.Wc * x.back());
        const oracle::Mat D = (1 - x.back().array().square()).matrix().asDiagonal() * w.Wa;

        oracle::Mat A = w.A;
        EXPECT_LT((sut->credit_residual() - oracle::credit_residual(A, bar, bar_next, delta, D)).norm(), 1e-12);
        oracle::Mat slope = A;
        for (Eigen::Index i = 0; i < A.size(); ++i) {
            const auto half_square = [&](double a) {
                A(i) = a;
                return 0.5 * oracle::credit_residual(A, bar, bar_next, delta, D).squaredNorm();
            };
            constexpr double step = 1e-4;  // the function is quadratic: central differences are exact
            slope(i) = (half_square(w.A(i) + step) - half_square(w.A(i) - step)) / (2 * step);
            A(i) = w.A(i);
        }
        EXPECT_GT(slope.norm(), 1e-2);
        const oracle::Mat A_after = sut->weights().A;
        EXPECT_LT((A_after - (w.A - config.eta_credit * slope)).cwiseAbs().maxCoeff(), 1e-10);
        bar = bar_next;
        w.A = A_after;
    }
}

/// On a periodic series the states become periodic, too: ½‖f‖² summed over a period is one quadratic function of A, and
/// the updates go down it, slower and slower along its flat directions.
TEST(DniCredit, ResidualIsDrivenTowardsZero)
{
    constexpr int period = 12, periods = 2000;
    const Series series = periodic_series(3, period * periods, period);
    NetworkConfig config = small_network(kDni);
    config.eta = 0;
    const auto residual_by_period = [&](double eta_credit) {
        config.eta_credit = eta_credit;
        const auto sut = make_double(kDni, config);
        std::vector<double> means(periods, 0.0);
        for (int n = 0; n < period * periods; ++n) {
            run_live(*sut, series, n, n + 1, StepOrder::learn_first);
            means[static_cast<std::size_t>(n / period)] += sut->credit_residual().norm() / period;
        }
        return means;
    };
    const std::vector<double> learned = residual_by_period(0.02), frozen = residual_by_period(0);
    EXPECT_LT(learned[100], 0.75 * learned[1]);
    EXPECT_LT(learned[1000], 0.75 * learned[100]);
    EXPECT_LT(learned.back(), learned[1000]);
    EXPECT_LT(learned.back(), 0.25 * frozen.back());
    EXPECT_NEAR(frozen.back() / frozen[2], 1, 0.01) << "without learning of A the residual should stay";
}

TEST(DniCredit, IsRefusedForOtherRules)
{
    const auto sut = make_double(kRules[0], small_network(kRules[0]));
    EXPECT_THROW(sut->credit_residual(), std::logic_error);
    EXPECT_THROW(sut->set_signs({1, -1}), std::logic_error);
}

}  // namespace
}  // namespace foretide::rnn
