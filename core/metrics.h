// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/marker_frame.h"

namespace foretide::core {

/// How far forecasts of one horizon lay from what was measured (ALGORITHMS.md §4). NaN = nothing to compute from.
struct ForecastMetrics {
    std::int64_t n = 0;       ///< forecasts with at least one marker measured at their target time
    double mae_mm = kNaN;     ///< mean of the 3-D errors of the markers
    double rmse_mm = kNaN;    ///< root of their mean square
    double nrmse = kNaN;      ///< rmse / rmse of the mean position over these targets
    double max_mm = kNaN;     ///< largest 3-D error
    double jitter_mm = kNaN;  ///< mean 3-D step between forecasts of consecutive samples; not comparable across rates
    double rel_rmse = kNaN;   ///< rmse / rmse of repeating the last position
    std::optional<double> coverage90;         ///< share of coordinates inside their interval, mean over coordinates
    std::optional<double> interval_width_mm;  ///< mean width
    std::optional<double> winkler_mm;         ///< mean interval score at 90 %: width + 20 × distance outside
};

/// Forecasts of one horizon and their truth, one row of 3N values a forecast, in order of their target times.
struct ForecastSeries {
    int markers = 0;                        ///< N
    std::span<const double> target_mm{};    ///< measured at the target time; NaN where a marker was not seen
    std::span<const double> forecast_mm{};  ///< finite
    std::span<const double> last_mm{};      ///< position when the forecast was made, or empty: no rel_rmse
    std::span<const double> lower_mm{};     ///< bounds of the 90 % interval, both or neither; NaN = none stated
    std::span<const double> upper_mm{};
    std::span<const std::int64_t> sample_index{};  ///< of the target; empty: consecutive throughout (for the jitter)
};

/// A marker with a NaN among its three target coordinates is left out of its sample in every measure but jitter,
/// a coordinate without interval out of the interval measures. Interval measures are set when at least one
/// interval has a truth.
/// Throws std::runtime_error where lengths do not match or a forecast is not finite.
ForecastMetrics forecast_metrics(const ForecastSeries& series);

/// Mean over runs and half-width of its 95 % confidence interval, 1.96 · sd / √R with the sample's sd.
struct MeanCi95 {
    double mean = kNaN;        ///< NaN for no run
    double half_width = kNaN;  ///< NaN for fewer than two runs
};

MeanCi95 mean_ci95(std::span<const double> values);

}  // namespace foretide::core
