// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/gate_replay.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "acquisition/recording_reader.h"
#include "tests/support/build_kind.h"
#include "tests/support/shared_data.h"
#include "tests/validation/open_sessions.h"
#include "tests/validation/replay_test_support.h"

namespace foretide::validation {
namespace {

constexpr double kRate_hz = 10;

// ---- latencies

TEST(GateLatencies, AreEachHorizonsOwnUnlessGiven)
{
    std::vector<int> horizons{5, 10};
    const GateLatencies sut = gate_latencies({.window = "0,1"}, kRate_hz, horizons);
    EXPECT_FALSE(sut.on || sut.off);
    EXPECT_EQ(horizons, (std::vector<int>{5, 10}));
}

TEST(GateLatencies, AreForecastWhereTheyAreNoHorizon)
{
    std::vector<int> horizons{5, 10};
    const GateLatencies sut = gate_latencies({.window = "0,1", .t_on_s = 0.81, .t_off_s = 0.1}, kRate_hz, horizons);
    EXPECT_DOUBLE_EQ(sut.on.value(), 8.1);
    EXPECT_EQ(sut.off, 1);
    EXPECT_EQ(horizons, (std::vector<int>{5, 10, 8, 9, 1})) << "8.1 samples lie between two that are forecast";
    EXPECT_EQ(sut.scored_with, 1U) << "1.0 s is the horizon asked for that is nearest 0.81 s";
}

TEST(GateLatencies, AddNothingTwice)
{
    std::vector<int> horizons{5, 10};
    EXPECT_EQ(gate_latencies({.window = "0,1", .t_on_s = 0.5, .t_off_s = 0}, kRate_hz, horizons).off, 0);
    EXPECT_EQ(gate_latencies({.window = "0,1", .t_on_s = 0.3, .t_off_s = 0.3}, kRate_hz, horizons).scored_with, 0U);
    EXPECT_EQ(horizons, (std::vector<int>{5, 10, 3}));
}

TEST(GateLatencies, RefuseWhatCannotBe)
{
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    constexpr double infinite = std::numeric_limits<double>::infinity();
    const auto make = [](std::optional<double> on, std::optional<double> off) {
        std::vector<int> horizons{5};
        gate_latencies({.window = "0,1", .t_on_s = on, .t_off_s = off}, kRate_hz, horizons);
    };
    EXPECT_THROW(make(0.5, {}), std::invalid_argument);
    EXPECT_THROW(make({}, 0.5), std::invalid_argument);
    for (const double bad : {-0.1, -1e-9, 100.1, 1e300, nan, infinite}) {
        EXPECT_THROW(make(bad, 0.1), std::invalid_argument) << bad;
        EXPECT_THROW(make(0.1, bad), std::invalid_argument) << bad;
    }
    EXPECT_NO_THROW(make(100, 0));
}

// ---- outcome

/// One marker breathing along z (period 4 s, 0 … 10 mm) for 100 s, and forecasts that come true, or do not.
class GateReplay : public testing::Test {
protected:
    GateReplay()
    {
        for (int k = 0; k < 1000; ++k) {
            time_s_.push_back(k / kRate_hz);
            for (int c = 0; c < 3; ++c) positions_mm_.push_back(position(k, c));
        }
        measured_mm_ = last_mm_ = positions_mm_;
        warm_up_.assign(1000, 0);
        breaks_.assign(1000, 0);
        for (const int h : horizons_) {
            forecasts_mm_.emplace_back();
            for (int k = 0; k < 1000; ++k)
                for (int c = 0; c < 3; ++c) forecasts_mm_.back().push_back(position(k + h, c));
        }
    }

    /// Bounds fall between samples.
    static double position(int k, int c) { return c == 2 ? 5 - 5 * std::cos(2 * M_PI * (k + 0.35) / 40) : 3.0 * c; }

    std::optional<GateOutcome> outcome(const GateRequest& request, std::size_t h = 0, double from_s = 60,
                                       double to_s = 100) const
    {
        const GateSeries series{time_s_, positions_mm_, last_mm_, measured_mm_, forecasts_mm_, warm_up_,
                                breaks_, horizons_,     1,        kRate_hz};
        std::vector<int> horizons = horizons_;
        const GateLatencies latencies = gate_latencies(request, kRate_hz, horizons);
        EXPECT_EQ(horizons, horizons_) << "the fixture has no forecasts for these latencies";
        return replay_gate(request, series, latencies, h, 30, from_s, to_s);
    }

    std::vector<int> horizons_{5, 12};
    std::vector<double> time_s_, positions_mm_, last_mm_, measured_mm_;
    std::vector<std::vector<double>> forecasts_mm_;
    std::vector<std::uint8_t> warm_up_;
    std::vector<std::int64_t> breaks_;
};

TEST_F(GateReplay, IsPerfectWhereForecastsAre)
{
    for (const std::size_t h : {0UL, 1UL}) {
        const auto sut = outcome({.window = "-1,3", .axis = "m1.z"}, h);
        ASSERT_TRUE(sut);
        EXPECT_EQ(sut->axis, "m1.z");
        EXPECT_EQ(sut->lower_mm, -1);
        EXPECT_EQ(sut->upper_mm, 3);
        EXPECT_EQ(sut->t_on_s, horizons_[h] / kRate_hz);
        EXPECT_EQ(sut->t_off_s, horizons_[h] / kRate_hz);
        EXPECT_EQ(sut->forecast.accuracy, 1);
        EXPECT_EQ(sut->forecast.beam_on_outside_s, 0);
        EXPECT_EQ(sut->forecast.gating_error_ms, 0);
        EXPECT_EQ(sut->forecast.unmatched_edges, 0);
        EXPECT_NEAR(sut->forecast.crossing_error_ms, 0, 1e-6);
        EXPECT_EQ(sut->forecast.n, 400);
    }
}

TEST_F(GateReplay, IsAsLateWithoutPredictionAsTheBeamIs)
{
    for (const std::size_t h : {0UL, 1UL}) {
        const auto sut = outcome({.window = "-1,3", .axis = "m1.z"}, h);
        ASSERT_TRUE(sut);
        EXPECT_NEAR(sut->no_prediction.gating_error_ms, 1e3 * horizons_[h] / kRate_hz, 1e-6);
        EXPECT_NEAR(sut->no_prediction.crossing_error_ms, 1e3 * horizons_[h] / kRate_hz, 1e-6);
        EXPECT_LT(sut->no_prediction.accuracy, 0.9);
        EXPECT_EQ(sut->no_prediction.ideal_duty_cycle, sut->forecast.ideal_duty_cycle);
    }
}

TEST_F(GateReplay, TakesEachForecastForItsOwnLatency)
{
    // Opens on the forecast at 1.2 s, closes on the one at 0.5 s; one horizon has the outcome.
    const GateRequest request{.window = "-1,3", .axis = "m1.z", .t_on_s = 1.2, .t_off_s = 0.5};
    EXPECT_FALSE(outcome(request, 0));
    const auto sut = outcome(request, 1);
    ASSERT_TRUE(sut);
    EXPECT_EQ(sut->t_on_s, 1.2);
    EXPECT_EQ(sut->t_off_s, 0.5);
    EXPECT_EQ(sut->forecast.accuracy, 1);

    // By hand: coordinate, beam and metrics of the same.
    std::vector<double> on, off, truth;
    for (int k = 0; k < 1000; ++k) {
        on.push_back(position(k + 12, 2));
        off.push_back(position(k + 5, 2));
        truth.push_back(position(k, 2));
    }
    const core::GateWindow window{-1, 3};
    const auto late = core::simulate_point_gate(truth, truth, window, 12, 5);
    const auto part = [](const auto& v) { return std::span(v).subspan(600); };
    const core::GatingMetrics expected = core::gating_metrics(
        {.time_s = part(time_s_), .coordinate_mm = part(truth), .beam_on = part(late), .window = window});
    EXPECT_EQ(sut->no_prediction.accuracy, expected.accuracy);
    EXPECT_EQ(sut->no_prediction.beam_on_outside_s, expected.beam_on_outside_s);
    EXPECT_EQ(sut->no_prediction.residual_mm, expected.residual_mm);
}

TEST_F(GateReplay, InterpolatesBetweenHorizons)
{
    // Forecasts that come true at 5, 6, 12 and 13 samples; latencies of 12.8 and 5.3.
    horizons_ = {5, 6, 12, 13};
    forecasts_mm_.clear();
    for (const int h : horizons_) {
        forecasts_mm_.emplace_back();
        for (int k = 0; k < 1000; ++k)
            for (int c = 0; c < 3; ++c) forecasts_mm_.back().push_back(position(k + h, c));
    }
    const GateRequest request{.window = "-1,3", .axis = "m1.z", .t_on_s = 1.28, .t_off_s = 0.53};
    const auto sut = outcome(request, 3);
    ASSERT_TRUE(sut);
    EXPECT_DOUBLE_EQ(sut->t_on_s, 1.28);
    EXPECT_DOUBLE_EQ(sut->t_off_s, 0.53);
    EXPECT_LT(sut->forecast.crossing_error_ms, 2) << "a twentieth of a sample is the curvature between two";
    EXPECT_EQ(sut->forecast.unmatched_edges, 0);
    EXPECT_GT(sut->forecast.accuracy, 0.97);
    // An order to close is given with a sample; what it sees is where the beam would be when it acts. Without
    // prediction the edges are late by 1.28 and 0.53 s and by the wait for the next sample.
    EXPECT_NEAR(sut->no_prediction.gating_error_ms, 1e3 * (9 * 1.3 + 10 * 0.6) / 19, 1e-6) << "9 openings, 10 closings";
    // By hand.
    std::vector<double> on, off, truth;
    for (int k = 0; k < 1000; ++k) {
        on.push_back(std::lerp(position(k + 12, 2), position(k + 13, 2), 0.8));
        off.push_back(std::lerp(position(k + 5, 2), position(k + 6, 2), 0.3));
        truth.push_back(position(k, 2));
    }
    const core::GateWindow window{-1, 3};
    const auto beam = core::simulate_point_gate(on, off, window, 12.8, 5.3);
    const auto part = [](const auto& v) { return std::span(v).subspan(600); };
    const core::GatingMetrics expected = core::gating_metrics(
        {.time_s = part(time_s_), .coordinate_mm = part(truth), .beam_on = part(beam), .window = window});
    EXPECT_NEAR(sut->forecast.accuracy, expected.accuracy, 1e-12);
    EXPECT_NEAR(sut->forecast.gating_error_ms, expected.gating_error_ms, 1e-6);
    // Calibrated bounds are interpolated, too.
    const auto sure =
        outcome({.window = "-1,3", .axis = "m1.z", .t_on_s = 1.28, .t_off_s = 0.53, .confidence = 0.8}, 3);
    EXPECT_LT(sure->forecast.interval_width_mm, 0.2);
    EXPECT_GT(sure->forecast.accuracy, 0.9);
}

TEST_F(GateReplay, NeedsNoForecastWithoutLatency)
{
    std::fill(forecasts_mm_[0].begin(), forecasts_mm_[0].end(), 1000.0);
    const auto sut = outcome({.window = "-1,3", .axis = "m1.z", .t_on_s = 0, .t_off_s = 0});
    ASSERT_TRUE(sut);
    EXPECT_EQ(sut->forecast.accuracy, 1);
    EXPECT_EQ(sut->no_prediction.accuracy, 1);
}

TEST_F(GateReplay, NeverOpensOnForecastsOutside)
{
    std::fill(forecasts_mm_[0].begin(), forecasts_mm_[0].end(), 1000.0);
    const auto sut = outcome({.window = "-1,3", .axis = "m1.z"});
    ASSERT_TRUE(sut);
    EXPECT_EQ(sut->forecast.duty_cycle, 0);
    EXPECT_EQ(sut->forecast.beam_on_outside_s, 0);
    EXPECT_TRUE(std::isnan(sut->forecast.residual_mm));
}

/// Adds an error to all forecasts of z.
template <class Error>
void spoil(std::vector<std::vector<double>>& forecasts_mm, Error&& error)
{
    for (auto& forecasts : forecasts_mm)
        for (std::size_t k = 2; k < forecasts.size(); k += 3) forecasts[k] += error();
}

TEST_F(GateReplay, OpensLessTheMoreConfidenceIsAskedFor)
{
    std::mt19937 engine(1);
    std::normal_distribution<double> noise(0, 0.6);
    spoil(forecasts_mm_, [&] { return noise(engine); });
    core::GatingMetrics previous = outcome({.window = "-2,3", .axis = "m1.z"})->forecast;
    EXPECT_TRUE(std::isnan(previous.lower_coverage)) << "points have no bounds";
    for (const double confidence : {0.5, 0.8, 0.95}) {
        const auto sut = outcome({.window = "-2,3", .axis = "m1.z", .confidence = confidence});
        EXPECT_EQ(sut->confidence, confidence);
        EXPECT_LT(sut->forecast.duty_cycle, previous.duty_cycle) << confidence;
        EXPECT_LE(sut->forecast.beam_on_outside_s, 0.5 * previous.beam_on_outside_s) << confidence;
        EXPECT_GT(sut->forecast.duty_cycle, 0.05);
        EXPECT_NEAR(sut->forecast.lower_coverage, 1 - (1 - confidence) / 2, 0.05);
        EXPECT_NEAR(sut->forecast.upper_coverage, 1 - (1 - confidence) / 2, 0.05);
        EXPECT_GT(sut->forecast.interval_width_mm, 0);
        EXPECT_TRUE(std::isnan(sut->no_prediction.lower_coverage));
        previous = sut->forecast;
    }
}

TEST_F(GateReplay, HoldsWhereBoundsAreNotKnown)
{
    warm_up_.assign(1000, 1);
    const GateRequest request{.window = "-100,100", .axis = "m1.z", .confidence = 0.8};
    EXPECT_EQ(outcome(request)->forecast.duty_cycle, 0) << "warm-up throughout";
    std::fill_n(warm_up_.begin(), 1000, std::uint8_t{0});
    EXPECT_EQ(outcome(request, 0, 0, 5)->forecast.duty_cycle, 0) << "no error is known yet";
    EXPECT_EQ(outcome(request, 0, 20, 100)->forecast.duty_cycle, 1);
}

TEST_F(GateReplay, NeedsAMeasuredPositionWithoutLatency)
{
    const GateRequest request{.window = "-100,100", .axis = "m1.z", .t_on_s = 0, .t_off_s = 0, .confidence = 0.8};
    EXPECT_EQ(outcome(request)->forecast.duty_cycle, 1);
    for (std::size_t k = 0; k < measured_mm_.size(); ++k)
        if (k / 3 % 2 == 0) measured_mm_[k] = core::kNaN;
    const auto sut = outcome(request);
    EXPECT_EQ(sut->forecast.n, 200);
    EXPECT_EQ(sut->forecast.duty_cycle, 1);
}

TEST_F(GateReplay, DoesNotKnowTheFutureOfItsBounds)
{
    std::mt19937 engine(1);
    std::normal_distribution<double> noise(0, 0.6);
    spoil(forecasts_mm_, [&] { return noise(engine); });
    const GateRequest request{.window = "-2,3", .axis = "m1.z", .confidence = 0.8};
    const auto expected = outcome(request, 0, 30, 75)->forecast;
    // The beam at 75 s was decided half a second before.
    for (std::size_t k = 760 * 3; k < 1000 * 3; ++k) {
        measured_mm_[k] += 7;
        for (auto& forecasts : forecasts_mm_) forecasts[k] -= 3;
    }
    const auto actual = outcome(request, 0, 30, 75)->forecast;
    EXPECT_EQ(actual.duty_cycle, expected.duty_cycle);
    EXPECT_EQ(actual.beam_on_outside_s, expected.beam_on_outside_s);
    EXPECT_EQ(actual.interval_width_mm, expected.interval_width_mm);
    EXPECT_NE(outcome(request, 0, 80, 100)->forecast.lower_coverage, expected.lower_coverage);
}

TEST(GateConfidence, IsAShareBelowOne)
{
    for (const double good : {0.0, 0.5, 0.98}) EXPECT_NO_THROW(check_confidence({.confidence = good})) << good;
    for (const double bad : {-0.1, 0.99, 1.0, 80.0, std::numeric_limits<double>::quiet_NaN()})
        EXPECT_THROW(check_confidence({.confidence = bad}), std::invalid_argument) << bad;
}

TEST_F(GateReplay, ScoresItsPartOnly)
{
    for (std::size_t k = 0; k < 650 * 3; ++k) forecasts_mm_[0][k] = 0;  // inside all the time: bad until 65 s
    const GateRequest request{.window = "-1,3", .axis = "m1.z"};
    EXPECT_LT(outcome(request, 0, 60, 100)->forecast.accuracy, 1);
    EXPECT_EQ(outcome(request, 0, 66, 100)->forecast.accuracy, 1);
    EXPECT_EQ(outcome(request, 0, 66, 70)->forecast.n, 41);
    EXPECT_EQ(outcome(request, 0, 200, 300)->forecast.n, 0);
}

TEST_F(GateReplay, LeavesOutWhatWasNotMeasured)
{
    for (std::size_t k = 700 * 3; k < 720 * 3; ++k) measured_mm_[k] = core::kNaN;
    const auto sut = outcome({.window = "-1,3", .axis = "m1.z"});
    EXPECT_EQ(sut->forecast.n, 380);
    EXPECT_EQ(sut->forecast.accuracy, 1);
}

TEST_F(GateReplay, FindsTheWindowItself)
{
    // Dwells at neither side; cut the upper half: the low side is the one it stays at.
    for (std::vector<double>* v : {&positions_mm_, &last_mm_, &measured_mm_, forecasts_mm_.data(), &forecasts_mm_[1]})
        for (std::size_t k = 2; k < v->size(); k += 3) (*v)[k] = std::pow((*v)[k] / 10, 3) * 10;
    const auto sut = outcome({.window = "auto:0.4@30-60", .axis = "m1.z"});
    std::vector<double> learned;
    for (std::size_t k = 300; k < 600; ++k) learned.push_back(positions_mm_[3 * k + 2]);
    std::sort(learned.begin(), learned.end());
    const auto quantile = [&](double q) {
        const double at = q * 299;
        const auto below = static_cast<std::size_t>(at);
        return learned[below] + (at - static_cast<double>(below)) * (learned[below + 1] - learned[below]);
    };
    EXPECT_NEAR(sut->upper_mm, quantile(0.4), 1e-12);
    EXPECT_NEAR(sut->lower_mm, quantile(0.02) - 0.25 * (quantile(0.4) - quantile(0.02)), 1e-12);
    EXPECT_NEAR(sut->forecast.ideal_duty_cycle, 0.4, 0.03);
    EXPECT_EQ(sut->forecast.accuracy, 1);
}

TEST_F(GateReplay, KnowsThePrincipalAxis)
{
    const auto sut = outcome({.window = "-6,-2", .axis = "pc1"});  // z about its mean of 5 mm
    EXPECT_EQ(sut->axis, "pc1");
    EXPECT_EQ(sut->forecast.accuracy, 1);
    EXPECT_NEAR(sut->forecast.ideal_duty_cycle, outcome({.window = "-1,3", .axis = "m1.z"})->forecast.ideal_duty_cycle,
                0.03);
}

TEST_F(GateReplay, UnderstandsItsForms)
{
    for (const char* window : {"-1,3", "-1.5,3.25", "1e-3,2", "auto:0.4@30-60", "auto:0.25@0-99.5", "auto:0.5@30-1e2"})
        EXPECT_NO_THROW(outcome({.window = window, .axis = "m1.z"})) << window;
    for (const char* axis : {"m1.x", "m1.y", "m1.z", "pc1"})
        EXPECT_NO_THROW(outcome({.window = "-1,3", .axis = axis})) << axis;
}

TEST_F(GateReplay, RefusesOtherForms)
{
    for (const char* window : {"",
                               "3",
                               "3,",
                               ",3",
                               "3,-1",
                               "1,1",
                               "1;2",
                               "1,2,3",
                               "-1,3 ",
                               " -1,3",
                               "-1, 3",
                               "a,b",
                               "nan,3",
                               "-inf,3",
                               "auto",
                               "auto:",
                               "auto:0.4",
                               "auto:0.4@30",
                               "auto:0.4@30-",
                               "auto:0.4@-60",
                               "auto:0.4@30-60x",
                               "auto:0,4@30-60",
                               "auto:@30-60",
                               "AUTO:0.4@30-60"})
        EXPECT_THROW(outcome({.window = window, .axis = "m1.z"}), std::invalid_argument) << window;
    for (const char* axis : {"", "z", "m1", "m1.w", "m0.z", "m2.z", "m1.zz", "M1.z", "pc2", "m1.z "})
        EXPECT_THROW(outcome({.window = "-1,3", .axis = axis}), std::invalid_argument) << axis;
}

TEST_F(GateReplay, SaysWhatTheRecordingLacks)
{
    EXPECT_THROW(outcome({.window = "auto:0.4@200-300", .axis = "m1.z"}), std::runtime_error);
    std::fill(last_mm_.begin(), last_mm_.end(), 1.0);
    EXPECT_THROW(outcome({.window = "-1,3", .axis = "pc1"}), std::runtime_error);
}

// ---- within a replay

TEST(GateInReplay, HasAnOutcomeForLatenciesThatAreNoHorizons)
{
    const core::Recording recording = recording_of(regular_times(1000, 10), 2, breathing_mm);
    for (const rnn::Protocol protocol : {rnn::Protocol::live, rnn::Protocol::published}) {
        ReplayOptions options = options_for("snap1", {0.5, 1.0}, {{"shl", "8"}, {"hidden", "10"}});
        options.algorithm.protocol = protocol;
        options.gate = GateRequest{"auto:0.4@30-60", "pc1", 0.8, 0.2, 0};
        const ReplayResult result = replay(recording, options);
        ASSERT_EQ(result.horizons.size(), 2U) << "the latencies' own horizons are not reported";
        EXPECT_FALSE(result.horizons[0].gating);
        ASSERT_TRUE(result.horizons[1].gating);
        EXPECT_EQ(result.horizons[1].gating->t_on_s, 0.8);
        EXPECT_EQ(result.horizons[1].gating->t_off_s, 0.2);
        EXPECT_TRUE(result.horizons[1].mean_over_runs.contains("gating.accuracy"));

        // The same gate with these latencies among the horizons.
        options.horizons_s = {0.2, 0.8};
        const ReplayResult direct = replay(recording, options);
        ASSERT_TRUE(direct.horizons[1].gating);
        EXPECT_EQ(direct.horizons[1].gating->forecast.accuracy, result.horizons[1].gating->forecast.accuracy);
        EXPECT_EQ(direct.horizons[1].gating->forecast.beam_on_outside_s,
                  result.horizons[1].gating->forecast.beam_on_outside_s);
        EXPECT_EQ(direct.horizons[1].gating->no_prediction.accuracy, result.horizons[1].gating->no_prediction.accuracy);
    }
}

// Markers that are not seen are filled in by the algorithm; what it is compared with must not change by that.
TEST(GateInReplay, ComparesAllAlgorithmsWithTheSame)
{
    const auto motion = [](double t, int c) {
        return c < 3 && std::fmod(t, 7) > 5.95 && std::fmod(t, 7) < 6.55 ? core::kNaN : breathing_mm(t, c);
    };
    const core::Recording recording = recording_of(regular_times(1000, 10), 2, motion);
    ReplayOptions options = options_for("last", {0.5});
    options.gate = GateRequest{"auto:0.4@30-60", "pc1", {}, {}, 0};
    const GateOutcome expected = replay(recording, options).horizons[0].gating.value();
    options.algorithm.name = "ols";
    const ReplayResult result = replay(recording, options);
    const GateOutcome actual = result.horizons[0].gating.value();
    EXPECT_GT(result.conditioning.at("predicted"), 50);
    EXPECT_EQ(actual.lower_mm, expected.lower_mm);
    EXPECT_EQ(actual.upper_mm, expected.upper_mm);
    EXPECT_EQ(actual.no_prediction.accuracy, expected.no_prediction.accuracy);
    EXPECT_EQ(actual.no_prediction.beam_on_outside_s, expected.no_prediction.beam_on_outside_s);
    EXPECT_NE(actual.forecast.accuracy, expected.forecast.accuracy);
}

TEST(GateInReplay, IsRefusedWhereTheRecordingIsTooShortToLearnTheWindow)
{
    const core::Recording recording = recording_of(regular_times(200, 10), 1, breathing_mm);
    ReplayOptions options = options_for("last", {0.5});
    options.gate = GateRequest{"auto:0.4@30-60", "m1.z", {}, {}, 0};
    EXPECT_THROW(replay(recording, options), std::runtime_error);
    options.gate->window = "0,5";  // a window that is given needs none of it
    EXPECT_EQ(replay(recording, options).horizons[0].gating->forecast.n, 0);
}

// Where the beam must only be on when the 80 % interval lies inside.
TEST(GateInReplay, RarelyHasTheBeamOnOutsideWithConfidence)
{
    FORETIDE_SKIP_UNDER_SANITIZER("six sessions");
    FORETIDE_SKIP_WITHOUT(tests::shared_path("data/extmarker/10Hz"));
    double outside = 0, without = 0, duty = 0, ideal = 0;
    for (const int session : kOpenSessions) {
        ReplayOptions options = options_for(rnn::kDefaultAlgorithm, {0.5});
        options.gate = GateRequest{"auto:0.4@30-60", "pc1", 0.5, 0.5, 0.8};
        const ReplayResult result = replay(open_session("10Hz", session), options);
        const GateOutcome& gate = result.horizons[0].gating.value();
        outside += gate.forecast.beam_on_outside_share / 6;
        without += gate.no_prediction.beam_on_outside_share / 6;
        duty += gate.forecast.duty_cycle / 6;
        ideal += gate.forecast.ideal_duty_cycle / 6;
        if (result.eval_end_s < 120) continue;
        EXPECT_NEAR(gate.forecast.lower_coverage, 0.9, 0.04) << session;
        EXPECT_NEAR(gate.forecast.upper_coverage, 0.9, 0.04) << session;
    }
    EXPECT_LE(outside, 0.25 * without);
    EXPECT_GT(duty, 0.3 * ideal) << "a gate that never opens is safe, too";
    std::cout << "beam on outside " << outside << ", without prediction " << without << "; duty cycle " << duty
              << ", ideal " << ideal << "\n";
}

// Known figures of the six open sequences: beam commanded on the last position, 0.5 s late.
TEST(GateInReplay, IsAsBadWithoutPredictionAsKnown)
{
    FORETIDE_SKIP_WITHOUT(tests::shared_path("data/extmarker/10Hz"));
    double accuracy = 0, outside = 0;
    for (const int sequence : {1, 2, 4, 5, 7, 8}) {
        ReplayOptions options = options_for("last", {0.5});
        options.gate = GateRequest{"auto:0.4@30-60", "pc1", 0.5, 0.5, 0};
        const auto file = tests::shared_path("data/extmarker/10Hz/seq" + std::to_string(sequence) + ".csv");
        const ReplayResult result = replay(acquisition::read_recording({file}), options);
        const GateOutcome& gate = result.horizons[0].gating.value();
        accuracy += gate.no_prediction.accuracy / 6;
        outside += gate.no_prediction.beam_on_outside_share / 6;
        // The last position is this algorithm's forecast, too.
        EXPECT_EQ(gate.forecast.accuracy, gate.no_prediction.accuracy) << sequence;
    }
    EXPECT_NEAR(accuracy, 0.835, 0.002);
    EXPECT_NEAR(outside, 0.079, 0.002);
}

}  // namespace
}  // namespace foretide::validation
