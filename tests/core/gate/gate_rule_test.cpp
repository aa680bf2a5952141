// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/gate_rule.h"

#include <set>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace foretide::core {
namespace {

constexpr GateWindow kWindow{-5, 5};

GateReading at(double on_mm, double off_mm, double half_width_mm = 0)
{
    return {0, on_mm - half_width_mm, on_mm + half_width_mm, off_mm - half_width_mm, off_mm + half_width_mm};
}

GateReading phase(double lower, double upper)
{
    GateReading r = at(0, 0);
    r.breath.phase_on_lower_percent = r.breath.phase_off_lower_percent = lower;
    r.breath.phase_on_upper_percent = r.breath.phase_off_upper_percent = upper;
    return r;
}

TEST(GateRule, HysteresisOpensInsideTheMarginsAndClosesAtTheBounds)
{
    GateRule rule;
    rule.margin_lower_mm = 1;
    rule.margin_upper_mm = 2;
    const auto judged = [&](double mm) { return judge(rule, kWindow, at(mm, mm)); };
    EXPECT_EQ(judged(3).open, HoldReason::none);
    EXPECT_EQ(judged(3.1).open, HoldReason::outside);
    EXPECT_EQ(judged(-4).open, HoldReason::none);
    EXPECT_EQ(judged(-4.1).open, HoldReason::outside);
    EXPECT_EQ(judged(4.9).keep, HoldReason::none);
    EXPECT_EQ(judged(5.1).keep, HoldReason::outside);
    EXPECT_TRUE(judged(5.1).by_forecast);
}

TEST(GateRule, ARangeTooWideIsUncertainAndOneNotKnownIsNotByForecast)
{
    const GateJudgement wide = judge({}, kWindow, at(4, 4, 2));
    EXPECT_EQ(wide.open, HoldReason::uncertain);
    EXPECT_TRUE(wide.only_uncertain());
    const GateJudgement unknown = judge({}, kWindow, at(0, kNaN));
    EXPECT_EQ(unknown.keep, HoldReason::uncertain);
    EXPECT_FALSE(unknown.by_forecast);
    EXPECT_EQ(judge({}, std::nullopt, at(0, 0)).open, HoldReason::no_gate);
    EXPECT_EQ(judge({}, kWindow, GateReading{}).keep, HoldReason::no_gate);
}

TEST(GateRule, AModelThatDoesNotHoldHolds)
{
    GateReading r = at(0, 0);
    r.model_valid = false;
    EXPECT_EQ(judge({}, kWindow, r).keep, HoldReason::model_invalid);
    EXPECT_FALSE(judge({}, kWindow, r).by_forecast);
}

TEST(GateRule, APhaseRangeMustLieWhollyInsideAlsoAcrossThePeak)
{
    GateRule rule;
    rule.kind = GateKind::phase;
    EXPECT_EQ(judge(rule, std::nullopt, phase(35, 65)).open, HoldReason::none);
    EXPECT_EQ(judge(rule, std::nullopt, phase(30, 30)).open, HoldReason::none);
    EXPECT_EQ(judge(rule, std::nullopt, phase(70, 70)).open, HoldReason::outside);
    EXPECT_EQ(judge(rule, std::nullopt, phase(28, 60)).keep, HoldReason::uncertain);
    EXPECT_EQ(judge(rule, std::nullopt, phase(10, 20)).keep, HoldReason::outside);
    EXPECT_EQ(judge(rule, std::nullopt, phase(kNaN, kNaN)).keep, HoldReason::phase_unreliable);
    EXPECT_FALSE(judge(rule, std::nullopt, phase(kNaN, kNaN)).by_forecast);
    EXPECT_NE(judge(rule, std::nullopt, phase(35, 145)).open, HoldReason::none);  // wider than a cycle
    rule.phase = {80, 20};
    EXPECT_EQ(judge(rule, std::nullopt, phase(95, 105)).open, HoldReason::none);
    EXPECT_EQ(judge(rule, std::nullopt, phase(-5, 5)).open, HoldReason::none);
    EXPECT_EQ(judge(rule, std::nullopt, phase(50, 50)).open, HoldReason::outside);
}

TEST(GateRule, ABreathHoldMustBeSteadyToOpenAndNotOverToStay)
{
    GateRule rule;
    rule.kind = GateKind::breath_hold;
    const auto judged = [&](BreathHoldStage stage) {
        GateReading r = at(0, 0);
        r.breath.hold = stage;
        return judge(rule, kWindow, r);
    };
    EXPECT_EQ(judged(BreathHoldStage::steady).open, HoldReason::none);
    EXPECT_EQ(judged(BreathHoldStage::settling).open, HoldReason::settling);
    EXPECT_EQ(judged(BreathHoldStage::settling).keep, HoldReason::none);
    EXPECT_EQ(judged(BreathHoldStage::breathing).keep, HoldReason::outside);
    EXPECT_EQ(judged(BreathHoldStage::over).keep, HoldReason::hold_over);
    EXPECT_FALSE(judged(BreathHoldStage::over).by_forecast);
}

TEST(GateRule, RefusesWhatLeavesNothing)
{
    GateRule rule;
    rule.margin_lower_mm = rule.margin_upper_mm = 5;
    EXPECT_THROW(check_gate_rule(rule, kWindow), std::invalid_argument);
    EXPECT_NO_THROW(check_gate_rule(rule, GateWindow{-6, 6}));
    rule = {};
    rule.margin_lower_mm = -1;
    EXPECT_THROW(check_gate_rule(rule, std::nullopt), std::invalid_argument);
    for (const PhaseWindow bad :
         {PhaseWindow{30, 30}, PhaseWindow{0, 100}, PhaseWindow{-1, 50}, PhaseWindow{5, kNaN}}) {
        rule = {};
        rule.phase = bad;
        EXPECT_THROW(check_gate_rule(rule, std::nullopt), std::invalid_argument);
    }
    EXPECT_THROW(parse_gate_kind("dibh"), std::invalid_argument);
    for (const char* kind : {"amplitude", "phase", "breath-hold"}) EXPECT_STREQ(to_string(parse_gate_kind(kind)), kind);
}

TEST(GateState, FollowsFromCommandAndReason)
{
    const auto state = [](HoldReason reason) { return gate_state(BeamCommand::hold, reason); };
    EXPECT_EQ(gate_state(BeamCommand::on, HoldReason::none), GateState::on);
    EXPECT_EQ(state(HoldReason::not_armed), GateState::off);
    EXPECT_EQ(state(HoldReason::warming_up), GateState::warming_up);
    EXPECT_EQ(state(HoldReason::operator_hold), GateState::holding);
    EXPECT_EQ(state(HoldReason::dwell), GateState::holding);
    EXPECT_EQ(state(HoldReason::outside), GateState::ready);
    std::set<std::string> names;
    for (int r = 0; r < kHoldReasons; ++r) {
        const auto reason = static_cast<HoldReason>(r);
        names.insert(to_string(reason));
        EXPECT_NE(std::string(in_words(reason)), "");
        if (r > 0) {
            EXPECT_NE(state(reason), GateState::on) << to_string(reason);
        }
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(kHoldReasons));
}

}  // namespace
}  // namespace foretide::core
