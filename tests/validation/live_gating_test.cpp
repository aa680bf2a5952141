// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

// What the default forecaster's point forecasts make of a gate, and how restless they are: open real sessions at 10 Hz,
// automatic end-exhale window, half a second of latency, from 60 s on.

#include <iostream>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/build_kind.h"
#include "tests/validation/open_sessions.h"
#include "validation/replay.h"

namespace foretide::validation {
namespace {

/// Means over the sessions.
struct Means {
    double accuracy = 0, outside = 0, unpredicted_outside = 0, duty = 0, ideal_duty = 0, jitter_mm = 0;
};

Means means(const std::string& algorithm)
{
    Means out;
    const auto sessions = static_cast<double>(std::size(kOpenSessions));
    for (const int session : kOpenSessions) {
        ReplayOptions options;
        options.algorithm.name = algorithm;
        options.horizons_s = {0.5};
        options.gate = GateRequest{"auto:0.4@30-60", "pc1", 0.5, 0.5};
        const ReplayResult result = replay(open_session("10Hz", session), options);
        const GateOutcome& gate = result.horizons.front().gating.value();
        out.accuracy += gate.forecast.accuracy / sessions;
        out.outside += gate.forecast.beam_on_outside_share / sessions;
        out.unpredicted_outside += gate.no_prediction.beam_on_outside_share / sessions;
        out.duty += gate.forecast.duty_cycle / sessions;
        out.ideal_duty += gate.forecast.ideal_duty_cycle / sessions;
        out.jitter_mm += result.horizons.front().metrics.jitter_mm / sessions;
    }
    return out;
}

TEST(LiveGating, PointForecastsOfTheDefaultAreRightNineTimesInTenAndHalveTheTimeOutside)
{
    FORETIDE_SKIP_UNDER_SANITIZER("12 sessions");
    FORETIDE_SKIP_WITHOUT(tests::shared_path("data/extmarker"));
    const Means ours = means(rnn::kDefaultAlgorithm), rls = means("rls");
    EXPECT_GE(ours.accuracy, 0.90);
    EXPECT_GT(ours.accuracy, rls.accuracy);
    EXPECT_GE(ours.duty, 0.9 * ours.ideal_duty);
    EXPECT_LE(ours.outside, 0.5 * ours.unpredicted_outside);  // the project's aim is 0.45
    EXPECT_LE(ours.jitter_mm, 1.3 * rls.jitter_mm);
    std::cout << "accuracy " << ours.accuracy << " (rls " << rls.accuracy << "), outside "
              << ours.outside / ours.unpredicted_outside << " of no prediction's, duty " << ours.duty / ours.ideal_duty
              << " of the ideal, jitter " << ours.jitter_mm << " mm (rls " << rls.jitter_mm << ")\n";
}

/// Latencies of two linacs (published measurements), neither a whole number of samples.
struct Linac {
    const char* name;
    double t_on_s, t_off_s;
};
constexpr Linac kLinacs[] = {{"TrueBeam", 0.28, 0.13}, {"Elekta Response", 1.49, 0.34}};

TEST(LiveGating, IsLessOutsideThanNoPredictionInNormalBreathingAtTheLatenciesOfLinacs)
{
    FORETIDE_SKIP_UNDER_SANITIZER("6 sessions");
    FORETIDE_SKIP_WITHOUT(tests::shared_path("data/extmarker"));
    for (const Linac& linac : kLinacs)
        for (const int session : {2, 5, 8}) {
            ReplayOptions options;
            options.algorithm.name = rnn::kDefaultAlgorithm;
            options.horizons_s = {linac.t_on_s};
            options.gate = GateRequest{"auto:0.4@30-60", "pc1", linac.t_on_s, linac.t_off_s};
            const ReplayResult result = replay(open_session("10Hz", session), options);
            const GateOutcome& gate = result.horizons.front().gating.value();
            const std::string where = std::string(linac.name) + ", session " + std::to_string(session);
            EXPECT_DOUBLE_EQ(gate.t_on_s, linac.t_on_s) << where;
            EXPECT_LT(gate.forecast.beam_on_outside_s, gate.no_prediction.beam_on_outside_s) << where;
            EXPECT_GT(gate.forecast.duty_cycle, gate.no_prediction.duty_cycle) << where << ": not by staying closed";
            EXPECT_GT(gate.forecast.accuracy, gate.no_prediction.accuracy) << where;
        }
}

}  // namespace
}  // namespace foretide::validation
