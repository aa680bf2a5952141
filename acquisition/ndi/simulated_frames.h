// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>

#include "acquisition/live/fault_schedule.h"
#include "acquisition/live/frame_feed.h"
#include "acquisition/ndi/ndi_reading.h"
#include "core/time.h"

namespace foretide::acquisition {

/// A frame on its way to a simulated tracker's port.
struct SimulatedNdiFrame {
    NdiFrame frame;
    core::TimePoint available{};  ///< from when it can be asked for
    ActiveFaults faults;          ///< that befall it
};

/// Turns the frames of a feed into those of a tracker: numbered, stamped with the time of day, delayed by the tracker's
/// latency, and with the faults that concern their contents and their time carried out.
///
/// Threads: one at a time. RT-safe. Errors: none.
class SimulatedNdiFrames {
public:
    SimulatedNdiFrames(FrameFeed feed, FaultSchedule faults, double speed, core::Duration latency);

    /// The first frame is exposed now.
    void start(core::TimePoint now) noexcept;
    bool started() const noexcept { return started_; }
    /// The next frame, false at the feed's end. Precondition: started().
    bool next(SimulatedNdiFrame& frame) noexcept;

private:
    void put_markers(const core::MarkerFrame& from, const ActiveFaults& faults, NdiFrame& to) noexcept;

    FrameFeed feed_;
    FaultSchedule faults_;
    double speed_;
    core::Duration latency_;
    bool started_ = false;
    core::TimePoint start_{}, last_available_{};
    core::Duration unix_at_start_{0};
    NdiFrame still_;  // what a frozen tracker goes on showing
    bool has_still_ = false;
};

}  // namespace foretide::acquisition
