// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/gate/phase_estimator.h"

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/rt_guard.h"

namespace foretide::core {
namespace {

constexpr double kRate_hz = 20, kOn_s = 0.5, kOff_s = 0.2;

/// Breaths of given lengths one after the other, forecast by a trajectory to 1.2 s with a little noise.
class Breather {
public:
    explicit Breather(std::vector<double> periods, double noise_mm = 0) : noise_(0, noise_mm + 1e-9)
    {
        for (const double p : periods) peaks_.push_back(peaks_.back() + p);
        for (int h = 2; h <= 24; h += 2) ahead_s_.push_back(h / kRate_hz);
        forecast_mm_.resize(ahead_s_.size());
    }
    /// 0 … 100; the truth.
    double phase(double t) const
    {
        std::size_t k = 1;
        while (peaks_[k] <= t) ++k;
        return 100 * (t - peaks_[k - 1]) / (peaks_[k] - peaks_[k - 1]);
    }
    double mm(double t) const { return 10 * std::pow(std::cos(std::numbers::pi * phase(t) / 100), 4); }

    const PhaseEstimator::Phases& step(PhaseEstimator& sut, double t)
    {
        cycle_.step(t, mm(t) + noise_(engine_));
        for (std::size_t k = 0; k < ahead_s_.size(); ++k) forecast_mm_[k] = mm(t + ahead_s_[k]) + noise_(engine_);
        return sut.step(t, cycle_, ahead_s_, forecast_mm_);
    }

private:
    std::vector<double> peaks_{0};
    BreathingCycle cycle_{Inhale::up};
    std::mt19937 engine_{11};
    std::normal_distribution<double> noise_;
    std::vector<double> ahead_s_, forecast_mm_;
};

double apart(double a, double b) { return std::abs(std::remainder(a - b, 100)); }

TEST(PhaseEstimator, TellsThePhaseNowAndAtBothLatenciesOfRegularBreathing)
{
    Breather patient(std::vector<double>(30, 4.0));
    PhaseEstimator sut(kRate_hz, kOn_s, kOff_s, 0);
    for (double t = 0; t < 100; t += 1 / kRate_hz) {
        const auto& p = patient.step(sut, t);
        if (t < 20) continue;
        ASSERT_LT(apart(p.now_percent, patient.phase(t)), 4) << t;
        ASSERT_LT(apart(p.on.lower_percent, patient.phase(t + kOn_s)), 4) << t;
        ASSERT_LT(apart(p.off.upper_percent, patient.phase(t + kOff_s)), 4) << t;
        ASSERT_EQ(p.on.lower_percent, p.on.upper_percent);
    }
}

TEST(PhaseEstimator, IsNotReliableWhileBreathingIsIrregular)
{
    std::vector<double> periods(10, 4.0);
    for (const double p : {2.0, 7.0, 3.0, 8.0}) periods.push_back(p);
    periods.insert(periods.end(), 10, 4.0);
    Breather patient(periods);
    PhaseEstimator sut(kRate_hz, kOn_s, kOff_s, 0);
    int unknown = 0, known_late = 0;
    for (double t = 0; t < 95; t += 1 / kRate_hz) {
        const bool known = !std::isnan(patient.step(sut, t).on.lower_percent);
        if (t > 45 && t < 60) unknown += known ? 0 : 1;
        if (t > 80) known_late += known ? 1 : 0;
    }
    EXPECT_GT(unknown, 250);  // of 300
    EXPECT_GT(known_late, 280);
}

TEST(PhaseEstimator, AnOverduePeakEndsThePhase)
{
    std::vector<double> periods(12, 4.0);
    periods.push_back(14);  // holds the breath after the last of them
    periods.insert(periods.end(), 4, 4.0);
    Breather patient(periods);
    PhaseEstimator sut(kRate_hz, kOn_s, kOff_s, 0);
    for (double t = 0; t < 57; t += 1 / kRate_hz) {
        const auto& p = patient.step(sut, t);
        if (t > 48 + 1.15 * 4 + 0.1) {
            EXPECT_TRUE(std::isnan(p.now_percent)) << t;
        }
        if (t > 30 && t < 47) {
            EXPECT_FALSE(std::isnan(p.now_percent)) << t;
        }
    }
}

TEST(PhaseEstimator, ItsRangesHoldForAsManyMomentsAsStated)
{
    std::mt19937 engine(5);
    std::uniform_real_distribution<double> period(3.4, 4.6);
    std::vector<double> periods;
    for (int k = 0; k < 220; ++k) periods.push_back(period(engine));
    Breather patient(periods, 0.2);
    PhaseEstimator sut(kRate_hz, kOn_s, kOff_s, 0.8);
    int stated = 0, held = 0;
    for (double t = 0; t < 700; t += 1 / kRate_hz) {
        const auto& p = patient.step(sut, t);
        if (t < 20) {  // too few errors known
            ASSERT_TRUE(std::isnan(p.on.lower_percent));
        }
        if (std::isnan(p.on.lower_percent)) continue;
        ASSERT_LE(p.on.lower_percent, p.on.upper_percent);
        ++stated;
        const double middle = 0.5 * (p.on.lower_percent + p.on.upper_percent);
        const double half = 0.5 * (p.on.upper_percent - p.on.lower_percent);
        held += apart(patient.phase(t + kOn_s), middle) <= half ? 1 : 0;
    }
    ASSERT_GT(stated, 8000);
    RecordProperty("coverage_percent", 100 * held / stated);
    EXPECT_GT(held, 0.6 * stated);
    EXPECT_LT(held, 0.95 * stated);
}

TEST(PhaseEstimator, AStepAllocatesNothing)
{
    FORETIDE_SKIP_WITHOUT_RT_GUARD();
    BreathingCycle cycle(Inhale::up);
    PhaseEstimator sut(kRate_hz, kOn_s, kOff_s, 0.8);
    const std::vector<double> ahead{0.1, 0.2, 0.4, 0.8}, forecast{1, 2, 1, 0};
    for (int k = 0; k < 3000; ++k) {
        const double t = k / kRate_hz;
        tests::RtGuard guard;
        cycle.step(t, 5 * std::sin(1.5 * t));
        sut.step(t, cycle, ahead, forecast);
        if (k % 500 == 0) sut.break_series();
        guard.disarm();
        ASSERT_EQ(guard.total(), 0) << guard.describe();
    }
}

}  // namespace
}  // namespace foretide::core
