// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/rt/latency_histogram.h"
#include "core/time.h"
#include "core/timed_faults.h"
#include "firmware_bridge/controller/ft_controller.h"

namespace foretide::firmware_bridge {

/// What can go wrong with a simulated controller, for core::parse_fault(): reset, trip, clock-jump, silence, deaf,
/// slow, drop, version, corrupt, babble.
std::span<const core::FaultName> controller_faults();

struct SimulatedControllerConfig {
    std::string bind = "127.0.0.1";
    int port = 18950;    ///< UDP; 0: any that is free
    std::string serial;  ///< a serial device, or "pty"; empty: UDP
    int baud = 115200;
    ft_controller_config limits{};         ///< ft_controller_defaults() by the constructor's caller
    std::vector<core::TimedFault> faults;  ///< times from the first frame received
    std::optional<core::Duration> duration;
    std::uint32_t entropy = 0;  ///< 0: of this machine
    bool keep_trace = false;
};

/// A frame taken or refused.
struct ControllerTraceRow {
    std::int64_t received_ns = 0;               ///< put into the socket by the system [CLOCK_MONOTONIC]; serial: read
    std::int64_t sent_ns = 0, exposure_ns = 0;  ///< as the host says
    std::uint32_t sequence = 0, sample = 0;
    bool command = false, repeat = false, on = false;
    ft_answer answer = FT_ANSWER_NONE;
    ft_state state = FT_STATE_IDLE;  ///< after it
    ft_reason reason = FT_REASON_NONE;
    bool enabled = false;
};

struct SimulatedControllerCounts {
    std::uint64_t frames = 0, replies = 0;
    ft_counters counters{};  ///< summed over resets
    std::uint32_t resets = 0, trips = 0, enabled_times = 0;
    core::Duration enabled{0}, run{0};
    core::LatencyHistogram sample_to_command;  ///< exposure → received, of first commands of a sample
    core::LatencyHistogram sent_to_received;   ///< of every command
    core::LatencyHistogram poll_interval;      ///< between two looks at the clock: the hold may be that late
    ft_state state = FT_STATE_IDLE;            ///< at the end
    ft_reason reason = FT_REASON_NONE, last_trip = FT_REASON_NONE;
};

/// A gating controller on this machine: the C state machine with a UDP socket or a serial line, the machine's clock and
/// faults on schedule. Latencies it measures are true where the host runs on the same machine.
///
/// Threads: run() one; stop() any, also a signal handler; the rest before or after run(). Errors: the constructor
/// throws std::runtime_error (cannot listen, cannot open: why and what to do).
class SimulatedController {
public:
    explicit SimulatedController(SimulatedControllerConfig config);
    SimulatedController(const SimulatedController&) = delete;
    SimulatedController& operator=(const SimulatedController&) = delete;
    ~SimulatedController();

    int port() const noexcept;                   ///< listened on; 0: serial
    const std::string& device() const noexcept;  ///< the line's other end where it is a pseudo-terminal

    void run();
    void stop() noexcept;
    /// Is the output on? Any thread.
    bool enabled() const noexcept;

    const SimulatedControllerCounts& counts() const noexcept;
    const std::vector<ControllerTraceRow>& trace() const noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace foretide::firmware_bridge
