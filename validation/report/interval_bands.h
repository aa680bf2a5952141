// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <vector>

#include "validation/replay_result.h"
#include "validation/report/measured_series.h"

namespace foretide::validation {

/// Half the width of the 90 % interval of one coordinate around each forecast of a horizon [mm], NaN where none is
/// known; empty where the horizon has no intervals. A coordinate of a marker has the intervals that were stated; those
/// of an axis are calibrated here, as they would have been live (core::BoundEstimator).
std::vector<double> interval_half_widths_mm(const MeasuredSeries& measured, double rate_hz,
                                            const HorizonResult& horizon, const Coordinate& coordinate);

}  // namespace foretide::validation
