// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// The recurrent network's live variant against independent mathematics, written plainly in double: the state, the
// read-out refitted on the stored past, and what the named rule makes of the weights, lesson by lesson.

#include "rnn/live/recurrent_expert.h"

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include <Eigen/Dense>
#include <gtest/gtest.h>

#include "rnn/live/motion_history.h"
#include "tests/rnn/rnn_test_support.h"

namespace foretide::rnn {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kCoordinates = 3, kBasis = 40;

std::vector<double> position_mm(int n)
{
    const double phase = 2 * std::numbers::pi * n / 23.7 + 0.4 * std::sin(n / 17.0);
    return {40 + 5 * std::pow(std::cos(phase), 4), -3 + 2 * std::sin(phase) + 0.2 * std::sin(7.77 * n),
            std::cos(phase - 0.6) + 0.1 * std::sin(12.9898 * n)};
}

MotionHistory filled(int samples)
{
    MotionHistory history(kCoordinates, 2, 1000, kBasis);
    for (int n = 0; n < samples; ++n) history.push(position_mm(n));
    return history;
}

RecurrentConfig small(LearningRule rule)
{
    RecurrentConfig c;
    c.rule = rule;
    c.coordinates = kCoordinates;
    c.horizons = {2, 5};
    c.hidden = 4;
    c.components = 2;
    c.lags = {1, 4};
    c.read_out_components = 1;
    c.read_out_lags = {3};
    c.lessons = 1;
    c.rebuilding = 20;
    c.rebuild_every_samples = 30;
    c.least_past_samples = 60;
    c.memory_samples = 500;
    return c;
}

/// The same network by the book: every matrix whole, every read-out solved anew.
class Oracle {
public:
    Oracle(const RecurrentConfig& config, const NetworkWeights& initial, const MotionHistory& history)
        : c_(config), history_(history), Wa_(initial.Wa), Wb_(initial.Wb)
    {
    }

    VectorXd input(int n, int components, const std::vector<int>& lags) const
    {
        const auto scores = [&](int at) { return Eigen::Map<const VectorXd>(history_.scores(at), components); };
        VectorXd u(components * (static_cast<int>(lags.size()) + 1));
        Eigen::Index at = 0;
        for (const int lag : lags) {
            u.segment(at, components) = scores(n - lag) - scores(n);
            at += components;
        }
        u.segment(at, components) = scores(n);
        return u;
    }
    VectorXd displacement(int n, int h) const
    {
        return Eigen::Map<const VectorXd>(history_.position_mm(n + h), kCoordinates) -
               Eigen::Map<const VectorXd>(history_.position_mm(n), kCoordinates);
    }
    VectorXd next_state(const VectorXd& x, int n) const
    {
        VectorXd u1(Wb_.cols());
        u1 << 1.0, input(n, c_.components, c_.lags);
        return (Wa_ * x + Wb_ * u1).array().tanh();
    }
    VectorXd features(const VectorXd& x, int n) const
    {
        const VectorXd u = input(n, c_.read_out_components, c_.read_out_lags);
        VectorXd f(x.size() + u.size() + 1);
        f << x, u, 1.0;
        return f;
    }
    int reach() const { return 4; }

    /// W_h by ridge regression on samples from the first on whose targets are known at n.
    MatrixXd head(int n, int h) const
    {
        VectorXd x = VectorXd::Zero(c_.hidden);
        const Eigen::Index size = features(x, reach()).size();
        MatrixXd A = MatrixXd::Zero(size, size), B = MatrixXd::Zero(size, kCoordinates);
        for (Eigen::Index i = 0; i < size; ++i) A(i, i) = i < c_.hidden ? c_.state_ridge : c_.lag_ridge;
        for (int s = reach(); s + h <= n; ++s) {
            x = next_state(x, s);
            const VectorXd f = features(x, s);
            A += f * f.transpose();
            B += f * displacement(s, h).transpose();
        }
        return A.ldlt().solve(B).transpose();
    }

private:
    RecurrentConfig c_;
    const MotionHistory& history_;
    MatrixXd Wa_, Wb_;
};

/// Weights that do not change: forecasts are those of ridge regression on the states of the book. (Errors are below
/// three times their usual size here but for the first few, so the comparison is of a late sample.)
TEST(RecurrentExpert, ForecastsByRidgeRegressionOnItsStates)
{
    RecurrentConfig config = small(LearningRule::fixed);
    config.state_ridge = config.lag_ridge = 1e-3;
    const MotionHistory history = filled(400);
    const auto sut = make_recurrent_expert(config);
    const Oracle oracle(config, sut->learned_weights(), history);
    std::vector<double> out(config.horizons.size() * kCoordinates);
    VectorXd x = VectorXd::Zero(config.hidden);
    for (int n = 0; n < 380; ++n) {
        sut->forecast(history, n, out);
        if (n >= oracle.reach()) x = oracle.next_state(x, n);
        if (n == 379)
            for (std::size_t h = 0; h < 2; ++h) {
                const VectorXd expected = oracle.head(n - 1, config.horizons[h]) * oracle.features(x, n);
                for (int c = 0; c < kCoordinates; ++c)
                    EXPECT_NEAR(out[h * kCoordinates + static_cast<std::size_t>(c)], expected(c), 0.05) << c;
            }
        sut->learn(history, n);
    }
    EXPECT_EQ(sut->takeovers(), 0);
}

class RecurrentRule : public ::testing::TestWithParam<LearningRule> {};

/// The named rule moves the recurrent weights, and nothing else does.
TEST_P(RecurrentRule, MovesTheRecurrentWeights)
{
    const MotionHistory history = filled(600);
    const auto moved = [&](double eta) {
        RecurrentConfig config = small(GetParam());
        config.eta = eta;
        const auto sut = make_recurrent_expert(config);
        const NetworkWeights before = sut->learned_weights();
        std::vector<double> out(config.horizons.size() * kCoordinates);
        for (int n = 0; n < 500; ++n) {
            sut->forecast(history, n, out);
            sut->learn(history, n);
        }
        const NetworkWeights after = sut->learned_weights();
        return std::pair{(after.Wa - before.Wa).norm(), (after.Wb - before.Wb).norm()};
    };
    EXPECT_GT(moved(0.02).first, 1e-3);
    EXPECT_GT(moved(0.02).second, 1e-3);
    EXPECT_EQ(moved(0.0), (std::pair{0.0, 0.0}));
}

/// A takeover changes the weights and the read-out together: the forecast from the stage that takes over is that of
/// ridge regression on the stored past, run through the weights the learner had when the stage was begun.
TEST_P(RecurrentRule, ATakeoverBringsTheReadOutThatFitsItsWeights)
{
    RecurrentConfig config = small(GetParam());
    config.state_ridge = config.lag_ridge = 1e-2;
    config.rebuilding = 1000;  // within one step
    config.eta = 0.05;
    const MotionHistory history = filled(600);
    const auto sut = make_recurrent_expert(config);
    std::vector<double> out(config.horizons.size() * kCoordinates);
    int n = 0;
    for (; sut->takeovers() < 3; ++n) {
        ASSERT_LT(n, 500);
        sut->forecast(history, n, out);
        sut->learn(history, n);
    }
    // It took over in the learn() of sample n − 1, with the weights as that left them.
    const Oracle oracle(config, sut->learned_weights(), history);
    VectorXd x = VectorXd::Zero(config.hidden);
    for (int s = oracle.reach(); s <= n; ++s) x = oracle.next_state(x, s);
    sut->forecast(history, n, out);
    for (std::size_t h = 0; h < 2; ++h) {
        const VectorXd expected = oracle.head(n - 1, config.horizons[h]) * oracle.features(x, n);
        for (int c = 0; c < kCoordinates; ++c)
            EXPECT_NEAR(out[h * kCoordinates + static_cast<std::size_t>(c)], expected(c), 0.05) << c;
    }
}

/// The stored past is gone where the history is shorter than the memory it was promised: no crash, finite forecasts.
TEST_P(RecurrentRule, LivesWithAShortHistory)
{
    RecurrentConfig config = small(GetParam());
    MotionHistory history(kCoordinates, 2, 80, kBasis);
    const auto sut = make_recurrent_expert(config);
    std::vector<double> out(config.horizons.size() * kCoordinates);
    for (int n = 0; n < 400; ++n) {
        history.push(position_mm(n));
        if (!history.has_basis()) continue;
        sut->forecast(history, n, out);
        sut->learn(history, n);
        for (const double v : out) ASSERT_TRUE(std::isfinite(v));
    }
}

std::string name_of(const ::testing::TestParamInfo<LearningRule>& test)
{
    switch (test.param) {
    case LearningRule::rtrl:
        return "rtrl";
    case LearningRule::uoro:
        return "uoro";
    case LearningRule::snap1:
        return "snap1";
    default:
        return "dni";
    }
}

INSTANTIATE_TEST_SUITE_P(, RecurrentRule,
                         ::testing::Values(LearningRule::rtrl, LearningRule::uoro, LearningRule::snap1,
                                           LearningRule::dni),
                         name_of);

/// One lesson of RTRL and SnAp-1 by the book: along −∂L/∂W of the first sample of the first sweep, where the state
/// before is zero and both rules give the exact gradient. (One horizon: its usual error only scales the step.)
TEST(RecurrentExpert, TheFirstLessonIsAlongTheGradientOfTheLoss)
{
    for (const LearningRule rule : {LearningRule::rtrl, LearningRule::snap1}) {
        RecurrentConfig config = small(rule);
        config.horizons = {3};
        config.eta = 1e-3;
        const MotionHistory history = filled(200);
        const auto sut = make_recurrent_expert(config);
        const NetworkWeights before = sut->learned_weights();
        const Oracle oracle(config, before, history);
        std::vector<double> out(kCoordinates);
        NetworkWeights after = before;
        int n = -1;
        while ((after.Wb - before.Wb).norm() == 0) {
            ASSERT_LT(++n, 150);
            sut->forecast(history, n, out);
            sut->learn(history, n);
            after = sut->learned_weights();
        }
        const int first = oracle.reach(), newest = n - 3;
        ASSERT_GE(newest - first, config.least_past_samples);
        const int s = first + static_cast<int>(0.7 * (std::sqrt(5.0) - 1) / 2 * (newest - first));
        const VectorXd x = oracle.next_state(VectorXd::Zero(config.hidden), s);
        const MatrixXd W = oracle.head(n, 3);
        const VectorXd e = oracle.displacement(s, 3) - W * oracle.features(x, s);
        const VectorXd delta = -W.leftCols(config.hidden).transpose() * e;
        VectorXd u1(before.Wb.cols());
        u1 << 1.0, oracle.input(s, config.components, config.lags);
        const MatrixXd step = -(delta.array() * (1 - x.array().square())).matrix() * u1.transpose();
        const MatrixXd change = after.Wb - before.Wb;
        EXPECT_GT(step.cwiseProduct(change).sum() / (step.norm() * change.norm()), 0.99);
        EXPECT_LT((after.Wa - before.Wa).norm(), 1e-9) << "the state before was zero";
    }
}

}  // namespace
}  // namespace foretide::rnn
