// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/beam_gate.h"

#include <vector>

#include <gtest/gtest.h>

#include "core/gate/gating_metrics.h"

namespace foretide::core {
namespace {

constexpr GateWindow kWindow{-5, 5};

TimePoint at(double s) { return TimePoint{from_seconds(100 + s)}; }

GateReading reading(double on, double off, double half_width = 0)
{
    return {0, on - half_width, on + half_width, off - half_width, off + half_width};
}

class Gate : public testing::Test {
protected:
    Gate()
    {
        mk_.assign("mk");
        other_.assign("ab");
        console_.assign("console");
    }
    static BeamGateConfig config()
    {
        BeamGateConfig c;
        c.dwell = std::chrono::seconds(1);
        c.arming_time = std::chrono::seconds(10);
        return c;
    }
    BeamGate::Decision step(double s, HoldReason doubt = HoldReason::none, const GateReading& r = reading(0, 0))
    {
        return sut_.decide(at(s), doubt, judge({}, kWindow, r));
    }
    void release(double s)
    {
        ASSERT_TRUE(sut_.arm(at(s), mk_, console_));
        ASSERT_EQ(sut_.release(at(s), mk_, console_), nullptr);
    }

    BeamGate sut_{config()};
    FixedText<48> mk_, other_;
    FixedText<64> console_;
};

TEST_F(Gate, HoldsUntilReleasedAndSteadyForTheDwellTime)
{
    EXPECT_EQ(step(0).reason, HoldReason::not_armed);
    release(0.1);
    EXPECT_EQ(step(0.5).reason, HoldReason::dwell);  // begins in doubt
    EXPECT_EQ(step(1.1).beam, BeamCommand::on);
    EXPECT_EQ(step(1.2, HoldReason::stale).reason, HoldReason::stale);
    EXPECT_EQ(step(2.1).reason, HoldReason::dwell);
    EXPECT_EQ(step(2.3).beam, BeamCommand::on);
}

TEST_F(Gate, WithoutAWindowOrACoordinateThereIsNoGate)
{
    release(0);
    EXPECT_EQ(sut_.decide(at(5), HoldReason::none, judge({}, std::nullopt, reading(0, 0))).reason, HoldReason::no_gate);
    EXPECT_EQ(sut_.decide(at(9), HoldReason::none, judge({}, kWindow, GateReading{})).reason, HoldReason::no_gate);
}

TEST_F(Gate, OpensOnTheForecastAtTOnAndClosesOnThatAtTOff)
{
    release(0);
    step(0);
    EXPECT_EQ(step(2, HoldReason::none, reading(9, 0)).reason, HoldReason::outside);
    EXPECT_EQ(step(3, HoldReason::none, reading(0, 9)).beam, BeamCommand::on);
    EXPECT_EQ(step(4, HoldReason::none, reading(9, 0)).beam, BeamCommand::on);
    EXPECT_EQ(step(5, HoldReason::none, reading(0, 9)).reason, HoldReason::outside);
}

TEST_F(Gate, TheWholeRangeMustLieInside)
{
    release(0);
    step(0);
    EXPECT_EQ(step(2, HoldReason::none, reading(4, 0, 2)).reason, HoldReason::uncertain);
    EXPECT_EQ(step(3, HoldReason::none, reading(6, 0, 2)).reason, HoldReason::outside);
    EXPECT_EQ(step(4, HoldReason::none, reading(kNaN, 0)).reason, HoldReason::uncertain);
    EXPECT_EQ(step(5, HoldReason::none, reading(3, 0, 2)).beam, BeamCommand::on);
    EXPECT_EQ(step(6, HoldReason::none, reading(3, kNaN, 2)).reason, HoldReason::uncertain);
}

TEST_F(Gate, AReleaseTakesTwoStepsByOnePersonInTime)
{
    EXPECT_STREQ(sut_.release(at(0), mk_, console_), "not armed: arm first");
    ASSERT_TRUE(sut_.arm(at(1), mk_, console_));
    EXPECT_STREQ(sut_.release(at(2), other_, console_), "armed by another operator or from another station");
    FixedText<64> elsewhere;
    elsewhere.assign("elsewhere");
    EXPECT_NE(sut_.release(at(2), mk_, elsewhere), nullptr);
    EXPECT_STREQ(sut_.release(at(12), mk_, console_), "armed too long ago: arm again");
    ASSERT_TRUE(sut_.arm(at(13), mk_, console_));
    EXPECT_EQ(sut_.release(at(14), mk_, console_), nullptr);
    EXPECT_TRUE(sut_.released());
    EXPECT_STREQ(sut_.release(at(14), mk_, console_), "already released");
    EXPECT_FALSE(sut_.arm(at(14), other_, console_));
}

TEST_F(Gate, HoldEndsAReleaseAndWhatWasArmed)
{
    release(0);
    step(0);
    ASSERT_EQ(step(2).beam, BeamCommand::on);
    sut_.hold();
    EXPECT_EQ(step(2.1).reason, HoldReason::operator_hold);
    EXPECT_FALSE(sut_.released());
    ASSERT_TRUE(sut_.arm(at(3), mk_, console_));
    EXPECT_EQ(step(3.1).reason, HoldReason::operator_hold);  // arming alone changes nothing
    sut_.hold();
    EXPECT_STREQ(sut_.release(at(4), mk_, console_), "not armed: arm first");
}

/// The order of opening and closing is that of simulate_gate(), which scores recordings.
TEST(BeamGate, DecidesAsTheScoredGateDoes)
{
    constexpr int kOn = 5, kOff = 2;
    BeamGateConfig c;
    c.dwell = Duration::zero();
    c.t_on = from_seconds(0.1 * kOn);
    c.t_off = from_seconds(0.1 * kOff);
    BeamGate sut(c);
    const FixedText<48> who{};
    const FixedText<64> where{};
    ASSERT_TRUE(sut.arm(at(0), who, where));
    ASSERT_EQ(sut.release(at(0), who, where), nullptr);
    std::vector<double> on, off;
    std::vector<int> command;
    for (int k = 0; k < 600; ++k) {
        on.push_back(8 * std::sin(0.13 * (k + kOn)) + 2 * std::sin(1.7 * k));
        off.push_back(8 * std::sin(0.13 * (k + kOff)) + 2 * std::sin(2.3 * k));
        const GateJudgement judgement = judge({}, kWindow, reading(on.back(), off.back()));
        const bool opens = sut.decide(at(0.1 * k), HoldReason::none, judgement).beam == BeamCommand::on;
        command.push_back(opens ? 1 : 0);
    }
    // What the beam does: orders act after their latencies, and the one given last counts.
    const auto beam = simulate_point_gate(on, off, kWindow, kOn, kOff);
    int changes = 0;
    for (std::size_t k = 20; k + 20 < beam.size(); ++k) changes += beam[k] != beam[k - 1] ? 1 : 0;
    ASSERT_GT(changes, 10);
    std::vector<int> from_command(beam.size(), 0);
    std::vector<std::pair<int, int>> orders;  // acts at, opens
    for (int k = 0, state = 0; k < 600; ++k) {
        const auto i = static_cast<std::size_t>(k);
        if (command[i] != state) {
            state = command[i];
            orders.emplace_back(k + (state == 1 ? kOn : kOff), state);
        }
        int effective = 0;
        for (const auto& [when, opens] : orders)
            if (when <= k) effective = opens;
        from_command[i] = effective;
    }
    for (std::size_t k = 0; k < beam.size(); ++k) EXPECT_EQ(from_command[k], beam[k]) << k;
}

}  // namespace
}  // namespace foretide::core
