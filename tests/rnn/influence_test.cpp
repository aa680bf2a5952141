// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// ∂x/∂W as the rules carry it, with frozen weights, against finite differences and independent recurrences.

#include <gtest/gtest.h>

#include "tests/rnn/oracle.h"

namespace foretide::rnn {
namespace {

constexpr int kLast = 14;

/// Learner after the forecast of sample kLast was learned from, η = 0.
std::unique_ptr<NetworkPredictor> after_frozen_steps(const RuleCase& rule, NetworkConfig config, const Series& series,
                                                     const oracle::Mat& nu)
{
    config.eta = 0;
    auto sut = make_double(rule, config);
    if (rule.rule == LearningRule::uoro) sut->set_signs({nu.data(), nu.data() + nu.size()});
    run_live(*sut, series, 0, kLast + config.horizon + 1, StepOrder::learn_first);
    return sut;
}

const RuleCase& rule_case(LearningRule rule)
{
    for (const RuleCase& r : kRules)
        if (r.rule == rule) return r;
    throw std::logic_error("unknown rule");
}

class Influence : public ::testing::TestWithParam<LearningRule> {};

TEST_P(Influence, OfRtrlIsTheDerivativeOfTheState)
{
    const RuleCase& rule = rule_case(GetParam());
    const Series series = breathing_series(3, 30);
    for (const int horizon : {1, 3}) {
        SCOPED_TRACE("h = " + std::to_string(horizon));
        const auto sut = after_frozen_steps(rule, small_network(rule, horizon), series, {});
        const NetworkWeights w = sut->weights();
        const std::vector<oracle::Vec> u = oracle::inputs_until(series, kLast, 3);
        EXPECT_LT((sut->state() - oracle::states(w, u).back()).cwiseAbs().maxCoeff(), 1e-14);
        const oracle::Mat J = sut->influence();
        const oracle::Mat expected = oracle::influence_by_finite_differences(w, u);
        ASSERT_EQ(J.rows(), expected.rows());
        ASSERT_EQ(J.cols(), expected.cols());
        EXPECT_GT(expected.norm(), 1.0);
        EXPECT_LT((J - expected).cwiseAbs().maxCoeff(), 1e-8);
        EXPECT_LT((J - oracle::influence(w, u, false)).cwiseAbs().maxCoeff(), 1e-13);
    }
}

INSTANTIATE_TEST_SUITE_P(, Influence, ::testing::Values(LearningRule::rtrl, LearningRule::rtrl_haykin),
                         [](const auto& test) { return std::string(rule_case(test.param).name); });

TEST(InfluenceOf, Snap1IsRtrlWithTheDiagonalOfDOnly)
{
    const RuleCase& rule = rule_case(LearningRule::snap1);
    const Series series = breathing_series(3, 30);
    const auto sut = after_frozen_steps(rule, small_network(rule), series, {});
    const std::vector<oracle::Vec> u = oracle::inputs_until(series, kLast, 3);
    const oracle::Mat masked = oracle::influence(sut->weights(), u, true);
    EXPECT_LT((sut->influence() - masked).cwiseAbs().maxCoeff(), 1e-14);
    // The diagonal's recurrence must have mattered.
    EXPECT_GT((masked - oracle::influence(sut->weights(), {u.end() - 1, u.end()}, true)).cwiseAbs().maxCoeff(), 1e-2);
}

TEST(InfluenceOf, UoroIsItsRankOneRecurrence)
{
    const Series series = breathing_series(3, 30);
    for (const bool finite_difference : {false, true}) {
        SCOPED_TRACE(finite_difference ? "tangent by finite difference" : "closed tangent");
        const RuleCase& rule = rule_case(LearningRule::uoro);
        NetworkConfig config = small_network(rule);
        config.uoro_finite_difference = finite_difference;
        const oracle::Mat nu = oracle::random_signs(config.hidden, 40, 9);
        const auto sut = after_frozen_steps(rule, config, series, nu);
        const std::vector<oracle::Vec> u = oracle::inputs_until(series, kLast, 3);
        const oracle::Mat expected = oracle::rank_one(sut->weights(), u, nu).influence();
        // The difference quotient over ε = 1e-7 loses about eight digits.
        EXPECT_LT((sut->influence() - expected).cwiseAbs().maxCoeff(),
                  (finite_difference ? 1e-5 : 1e-12) * expected.cwiseAbs().maxCoeff());
    }
}

TEST(InfluenceOf, DniAndFixedIsRefused)
{
    for (const LearningRule rule : {LearningRule::dni, LearningRule::fixed})
        EXPECT_THROW(make_double(rule_case(rule), small_network(rule_case(rule)))->influence(), std::logic_error);
}

}  // namespace
}  // namespace foretide::rnn
