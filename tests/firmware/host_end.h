// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#pragma once

#include <cstdint>
#include <functional>

#include "core/time.h"
#include "firmware_bridge/host/command_stream.h"
#include "firmware_bridge/host/host_connection.h"
#include "firmware_bridge/host/serial_transport.h"

namespace foretide::tests {

/// The host's end of a serial link, turn by turn in the test's own thread, from the parts that ControllerLink is made
/// of: a new sample each 10 ms, and whatever the controller answers.
///
/// Threads: one. Errors: std::runtime_error where what is waited for does not come.
class HostEnd {
public:
    /// Takes the line over.
    explicit HostEnd(int line);

    /// A new connection.
    void connect(core::Duration patience = std::chrono::seconds(3));
    /// An operator's release.
    void release() noexcept { ++epoch_; }
    /// Commands each 10 ms until `done`.
    void run(core::BeamCommand beam, const std::function<bool()>& done,
             core::Duration patience = std::chrono::seconds(5));
    void run_for(core::BeamCommand beam, core::Duration time);
    /// connect(), release(), then ON until the controller says that the beam is on.
    void bring_on();

    /// One command, now; false: the line is busy with the one before.
    bool try_send(core::BeamCommand beam);
    /// One command as soon as the line is free; when it was handed to it.
    core::TimePoint send(core::BeamCommand beam);
    /// Takes what has come; true where a status was among it.
    bool receive();
    /// From a command to its answer.
    core::Duration round_trip(core::BeamCommand beam, core::Duration patience = std::chrono::seconds(1));

    const ft_status& status() const noexcept { return connection_.status(); }
    const ft_welcome& welcome() const noexcept { return connection_.welcome(); }
    std::uint32_t controller_nonce() const noexcept { return connection_.id().controller; }
    std::uint32_t broken() const noexcept { return line_.broken(); }
    std::uint32_t foreign() const noexcept { return foreign_; }
    std::uint32_t unusable() const noexcept { return unusable_; }

private:
    firmware_bridge::SerialTransport line_;
    firmware_bridge::HostConnection connection_;
    firmware_bridge::CommandStream stream_;
    std::uint32_t sample_ = 0, epoch_ = 1000;
    std::uint32_t statuses_ = 0, foreign_ = 0, unusable_ = 0;
    std::uint32_t sent_number_ = 0;
};

}  // namespace foretide::tests
