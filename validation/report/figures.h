// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string>

#include "validation/report/context.h"

namespace foretide::validation {

/// The plots of a report as HTML fragments (inline SVG in scrolling boxes, with captions). Each returns an empty
/// string where there is nothing to plot. Pure functions.

/// The whole session, a default stretch with forecasts against the measured motion, and their difference.
std::string trace_figures(const ReportContext& context);

/// Running RMS of the 3-D error over the session, a panel a horizon.
std::string error_over_time_figures(const ReportContext& context);

/// RMSE and nRMSE against the horizon; empty for a single horizon.
std::string error_over_horizon_figure(const ReportContext& context);

/// The measured gate coordinate in the default stretch with the window; empty without a gate.
std::string gate_figure(const ReportContext& context);

/// The default stretch with forecasts against the measured motion as an SVG document of its own, with title, legend and
/// style.
std::string trace_picture(const ReportContext& context);

/// A short piece of an algorithm's line, for legends and tables.
std::string swatch(std::size_t algorithm);

}  // namespace foretide::validation
