// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "acquisition/ndi/simulated_frames.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace foretide::acquisition {

SimulatedNdiFrames::SimulatedNdiFrames(FrameFeed feed, FaultSchedule faults, double speed, core::Duration latency)
    : feed_(std::move(feed)), faults_(std::move(faults)), speed_(speed), latency_(latency)
{
}

void SimulatedNdiFrames::start(core::TimePoint now) noexcept
{
    start_ = now;
    unix_at_start_ = std::chrono::system_clock::now().time_since_epoch();
    started_ = true;
}

bool SimulatedNdiFrames::next(SimulatedNdiFrame& frame) noexcept
{
    core::MarkerFrame from;
    if (!feed_.next(from)) return false;
    const auto scaled = [this](core::TimePoint t) { return core::from_seconds(core::to_seconds(t) / speed_); };
    frame.faults = faults_.at(scaled(from.arrived));
    NdiFrame& to = frame.frame;
    put_markers(from, frame.faults, to);
    to.numbered = to.timed = true;
    to.number = static_cast<std::uint32_t>(from.sequence + 1);
    to.device_time =
        std::max(unix_at_start_ + scaled(from.acquired) + core::from_seconds(frame.faults.value(FaultKind::clock_jump)),
                 core::Duration{1});
    frame.available =
        start_ + scaled(from.arrived) + latency_ + core::from_seconds(frame.faults.value(FaultKind::late));
    last_available_ = frame.available = std::max(frame.available, last_available_);
    return true;
}

void SimulatedNdiFrames::put_markers(const core::MarkerFrame& from, const ActiveFaults& faults, NdiFrame& to) noexcept
{
    if (faults.has(FaultKind::frozen) && has_still_) {
        to = still_;
        return;
    }
    to = {};
    for (int m = 0; m < from.marker_count; ++m) {
        const auto& marker = from.markers[static_cast<std::size_t>(m)];
        const bool hidden = faults.has(FaultKind::occlusion) &&
                            (faults.value(FaultKind::occlusion) == 0 || faults.value(FaultKind::occlusion) == m + 1);
        add_ndi_marker(to, marker.position_mm, hidden ? core::Visibility::missing : marker.visibility);
    }
    if (faults.has(FaultKind::swap) && to.marker_count >= 2) std::swap(to.markers[0], to.markers[1]);
    // A reflection lies behind and beside the markers, and does not move.
    for (int i = 0; faults.has(FaultKind::phantom) && i < static_cast<int>(faults.value(FaultKind::phantom)); ++i)
        add_ndi_marker(to, {180.0 + 25.0 * i, -140.0, -90.0}, core::Visibility::phantom);
    still_ = to;
    has_still_ = true;
}

}  // namespace foretide::acquisition
