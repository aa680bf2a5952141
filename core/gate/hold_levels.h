// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <optional>
#include <vector>

#include "core/gate/gate_window.h"
#include "core/marker_frame.h"
#include "core/rt/nonblocking.h"

namespace foretide::core {

/// Learns the level of a patient's breath holds from practice holds.
///
/// A hold is a stretch of 5 to 60 s (longer is shallow breathing) in which the coordinate covers no more than
/// half_width_mm; its level is the mean. The window lies around the mean level of the last `holds` holds, half_width_mm
/// to both sides, once these levels agree within half_width_mm.
///
/// Threads: one at a time. RT-safe; allocation: constructor only. Errors: the constructor throws std::invalid_argument.
class HoldLevels {
public:
    HoldLevels(int holds, double half_width_mm);

    void step(double time_s, double coordinate_mm) noexcept FORETIDE_NONBLOCKING;
    void break_series() noexcept FORETIDE_NONBLOCKING { begin(kNaN, kNaN); }
    /// None while there are too few holds, or they do not agree.
    std::optional<GateWindow> window() const noexcept FORETIDE_NONBLOCKING;
    std::size_t holds_seen() const noexcept { return seen_; }

private:
    void begin(double time_s, double coordinate_mm) noexcept;
    void end(double time_s) noexcept;

    double half_width_mm_;
    std::vector<double> levels_mm_;  // a ring
    std::size_t seen_ = 0;
    double begun_s_ = kNaN, sum_mm_ = 0, lowest_mm_ = kNaN, highest_mm_ = kNaN;
    double samples_ = 0;
};

}  // namespace foretide::core
