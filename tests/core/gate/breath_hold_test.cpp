// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/breath_hold.h"

#include <cmath>
#include <functional>
#include <stdexcept>

#include <gtest/gtest.h>

#include "core/gate/hold_levels.h"

namespace foretide::core {
namespace {

using enum BreathHoldStage;

constexpr double kRate_hz = 10;
constexpr GateWindow kWindow{18, 22};

/// Feeds a coordinate sample by sample.
struct Feed {
    template <class Sut>
    void hold(Sut&& step, double seconds, double mm)
    {
        ramp(step, seconds, mm, mm);
    }
    template <class Sut>
    void ramp(Sut&& step, double seconds, double from_mm, double to_mm)
    {
        const int n = static_cast<int>(std::lround(seconds * kRate_hz));
        for (int k = 0; k < n; ++k) step(at++ / kRate_hz, from_mm + (to_mm - from_mm) * k / n);
    }
    int at = 0;
};

class Holding : public testing::Test {
protected:
    void hold(double seconds, double mm) { feed_.hold(step_, seconds, mm); }
    void ramp(double seconds, double from, double to) { feed_.ramp(step_, seconds, from, to); }

    static BreathHoldConfig config()
    {
        BreathHoldConfig c;
        c.longest_s = 20;
        return c;
    }
    BreathHold sut_{config(), kRate_hz};
    Feed feed_;
    std::function<void(double, double)> step_ = [this](double t, double mm) { sut_.step(t, mm, kWindow); };
};

TEST_F(Holding, IsSteadyAfterTwoSecondsInsideAndSlow)
{
    hold(3, 0);
    EXPECT_EQ(sut_.stage(), breathing);
    ramp(1, 0, 20);
    hold(1.9, 20);
    EXPECT_EQ(sut_.stage(), settling);
    EXPECT_EQ(sut_.holds(), 0);
    hold(0.6, 20);
    EXPECT_EQ(sut_.stage(), steady);
    EXPECT_EQ(sut_.holds(), 1);
    EXPECT_NEAR(sut_.speed_mm_s(), 0, 1e-9);
    hold(5, 20.5);
    EXPECT_EQ(sut_.stage(), steady);
    EXPECT_NEAR(sut_.held_s(), 7.5, 0.3);
}

TEST_F(Holding, ThatGoesOnMovingDoesNotSettle)
{
    BreathHoldConfig c = config();
    c.slow_mm_s = 0.5;
    sut_ = BreathHold(c, kRate_hz);
    ramp(1, 0, 18);
    ramp(4, 18, 22);  // 1 mm/s
    EXPECT_EQ(sut_.stage(), settling);
    hold(1.5, 22);
    EXPECT_EQ(sut_.stage(), steady);
}

TEST_F(Holding, IsOverAfterTheLongestTimeUntilTheNext)
{
    hold(19.9, 20);
    EXPECT_EQ(sut_.stage(), steady);
    hold(0.3, 20);
    EXPECT_EQ(sut_.stage(), over);
    hold(0.3, 23);  // a flicker at the bound is no new hold
    hold(4, 20);
    EXPECT_EQ(sut_.stage(), over);
    hold(1.5, 0);
    EXPECT_EQ(sut_.stage(), breathing);
    hold(3, 20);
    EXPECT_EQ(sut_.stage(), steady);
    EXPECT_EQ(sut_.holds(), 2);
}

TEST_F(Holding, SettlesAnewAfterLeavingForAMomentButItsTimeGoesOn)
{
    hold(5, 20);
    hold(0.2, 23);
    EXPECT_EQ(sut_.stage(), breathing);
    hold(1, 20);
    EXPECT_EQ(sut_.stage(), settling);
    EXPECT_NEAR(sut_.held_s(), 6.1, 0.11);
    hold(2, 20);
    EXPECT_EQ(sut_.stage(), steady);
    EXPECT_EQ(sut_.holds(), 1);
}

TEST_F(Holding, EndsWithTheCoordinateTheWindowOrTheSeries)
{
    hold(5, 20);
    sut_.step(feed_.at++ / kRate_hz, kNaN, kWindow);
    EXPECT_EQ(sut_.stage(), breathing);
    hold(5, 20);
    EXPECT_EQ(sut_.stage(), steady);
    sut_.step(feed_.at++ / kRate_hz, 20, std::nullopt);
    EXPECT_EQ(sut_.stage(), breathing);
    hold(5, 20);
    sut_.break_series();
    EXPECT_EQ(sut_.stage(), breathing);
    EXPECT_TRUE(std::isnan(sut_.held_s()));
}

TEST(BreathHold, RefusesTimesThatAreNone)
{
    for (const BreathHoldConfig bad :
         {BreathHoldConfig{-1, 20, 2}, BreathHoldConfig{2, -1, 2}, BreathHoldConfig{2, 20, 0}})
        EXPECT_THROW(BreathHold(bad, 10), std::invalid_argument);
}

TEST(HoldLevels, LearnsTheWindowFromHoldsThatAgree)
{
    HoldLevels sut(3, 2.5);
    Feed feed;
    const auto step = [&](double t, double mm) { sut.step(t, mm); };
    for (const double level : {20.0, 21.0, 20.5}) {
        for (int breath = 0; breath < 4; ++breath) feed.ramp(step, 2, 0, 6), feed.ramp(step, 2, 6, 0);
        EXPECT_FALSE(sut.window());
        feed.ramp(step, 1.5, 0, level);
        feed.hold(step, 12, level);
        feed.ramp(step, 1.5, level, 0);
    }
    ASSERT_TRUE(sut.window());
    EXPECT_EQ(sut.holds_seen(), 3U);
    EXPECT_NEAR(sut.window()->lower_mm, 18, 0.15);
    EXPECT_NEAR(sut.window()->upper_mm, 23, 0.15);
}

TEST(HoldLevels, ThatDisagreeOrAreNoHoldsGiveNone)
{
    HoldLevels sut(2, 2.5);
    Feed feed;
    const auto step = [&](double t, double mm) { sut.step(t, mm); };
    for (const double level : {20.0, 26.0}) {
        feed.ramp(step, 1.5, 0, level);
        feed.hold(step, 10, level);
        feed.ramp(step, 1.5, level, 0);
    }
    EXPECT_EQ(sut.holds_seen(), 2U);
    EXPECT_FALSE(sut.window());
    feed.ramp(step, 1.5, 0, 26.5);
    feed.hold(step, 10, 26.5);
    feed.ramp(step, 1.5, 26.5, 0);
    EXPECT_TRUE(sut.window());  // the last two agree

    HoldLevels shallow(1, 2.5);
    const auto other = [&](double t, double mm) { shallow.step(t, mm); };
    feed.hold(other, 100, 0);
    feed.hold(other, 3, 10);  // too long, too short
    feed.hold(other, 1, 0);
    EXPECT_EQ(shallow.holds_seen(), 0U);
    EXPECT_THROW(HoldLevels(0, 2.5), std::invalid_argument);
    EXPECT_THROW(HoldLevels(3, 0.1), std::invalid_argument);
}

}  // namespace
}  // namespace foretide::core
