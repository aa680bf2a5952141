// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "apps/engine/udp_output.h"
#include "core/gate/gate_rule.h"
#include "core/session/records.h"
#include "firmware_bridge/host/controller_link.h"

namespace foretide::apps {

/// Where the beam command goes.
struct ControllerOutputConfig {
    std::string address;  ///< "udp:HOST:PORT" or "serial:DEVICE[:BAUD]": the link; "datagram:HOST:PORT": UdpOutput
    core::Duration sample_period = std::chrono::milliseconds(100);
    core::Duration t_on{0}, t_off{0};        ///< latencies of the beam
    std::optional<core::PhaseWindow> phase;  ///< of a phase gate
    bool realtime = true;                    ///< LinkConfig::realtime
};

/// Hands each decision to the gating controller, over the link that answers (ControllerLink) or as datagrams that
/// nobody answers (UdpOutput: measurements, phantoms).
///
/// The link carries ON out only with a range inside the window. While a gate that has just opened is not judged (as
/// BeamGate: for t_on − t_off), that is the range which opened it, and its target time counts down.
///
/// Threads: the engine's acquisition thread; fetch_status() and status() one other. Allocation: constructor only.
/// Errors: the constructor throws std::runtime_error: what is wrong with the address, and what to do.
class ControllerOutput {
public:
    explicit ControllerOutput(const ControllerOutputConfig& config);

    /// Throws std::runtime_error where no controller can be at the address; opens nothing.
    static void check(const std::string& address);

    /// The engine's loop turns: at least every 10 ms. RT-safe.
    void alive() noexcept FORETIDE_NONBLOCKING;
    /// Of the newest sample; repeated: the same sample, told again between two frames. epoch: releases by operators so
    /// far. False: not sent, for one because the link repeats what is not new by itself. RT-safe but for the system
    /// call.
    bool send(const core::SampleRecord& record, std::uint64_t frame_sequence, bool repeated,
              std::uint32_t epoch) noexcept;

    /// A controller that must answer does not. RT-safe.
    bool lost() const noexcept FORETIDE_NONBLOCKING { return link_ && !link_->connected(); }
    /// Rises whenever the releases made so far cease to count. RT-safe.
    std::uint32_t voided() const noexcept FORETIDE_NONBLOCKING { return link_ ? link_->voided() : 0; }

    /// Whether there is a link; fetch_status() and status() as ControllerLink's, where there is.
    bool has_link() const noexcept { return link_.has_value(); }
    bool fetch_status() noexcept FORETIDE_NONBLOCKING { return link_->fetch_status(); }
    const firmware_bridge::LinkStatus& status() const noexcept FORETIDE_NONBLOCKING { return link_->status(); }

private:
    bool send_on_link(const core::SampleRecord& record, std::uint32_t epoch) noexcept;
    void set_ranges(const core::SampleRecord& record, firmware_bridge::LinkCommand& command) const noexcept;

    ControllerOutputConfig config_;
    std::optional<UdpOutput> datagrams_;
    std::optional<firmware_bridge::ControllerLink> link_;
    firmware_bridge::LinkCommand told_;
    core::TimePoint opened_ = core::kUnknownTime;  // exposure of the sample that opened the gate; unknown: closed
    firmware_bridge::GateForecast opening_;        // its range at T_on
};

}  // namespace foretide::apps
