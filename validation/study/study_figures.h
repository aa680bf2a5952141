// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <string>

#include "validation/study/study_result.h"

namespace foretide::validation {

/// The plots of a study's report as HTML fragments with captions; each is empty where there is nothing to plot.
/// Algorithms keep the colour of their place in the options. Pure functions.

/// nRMSE and RMSE against the horizon, means over the sequences, for one protocol.
std::string error_figure(const StudyResult& result, std::size_t protocol);

/// For each sequence a stretch of the measured motion and the forecasts of the best algorithms at the drawn horizon,
/// live where that protocol was run.
std::string study_trace_figures(const StudyResult& result);

/// Coverage and mean width of the 90 % intervals against the horizon.
std::string interval_figure(const StudyResult& result, std::size_t protocol);

/// nRMSE against the horizon under the published protocol with that of repeating the last leaked target, and beside it,
/// where it was run, under the live protocol. Empty where the published protocol was not run.
std::string leak_figure(const StudyResult& result);

}  // namespace foretide::validation
