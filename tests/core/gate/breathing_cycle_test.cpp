// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/breathing_cycle.h"

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace foretide::core {
namespace {

constexpr double kRate_hz = 20;

/// A breath that peaks at whole multiples of the period and dwells at exhale: cos⁴(πt/T) (Lujan).
double lujan(double t_s, double period_s, double height_mm)
{
    return height_mm * std::pow(std::cos(std::numbers::pi * t_s / period_s), 4);
}

TEST(BreathDetector, FindsEveryTurnAtItsSampleWithNoise)
{
    BreathDetector sut;
    std::mt19937 engine(3);
    std::normal_distribution<double> noise(0, 0.15);
    std::vector<BreathDetector::Extremum> highs;
    for (int k = 0; k < 1200; ++k) {
        const double t = k / kRate_hz;
        if (sut.step(t, lujan(t - 1, 4, 8) + noise(engine)) && sut.last().high) highs.push_back(sut.last());
    }
    ASSERT_EQ(highs.size(), 15U);
    for (std::size_t k = 0; k < highs.size(); ++k) {
        EXPECT_NEAR(highs[k].time_s, 1 + 4.0 * static_cast<double>(k), 0.25);
        EXPECT_NEAR(highs[k].mm, 8, 0.6);
    }
    EXPECT_NEAR(sut.swing_mm(), 8, 0.6);
}

TEST(BreathDetector, FindsBreathingAgainThatBecameShallow)
{
    BreathDetector sut;
    int found = 0;
    for (int k = 0; k < 2000; ++k) {
        const double t = k / kRate_hz;
        const bool turned = sut.step(t, lujan(t, 4, t < 40 ? 20 : 3));
        if (t > 60 && turned) ++found;
    }
    EXPECT_GE(found, 18);  // 40 s of two turns in 4 s
}

TEST(BreathDetector, NoiseAloneIsNoBreath)
{
    BreathDetector sut;
    std::mt19937 engine(4);
    std::normal_distribution<double> noise(0, 0.05);
    int found = 0;
    for (int k = 0; k < 2000; ++k) found += sut.step(k / kRate_hz, noise(engine)) ? 1 : 0;
    EXPECT_EQ(found, 0);
}

struct Followed {
    explicit Followed(Inhale inhale = Inhale::automatic) : sut(inhale) {}
    void run(double from_s, double to_s, double period_s, double height_mm, double level_mm = 0)
    {
        for (double t = from_s; t < to_s; t += 1 / kRate_hz) sut.step(t, level_mm + lujan(t, period_s, height_mm));
    }
    BreathingCycle sut;
};

TEST(BreathingCycle, KnowsPeriodExhaleLevelAndTheSideOfInhale)
{
    Followed up;
    up.run(0, 60, 4, 10, 3);
    EXPECT_EQ(up.sut.inhale(), Inhale::up);
    EXPECT_NEAR(up.sut.period_s(), 4, 0.1);
    EXPECT_TRUE(up.sut.regular());
    EXPECT_NEAR(up.sut.exhale_mm(), 3, 0.1);
    EXPECT_NEAR(std::remainder(up.sut.last_peak_s(), 4), 0, 0.1);

    Followed down;
    down.run(0, 60, 4, -10, 3);
    EXPECT_EQ(down.sut.inhale(), Inhale::down);
    EXPECT_NEAR(down.sut.exhale_mm(), 3, 0.1);
    EXPECT_NEAR(std::remainder(down.sut.last_peak_s(), 4), 0, 0.1);
}

TEST(BreathingCycle, CannotTellTheSideOfASineAndSaysSo)
{
    BreathingCycle automatic, typed(Inhale::up);
    for (int k = 0; k < 1200; ++k) {
        const double t = k / kRate_hz, mm = 5 * std::cos(2 * std::numbers::pi * t / 4);
        automatic.step(t, mm);
        typed.step(t, mm);
    }
    EXPECT_EQ(automatic.inhale(), Inhale::automatic);
    EXPECT_FALSE(automatic.regular());
    EXPECT_TRUE(std::isnan(automatic.exhale_mm()));
    EXPECT_TRUE(typed.regular());
    EXPECT_NEAR(typed.exhale_mm(), -5, 0.1);
}

TEST(BreathingCycle, IrregularBreathingIsNotRegularUntilItIsAgain)
{
    Followed f(Inhale::up);
    f.run(0, 40, 4, 10);
    EXPECT_TRUE(f.sut.regular());
    f.run(40, 58, 9, 10);
    EXPECT_FALSE(f.sut.regular());
    f.run(60, 100, 4, 10);
    EXPECT_TRUE(f.sut.regular());
}

TEST(BreathingCycle, ABreakForgetsTheBreathsButNotTheSide)
{
    Followed f;
    f.run(0, 60, 4, 10);
    f.sut.break_series();
    EXPECT_EQ(f.sut.inhale(), Inhale::up);
    EXPECT_FALSE(f.sut.regular());
    EXPECT_TRUE(std::isnan(f.sut.last_peak_s()));
    f.run(100, 130, 4, 10);
    EXPECT_TRUE(f.sut.regular());
}

TEST(BreathingCycle, TheExhaleLevelFollowsADrift)
{
    Followed f(Inhale::up);
    for (double t = 0; t < 120; t += 1 / kRate_hz) f.sut.step(t, lujan(t, 4, 10) + (t > 60 ? 2.5 : 0));
    EXPECT_NEAR(f.sut.exhale_mm(), 2.5, 0.1);
}

}  // namespace
}  // namespace foretide::core
