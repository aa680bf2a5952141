// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/gate/gate_rule.h"
#include "core/gate/gating_metrics.h"
#include "core/metrics.h"
#include "core/recording.h"
#include "core/rt/latency_histogram.h"

namespace foretide::validation {

/// Percentiles of a duration over the steps of a run [µs].
struct StepTimes {
    double median_us = 0, p99_us = 0, p999_us = 0, max_us = 0;
};

/// Gate window along one axis, and how the gate did with it. See core/gate/gating_metrics.h.
struct GateOutcome {
    std::string axis;  ///< "m1.z", "pc1"
    double lower_mm = 0, upper_mm = 0;
    core::GateKind kind = core::GateKind::amplitude;
    double t_on_s = 0, t_off_s = 0;
    double confidence = 0;              ///< 0: point forecasts
    core::GatingMetrics forecast;       ///< beam commanded on this algorithm's forecasts
    core::GatingMetrics no_prediction;  ///< beam commanded on the last position
};

/// What one algorithm did at one horizon. All forecasts are kept, also those outside the scored part.
struct HorizonResult {
    double horizon_s = 0;     ///< as asked for
    int horizon_samples = 0;  ///< round(horizon × rate), ≥ 1

    // One entry a forecast, in the order they were made; positions in mm, entry k at [k·p, (k+1)·p), marker-major.
    std::vector<double> made_time_s;
    std::vector<double> target_time_s;
    std::vector<double> forecast_mm;
    std::vector<double> lower_mm, upper_mm;  ///< bounds of the 90 % intervals; NaN: none known yet; empty: none
    std::vector<std::uint8_t> warm_up;       ///< 1: made before the standardisation froze or the history was full

    core::ForecastMetrics metrics;                 ///< first seed
    std::map<std::string, double> mean_over_runs;  ///< keys as in the JSON ("nrmse", …)
    std::map<std::string, double> ci95_over_runs;  ///< half-widths, same keys; empty for a single run
    std::optional<GateOutcome> gating;
};

/// A replayed recording: one algorithm, all horizons.
struct ReplayResult {
    std::vector<std::string> inputs;
    std::string algorithm;
    std::string protocol;                           ///< "live" or "published"
    std::map<std::string, std::string> parameters;  ///< all, defaults included
    double rate_hz = 0;
    int markers = 0;
    std::uint64_t seed = 0;
    int runs = 1;
    double train_end_s = 30, eval_start_s = 60, eval_end_s = 0;  ///< counted from the first sample

    // The measured series the forecasts are compared with, as received (NaN where a marker was not seen).
    std::vector<double> time_s;
    std::vector<double> measured_mm;  ///< row-major, p values a sample

    std::vector<HorizonResult> horizons;
    StepTimes step_times;      ///< whole step: observe, forecast, learn
    StepTimes forecast_times;  ///< arrival to forecast: observe, forecast
    core::LatencyHistogram step_histogram;
    std::int64_t resets = 0;  ///< parts of the forecaster that ran away and were started anew, all seeds together

    std::vector<core::RecordingNote> notes;            ///< of the reader
    std::map<std::string, std::int64_t> conditioning;  ///< what the conditioner did: flag → number of samples
    std::string version;                               ///< of Foretide and its build
    double wall_s = 0;
};

}  // namespace foretide::validation
