// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// A learner that has run away must say so: no forecast, the last position instead, never a NaN or an infinity. Live, it
// is started anew.

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "core/standardiser.h"
#include "tests/rnn/rnn_test_support.h"

namespace foretide::rnn {
namespace {

/// The variants that learn by gradient descent, with a learning rate near the largest number there is: the first
/// lesson takes the weights out of the number type's range.
std::vector<Variant> diverging_variants()
{
    std::vector<Variant> diverging;
    for (Variant v : small_variants()) {
        if (parameter(v, "eta").empty()) continue;
        const bool is_double = parameter(v, "precision") == "double";
        v.spec.parameters["eta"] = is_double ? "1.5e308" : "3e38";
        v.spec.parameters["clip"] = is_double ? "1e150" : "1e15";
        diverging.push_back(v);
    }
    return diverging;
}

class Divergence : public ::testing::TestWithParam<Variant> {};

TEST_P(Divergence, GivesTheLastPositionInstead)
{
    const Series series = breathing_series(3, 120);
    for (const StepOrder order : kOrders)
        for (const int horizon : {1, 4}) {
            const PredictorChoice sut = make_predictor(GetParam().spec, kShortTraining, horizon);
            const std::vector<Forecast> forecasts = run_live(*sut.predictor, series, 0, 120, order);
            int given_up = 0;
            for (std::size_t n = 0; n < forecasts.size(); ++n)
                for (std::size_t c = 0; c < 3; ++c) {
                    const double value = forecasts[n].y_hat[c];
                    ASSERT_TRUE(std::isfinite(value)) << "sample " << n;
                    if (forecasts[n].ready) continue;
                    ASSERT_NEAR(value, series[n][c], 1e-6) << "sample " << n;
                    if (n > 4) ++given_up;  // the history has been long enough since sample 3
                }
            EXPECT_GT(given_up, 0) << "this learning rate did not make it diverge";
        }
}

TEST_P(Divergence, IsFiniteInMillimetres)
{
    const Series series = breathing_series(3, 120);
    const std::vector<int> horizons{1, 4};
    const auto sut = make_forecaster(GetParam().spec, kShortTraining, horizons);
    core::Standardiser standardiser(kShortTraining);
    std::vector<double> out(6), position(3);
    int refused = 0;
    for (std::size_t n = 0; n < series.size(); ++n) {
        for (std::size_t c = 0; c < 3; ++c) position[c] = 100 + 5 * series[n][c];
        standardiser.update(position);
        sut->observe({static_cast<std::int64_t>(n), {}, position}, standardiser.view());
        if (!sut->forecast(out) && n > 10) ++refused;
        ASSERT_TRUE(std::all_of(out.begin(), out.end(), [](double v) { return std::isfinite(v); })) << "sample " << n;
        sut->learn();
    }
    EXPECT_GT(refused, 0);
    EXPECT_GT(sut->resets(), 0);
}

/// One outlier beyond everything, and the learning rates of the other tests: after the reset the learner must go the
/// way of one that starts with the samples after it.
TEST_P(Divergence, LearnsAgainFromTheBeginningAfterOneAbsurdSample)
{
    Variant variant = GetParam();
    variant.spec.parameters["eta"] = "0.01";
    variant.spec.parameters["clip"] = "100";
    const Series series = breathing_series(3, 200);
    constexpr std::size_t absurd = 60;
    const PredictorChoice sut = make_predictor(variant.spec, kShortTraining, 2);
    std::vector<double> out(3);
    bool ready = false;
    for (std::size_t n = 0; n < series.size(); ++n) {
        const std::vector<double> y = n == absurd ? std::vector<double>(3, 1e30) : series[n];
        sut.predictor->observe(y);
        ready = sut.predictor->predict(out);
        sut.predictor->learn();
    }
    EXPECT_TRUE(ready);
    EXPECT_LE(sut.predictor->resets(), 8);  // while the absurd sample is in the window
    for (const double v : out) EXPECT_LT(std::abs(v), 10);
}

INSTANTIATE_TEST_SUITE_P(, Divergence, ::testing::ValuesIn(diverging_variants()), variant_name);

}  // namespace
}  // namespace foretide::rnn
