// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>

#include "core/gate/gate_window.h"
#include "validation/gate_qa/latency_test.h"

namespace foretide::validation {

/// A still phantom inside the window: the beam stays on, and the camera's noise is small.
struct StaticResult {
    double length_s = core::kNaN;
    double noise_mm = core::kNaN;      ///< standard deviation of the coordinate about its line in time
    double drift_mm_min = core::kNaN;  ///< slope of that line
    double beam_on_share = core::kNaN;
    std::size_t interruptions = 0;  ///< the beam went off
    bool inside = false;            ///< the mean position lies in the window
};

/// Throws std::runtime_error for less than a second of motion.
StaticResult static_test(const GatedMotion& motion, const core::GateWindow& window);

/// A slow ramp out of the window: the beam goes off at the window's edge, and stays off.
struct DriftResult {
    double drift_mm_min = core::kNaN;  ///< of the baseline, as measured
    double total_mm = core::kNaN;      ///< over the test
    double left_s = core::kNaN;        ///< the coordinate's line leaves the window; NaN: it does not
    double closed_s = core::kNaN;      ///< the beam went off for good; NaN: it never was on, or never went off
    double overshoot_mm = core::kNaN;  ///< how far outside the line is when the beam goes off; < 0: still inside
    double outside_s = 0;              ///< beam on after the coordinate's line has left
    bool was_on = false;
};

/// Throws std::runtime_error for less than a second of motion.
DriftResult drift_test(const GatedMotion& motion, const core::GateWindow& window);

}  // namespace foretide::validation
