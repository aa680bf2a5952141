// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/gate/gate_window.h"
#include "core/marker_frame.h"

namespace foretide::core {

/// How well the beam followed an ideal gate without latency (ALGORITHMS.md §4). NaN = nothing to compute from.
struct GatingMetrics {
    std::int64_t n = 0;                   ///< samples whose true position is known
    double accuracy = kNaN;               ///< share of samples where beam and ideal gate agree
    double duty_cycle = kNaN;             ///< share of samples with the beam on
    double ideal_duty_cycle = kNaN;       ///< share of samples inside the window
    double beam_on_outside_s = kNaN;      ///< time with the beam on and the position outside [s]
    double beam_on_outside_share = kNaN;  ///< the same as share of the whole time (not of the beam-on time)
    std::int64_t matched_edges = 0;       ///< pairs of an edge of the beam and the ideal gate's of the same direction
    std::int64_t unmatched_edges = 0;     ///< edges of either without partner
    double gating_error_ms = kNaN;        ///< mean |time difference| of the pairs
    std::int64_t matched_crossings = 0;
    std::int64_t unmatched_crossings = 0;  ///< predicted or true crossings without partner
    double crossing_error_ms = kNaN;       ///< mean |predicted − true| time at which the window's bounds are crossed
    double residual_mm = kNaN;             ///< standard deviation (population) of the position while the beam is on
    double lower_coverage = kNaN;          ///< share of known positions at or above the lower bound stated for them
    double upper_coverage = kNaN;          ///< … at or below the upper bound
    double interval_width_mm = kNaN;       ///< mean distance of the bounds
};

/// A gated series; all spans have one entry a sample, times increase.
struct GatedSeries {
    std::span<const double> time_s{};
    std::span<const double> coordinate_mm{};  ///< true gate coordinate; NaN = unknown, the sample is left out
    std::span<const std::uint8_t> beam_on{};  ///< 1: beam on
    std::span<const double> predicted_mm{};   ///< coordinate at this time as forecast T_on before; NaN = no forecast;
                                              ///< empty: no crossing error
    GateWindow window{};
    std::span<const double> lower_mm{};  ///< bounds for this time as stated T_on before; NaN = none; empty: not judged
    std::span<const double> upper_mm{};
    std::span<const std::uint8_t> ideal_on{};  ///< 1: an ideal gate has the beam on; empty: inside the window

    bool ideal(std::size_t k) const { return ideal_on.empty() ? window.contains(coordinate_mm[k]) : ideal_on[k] != 0; }
};

/// Edges of beam and ideal gate lie at the first sample of the new state. Crossings of the bounds, true and
/// predicted, are interpolated linearly. Both are paired one to one, same direction only, closest pairs first,
/// where they are at most half a local breathing period apart (BreathingPeriod of the true coordinate at the
/// true event). A sample stands for the time to the next one, the last for the median interval.
/// Throws std::runtime_error where lengths differ or times do not increase.
GatingMetrics gating_metrics(const GatedSeries& series);

/// Where the coordinate will be as told at each sample: an interval, or a point with lower and upper the same. NaN:
/// nothing known, taken as outside.
struct ForecastRange {
    std::span<const double> lower_mm{};
    std::span<const double> upper_mm{};

    static ForecastRange points(std::span<const double> mm) { return {mm, mm}; }
    bool inside(const GateWindow& window, std::size_t k) const
    {
        return window.contains(lower_mm[k]) && window.contains(upper_mm[k]);
    }
};

/// Beam that a gate on forecasts gives, by sample.
///
/// on, off: the coordinate at k + t_on and k + t_off samples as forecast at sample k. While the command is hold, it
/// opens when the whole range at T_on is inside; while it is open, it closes when the range at T_off is not wholly
/// inside and the beam would be on by then (with T_off < T_on a gate just opened is not judged by positions before the
/// beam comes on). An order to open acts t_on samples later, an order to close t_off samples later, fractions allowed:
/// a sample shows what has come into effect by then. Of the orders that have come into effect the one given last
/// counts, so a beam that was to come on later stays off once a later order has closed it. Throws std::runtime_error
/// where lengths differ or a latency is negative.
std::vector<std::uint8_t> simulate_gate(const ForecastRange& on, const ForecastRange& off, const GateWindow& window,
                                        double t_on_samples, double t_off_samples);

/// The same on point forecasts.
std::vector<std::uint8_t> simulate_point_gate(std::span<const double> forecast_on_mm,
                                              std::span<const double> forecast_off_mm, const GateWindow& window,
                                              double t_on_samples, double t_off_samples);

}  // namespace foretide::core
