// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/rt/nonblocking.h"
#include "core/time.h"

namespace foretide::acquisition {

inline constexpr int kNdiPort = 8765;
inline constexpr int kNdiFirstBaud = 9600;  ///< after a reset

/// Where a tracker is.
struct NdiAddress {
    bool serial = false;
    std::string name;  ///< host name or IP address, or the device
    int port = kNdiPort;
    int baud = 115200;  ///< that the line is raised to after the reset

    /// "192.168.0.30:8765", "/dev/ttyUSB0:115200"; with what messages call it.
    std::string text() const;
};

/// Reads "host", "host:port", "[v6]:port", "/dev/x" or "/dev/x:baud". Throws std::invalid_argument: what is wrong and
/// what is accepted.
NdiAddress parse_ndi_address(std::string_view text);

/// The bytes to and from a tracker: a TCP connection or a serial line.
///
/// Opening goes in slices: open(), then advance() until it says `open` or `failed`. Name look-up and connecting run
/// beside it (Boost.Asio); from then on the native handle is used, without a lock or an allocation.
///
/// Threads: one at a time, interrupt() any. Allocation: not in wait(), send() and receive(). Errors: problem().
class NdiLink {
public:
    enum class State : std::uint8_t { closed, opening, open, failed };
    enum class Event : std::uint8_t { nothing, readable, interrupted };

    explicit NdiLink(NdiAddress address);
    NdiLink(const NdiLink&) = delete;
    NdiLink& operator=(const NdiLink&) = delete;
    /// Waits for a name look-up that is under way.
    ~NdiLink();

    const NdiAddress& address() const noexcept;

    void open(core::Duration time_limit);
    /// Waits for the connection, at the longest until `until` or until it is interrupted.
    State advance(core::TimePoint until);
    /// Why it failed, with what to do.
    const std::string& problem() const noexcept;
    void close() noexcept;

    /// Waits until there is something to read. RT-safe, but for the wait.
    Event wait(core::TimePoint until) noexcept FORETIDE_NONBLOCKING;
    /// False where not all could be sent: the connection is lost or stuck. RT-safe.
    bool send(std::span<const std::uint8_t> bytes) noexcept FORETIDE_NONBLOCKING;
    /// Bytes read, 0: none there; −1: the connection is lost. RT-safe.
    int receive(std::span<std::uint8_t> into) noexcept FORETIDE_NONBLOCKING;

    /// Serial lines: break on or off; speed. Throw std::runtime_error where the system refuses.
    void set_break(bool on);
    void set_baud(int baud);

    /// Ends a wait() or advance() soon. Any thread, also a signal handler.
    void interrupt() noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace foretide::acquisition
