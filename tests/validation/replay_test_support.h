// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/recording.h"
#include "validation/replay.h"

namespace foretide::validation {

/// Position of coordinate c at a time [mm]; NaN: the marker is not seen.
using Motion = std::function<double(double time_s, int c)>;

/// Frames of `markers` markers at the given times, as a reader hands them out.
core::Recording recording_of(const std::vector<double>& times_s, int markers, const Motion& motion);

/// Breathing with a period of 4 s, another amplitude for each coordinate, and a slow second rhythm.
double breathing_mm(double time_s, int c);

/// 0, 1/rate, … : `count` times, rounded to `decimals` as files have them.
std::vector<double> regular_times(int count, double rate_hz, int decimals = 9);

ReplayOptions options_for(const std::string& algorithm, std::vector<double> horizons_s,
                          const rnn::Parameters& parameters = {});

/// Metrics by their definitions, from the forecasts and the measured series of a result alone: straight loops, a
/// target found by its time. `last` is a replay of the same recording by `last` at the same horizons.
struct NaiveMetrics {
    std::int64_t n = 0;
    double mae_mm = 0, rmse_mm = 0, nrmse = 0, max_mm = 0, jitter_mm = 0, rel_rmse = 0;
};
NaiveMetrics naive_metrics(const ReplayResult& result, const ReplayResult& last, std::size_t horizon, double from_s,
                           double to_s);

/// All forecasts, measured values and times are the same, bit for bit.
bool same_forecasts(const HorizonResult& a, const HorizonResult& b);

}  // namespace foretide::validation
