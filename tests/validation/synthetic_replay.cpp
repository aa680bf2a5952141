// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "tests/validation/synthetic_replay.h"

#include <chrono>
#include <cmath>
#include <numbers>

namespace foretide::validation {

double synthetic_position_mm(double time_s, int c)
{
    const double amplitude_mm = 2.0 + c;
    return 10.0 * c + amplitude_mm * std::cos(2 * std::numbers::pi * time_s / 4.0) + 0.01 * time_s;
}

ReplayResult synthetic_replay(const SyntheticReplay& what)
{
    ReplayResult result;
    result.inputs = {"patient/session.csv"};
    result.algorithm = "last";
    result.protocol = "live";
    result.parameters = {{"shl", "36"}, {"eta", "0.01"}, {"variant", "live"}};
    result.rate_hz = what.rate_hz;
    result.markers = what.markers;
    result.seed = 7;
    result.eval_end_s = what.duration_s;
    result.version = "Foretide 0.1.0";
    result.wall_s = 1.5;
    result.notes = {{"session.csv", 12, "time repaired"}};
    result.conditioning = {{"bridged", 3}};
    result.resets = 2;
    result.step_times = {10, 20, 30, 40};
    result.forecast_times = {1, 2, 3, 4};

    const int p = 3 * what.markers;
    const int samples = static_cast<int>(what.duration_s * what.rate_hz);
    for (int k = 0; k < samples; ++k) {
        result.time_s.push_back(k / what.rate_hz);
        for (int c = 0; c < p; ++c) result.measured_mm.push_back(synthetic_position_mm(k / what.rate_hz, c));
        result.step_histogram.record(std::chrono::microseconds(10 + k % 30));
    }
    for (const double horizon_s : what.horizons_s) {
        HorizonResult horizon;
        horizon.horizon_s = horizon_s;
        horizon.horizon_samples = static_cast<int>(std::lround(horizon_s * what.rate_hz));
        for (int k = 0; k + horizon.horizon_samples < samples; ++k) {
            horizon.made_time_s.push_back(k / what.rate_hz);
            horizon.target_time_s.push_back((k + horizon.horizon_samples) / what.rate_hz);
            for (int c = 0; c < p; ++c) horizon.forecast_mm.push_back(synthetic_position_mm(k / what.rate_hz, c));
            if (what.with_intervals)
                for (int c = 0; c < p; ++c) {
                    const double forecast_mm = synthetic_position_mm(k / what.rate_hz, c);
                    const double half_mm = k < 50 ? std::nan("") : 1.5 + 0.1 * c;  // not known at first
                    horizon.lower_mm.push_back(forecast_mm - half_mm);
                    horizon.upper_mm.push_back(forecast_mm + half_mm);
                }
            horizon.warm_up.push_back(k < 30 * what.rate_hz ? 1 : 0);
        }
        horizon.metrics.n = 300;
        horizon.metrics.mae_mm = 0.2 * horizon_s;
        horizon.metrics.rmse_mm = 0.3 * horizon_s;
        horizon.metrics.nrmse = 0.1 * horizon_s;
        horizon.metrics.max_mm = 2 * horizon_s;
        horizon.metrics.jitter_mm = 0.25;
        horizon.metrics.rel_rmse = 1;
        if (what.with_intervals) {
            horizon.metrics.coverage90 = 0.905;
            horizon.metrics.interval_width_mm = 1.25;
        }
        if (what.with_gate) {
            GateOutcome gate;
            gate.axis = "m1.x";
            gate.lower_mm = -2.5;
            gate.upper_mm = -1;
            gate.t_on_s = 0.3;
            gate.t_off_s = 0.1;
            gate.forecast.accuracy = 0.975;
            if (what.with_intervals) {
                gate.confidence = 0.8;
                gate.forecast.lower_coverage = 0.912;
                gate.forecast.upper_coverage = 0.897;
            }
            gate.forecast.unmatched_edges = 4;
            gate.no_prediction.accuracy = 0.8;
            horizon.gating = gate;
        }
        result.horizons.push_back(std::move(horizon));
    }
    return result;
}

}  // namespace foretide::validation
