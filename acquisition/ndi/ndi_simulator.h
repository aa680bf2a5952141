// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "acquisition/live/fault_schedule.h"
#include "acquisition/live/frame_feed.h"
#include "acquisition/ndi/ndi_bring_up.h"
#include "core/rt/latency_histogram.h"
#include "core/time.h"

namespace foretide::acquisition {

struct NdiSimulatorConfig {
    std::string bind = "127.0.0.1";  ///< address to listen on; "0.0.0.0": every interface
    int port = 8765;                 ///< 0: any that is free
    std::string serial;              ///< a serial device, or "pty": a pseudo-terminal of its own; empty: TCP
    NdiTracking best = NdiTracking::bx2;
    double speed = 1;                                           ///< time of the feed per time of the clock, > 0
    core::Duration latency = std::chrono::microseconds(14200);  ///< from exposure until a frame can be asked for
    std::vector<Fault> faults;
    std::optional<core::Duration> duration;  ///< of run(); nothing: until stop() or the feed's end
    bool keep_stamps = false;
};

/// A frame's number and the moment its reply was handed to the socket, on CLOCK_MONOTONIC.
struct NdiStamp {
    std::uint32_t frame = 0;
    std::int64_t monotonic_ns = 0;
};

struct NdiSimulatorCounts {
    std::int64_t clients = 0;  ///< that connected
    std::int64_t commands = 0;
    std::int64_t frames = 0;         ///< that could be asked for
    std::int64_t reported = 0;       ///< of these
    core::LatencyHistogram pick_up;  ///< from when a frame could be asked for until it was
};

/// A Polaris over TCP or a serial line, showing a FrameFeed: NdiSimulatedDevice with a transport, a clock and faults.
///
/// Time begins with the first TSTART, when the first frame is exposed; from then on frames come and faults befall them
/// whether or not somebody asks. A frame's time stamp is the time of day of its exposure, as stamped by the feed.
/// One client at a time: another one waits until the first has gone. A serial line goes on at 9600 baud after `silence`
/// or `disconnect`, which there is a tracker switched off and on.
///
/// Threads: run() one; stop() any, also a signal handler; the rest before or after run(). Errors: the constructor
/// throws std::runtime_error (cannot listen, cannot open: why and what to do), std::invalid_argument (speed).
class NdiSimulator {
public:
    NdiSimulator(NdiSimulatorConfig config, FrameFeed feed);
    NdiSimulator(const NdiSimulator&) = delete;
    NdiSimulator& operator=(const NdiSimulator&) = delete;
    ~NdiSimulator();

    int port() const noexcept;                   ///< listened on; 0: serial
    const std::string& device() const noexcept;  ///< the line's other end where it is a pseudo-terminal

    /// Serves until stop(), the end of the feed or of the duration.
    void run();
    void stop() noexcept;

    const NdiSimulatorCounts& counts() const noexcept;
    const std::vector<NdiStamp>& stamps() const noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace foretide::acquisition
