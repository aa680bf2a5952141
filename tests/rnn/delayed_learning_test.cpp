// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// Forms 1–3 of learning from a target that comes late (ALGORITHMS.md §3). At h = 1, learning before forecasting, each
// of them is the published protocol. Forms 1 and 3 carry the influence and learn in two calls, form 2 and the
// published protocol in one sweep of the memory: their agreement is also that of one sweep with two calls.

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "tests/rnn/oracle.h"

namespace foretide::rnn {
namespace {

constexpr int kSamples = 60;

class DelayedLearningOf : public ::testing::TestWithParam<RuleCase> {
protected:
    NetworkConfig at_horizon_one() const
    {
        NetworkConfig config = small_network(GetParam());
        config.eta = 0.03;
        config.eta_credit = 0.01;
        return config;
    }

    /// Norms of the updates over η, in the order of the steps.
    std::vector<double> update_norms(const NetworkConfig& config) const
    {
        const Series series = breathing_series(3, kSamples);
        const auto sut = make_double(GetParam(), config);
        std::vector<double> norms;
        for (int n = 0; n < kSamples; ++n) {
            const NetworkWeights before = sut->weights();
            run_live(*sut, series, n, n + 1, StepOrder::learn_first);
            const double norm = oracle::applied(before, sut->weights(), config.eta).norm();
            if (norm > 0) norms.push_back(norm);
        }
        return norms;
    }
};

TEST_P(DelayedLearningOf, EveryFormIsThePublishedProtocolAtHorizonOne)
{
    const Series series = breathing_series(3, kSamples);
    NetworkConfig config = at_horizon_one();
    std::vector<double> norms = update_norms(config);
    std::sort(norms.begin(), norms.end());
    // Never clipped; about every other time (the one sweep then falls back to two); always.
    const double middle = norms.at(norms.size() / 2);
    for (const double clip : {1e6, middle, 0.5 * norms.front()}) {
        config.clip = clip;
        const auto published = make_double(GetParam(), config);
        const std::vector<Forecast> expected = run_published(*published, series);
        for (const DelayedLearning form : kForms) {
            SCOPED_TRACE(std::string(name_of(form)) + ", clip " + std::to_string(clip));
            config.delayed = form;
            const auto live = make_double(GetParam(), config);
            const NetworkWeights before = live->weights();
            const std::vector<Forecast> forecasts = run_live(*live, series);
            ASSERT_EQ(forecasts.size(), expected.size() + 1);
            EXPECT_LT(largest_difference(forecasts, expected), 1e-10);
            EXPECT_LT(oracle::applied(published->weights(), live->weights(), 1).norm(), 1e-10);
            EXPECT_GT(oracle::applied(before, live->weights(), 1).norm(), 1e-3) << "nothing was learned";
        }
    }
    config.clip = middle;
    const std::vector<double> mixed = update_norms(config);
    const auto clipped = std::count_if(mixed.begin(), mixed.end(), [&](double v) { return v > middle * (1 - 1e-9); });
    EXPECT_GT(clipped, 5);
    EXPECT_LT(clipped, static_cast<std::ptrdiff_t>(mixed.size()) - 5);
}

TEST_P(DelayedLearningOf, FormsDifferAtLongerHorizons)
{
    const Series series = breathing_series(3, kSamples);
    std::vector<std::vector<Forecast>> runs;
    for (const DelayedLearning form : kForms) {
        NetworkConfig config = small_network(GetParam(), 4);
        config.delayed = form;
        runs.push_back(run_live(*make_double(GetParam(), config), series));
    }
    EXPECT_GT(largest_difference(runs[0], runs[1]), 1e-6);
    EXPECT_GT(largest_difference(runs[0], runs[2]), 1e-6);
    if (GetParam().rule == LearningRule::fixed)  // without learned recurrent weights the old state is the present one
        EXPECT_LT(largest_difference(runs[1], runs[2]), 1e-12);
    else
        EXPECT_GT(largest_difference(runs[1], runs[2]), 1e-6);
}

/// Forecasting first, a forecast has yet to see the newest sample's lesson: it differs from learning first once the
/// first lesson is there, not before.
TEST_P(DelayedLearningOf, OrderOfTheStepMatters)
{
    const Series series = breathing_series(3, kSamples);
    for (const DelayedLearning form : kForms) {
        SCOPED_TRACE(name_of(form));
        NetworkConfig config = small_network(GetParam(), 2);
        config.delayed = form;
        const std::vector<Forecast> early = run_live(*make_double(GetParam(), config), series, StepOrder::learn_first);
        const std::vector<Forecast> late =
            run_live(*make_double(GetParam(), config), series, StepOrder::forecast_first);
        // Haykin's form learns nothing from the first forecast: it was made of the initial state, which is zero.
        const int haykin = GetParam().rule == LearningRule::rtrl_haykin ? 1 : 0;
        const auto first_lesson = static_cast<std::size_t>(config.history - 1 + config.horizon + haykin);
        for (std::size_t n = 0; n <= first_lesson; ++n) {
            double difference = 0;
            for (std::size_t c = 0; c < 3; ++c)
                difference = std::max(difference, std::abs(early[n].y_hat[c] - late[n].y_hat[c]));
            if (n < first_lesson)
                EXPECT_LT(difference, 1e-14) << "sample " << n;
            else
                EXPECT_GT(difference, 1e-6) << "sample " << n;
        }
    }
}

/// Signs come from the seed: the same seed gives the same run, another seed another.
TEST_P(DelayedLearningOf, RunsRepeatFromTheirSeed)
{
    const Series series = breathing_series(3, kSamples);
    NetworkConfig config = small_network(GetParam(), 3);
    const NetworkWeights w = make_double(GetParam(), config)->weights();
    const auto run = [&](std::uint64_t seed) {
        config.seed = seed;
        const auto sut = make_double(GetParam(), config);
        sut->set_weights(w);
        return run_live(*sut, series);
    };
    EXPECT_EQ(largest_difference(run(5), run(5)), 0);
    if (GetParam().rule == LearningRule::uoro)
        EXPECT_GT(largest_difference(run(5), run(6)), 1e-6);
    else
        EXPECT_EQ(largest_difference(run(5), run(6)), 0) << "only UORO draws random numbers while it runs";
}

INSTANTIATE_TEST_SUITE_P(, DelayedLearningOf, ::testing::ValuesIn(kRules), rule_name);

/// SnAp-1 live, written out with a full copy of everything a form speaks of; weights that learn, no clipping.
std::vector<Forecast> snap1_written_out(const NetworkConfig& config, NetworkWeights w, const Series& series,
                                        StepOrder order)
{
    using oracle::Mat;
    using oracle::Vec;
    struct Track {
        Vec x, y_hat;
        Mat J, Wc;
    };
    Track forecaster{Vec::Zero(config.hidden), {}, Mat::Zero(config.hidden, config.hidden + w.Wb.cols()), {}};
    Track learner = forecaster;
    std::vector<Track> records(series.size());
    const auto advance = [&](Track& track, const Vec& u) {
        Vec s(config.hidden + u.size());
        s << track.x, u;
        track.x = (w.Wa * track.x + w.Wb * u).array().tanh().matrix();
        const Vec phi = (1 - track.x.array().square()).matrix();
        track.J = phi * s.transpose() + phi.cwiseProduct(w.Wa.diagonal()).asDiagonal() * track.J;
        track.Wc = w.Wc;
        track.y_hat = w.Wc * track.x;
    };
    const auto learn = [&](int n) {
        const int made = n - config.horizon;
        if (made < config.history - 1) return;
        if (config.delayed == DelayedLearning::delayed_learner)
            advance(learner, oracle::input(series, made, config.history));
        const bool records_used = config.delayed != DelayedLearning::delayed_learner;
        const Track& track = records_used ? records[static_cast<std::size_t>(made)] : learner;
        const bool as_made = config.delayed == DelayedLearning::stored_record;
        const Mat Wc = as_made ? track.Wc : w.Wc;
        const Vec forecast = as_made ? track.y_hat : Vec(Wc * track.x);
        const Vec e = oracle::sample(series, n) - forecast;
        const Mat step = -config.eta * Mat((-Wc.transpose() * e).asDiagonal() * track.J);
        w.Wa += step.leftCols(config.hidden);
        w.Wb += step.rightCols(w.Wb.cols());
        w.Wc += config.eta * e * track.x.transpose();
    };
    std::vector<Forecast> forecasts;
    for (int n = 0; n < static_cast<int>(series.size()); ++n) {
        if (order == StepOrder::learn_first) learn(n);
        const bool ready = n >= config.history - 1;
        Forecast forecast{ready, series[static_cast<std::size_t>(n)]};
        if (ready) {
            advance(forecaster, oracle::input(series, n, config.history));
            records[static_cast<std::size_t>(n)] = forecaster;
            forecast.y_hat.assign(forecaster.y_hat.begin(), forecaster.y_hat.end());
        }
        forecasts.push_back(forecast);
        if (order == StepOrder::forecast_first) learn(n);
    }
    return forecasts;
}

TEST(DelayedLearningForms, AreAsWrittenOutForSnap1)
{
    const Series series = breathing_series(3, kSamples);
    const RuleCase rule{LearningRule::snap1, false, "snap1"};
    for (const DelayedLearning form : kForms)
        for (const StepOrder order : kOrders)
            for (const int horizon : {1, 2, 7}) {
                SCOPED_TRACE(std::string(name_of(form)) + ", " + name_of(order) + ", h = " + std::to_string(horizon));
                NetworkConfig config = small_network(rule, horizon);
                config.delayed = form;
                config.eta = 0.03;
                const auto sut = make_double(rule, config);
                const NetworkWeights w = sut->weights();
                EXPECT_LT(
                    largest_difference(run_live(*sut, series, order), snap1_written_out(config, w, series, order)),
                    1e-11);
            }
}

}  // namespace
}  // namespace foretide::rnn
