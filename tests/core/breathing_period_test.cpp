// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "core/breathing_period.h"

#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "core/marker_frame.h"

namespace foretide::core {
namespace {

struct Series {
    std::vector<double> time_s, coordinate_mm;
};

/// Breathing whose period grows from 3 s to 6 s over two minutes, drifting, with noise.
Series slowing(double rate_hz, double noise_mm)
{
    std::mt19937 engine(8);
    std::normal_distribution<double> noise(0, noise_mm);
    Series out;
    double phase = 0;
    for (int k = 0; k < static_cast<int>(120 * rate_hz); ++k) {
        const double t = k / rate_hz;
        phase += 2 * M_PI / (3 + 3 * t / 120) / rate_hz;
        out.time_s.push_back(t);
        out.coordinate_mm.push_back(5 * std::sin(phase) + 0.1 * t + noise(engine));
    }
    return out;
}

TEST(BreathingPeriod, FollowsAPeriodThatChanges)
{
    for (const double rate_hz : {10.0 / 3, 10.0, 30.0}) {
        const Series s = slowing(rate_hz, 0.3);
        const BreathingPeriod sut(s.time_s, s.coordinate_mm);
        for (double t = 10; t <= 110; t += 5) {
            EXPECT_NEAR(sut.at(t), 3 + 3 * t / 120, 0.35) << t << " s at " << rate_hz << " Hz";
        }
    }
}

TEST(BreathingPeriod, CountsEachBreathOnceDespiteNoise)
{
    Series s;
    std::mt19937 engine(1);
    std::normal_distribution<double> noise(0, 0.4);
    for (int k = 0; k < 1200; ++k) {
        s.time_s.push_back(0.1 * k);
        s.coordinate_mm.push_back(5 * std::sin(2 * M_PI * 0.1 * k / 4) + noise(engine));
    }
    const BreathingPeriod sut(s.time_s, s.coordinate_mm);
    EXPECT_NEAR(static_cast<double>(sut.starts_s().size()), 30, 1);
    for (std::size_t i = 1; i < sut.starts_s().size(); ++i) {
        EXPECT_NEAR(sut.starts_s()[i] - sut.starts_s()[i - 1], 4, 0.5);
    }
}

TEST(BreathingPeriod, IgnoresUnknownSamplesAndLongGaps)
{
    Series s;
    for (int k = 0; k < 1200; ++k) {
        s.time_s.push_back(0.1 * k + (k > 600 ? 100 : 0));
        s.coordinate_mm.push_back(k % 7 == 0 ? kNaN : std::sin(2 * M_PI * 0.1 * k / 5));
    }
    const BreathingPeriod sut(s.time_s, s.coordinate_mm);
    EXPECT_NEAR(sut.at(20), 5, 0.2);
    EXPECT_NEAR(sut.at(210), 5, 0.2);
}

TEST(BreathingPeriod, WithoutAWholeBreathIsTypical)
{
    EXPECT_EQ(BreathingPeriod({}, {}).at(3), BreathingPeriod::kTypical_s);
    const std::vector<double> time{0, 1, 2}, still{1, 1, 1};
    EXPECT_EQ(BreathingPeriod(time, still).at(1), BreathingPeriod::kTypical_s);
}

TEST(BreathingPeriod, RefusesTimesThatDoNotIncrease)
{
    const std::vector<double> time{0, 1, 1}, values{1, 2, 3}, fewer{1, 2};
    EXPECT_THROW(BreathingPeriod(time, values), std::runtime_error);
    EXPECT_THROW(BreathingPeriod(time, fewer), std::runtime_error);
}

}  // namespace
}  // namespace foretide::core
