// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// Last value, least mean squares and ordinary least squares against the same written out in dense matrices.

#include <Eigen/QR>
#include <gtest/gtest.h>

#include "rnn/baselines/last_value.h"
#include "rnn/baselines/lms.h"
#include "rnn/baselines/ols.h"
#include "tests/rnn/oracle.h"

namespace foretide::rnn {
namespace {

TEST(LastValue, RepeatsTheNewestSample)
{
    LastValue sut(3, 7);
    EXPECT_EQ(sut.coordinates(), 3);
    EXPECT_EQ(sut.horizon(), 7);
    const Series series = breathing_series(3, 20);
    const auto forecasts = run_live(sut, series);
    for (std::size_t n = 0; n < series.size(); ++n) {
        EXPECT_TRUE(forecasts[n].ready);
        EXPECT_EQ(forecasts[n].y_hat, series[n]);
    }
}

LmsConfig small_lms()
{
    LmsConfig config;
    config.coordinates = 2;
    config.history = 4;
    config.horizon = 3;
    config.eta = 0.02;
    config.clip = 1.5;  // acts at some steps
    return config;
}

/// One step of W ← W + η·scale·e·uᵀ.
void descend(oracle::Mat& W, const oracle::Vec& e, const oracle::Vec& u, const LmsConfig& config, int* clipped)
{
    const double norm = e.norm() * u.norm();
    if (norm > config.clip) ++*clipped;
    W += config.eta * std::min(1.0, config.clip / norm) * e * u.transpose();
}

TEST(Lms, IsGradientDescentInTheLiveProtocol)
{
    const Series series = breathing_series(2, 100);
    for (const DelayedLearning form : kForms)
        for (const StepOrder order : kOrders) {
            SCOPED_TRACE(std::string(name_of(form)) + ", " + name_of(order));
            LmsConfig config = small_lms();
            config.delayed = form;
            const auto sut = make_lms(Precision::double_precision, config);
            const auto forecasts = run_live(*sut, series, 0, 100, order);

            oracle::Mat W = oracle::Mat::Zero(2, 2 * config.history + 1);
            std::vector<oracle::Vec> made(series.size());
            int clipped = 0, lessons = 0;
            const auto learn = [&](int n) {
                if (n < config.history - 1 + config.horizon) return;
                const oracle::Vec u = oracle::input(series, n - config.horizon, config.history);
                const bool as_made = form == DelayedLearning::stored_record;
                const oracle::Vec forecast = as_made ? made[static_cast<std::size_t>(n - config.horizon)] : W * u;
                descend(W, oracle::sample(series, n) - forecast, u, config, &clipped);
                ++lessons;
            };
            for (int n = 0; n < 100; ++n) {
                if (order == StepOrder::learn_first) learn(n);
                const Forecast& forecast = forecasts[static_cast<std::size_t>(n)];
                ASSERT_EQ(forecast.ready, n >= config.history - 1);
                if (forecast.ready) {
                    made[static_cast<std::size_t>(n)] = W * oracle::input(series, n, config.history);
                    for (int c = 0; c < 2; ++c)
                        ASSERT_NEAR(forecast.y_hat[static_cast<std::size_t>(c)], made[static_cast<std::size_t>(n)][c],
                                    1e-12)
                            << "sample " << n;
                }
                if (order == StepOrder::forecast_first) learn(n);
            }
            EXPECT_LT((sut->weights() - W).norm(), 1e-12);
            EXPECT_GT(clipped, 0);
            EXPECT_LT(clipped, lessons);
        }
}

TEST(Lms, LearnsTheRevealedTargetInThePublishedProtocol)
{
    const Series series = breathing_series(2, 100);
    const LmsConfig config = small_lms();
    const auto sut = make_lms(Precision::double_precision, config);
    run_published(*sut, series);
    oracle::Mat W = oracle::Mat::Zero(2, 2 * config.history + 1);
    int clipped = 0;
    for (int n = config.history - 1; n + config.horizon < 100; ++n) {
        const oracle::Vec u = oracle::input(series, n, config.history);
        descend(W, oracle::sample(series, n + config.horizon) - W * u, u, config, &clipped);
    }
    EXPECT_LT((sut->weights() - W).norm(), 1e-12);
}

TEST(Lms, SingleFollowsDouble)
{
    const Series series = breathing_series(2, 500);
    const auto single = run_live(*make_lms(Precision::single_precision, small_lms()), series);
    const auto precise = run_live(*make_lms(Precision::double_precision, small_lms()), series);
    const double difference = largest_difference(single, precise);
    EXPECT_LT(difference, 1e-4);
    EXPECT_GT(difference, 1e-9);
}

OlsConfig small_ols()
{
    OlsConfig config;
    config.coordinates = 2;
    config.history = 3;
    config.horizon = 4;
    config.ridge = 1e-6;
    config.refit_every = 5;
    return config;
}

/// min Σ‖y − B·u‖² + λ‖B‖² over the pairs whose targets are the samples first … last, by QR.
oracle::Mat least_squares(const Series& series, const OlsConfig& config, int first, int last)
{
    const Eigen::Index inputs = config.coordinates * config.history + 1, rows = last - first + 1;
    oracle::Mat U = oracle::Mat::Zero(rows + inputs, inputs), Y = oracle::Mat::Zero(rows + inputs, config.coordinates);
    for (int n = first; n <= last; ++n) {
        U.row(n - first) = oracle::input(series, n - config.horizon, config.history).transpose();
        Y.row(n - first) = oracle::sample(series, n).transpose();
    }
    U.bottomRows(inputs) = std::sqrt(config.ridge) * oracle::Mat::Identity(inputs, inputs);
    return oracle::Mat(U.householderQr().solve(Y)).transpose();
}

oracle::Mat coefficients(const Ols& sut, const OlsConfig& config)
{
    oracle::Mat B(config.coordinates, config.coordinates * config.history + 1);
    for (Eigen::Index i = 0; i < B.rows(); ++i)
        for (Eigen::Index j = 0; j < B.cols(); ++j)
            B(i, j) = sut.coefficient(static_cast<std::size_t>(i), static_cast<std::size_t>(j));
    return B;
}

TEST(Ols, RefitsOnEverythingSeenSoFar)
{
    const Series series = breathing_series(2, 80);
    const OlsConfig config = small_ols();
    Ols sut(config);
    const int first = config.history - 1 + config.horizon;  // first sample that is a target
    oracle::Mat B;
    int refits = 0;
    for (int n = 0; n < 80; ++n) {
        const Forecast forecast = run_live(sut, series, n, n + 1, StepOrder::learn_first).front();
        const int pairs = n - first + 1;
        if (pairs > 0 && pairs % config.refit_every == 0) {
            B = least_squares(series, config, first, n);
            ++refits;
        }
        ASSERT_EQ(forecast.ready, refits > 0) << "sample " << n;
        if (refits == 0) continue;
        ASSERT_LT((coefficients(sut, config) - B).norm(), 1e-8 * (1 + B.norm())) << "sample " << n;
        const oracle::Vec expected = B * oracle::input(series, n, config.history);
        for (int c = 0; c < 2; ++c) ASSERT_NEAR(forecast.y_hat[static_cast<std::size_t>(c)], expected[c], 1e-8);
    }
    EXPECT_EQ(refits, (80 - first) / config.refit_every);
}

TEST(Ols, LearnsFromTheTrainingPartOnlyInThePublishedProtocol)
{
    const Series series = breathing_series(2, 80);
    OlsConfig config = small_ols();
    config.train_samples = 50;
    Ols sut(config);
    const auto forecasts = run_published(sut, series);
    const oracle::Mat B = least_squares(series, config, config.history - 1 + config.horizon, 49);
    EXPECT_LT((coefficients(sut, config) - B).norm(), 1e-8 * (1 + B.norm()));
    // Target 49 is revealed at sample 45: forecasts begin at sample 46.
    for (std::size_t n = 0; n < forecasts.size(); ++n) EXPECT_EQ(forecasts[n].ready, n > 45) << "sample " << n;
}

TEST(Ols, FollowsAShiftOfTheSeries)
{
    // The bias is an input like the others: shifting all samples by c shifts the forecasts by c.
    OlsConfig config = small_ols();
    config.ridge = 0;
    Series series = breathing_series(2, 120);
    Ols first(config), second(config);
    const auto expected = run_live(first, series);
    for (auto& y : series) y[0] += 5;
    auto shifted = run_live(second, series);
    for (Forecast& forecast : shifted) forecast.y_hat[0] -= 5;
    for (std::size_t n = 40; n < shifted.size(); ++n)
        EXPECT_NEAR(shifted[n].y_hat[0], expected[n].y_hat[0], 1e-7) << "sample " << n;
}

}  // namespace
}  // namespace foretide::rnn
