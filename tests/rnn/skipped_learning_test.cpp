// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// learn() may be left out at any step (no time left): the weights then stay, the forecasts go on from them.

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "tests/rnn/oracle.h"

namespace foretide::rnn {
namespace {

/// Whether to learn, at random but always the same.
std::function<bool(int)> learns_at(double share, unsigned seed)
{
    std::mt19937_64 engine(seed);
    std::bernoulli_distribution learn(share);
    std::vector<bool> decisions;
    for (int n = 0; n < 1000; ++n) decisions.push_back(learn(engine));
    return [decisions](int n) { return decisions.at(static_cast<std::size_t>(n)); };
}

class SkippedLearning : public ::testing::TestWithParam<RuleCase> {};

TEST_P(SkippedLearning, EveryForecastIsThatOfThePresentWeights)
{
    const Series series = breathing_series(3, 80);
    const bool haykin = GetParam().rule == LearningRule::rtrl_haykin;
    for (const DelayedLearning form : kForms)
        for (const StepOrder order : kOrders)
            for (const double share : {1.0, 0.6, 0.1}) {
                SCOPED_TRACE(std::string(name_of(form)) + ", " + name_of(order) + ", learning at " +
                             std::to_string(share));
                NetworkConfig config = small_network(GetParam(), 2);
                config.delayed = form;
                config.clip = 1;
                const auto sut = make_double(GetParam(), config);
                const auto learns = learns_at(share, 3);
                oracle::Vec x = oracle::Vec::Zero(config.hidden);
                std::vector<double> y_hat(3);
                for (int n = 0; n < 80; ++n) {
                    sut->observe(series[static_cast<std::size_t>(n)]);
                    if (learns(n) && order == StepOrder::learn_first) sut->learn();
                    const NetworkWeights w = sut->weights();
                    const bool ready = sut->predict(y_hat);
                    ASSERT_EQ(ready, n >= config.history - 1);
                    if (ready) {
                        const oracle::Vec old = x;
                        x = (w.Wa * x + w.Wb * oracle::input(series, n, config.history)).array().tanh().matrix();
                        const oracle::Vec expected = w.Wc * (haykin ? old : x);
                        for (int c = 0; c < 3; ++c)
                            ASSERT_NEAR(y_hat[static_cast<std::size_t>(c)], expected[c], 1e-12) << "sample " << n;
                    }
                    if (learns(n) && order == StepOrder::forecast_first) sut->learn();
                }
            }
}

TEST_P(SkippedLearning, LeavesTheWeights)
{
    const Series series = breathing_series(3, 40);
    for (const DelayedLearning form : kForms) {
        SCOPED_TRACE(name_of(form));
        NetworkConfig config = small_network(GetParam(), 2);
        config.delayed = form;
        const auto sut = make_double(GetParam(), config);
        run_live(*sut, series, 0, 20, StepOrder::forecast_first);
        const NetworkWeights before = sut->weights();
        run_live(*sut, series, 20, 25, StepOrder::forecast_first, [](int) { return false; });
        EXPECT_EQ(oracle::applied(before, sut->weights(), 1).norm(), 0);
        run_live(*sut, series, 25, 30, StepOrder::forecast_first);
        EXPECT_GT(oracle::applied(before, sut->weights(), 1).norm(), 1e-4) << "learning did not resume";
    }
}

/// Form 2 after a pause: the learner has not seen the samples of the pause, and learns from the newest one as the
/// next of its own series.
TEST_P(SkippedLearning, TheDelayedLearnerGoesOnFromWhereItWas)
{
    const Series series = breathing_series(3, 40);
    constexpr double eta = 1;
    constexpr int last = 20;
    NetworkConfig config = small_network(GetParam(), 2);
    config.eta = 0;
    const auto learns = [](int n) { return n != 11 && n != 12 && n != 17; };
    const auto sut = make_double(GetParam(), config);
    const NetworkWeights w = sut->weights();
    const oracle::Mat nu = oracle::random_signs(config.hidden, 40, 5);
    if (GetParam().rule == LearningRule::uoro) sut->set_signs({nu.data(), nu.data() + nu.size()});
    run_live(*sut, series, 0, last, StepOrder::forecast_first, learns);
    sut->set_learning_rate(eta);
    run_live(*sut, series, last, last + 1, StepOrder::forecast_first);

    std::vector<oracle::Vec> u, targets;
    for (int n = config.history - 1 + config.horizon; n <= last; ++n)
        if (learns(n)) {
            u.push_back(oracle::input(series, n - config.horizon, config.history));
            targets.push_back(oracle::sample(series, n));
        }
    const oracle::Gradient expected = oracle::rule_gradient(GetParam(), w, u, targets, nu, config.eta_credit);
    EXPECT_LT(oracle::difference(oracle::applied(w, sut->weights(), eta), expected), 1e-12);
}

/// Forms 1 and 3: no record was kept at a skipped step, so its target teaches nothing when it comes.
TEST_P(SkippedLearning, AForecastWithoutARecordIsNotLearnedFrom)
{
    const Series series = breathing_series(3, 40);
    for (const DelayedLearning form : {DelayedLearning::stored_record, DelayedLearning::stored_influence}) {
        SCOPED_TRACE(name_of(form));
        NetworkConfig config = small_network(GetParam(), 3);
        config.delayed = form;
        const auto moved_at = [&](int n) {
            const auto fresh = make_double(GetParam(), config);
            run_live(*fresh, series, 0, n, StepOrder::forecast_first, [](int i) { return i != 12; });
            const NetworkWeights before = fresh->weights();
            run_live(*fresh, series, n, n + 1, StepOrder::forecast_first);
            return oracle::applied(before, fresh->weights(), 1).norm() > 0;
        };
        EXPECT_TRUE(moved_at(14));
        EXPECT_FALSE(moved_at(12 + config.horizon));
        EXPECT_TRUE(moved_at(16));
    }
}

INSTANTIATE_TEST_SUITE_P(, SkippedLearning, ::testing::ValuesIn(kRules), rule_name);

class SkippedLearningOfAlgorithm : public ::testing::TestWithParam<Variant> {};

TEST_P(SkippedLearningOfAlgorithm, KeepsForecastsFinite)
{
    FORETIDE_SKIP_UNAVAILABLE(GetParam());
    const Series series = breathing_series(3, 150);
    for (const StepOrder order : kOrders)
        for (const double share : {0.0, 0.3, 0.8})
            for (const int horizon : {1, 5}) {
                const PredictorChoice sut = make_predictor(GetParam().spec, kShortTraining, horizon);
                const auto forecasts = run_live(*sut.predictor, series, 0, 150, order, learns_at(share, 11));
                for (const Forecast& forecast : forecasts)
                    for (const double value : forecast.y_hat) ASSERT_TRUE(std::isfinite(value));
            }
}

INSTANTIATE_TEST_SUITE_P(, SkippedLearningOfAlgorithm, ::testing::ValuesIn(small_variants()), variant_name);

}  // namespace
}  // namespace foretide::rnn
