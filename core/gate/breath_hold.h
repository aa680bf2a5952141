// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <optional>
#include <vector>

#include "core/gate/breath_reading.h"
#include "core/gate/gate_window.h"
#include "core/rt/nonblocking.h"

namespace foretide::core {

struct BreathHoldConfig {
    double settle_s = 2;    ///< inside the window, and slow, for so long before the hold is steady
    double longest_s = 25;  ///< from entering the window; 0: no limit
    double slow_mm_s = 2;   ///< largest speed of a steady hold, over the last second
};

/// Breath holds, by a window around their level: where the present one stands, and how many there were.
///
/// A hold begins when the coordinate enters the window and ends when it has been outside for a second (one that lasted
/// too long is not renewed by a flicker at the bound); outside for less it settles anew. The speed is the slope of the
/// last second.
///
/// Threads: one at a time. RT-safe steps; allocation: constructor only. Errors: the constructor throws
/// std::invalid_argument.
class BreathHold {
public:
    BreathHold(const BreathHoldConfig& config, double rate_hz);

    /// coordinate_mm: NaN ends the hold, as does no window.
    void step(double time_s, double coordinate_mm, const std::optional<GateWindow>& window) noexcept
        FORETIDE_NONBLOCKING;
    void break_series() noexcept FORETIDE_NONBLOCKING;

    BreathHoldStage stage() const noexcept { return stage_; }
    /// Since entering the window; NaN: no hold.
    double held_s() const noexcept { return held_s_; }
    int holds() const noexcept { return holds_; }
    /// Over the last second; NaN: not known yet.
    double speed_mm_s() const noexcept FORETIDE_NONBLOCKING;

private:
    void forget_hold() noexcept;

    BreathHoldConfig config_;
    double rate_hz_;
    std::vector<double> last_mm_;  // of the last second, a ring
    std::size_t seen_ = 0;
    BreathHoldStage stage_ = BreathHoldStage::breathing;
    double begun_s_ = kNaN, inside_since_s_ = kNaN, outside_since_s_ = kNaN;
    double held_s_ = kNaN;
    int holds_ = 0;
    bool counted_ = false;
};

}  // namespace foretide::core
