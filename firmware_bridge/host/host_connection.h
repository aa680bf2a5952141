// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <random>

#include "core/time.h"
#include "firmware_bridge/controller/ft_controller.h"
#include "firmware_bridge/controller/ft_frame.h"
#include "firmware_bridge/host/command_stream.h"

namespace foretide::firmware_bridge {

struct HostConnectionConfig {
    core::Duration sample_period = std::chrono::milliseconds(100);
    core::Duration watchdog = std::chrono::milliseconds(100);     ///< wanted; the controller may be stricter
    core::Duration age_limit{0};                                  ///< wanted; 0: 2.5 sample periods
    core::Duration answer_time = std::chrono::milliseconds(300);  ///< without a status: the connection is lost
    core::Duration first_retry = std::chrono::milliseconds(100);  ///< from HELLO to the next one, doubled each time
    core::Duration longest_retry = std::chrono::seconds(1);
};

/// What is between the two ends, for people.
enum class LinkProblem : std::uint8_t {
    none,
    no_answer,  ///< nothing came since the start
    lost,       ///< the controller answered once, and no more
    version,    ///< it speaks other versions of the protocol
    reset,      ///< it was reset, or another host connected to it
};
/// What is wrong and what to do; empty for none.
const char* in_words(LinkProblem problem) noexcept;

/// The host's state machine (PROTOCOL.md): HELLO with a new nonce each time, until a WELCOME echoes it; connected as
/// long as statuses of this connection keep coming.
///
/// voided() counts the times at which the releases made so far ceased to count: a new connection, a lost one, or the
/// controller latched a trip.
///
/// Threads: one at a time. Allocation: constructor. Errors: none. Time is the caller's: any clock, never back.
class HostConnection {
public:
    HostConnection(const HostConnectionConfig& config, std::uint32_t seed);

    /// Lets time pass; true where a HELLO is due.
    bool advance(core::TimePoint now) noexcept;
    /// The HELLO to send now; ends the present connection.
    EncodedFrame hello(core::TimePoint now, std::uint32_t sequence, std::uint32_t release_epoch) noexcept;

    enum class Received : std::uint8_t {
        unusable,   ///< not a frame of a controller
        foreign,    ///< of another connection
        connected,  ///< a WELCOME: a new connection begins
        status,     ///< of this connection
    };
    Received receive(std::span<const std::uint8_t> bytes, core::TimePoint now) noexcept;

    bool connected() const noexcept { return static_cast<bool>(id_); }
    ConnectionId id() const noexcept { return id_; }
    /// Of the controller, as its newest frame says.
    std::uint32_t latches() const noexcept { return status_.latches; }
    LinkProblem problem() const noexcept { return problem_; }
    std::uint32_t voided() const noexcept { return voided_; }
    std::uint32_t connections() const noexcept { return connections_; }
    const ft_welcome& welcome() const noexcept { return welcome_; }
    const ft_status& status() const noexcept { return status_; }
    /// When advance() has something to do next.
    core::TimePoint due() const noexcept;

private:
    void lose(LinkProblem problem, core::TimePoint now) noexcept;
    Received take_welcome(const ft_frame& frame, core::TimePoint now) noexcept;
    Received take_status(const ft_frame& frame, core::TimePoint now) noexcept;

    HostConnectionConfig config_;
    std::mt19937 random_;
    ConnectionId id_;
    std::uint32_t nonce_ = 0;
    core::TimePoint hello_due_{}, heard_{};
    core::Duration retry_;
    std::uint32_t status_number_ = 0;
    int foreign_ = 0;  // statuses in a row
    LinkProblem problem_ = LinkProblem::no_answer;
    std::uint32_t voided_ = 0, connections_ = 0;
    ft_welcome welcome_{};
    ft_status status_{};
};

}  // namespace foretide::firmware_bridge
