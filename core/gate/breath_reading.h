// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>

#include "core/marker_frame.h"

namespace foretide::core {

/// Where a breath hold stands.
enum class BreathHoldStage : std::uint8_t {
    breathing,  ///< outside the window
    settling,   ///< inside, but not for long enough, or still moving
    steady,     ///< the beam may come on
    over,       ///< lasted as long as it may: the next hold is waited for
};
inline constexpr int kBreathHoldStages = 4;
const char* to_string(BreathHoldStage stage) noexcept;

/// What the gate knows of the breathing at a sample. Phases are in percent of a cycle from peak inhale to peak inhale,
/// NaN where the breathing is too irregular for one; the upper end of a range counts on from the lower, so that it can
/// exceed 100.
struct BreathReading {
    double phase_percent = kNaN;                                            ///< now
    double phase_on_lower_percent = kNaN, phase_on_upper_percent = kNaN;    ///< at T_on
    double phase_off_lower_percent = kNaN, phase_off_upper_percent = kNaN;  ///< at T_off
    double baseline_mm = kNaN;                                              ///< end-exhale level of the breaths before
    double drift_mm = kNaN;  ///< of the baseline, since the window was set
    double held_s = kNaN;    ///< the present breath hold has lasted; NaN: there is none
    std::int32_t holds = 0;  ///< breath holds that became steady
    BreathHoldStage hold = BreathHoldStage::breathing;
};

}  // namespace foretide::core
