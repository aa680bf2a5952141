// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "validation/report/context.h"

namespace foretide::validation {

/// How a measure is shown: its name in the JSON, its heading and unit, and value × scale with so many decimals.
struct MetricColumn {
    std::string key, heading, unit;
    int decimals;
    double scale;
};

/// Measures of accuracy and intervals; measures of gating, by their names inside "gating", with those of the bounds
/// where the gate judged intervals.
const std::vector<MetricColumn>& metric_columns();
std::vector<MetricColumn> gating_columns(bool with_bounds);

/// Cells of one row of a gating table, a cell for each of the columns, from the JSON object "gating".
std::string gating_cells(const nlohmann::ordered_json& gating, const std::vector<MetricColumn>& columns);

/// The tables of a report as HTML fragments; numbers are those of the JSON result. Pure functions.

/// Accuracy: a row an algorithm, grouped by horizon, the best nRMSE of each in bold; "± half-width" with seeds.
std::string metrics_table(const ReportContext& context);

/// Means over the horizons, a row an algorithm; empty for one horizon or one algorithm.
std::string summary_table(const ReportContext& context);

/// Percentiles of the step and forecast times.
std::string step_time_table(const ReportContext& context);

/// What the gate did on the forecasts and on the last position; empty where no gate was asked for.
std::string gating_table(const ReportContext& context);

/// All parameters, a column an algorithm.
std::string parameter_table(const ReportContext& context);

/// What the reader repaired, and what the conditioner did.
std::string notes_list(const ReportContext& context);
std::string conditioning_table(const ReportContext& context);

}  // namespace foretide::validation
