// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <iosfwd>
#include <span>
#include <string>

#include "validation/replay_result.h"

namespace foretide::validation {

struct ReportOptions {
    std::string title = "Foretide replay report";
    std::string created{};                     ///< date and time as shown; empty: now, UTC
    double first_horizon_s = 0.5;              ///< shown first: the horizon next to this one
    double stretch_s = 40;                     ///< length of the trace shown first, > 0
    std::size_t max_series_bytes = 3'500'000;  ///< of the embedded series; above it fewer coordinates, then none
};

/// Writes a report of one or several algorithms on the same recording as one self-contained HTML file: no script,
/// style, font or image is fetched. Tables and a first view of each plot are static; a small inline script adds
/// the choice of coordinate, horizon, algorithms and stretch. Prints, and follows the reader's dark mode.
///
/// Series are embedded rounded to 0.01 mm and 1 ms; metrics are those of the results, not recomputed. Errors over
/// time are taken against the measured series as received (linear between samples, unknown across gaps).
///
/// Throws std::runtime_error: no results, results of different recordings, inconsistent ones, or a stream that
/// fails. Not real-time.
void write_html_report(std::ostream& out, std::span<const ReplayResult> results, const ReportOptions& options = {});

/// The report's first trace plot as an SVG file of its own (for documents and slides). Throws std::runtime_error as
/// write_html_report() does, and where the recording is too short to plot.
void write_trace_svg(std::ostream& out, std::span<const ReplayResult> results, const ReportOptions& options = {});

}  // namespace foretide::validation
