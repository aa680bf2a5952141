// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/rule_replay.h"

#include <cmath>
#include <stdexcept>

#include <gtest/gtest.h>

namespace foretide::validation {
namespace {

constexpr double kRate_hz = 10;

/// One marker that breathes along z for 150 s (4.1 s, dwelling at exhale, 0 … 10 mm, then holding its breath at 20 mm
/// between 100 s and 140 s), and forecasts that come true.
class RuleReplay : public testing::Test {
protected:
    static double height(double t)
    {
        if (t > 100 && t < 140) return std::min({20.0, 20 * (t - 100), 20 * (140 - t)});
        return 10 * std::pow(std::cos(M_PI * t / 4.1), 4);
    }
    GateOutcome outcome(GateRequest request, double from_s, double to_s)
    {
        std::vector<int> horizons{5};
        EXPECT_EQ(rule_horizons(request, kRate_hz, horizons), 0U);
        constexpr int n = 1500;
        std::vector<double> time_s, positions;
        const auto row = [](std::vector<double>& to, int k) { to.insert(to.end(), {1, 2, height(k / kRate_hz)}); };
        for (int k = 0; k < n; ++k) {
            time_s.push_back(k / kRate_hz);
            row(positions, k);
        }
        std::vector<std::vector<double>> forecasts;
        for (const int h : horizons) {
            forecasts.emplace_back();
            for (int k = 0; k < n; ++k) row(forecasts.back(), k + h);
        }
        const std::vector<std::uint8_t> warm_up(n, 0);
        const std::vector<std::int64_t> breaks(n, 0);
        const GateSeries series{time_s,  positions, positions, positions, forecasts,
                                warm_up, breaks,    horizons,  1,         kRate_hz};
        return replay_rule(request, series, 30, from_s, to_s);
    }
    static GateRequest request(core::GateKind kind)
    {
        GateRequest r{.window = "-1,3", .axis = "m1.z", .t_on_s = 0.5, .t_off_s = 0.5};
        r.rule.kind = kind;
        return r;
    }
};

TEST_F(RuleReplay, AnAmplitudeGateIsPerfectWhereForecastsAre)
{
    const GateOutcome sut = outcome(request(core::GateKind::amplitude), 30, 95);
    EXPECT_EQ(sut.forecast.accuracy, 1);
    EXPECT_EQ(sut.forecast.beam_on_outside_s, 0);
    EXPECT_NEAR(sut.forecast.crossing_error_ms, 0, 1e-6);
    EXPECT_GT(sut.forecast.matched_edges, 25);
    EXPECT_NEAR(sut.no_prediction.gating_error_ms, 500, 1e-6);
}

TEST_F(RuleReplay, HysteresisAndMinimumTimesCostDutyCycleAndNothingElse)
{
    GateRequest r = request(core::GateKind::amplitude);
    const double plain = outcome(r, 30, 95).forecast.duty_cycle;
    r.rule.margin_upper_mm = 2;
    const GateOutcome margin = outcome(r, 30, 95);
    EXPECT_LT(margin.forecast.duty_cycle, plain - 0.02);
    EXPECT_EQ(margin.forecast.beam_on_outside_s, 0);
    r = request(core::GateKind::amplitude);
    r.min_off_s = 5;  // longer than every inhale: each second exhale is lost
    const GateOutcome off = outcome(r, 30, 95);
    EXPECT_LT(off.forecast.duty_cycle, 0.7 * plain);
    EXPECT_EQ(off.forecast.beam_on_outside_s, 0);
}

TEST_F(RuleReplay, APhaseGateFollowsThePhase)
{
    GateRequest r = request(core::GateKind::phase);
    const GateOutcome sut = outcome(r, 30, 90);
    EXPECT_NEAR(sut.forecast.ideal_duty_cycle, 0.4, 0.02);
    EXPECT_GT(sut.forecast.accuracy, 0.95);
    EXPECT_LT(sut.no_prediction.accuracy, 0.8);
    EXPECT_GT(sut.no_prediction.gating_error_ms, 400);
    EXPECT_EQ(sut.forecast.unmatched_edges, 0);
    EXPECT_LT(sut.forecast.gating_error_ms, 110);
    EXPECT_TRUE(std::isnan(sut.forecast.crossing_error_ms));
    EXPECT_EQ(sut.kind, core::GateKind::phase);
}

TEST_F(RuleReplay, ABreathHoldGateOpensInTheHoldOnly)
{
    GateRequest r = request(core::GateKind::breath_hold);
    r.window = "18,22";
    const GateOutcome sut = outcome(r, 30, 149);
    EXPECT_GT(sut.forecast.accuracy, 0.97);
    EXPECT_NEAR(sut.forecast.duty_cycle * 119, 23, 1);  // 25 s, of which 2 s settle
    EXPECT_EQ(sut.forecast.matched_edges, 2);
    r.window = "holds:1@2.5";
    r.breath.hold.longest_s = 0;
    const GateOutcome learned = outcome(r, 30, 149);
    EXPECT_NEAR(learned.lower_mm, 17.5, 0.3);
    EXPECT_NEAR(learned.forecast.duty_cycle * 119, 36, 2);
    r.window = "holds:3@2.5";
    EXPECT_THROW(outcome(r, 30, 149), std::runtime_error);
}

TEST_F(RuleReplay, IsAskedForByWhatIsMoreThanAWindow)
{
    GateRequest r{.window = "-1,3"};
    EXPECT_FALSE(has_rule(r));
    std::vector<int> horizons{5};
    r.min_on_s = 1;
    EXPECT_TRUE(has_rule(r));
    EXPECT_THROW(rule_horizons(r, kRate_hz, horizons), std::invalid_argument);  // without latencies
    r = request(core::GateKind::phase);
    EXPECT_TRUE(has_rule(r));
    rule_horizons(r, kRate_hz, horizons);
    EXPECT_GT(horizons.size(), 10U);
    EXPECT_TRUE(has_rule({.window = "holds:3@2.5"}));
}

}  // namespace
}  // namespace foretide::validation
