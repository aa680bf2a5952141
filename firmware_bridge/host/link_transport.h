// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/rt/nonblocking.h"
#include "core/time.h"

namespace foretide::firmware_bridge {

/// Carries frames to and from the controller: datagrams, or COBS on a serial line.
///
/// Threads: send() any two at once; receive() and wait() one. Allocation: none after the constructor.
class LinkTransport {
public:
    LinkTransport() = default;
    LinkTransport(const LinkTransport&) = delete;
    LinkTransport& operator=(const LinkTransport&) = delete;
    virtual ~LinkTransport() = default;

    /// One system call (serial: two, the first asks whether the line is free), never waits. False: not sent. RT-safe
    /// but for the call.
    virtual bool send(std::span<const std::uint8_t> frame) noexcept FORETIDE_NONBLOCKING = 0;

    /// The next frame that has come, valid until the next call; empty where there is none. Never waits. What is no
    /// frame is left out and counted.
    virtual std::span<const std::uint8_t> receive() noexcept = 0;
    virtual std::uint32_t broken() const noexcept { return 0; }

    /// Until something can be received, at most until the given time.
    void wait(core::TimePoint until) const noexcept;

protected:
    virtual int descriptor() const noexcept = 0;
};

/// "udp:HOST:PORT" or "serial:DEVICE[:BAUD]" (115200 where none is given; a pseudo-terminal takes any).
/// Throws std::invalid_argument (not an address), std::runtime_error (host not found, line cannot be opened): what,
/// and what to do.
std::unique_ptr<LinkTransport> open_link_transport(const std::string& address);

/// As above, checks only; throws std::invalid_argument.
void check_link_address(const std::string& address);

}  // namespace foretide::firmware_bridge
