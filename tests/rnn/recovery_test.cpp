// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// What patients and cameras do to the default forecaster: 30 s later its error must be back within 1.2 times its former
// level. The series have a good camera's noise and no other irregularity, so that whatever is left of a disturbance
// shows.

#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/standardiser.h"
#include "rnn/algorithms.h"

namespace foretide::rnn {
namespace {

constexpr int kMarkers = 2;
constexpr double kHorizon_s = 2;
constexpr double kDisturbedAt_s = 100, kBack_s = 30, kEnd_s = 160;

constexpr double kPeriod_s = 4;

/// Breaths taken until t.
double regular(double t) { return t / kPeriod_s; }

struct Breathing {
    std::function<double(double t)> breaths = regular;
    std::function<double(double t)> depth = [](double) { return 1.0; };
    std::function<double(double t)> offset_mm = [](double) { return 0.0; };
};

constexpr double kNoise_mm = 0.1;

std::vector<double> position_mm(const Breathing& breathing, double t, std::mt19937_64& engine)
{
    std::normal_distribution<double> noise_mm(0.0, kNoise_mm);
    std::vector<double> y;
    for (int c = 0; c < 3 * kMarkers; ++c) {
        const double phase = 2 * std::numbers::pi * breathing.breaths(t) - 0.2 * c;
        y.push_back(100.0 * c + breathing.depth(t) * ((2 + c) * std::cos(phase) + 0.5 * std::cos(2 * phase)) +
                    breathing.offset_mm(t) + noise_mm(engine));
    }
    return y;
}

using Series = std::vector<std::vector<double>>;

Series series(const Breathing& breathing, double rate_hz)
{
    Series all;
    std::mt19937_64 engine(1);
    for (int n = 0; n < static_cast<int>(kEnd_s * rate_hz); ++n)
        all.push_back(position_mm(breathing, n / rate_hz, engine));
    return all;
}

/// The period becomes `factor` times as long; the phase is continuous.
Breathing with_period(double factor)
{
    Breathing breathing;
    breathing.breaths = [factor](double t) {
        const double before = std::min(t, kDisturbedAt_s);
        return (before + (t - before) / factor) / kPeriod_s;
    };
    return breathing;
}

struct Disturbance {
    const char* name;
    std::function<Series(double rate_hz)> make;
};

std::vector<Disturbance> disturbances()
{
    constexpr double lasts_s = 3;
    const auto after = [](double t) { return t >= kDisturbedAt_s; };
    const auto during = [](double t) { return t >= kDisturbedAt_s && t < kDisturbedAt_s + lasts_s; };
    std::vector<Disturbance> all;
    const auto add = [&all](const char* name, const Breathing& breathing) {
        all.push_back({name, [breathing](double rate_hz) { return series(breathing, rate_hz); }});
    };
    add("period longer by 40 %", with_period(1.4));
    add("period shorter by 40 %", with_period(0.6));
    Breathing breathing;
    breathing.offset_mm = [after](double t) { return after(t) ? 10.0 : 0.0; };
    add("jump of 10 mm", breathing);
    breathing.offset_mm = [](double t) { return 0.1 * std::max(0.0, t - kDisturbedAt_s); };
    add("baseline that starts to drift by 6 mm a minute", breathing);
    breathing = {};
    breathing.depth = [after](double t) { return after(t) ? 2.0 : 1.0; };
    add("twice as deep", breathing);
    breathing.depth = [after](double t) { return after(t) ? 0.5 : 1.0; };
    add("half as deep", breathing);
    const auto held = [during](int markers) {
        return [during, markers](double rate_hz) {
            Series y = series(Breathing{}, rate_hz);
            const auto first = static_cast<std::size_t>(std::ceil(kDisturbedAt_s * rate_hz));
            for (std::size_t n = first; during(static_cast<double>(n) / rate_hz); ++n)
                std::copy_n(y[first].begin(), 3 * markers, y[n].begin());
            return y;
        };
    };
    all.push_back({"held for 3 s (gap)", held(kMarkers)});
    all.push_back({"one marker frozen for 3 s", held(1)});
    return all;
}

struct Errors {
    double before_mm = 0, after_mm = 0;  ///< RMS over samples, in the 20 s before and from 30 s after on
};

Errors errors(const Series& series, double rate_hz)
{
    const int horizon = static_cast<int>(std::lround(kHorizon_s * rate_hz));
    const core::SeriesLayout layout{kMarkers, rate_hz};
    const std::vector<int> horizons{std::max(1, horizon / 6), horizon};
    const auto sut = make_forecaster({kDefaultAlgorithm, {}, 1, Protocol::live}, layout, horizons);
    core::Standardiser standardiser(layout);
    const std::size_t p = series.front().size();
    std::vector<double> out(2 * p);
    double before = 0, after = 0;
    int count_before = 0, count_after = 0;
    for (std::size_t n = 0; n < series.size(); ++n) {
        standardiser.update(series[n]);
        sut->observe({static_cast<std::int64_t>(n), {}, series[n]}, standardiser.view());
        static_cast<void>(sut->forecast(out));
        sut->learn();
        for (const double v : out) EXPECT_TRUE(std::isfinite(v)) << "sample " << n;
        const std::size_t at = n + static_cast<std::size_t>(horizon);
        if (at >= series.size()) continue;
        double error2 = 0;
        for (std::size_t c = 0; c < p; ++c) error2 += std::pow(series[at][c] - out[p + c], 2);
        const double t = static_cast<double>(at) / rate_hz;
        if (t >= kDisturbedAt_s - 20 && t < kDisturbedAt_s) {
            before += error2;
            ++count_before;
        }
        if (t >= kDisturbedAt_s + kBack_s) {
            after += error2;
            ++count_after;
        }
    }
    return {std::sqrt(before / count_before), std::sqrt(after / count_after)};
}

class Recovery : public ::testing::TestWithParam<double> {};

TEST_P(Recovery, OfTheDefaultIsDoneWithinThirtySeconds)
{
    for (const Disturbance& disturbance : disturbances()) {
        const Errors error = errors(disturbance.make(GetParam()), GetParam());
        EXPECT_LE(error.after_mm, 1.2 * error.before_mm) << disturbance.name;
        EXPECT_LT(error.before_mm, 0.5) << "the series is easy";
        std::cout << GetParam() << " Hz, " << disturbance.name << ": " << error.before_mm << " mm before, "
                  << error.after_mm << " mm after\n";
    }
}

INSTANTIATE_TEST_SUITE_P(Rates, Recovery, ::testing::Values(10.0 / 3.0, 10.0, 30.0),
                         [](const auto& test) { return std::to_string(static_cast<int>(test.param)) + "Hz"; });

}  // namespace
}  // namespace foretide::rnn
