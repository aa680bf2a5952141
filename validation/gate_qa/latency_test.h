// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <span>
#include <vector>

#include "acquisition/beam_log_csv.h"
#include "core/marker_frame.h"

namespace foretide::validation {

/// Motion of a phantom along the gate coordinate, and the beam, on one clock.
struct GatedMotion {
    std::vector<double> time_s, coordinate_mm;  ///< NaN: not measured
    std::vector<acquisition::BeamEdge> edges;
};

/// The part of a motion in [from_s, to_s]. Where there are edges, the first states how the beam is at from_s.
GatedMotion part_of(const GatedMotion& motion, double from_s, double to_s);

/// Which extreme of the motion the gating window holds.
enum class WindowSide { low, high };

/// One sinusoid under a gate.
struct LatencyRun {
    double period_s = core::kNaN, amplitude_mm = core::kNaN;  ///< of the sinusoid fitted to the motion
    double fit_rms_mm = core::kNaN;
    std::vector<double> time_s, delay_s, duration_s;  ///< of whole pulses: middle after its extreme; length
    std::size_t interruptions = 0;                    ///< of pulses: the beam off and on again about one extreme

    double mean_delay_s() const;
    double mean_duration_s() const;
};

/// A value with the half-width of its 95 % interval.
struct Estimate {
    double value = core::kNaN, half_width = core::kNaN;
};

/// On and off delay of a gating system: from the motion's crossing into (out of) the window to the beam.
struct LatencyResult {
    Estimate on_s, off_s, mean_s, difference_s;  ///< mean (on + off)/2; difference off − on
    double duty_cycle = core::kNaN;              ///< of an ideal gate: the slope of duration over period
    std::vector<LatencyRun> runs;
};

/// Fits a sinusoid (period 1 to 15 s) and finds the pulses. A pulse belongs to the extreme of the window's side that
/// its middle follows by −¼ to ¾ of a period; pulses of one extreme are one, interrupted. Throws std::runtime_error: no
/// sinusoid (less than three periods, or residuals beyond a fifth of the amplitude), or fewer than three whole pulses.
LatencyRun latency_run(const GatedMotion& motion, WindowSide side);

/// The published method (sinusoids of several periods): the pulse is late by (on + off)/2 in the middle, and longer
/// than the time inside the window, a fixed share of the period, by off − on: a line of duration over period. Intervals
/// are Student's over the runs, whose mean values count. Throws std::runtime_error for fewer than three different
/// periods.
LatencyResult estimate_latency(std::vector<LatencyRun> runs);

}  // namespace foretide::validation
