// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <netinet/in.h>
#include <span>
#include <string>

#include "core/pseudo_terminal.h"
#include "core/time.h"
#include "firmware_bridge/controller/ft_frame.h"
#include "firmware_bridge/host/serial_transport.h"

namespace foretide::firmware_bridge {

/// The simulated controller's end of the wire: a UDP socket that answers whoever spoke, or a serial line.
///
/// Threads: one at a time. Errors: open… throw std::runtime_error.
class ControllerLine {
public:
    ControllerLine() = default;
    ControllerLine(const ControllerLine&) = delete;
    ControllerLine& operator=(const ControllerLine&) = delete;
    ~ControllerLine();

    void open_udp(const std::string& bind, int port);
    /// "pty": a pseudo-terminal.
    void open_serial(const std::string& device, int baud);

    int port() const noexcept { return port_; }
    const std::string& device() const noexcept { return terminal_.device(); }

    struct Received {
        std::span<const std::uint8_t> bytes;  ///< valid until the next call; empty: none
        core::TimePoint time{};               ///< put into the socket by the system
        bool broken = false;                  ///< on a serial line: something that was no frame
    };
    Received receive() noexcept;
    void wait(core::TimePoint until) noexcept;

    /// To who sent the last frame received; false where it was not taken.
    bool reply(std::span<const std::uint8_t> bytes) noexcept { return send(bytes, sender_); }
    /// Whoever sent the last frame is told what comes unasked.
    void subscribe() noexcept { subscriber_ = sender_; }
    bool tell(std::span<const std::uint8_t> bytes) noexcept { return send(bytes, subscriber_); }

private:
    bool send(std::span<const std::uint8_t> bytes, const sockaddr_in& to) noexcept;

    int socket_ = -1, port_ = 0;
    sockaddr_in sender_{}, subscriber_{};
    std::array<std::uint8_t, FT_FRAME_MAX + 1> datagram_{};
    core::PseudoTerminal terminal_;
    std::unique_ptr<SerialTransport> serial_;
    std::uint32_t broken_ = 0;
};

}  // namespace foretide::firmware_bridge
