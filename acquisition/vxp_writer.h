// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "core/time.h"

namespace foretide::acquisition {

/// What a .vxp file holds.
struct VxpSeries {
    std::string patient_id;  ///< as it is to stand in the file; line ends become spaces
    int year = 1970, month = 1, day = 1;
    double rate_hz = 0;                 ///< samples a second
    std::vector<core::TimePoint> time;  ///< not decreasing
    std::vector<double> amplitude_mm;   ///< NaN: not tracked
};

/// Phase of breathing at each sample, 0 … 2π: 0 at each highest point of the amplitude, π at each lowest in between,
/// linear in time; NaN before the first and after the last of them, and where there are fewer than two.
///
/// Extremes count where the amplitude has since moved by a quarter of its range (5 % to 95 %), so that noise makes
/// none. Looks ahead: for files, not for forecasts.
struct BreathingPhase {
    std::vector<double> phase_rad;             ///< one a sample
    std::vector<std::size_t> highest, lowest;  ///< samples
};
BreathingPhase breathing_phase(std::span<const core::TimePoint> time, std::span<const double> amplitude_mm);

/// Writes a Varian RPM/RGSC .vxp file, version 1.6, with CR LF line ends: amplitude in centimetres (Scale_factor 10),
/// to 1 µm; time in whole milliseconds from the first sample; validflag 0 where tracked, −1 where not (the last
/// amplitude is repeated), which both readings of the flag take as meant; mark Z at phase 0 and P at phase π; phase 0
/// where it is not known; ttlin, ttlout and CRC 0.
///
/// Errors: std::runtime_error: no samples, arrays of different lengths, nothing tracked, a stream that fails.
void write_vxp(std::ostream& out, const VxpSeries& series);

}  // namespace foretide::acquisition
