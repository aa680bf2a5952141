// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include "core/gate/breath_reading.h"
#include "core/marker_frame.h"

namespace foretide::core {

/// Where the gate coordinate is, and where it will be when the beam reacts: lower = upper for point forecasts, NaN
/// where not known (the gate must then hold).
struct GateReading {
    double coordinate_mm = kNaN;
    double on_lower_mm = kNaN, on_upper_mm = kNaN;    ///< at T_on
    double off_lower_mm = kNaN, off_upper_mm = kNaN;  ///< at T_off
    BreathReading breath{};
    double half_width_mm = 0;  ///< uncertainty of the coordinate itself, where it is that of an internal point
    bool model_valid = true;   ///< false: the internal point is not to be trusted
};

}  // namespace foretide::core
