// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <iosfwd>

#include "validation/replay_result.h"

namespace foretide::validation {

/// Writes the forecasts of one algorithm as CSV (`foretide replay --predictions`).
///
/// One row a moment at which forecasts were made, in the order of time. Columns: `time_s` (made), then for each
/// horizon `h0.5_target_time_s`, `h0.5_m1_x_mm`, `h0.5_m1_y_mm` … (with intervals then `h0.5_m1_x_lo_mm`,
/// `h0.5_m1_x_hi_mm` …), and last `warm_up` (1: at least one of the
/// row's forecasts was made in warm-up, else 0). The label after "h" is the horizon in seconds with at least one
/// decimal (`h0.5`, `h2.0`). Numbers are the shortest that read back as the same double. Cells are empty where a
/// horizon has no forecast at that moment or a value is not finite.
///
/// Throws std::runtime_error for an inconsistent result or a stream that fails.
void write_predictions_csv(std::ostream& out, const ReplayResult& result);

}  // namespace foretide::validation
