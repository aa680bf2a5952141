// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "acquisition/live/socket_wait.h"
#include "core/time.h"

namespace foretide::acquisition {

struct HostPort {
    std::string host;
    std::uint16_t port = 0;

    std::string text() const;  ///< "192.168.0.5:18944", "[::1]:18944"
};

/// "host", "host:port", "[::1]:port". Throws std::invalid_argument: what is wrong, what is accepted.
HostPort parse_host_port(std::string_view text, std::uint16_t default_port);

/// Makes a TCP connection a slice at a time: looks the name up (in a thread of its own, because that cannot be
/// interrupted), then tries each address.
///
/// Threads: one at a time. Allocation: yes. Errors: error(), in words for an operator.
class TcpConnector {
public:
    enum class State : std::uint8_t { working, connected, failed };

    /// `peer`: what answers there, for the messages: "OpenIGTLink server". `patience`: for the whole.
    TcpConnector(HostPort target, std::string peer, core::Duration patience);
    TcpConnector(const TcpConnector&) = delete;
    TcpConnector& operator=(const TcpConnector&) = delete;
    ~TcpConnector();

    /// Goes on until `until` at the longest, or until `wake` is set (which is told by `woken`).
    State advance(WakeEvent& wake, core::TimePoint until, bool& woken);

    /// The connected socket, not blocking; the caller's from now on.
    int release() noexcept { return socket_.release(); }
    const std::string& error() const noexcept { return error_; }

private:
    struct Lookup;

    State fail(const std::string& why);
    State connect_next();
    State finish_connecting();
    std::string in_words(int error) const;

    HostPort target_;
    std::string peer_;
    core::Duration patience_;
    core::TimePoint give_up_;
    std::shared_ptr<Lookup> lookup_;
    std::size_t next_address_ = 0;
    Descriptor socket_;
    std::string error_;
};

}  // namespace foretide::acquisition
