// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <string>

#include "core/marker_frame.h"
#include "core/rt/nonblocking.h"
#include "core/time.h"

namespace foretide::acquisition {

/// What came of waiting for a frame.
enum class SourceResult : std::uint8_t {
    frame,    ///< a frame was received
    nothing,  ///< none until the given time; or the connection is being made or made again
    ended,    ///< there will be no more (a recording's end)
};

enum class SourceState : std::uint8_t {
    connecting,  ///< not connected yet, or connecting again after a loss
    streaming,   ///< connected; frames are expected
    ended,
};

/// Counts since construction. Only the acquisition thread writes them; others see them through what it publishes.
struct SourceCounts {
    std::int64_t frames = 0;           ///< handed out
    std::int64_t bad_checksums = 0;    ///< messages refused for their CRC
    std::int64_t malformed = 0;        ///< messages refused for anything else
    std::int64_t missed_replies = 0;   ///< polls or heartbeats that were not answered in time
    std::int64_t connections = 0;      ///< made, the first included
    std::int64_t phantoms = 0;         ///< markers left out because the source suspects a reflection
    std::int64_t surplus_markers = 0;  ///< markers that did not fit into a frame
};

/// A live source of marker frames: a camera, a server, a recording or a simulated patient.
///
/// next() waits, reads, and keeps the connection: while it is lost it goes on connecting, with growing pauses, a slice
/// of work at a time, so that it always returns by the time given (plus a few milliseconds). Frames come out in the
/// order of arrival, with MarkerFrame::arrived the time of the last byte and MarkerFrame::acquired the exposure on the
/// engine's clock (core::ClockMap where the source stamps its frames).
///
/// Threads: all on the acquisition thread, message() included; interrupt() from any. Allocation: next() allocates
/// nothing while `streaming`. Errors: constructors throw for settings that cannot work (what, where, what to do);
/// everything that happens on the wire is counted and told by state() and message().
class MarkerSource {
public:
    MarkerSource() = default;
    MarkerSource(const MarkerSource&) = delete;
    MarkerSource& operator=(const MarkerSource&) = delete;
    virtual ~MarkerSource() = default;

    /// Waits for the next frame, at the longest until `until`. RT-safe while streaming (but for the wait itself).
    virtual SourceResult next(core::MarkerFrame& frame, core::TimePoint until) noexcept = 0;

    /// Makes a next() that waits return `nothing` soon. Any thread, also a signal handler.
    virtual void interrupt() noexcept = 0;

    virtual SourceState state() const noexcept = 0;
    virtual const SourceCounts& counts() const noexcept = 0;

    /// Changes whenever message() does. RT-safe.
    virtual std::uint64_t message_number() const noexcept = 0;
    /// The state in words for an operator, with what to do where something is wrong: "no answer from 192.168.0.30 port
    /// 8765 within 2 s: is the camera on, and is this its address?". Not RT-safe.
    virtual std::string message() const = 0;

    /// Rate at which frames come [Hz], as set or measured while connecting; NaN: not known.
    virtual double rate_hz() const noexcept = 0;
    /// Markers of a frame, 0: as many as are seen (their identity is for core to keep).
    virtual int markers() const noexcept = 0;
    /// Markers carry no identity: entry k of one frame need not be entry k of the next.
    virtual bool anonymous() const noexcept = 0;
    /// For the record: "ndi 192.168.0.30:8765".
    virtual std::string description() const = 0;
};

}  // namespace foretide::acquisition
