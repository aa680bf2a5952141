// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "validation/replay_result.h"
#include "validation/report/measured_series.h"

namespace foretide::validation {

struct ReportOptions;

/// What the sections of a report share, worked out once: names, ranges, the truth and the metrics.
/// Refers to the results, which must outlive it.
struct ReportContext {
    /// One algorithm at one horizon.
    struct Cell {
        const HorizonResult* horizon = nullptr;  ///< null: this algorithm was not run at this horizon
        nlohmann::ordered_json metrics;          ///< as in the JSON result
        std::vector<double> error_mm;            ///< 3-D, one a forecast
    };

    /// Throws std::runtime_error where the results cannot be compared (require_comparable).
    ReportContext(std::span<const ReplayResult> all_results, const ReportOptions& options);

    const ReplayResult& first() const { return results.front(); }
    const Cell& cell(std::size_t algorithm, std::size_t horizon) const
    {
        return cells[algorithm * horizons_s.size() + horizon];
    }
    /// A number of a cell's metrics; NaN where the key is missing or null.
    double metric(std::size_t algorithm, std::size_t horizon, const std::string& key) const;
    /// CSS class of an algorithm's colour and dash.
    static std::string series_class(std::size_t algorithm);

    std::span<const ReplayResult> results;
    std::vector<std::string> labels;  ///< one an algorithm, plain text
    std::vector<double> horizons_s;   ///< of all algorithms, rising
    std::vector<Cell> cells;          ///< algorithms × horizons
    MeasuredSeries measured;
    std::vector<Coordinate> coordinates;               ///< the principal direction first, where there is one
    std::vector<std::pair<double, double>> warm_up_s;  ///< spans in which some forecast was made in warm-up
    // Seconds on the recording's clock, as the series; the results count theirs from the first sample.
    double start_s = 0, end_s = 1;  ///< of the measured series
    double train_end_s = 0, scored_start_s = 0, scored_end_s = 0;
    double view_lo_s = 0, view_hi_s = 1;  ///< the stretch drawn first
    std::size_t default_horizon = 0;
    std::vector<bool> drawn;  ///< algorithms drawn first: the best few at the default horizon
    bool plottable = false;   ///< two samples or more
};

}  // namespace foretide::validation
