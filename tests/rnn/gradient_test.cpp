// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// The update a network applies, against gradients computed another way. The weights stand still (η = 0) until the
// step looked at, so that backpropagation through all steps is the exact gradient; then one step is made with η > 0.

#include <gtest/gtest.h>

#include "tests/rnn/oracle.h"

namespace foretide::rnn {
namespace {

constexpr double kEta = 1.0;  // the largest: rounding of W + η·g weighs least
constexpr int kLast = 14;     // sample of the step looked at

struct Observed {
    NetworkWeights initial, before, after;
    oracle::Gradient gradient;
};

Observed one_live_update(const RuleCase& rule, const NetworkConfig& config, const Series& series, const oracle::Mat& nu,
                         StepOrder order)
{
    NetworkConfig frozen = config;
    frozen.eta = 0;
    const auto sut = make_double(rule, frozen);
    if (rule.rule == LearningRule::uoro) sut->set_signs({nu.data(), nu.data() + nu.size()});
    Observed observed;
    observed.initial = sut->weights();
    run_live(*sut, series, 0, kLast, order);
    observed.before = sut->weights();
    sut->set_learning_rate(kEta);
    run_live(*sut, series, kLast, kLast + 1, order);
    observed.after = sut->weights();
    observed.gradient = oracle::applied(observed.before, observed.after, kEta);
    return observed;
}

class Gradient : public ::testing::TestWithParam<RuleCase> {};

TEST_P(Gradient, BackpropagationAgreesWithFiniteDifferences)
{
    const Series series = breathing_series(3, 30);
    const NetworkWeights w = make_double(GetParam(), small_network(GetParam()))->weights();
    for (const bool haykin : {false, true}) {
        const std::vector<oracle::Vec> u = oracle::inputs_until(series, 10, 3);
        const oracle::Vec target = oracle::sample(series, 11);
        const oracle::Gradient exact = oracle::bptt(w, u, target, haykin);
        EXPECT_GT(exact.W.norm(), 1e-2);
        EXPECT_LT(oracle::difference(exact, oracle::finite_differences(w, u, target, haykin)), 1e-8);
    }
}

TEST_P(Gradient, OfTheLiveUpdateInEveryFormOrderAndHorizon)
{
    const Series series = breathing_series(3, 30);
    for (const int horizon : {1, 4})
        for (const DelayedLearning form : kForms)
            for (const StepOrder order : kOrders) {
                SCOPED_TRACE(std::string(name_of(form)) + ", " + name_of(order) + ", h = " + std::to_string(horizon));
                NetworkConfig config = small_network(GetParam(), horizon);
                config.delayed = form;
                const oracle::Mat nu = oracle::random_signs(config.hidden, 40, 5);
                const Observed observed = one_live_update(GetParam(), config, series, nu, order);
                ASSERT_EQ(oracle::applied(observed.initial, observed.before, 1).norm(), 0) << "the weights have moved";

                const int made = kLast - horizon;  // the forecast whose target sample kLast is
                const oracle::Gradient expected = oracle::rule_gradient(
                    GetParam(), observed.initial, oracle::inputs_until(series, made, config.history),
                    oracle::targets_until(series, made, config.history, horizon), nu, config.eta_credit);
                EXPECT_GT(expected.norm(), 1e-2);
                EXPECT_LT(oracle::difference(observed.gradient, expected), 1e-12);
            }
}

TEST_P(Gradient, OfThePublishedUpdate)
{
    const Series series = breathing_series(3, 30);
    NetworkConfig config = small_network(GetParam(), 4);
    config.eta = 0;
    const oracle::Mat nu = oracle::random_signs(config.hidden, 40, 5);
    const auto sut = make_double(GetParam(), config);
    if (GetParam().rule == LearningRule::uoro) sut->set_signs({nu.data(), nu.data() + nu.size()});
    const NetworkWeights before = sut->weights();
    run_published(*sut, {series.begin(), series.begin() + kLast + config.horizon});  // steps to sample kLast − 1
    sut->set_learning_rate(kEta);
    std::vector<double> y_hat(3);
    sut->observe(series[kLast]);
    ASSERT_TRUE(sut->predict(y_hat));
    sut->learn_revealed(series[static_cast<std::size_t>(kLast + config.horizon)]);
    const oracle::Gradient expected = oracle::rule_gradient(
        GetParam(), before, oracle::inputs_until(series, kLast, config.history),
        oracle::targets_until(series, kLast, config.history, config.horizon), nu, config.eta_credit);
    EXPECT_LT(oracle::difference(oracle::applied(before, sut->weights(), kEta), expected), 1e-12);
}

/// RTRL is exact; the others are approximations, and this test would not see one of them replaced by RTRL or by
/// nothing if they were not told apart here.
TEST_P(Gradient, IsExactForRtrlOnly)
{
    const Series series = breathing_series(3, 30);
    const NetworkConfig config = small_network(GetParam());
    const oracle::Mat nu = oracle::random_signs(config.hidden, 40, 5);
    const Observed observed = one_live_update(GetParam(), config, series, nu, StepOrder::learn_first);
    const bool haykin = GetParam().rule == LearningRule::rtrl_haykin;
    const oracle::Gradient exact = oracle::finite_differences(
        observed.initial, oracle::inputs_until(series, kLast - 1, 3), oracle::sample(series, kLast), haykin);
    const double difference = oracle::difference(observed.gradient, exact);
    if (haykin || GetParam().rule == LearningRule::rtrl)
        EXPECT_LT(difference, 1e-8);
    else
        EXPECT_GT(difference, 1e-3);
}

INSTANTIATE_TEST_SUITE_P(, Gradient, ::testing::ValuesIn(kRules), rule_name);

}  // namespace
}  // namespace foretide::rnn
