// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/rt/nonblocking.h"
#include "core/time.h"

namespace foretide::core {

struct ClockMapConfig {
    Duration latency{0};  ///< least time from exposure to arrival, known of the tracker
    Duration reset_beyond = std::chrono::milliseconds(500);  ///< so far before its exposure: another clock
    Duration late_beyond = std::chrono::milliseconds(100);   ///< a second's every frame later than this is not fitted
};

/// The device's exposure times on the engine's monotonic clock.
///
/// A frame arrives after its exposure by the tracker's latency and by delays on the way, which are never negative. So
/// of each second only the smallest difference d = arrival − device time counts, and a line through these minima of the
/// last minute,
///
///     exposure(τ) = τ + offset + drift·τ − latency,
///
/// is fitted by least squares, seconds far above it left out: that follows clocks that run at slightly different rates,
/// and late frames do not move it, however long they go on: a source that delivers late is never taken for a fresh one.
/// Until three seconds are known the drift is taken as 0 and the offset is the smallest difference. The result is never
/// later than the arrival less the latency, and goes backwards at a reset only.
///
/// A device time that goes backwards, or an arrival that is before its exposure by more than `reset_beyond`, is a clock
/// that was set: the map starts anew, and resets() counts it. A clock that was set back by less than a gap in the
/// frames cannot be told from a source that is late, and counts as late: a new connection needs a new map. Threads: one
/// at a time. RT-safe: no allocation.
class ClockMap {
public:
    /// Throws std::invalid_argument: negative latency; reset_beyond, late_beyond not positive.
    explicit ClockMap(const ClockMapConfig& config = {});

    /// Exposure time on the engine's clock of the frame of device time `device` that arrived at `arrived`. Frames in
    /// the order of arrival. RT-safe.
    TimePoint map(Duration device, TimePoint arrived) noexcept FORETIDE_NONBLOCKING;

    /// The device's clock is behind the engine's by so many parts per million (it counts too slowly); 0 until known.
    double drift_ppm() const noexcept { return 1e6 * drift_; }
    std::int64_t resets() const noexcept { return resets_; }

private:
    static constexpr std::size_t kSeconds = 60;

    /// The smallest difference of one second of device time.
    struct Minimum {
        double device_s = 0, difference_s = 0;  ///< from the first frame since the last reset
    };

    void restart(Duration device, TimePoint arrived) noexcept;
    void refit() noexcept;
    double line_s(double device_s) const noexcept { return offset_s_ + drift_ * device_s; }

    ClockMapConfig config_;
    std::array<Minimum, kSeconds> minima_{};  // ring; the newest is still filling
    std::size_t known_ = 0, newest_ = 0;
    Duration first_device_{0}, last_device_{0};
    TimePoint first_arrived_{}, last_exposure_{};
    double offset_s_ = 0, drift_ = 0;
    std::int64_t resets_ = -1;  // the first frame starts the map
};

}  // namespace foretide::core
