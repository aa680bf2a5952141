// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstddef>
#include <type_traits>

#include "core/marker_frame.h"
#include "core/rt/nonblocking.h"

namespace foretide::core {

/// Turning points of a breathing coordinate, as they happen.
///
/// An extremum is confirmed once the coordinate has turned back from it by 30 % of the median of the last swings (at
/// least 0.4 mm; before there are swings, of the range seen so far). Nothing confirmed for 15 s: begins anew, so that
/// breathing that became shallow is found again. Its time and value are those of the sample.
///
/// Copied to look ahead: a copy is fed with forecasts. Times increase, values are finite (others are left out).
/// Threads: one at a time. Allocation: none. RT-safe.
class BreathDetector {
public:
    struct Extremum {
        double time_s = kNaN, mm = kNaN;
        bool high = false;
    };

    /// True: last() was confirmed by this sample.
    bool step(double time_s, double mm) noexcept FORETIDE_NONBLOCKING;
    const Extremum& last() const noexcept { return last_; }
    /// Median height of the last swings [mm]; NaN before two.
    double swing_mm() const noexcept FORETIDE_NONBLOCKING;

    void reset() noexcept FORETIDE_NONBLOCKING { *this = BreathDetector(); }

private:
    double threshold_mm() const noexcept;

    static constexpr std::size_t kSwings = 6;
    bool begun_ = false;
    bool rising_ = false, directed_ = false;  // directed: an extremum was confirmed
    Extremum lowest_, highest_;               // since the last one
    Extremum last_;
    double begun_s_ = kNaN;
    std::array<double, kSwings> swings_{};
    std::size_t swing_count_ = 0, extrema_ = 0;
};
static_assert(std::is_trivially_copyable_v<BreathDetector>);

}  // namespace foretide::core
