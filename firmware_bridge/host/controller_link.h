// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/rt/latency_histogram.h"
#include "core/rt/nonblocking.h"
#include "core/time.h"
#include "firmware_bridge/controller/ft_frame.h"
#include "firmware_bridge/host/host_connection.h"
#include "firmware_bridge/host/link_command.h"

namespace foretide::firmware_bridge {

struct LinkConfig {
    std::string address;  ///< "udp:HOST:PORT" or "serial:DEVICE[:BAUD]"
    HostConnectionConfig connection;
    core::Duration heartbeat = std::chrono::milliseconds(20);   ///< from the last frame to a repeat
    core::Duration stall_time = std::chrono::milliseconds(60);  ///< without alive(): the heartbeat says HOLD
    bool realtime = true;  ///< ask for SCHED_FIFO for the link's thread; a refusal is no error
};

/// What others are told about the link.
struct LinkStatus {
    bool connected = false;
    bool stalled = false;  ///< the engine does not move; heartbeats say HOLD
    LinkProblem problem = LinkProblem::no_answer;
    std::uint32_t connections = 0;                          ///< since the start
    std::uint32_t voided = 0;                               ///< times at which earlier releases ceased to count
    ft_welcome welcome{};                                   ///< limits in force; of the present or last connection
    ft_status controller{};                                 ///< the newest status of it
    core::TimePoint controller_time = core::kUnknownTime;   ///< when that came
    std::uint64_t commands = 0;                             ///< frames sent by send()
    std::uint64_t heartbeats = 0;                           ///< sent by the link itself
    std::uint64_t unsent = 0;                               ///< frames that the system did not take
    std::uint64_t statuses = 0, foreign = 0, unusable = 0;  ///< received: of this connection, of another, neither
    core::LatencyHistogram round_trip;                      ///< command handed to the system → its status received
};

/// The engine's end of the link to the gating controller (PROTOCOL.md).
///
///     link.send(command);                     // at each sample
///     link.alive();                           // at each turn of the engine's loop, at least every 10 ms
///     if (link.voided() != at_release) …      // hold, and ask for a new release
///
/// A thread of its own connects, repeats the newest command every 20 ms, receives, and connects anew with back-off.
/// From a new connection on, or a trip that the controller latches, the controller holds until release_epoch changes.
///
/// Threads: send(), alive() the engine's, one at a time; fetch_status() and status() one reader; the rest any.
/// Allocation: constructor only. Errors: the constructor throws std::invalid_argument (address) or std::runtime_error
/// (cannot be opened: what and what to do); a controller that does not answer is no error, but a problem of the status.
class ControllerLink {
public:
    explicit ControllerLink(const LinkConfig& config);
    ControllerLink(const ControllerLink&) = delete;
    ControllerLink& operator=(const ControllerLink&) = delete;
    ~ControllerLink();

    /// Never waits: one non-blocking system call. False: not sent (no connection, or the system did not take it); the
    /// heartbeat then says the same within 20 ms. RT-safe but for the call.
    bool send(const LinkCommand& command) noexcept FORETIDE_NONBLOCKING;
    /// The engine moves. RT-safe.
    void alive() noexcept FORETIDE_NONBLOCKING;

    bool connected() const noexcept FORETIDE_NONBLOCKING;
    /// Rises whenever the releases made so far cease to count. RT-safe.
    std::uint32_t voided() const noexcept FORETIDE_NONBLOCKING;

    /// Takes the newest status to status(); false: none since the last call. At most every 10 ms or so. RT-safe.
    bool fetch_status() noexcept FORETIDE_NONBLOCKING;
    const LinkStatus& status() const noexcept FORETIDE_NONBLOCKING;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace foretide::firmware_bridge
