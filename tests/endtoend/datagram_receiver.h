// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "acquisition/live/socket_wait.h"

namespace foretide::tests {

/// What a datagram of apps::UdpOutput said, and when it came.
struct ReceivedCommand {
    std::uint32_t number = 0;
    std::uint64_t frame = 0;
    bool repeated = false;
    std::int64_t sent_ns = 0;     ///< handed to the socket, as it says itself [CLOCK_MONOTONIC]
    std::int64_t arrived_ns = 0;  ///< put into this socket by the system [the same clock]
};

/// Receives an engine's datagrams on a free port of the loopback. The arrival is the system's own time stamp, so that
/// it does not matter when this process gets to run.
class DatagramReceiver {
public:
    /// Throws std::system_error.
    DatagramReceiver();
    DatagramReceiver(const DatagramReceiver&) = delete;
    DatagramReceiver& operator=(const DatagramReceiver&) = delete;
    ~DatagramReceiver();

    /// For `--controller`.
    std::string address() const { return "datagram:127.0.0.1:" + std::to_string(port_); }
    /// Ends receiving; all that came. Datagrams with a wrong size or checksum are not among them.
    const std::vector<ReceivedCommand>& finish();
    int refused() const noexcept { return refused_; }

private:
    void receive_all();
    bool receive_one();

    acquisition::Descriptor socket_;
    int port_ = 0, refused_ = 0;
    std::vector<ReceivedCommand> received_;
    std::atomic<bool> end_{false};
    std::thread thread_;
};

}  // namespace foretide::tests
